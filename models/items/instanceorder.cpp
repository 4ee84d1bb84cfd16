// How instances are ordered, searched and filtered.
#include "models/items/instancetablemodel.h"

#include "models/items/cells.h"

namespace elephaas {

int InstanceTableModel::compare(int a, int b, int column, Qt::SortOrder order) const
{
    const InstanceRow& x = rowAt(a);
    const InstanceRow& y = rowAt(b);
    switch (static_cast<Column>(column)) {
    case Column::Herd:
        return compareTexts(x.herd, y.herd, order);
    case Column::Server:
        return compareTexts(x.server, y.server, order);
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
    if (f.laggingOnly && lagMb <= limits().lagMb)
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
