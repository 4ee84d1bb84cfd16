// How instances are ordered, searched and filtered.
#include "models/items/instancetablemodel.h"

#include "models/items/cells.h"

#include <algorithm>
#include <numeric>

namespace elephaas {

namespace {

// Many rows, few different texts: only the texts are sorted. `key` of a row decides its `text`.
template <class Rows, class Key, class Text>
std::vector<int> ranksOf(const Rows& rows, Key key, Text text, Qt::SortOrder order)
{
    std::vector<std::pair<qint64, int>> different; // key, then a row that has it; later its rank
    different.reserve(rows.size());
    for (size_t row = 0; row < rows.size(); ++row)
        different.emplace_back(key(rows[row]), static_cast<int>(row));
    std::sort(different.begin(), different.end());
    const auto sameKey = [](const auto& a, const auto& b) { return a.first == b.first; };
    different.erase(std::unique(different.begin(), different.end(), sameKey), different.end());

    std::vector<size_t> byText(different.size());
    std::iota(byText.begin(), byText.end(), size_t(0));
    const auto textOf = [&](size_t entry) -> const QString& { return text(rows[static_cast<size_t>(different[entry].second)]); };
    std::sort(byText.begin(), byText.end(), [&](size_t a, size_t b) { return compareTexts(textOf(a), textOf(b), order) < 0; });
    std::vector<int> rankOfEntry(different.size());
    for (size_t i = 1; i < byText.size(); ++i)
        rankOfEntry[byText[i]] = rankOfEntry[byText[i - 1]] + (compareTexts(textOf(byText[i - 1]), textOf(byText[i]), order) != 0);

    std::vector<int> ranks(rows.size());
    for (size_t row = 0; row < rows.size(); ++row) {
        const auto entry = std::lower_bound(different.begin(), different.end(), key(rows[row]), [](const auto& a, qint64 b) { return a.first < b; });
        ranks[row] = rankOfEntry[static_cast<size_t>(entry - different.begin())];
    }
    return ranks;
}

} // namespace

std::vector<int> InstanceTableModel::ranks(int column, Qt::SortOrder order) const
{
    if (column == static_cast<int>(Column::Herd))
        return ranksOf(rows(), [](const InstanceRow& row) { return row.herdId.value; }, [](const InstanceRow& row) -> const QString& { return row.herd; }, order);
    if (column == static_cast<int>(Column::Server))
        return ranksOf(rows(), [](const InstanceRow& row) { return row.serverId.value; }, [](const InstanceRow& row) -> const QString& { return row.server; }, order);
    return {};
}

int InstanceTableModel::compare(int a, int b, int column, Qt::SortOrder order) const
{
    const InstanceRow& x = rowAt(a);
    const InstanceRow& y = rowAt(b);
    switch (static_cast<Column>(column)) {
    case Column::Herd:
        return x.herdId == y.herdId ? 0 : compareTexts(x.herd, y.herd, order);
    case Column::Server:
        return x.serverId == y.serverId ? 0 : compareTexts(x.server, y.server, order);
    case Column::Port:
        return compareValues(x.port, y.port, order);
    case Column::Version:
        return compareOptionals(x.parsedVersion, y.parsedVersion, order);
    case Column::Role:
        return compareValues(x.state.role, y.state.role, order);
    case Column::State:
        return compareValues(x.state.health, y.state.health, order);
    case Column::Lag:
        if (!x.state.lagBytes && !y.state.lagBytes) // not applicable comes after unknown
            return static_cast<int>(!x.hasUpstream) - static_cast<int>(!y.hasUpstream);
        return compareOptionals(x.state.lagBytes, y.state.lagBytes, order);
    case Column::ReceiveLag:
        if (!x.state.receiveLagBytes && !y.state.receiveLagBytes)
            return static_cast<int>(!x.hasUpstream) - static_cast<int>(!y.hasUpstream);
        return compareOptionals(x.state.receiveLagBytes, y.state.receiveLagBytes, order);
    case Column::Upstream:
        return compareTexts(x.upstream, y.upstream, order);
    case Column::Timeline:
        return compareOptionals(x.timeline, y.timeline, order);
    case Column::Environment:
        return compareTexts(x.environment, y.environment, order);
    case Column::DataDirectory:
        return compareTexts(x.dataDirectory, y.dataDirectory, order);
    case Column::Seen: // ascending: the youngest first, as the ages read; never seen last
        if (x.seenAt == 0 || y.seenAt == 0)
            return static_cast<int>(x.seenAt == 0) - static_cast<int>(y.seenAt == 0);
        return compareValues(y.seenAt, x.seenAt, order);
    }
    return 0;
}

int InstanceTableModel::compareNames(int a, int b) const
{
    const InstanceRow& x = rowAt(a);
    const InstanceRow& y = rowAt(b);
    if (x.herdId != y.herdId) {
        if (const int order = compareNatural(x.herd, y.herd))
            return order;
    }
    return x.serverId == y.serverId ? 0 : compareNatural(x.server, y.server);
}

bool InstanceTableModel::passes(int row, const InstanceFilter& f) const
{
    const InstanceRow& r = rowAt(row);
    if (f.environment && r.environmentId != *f.environment)
        return false;
    if (f.withoutEnvironment && r.environmentId.isValid())
        return false;
    if (f.herd && r.herdId != *f.herd)
        return false;
    if (f.server && r.serverId != *f.server)
        return false;
    if (f.port && r.port != *f.port)
        return false;
    if (f.role && r.state.role != *f.role)
        return false;
    if (f.liveness && r.state.liveness != *f.liveness)
        return false;
    if (!f.versionMajor.isEmpty() && (!r.parsedVersion || r.parsedVersion->major() != f.versionMajor))
        return false;
    if (f.problemsOnly && !isProblem(r.state.health))
        return false;
    const double lagMb = r.state.lagBytes ? static_cast<double>(*r.state.lagBytes) / bytesPerMegabyte : -1;
    if (f.laggingOnly && !isLagging(r.state, limits()))
        return false;
    if (f.lagAboveMb && (lagMb < 0 || lagMb <= *f.lagAboveMb))
        return false;
    if (f.primariesOnly && r.state.role != Role::Primary)
        return false;
    if (f.replicasOnly && r.state.role != Role::Replica && r.state.role != Role::Detached)
        return false;
    if (f.olderThan && r.seenAt > 0 && nowMs() - r.seenAt <= std::chrono::milliseconds(*f.olderThan).count())
        return false;
    return true;
}

void InstanceTableModel::fold(int row, QString& text) const
{
    const InstanceRow& r = rowAt(row);
    for (int column = 0; column < static_cast<int>(Column::Seen); ++column) {
        text += display(r, static_cast<Column>(column));
        text += u'\n';
    }
}

} // namespace elephaas
