#pragma once

#include "models/domain/id.h"
#include "models/domain/observation.h"

#include <QString>
#include <QStringView>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace elephaas {

class ItemTableModel;

// What the filter bar asks for. Parts that are unset let everything pass; a part that a kind of row does not have
// (the role of a herd) is ignored there. Environment rows know only text, environment and problemsOnly.
struct InstanceFilter {
    // Words, separated by blanks; all must occur in the visible text of a row, ages excepted, without regard to case.
    QString text = {};
    std::optional<EnvironmentId> environment = {};
    bool withoutEnvironment = false;
    std::optional<HerdId> herd = {};
    std::optional<ServerId> server = {}; // what lives on it: instances, herds with a member there, pairs with a partner there
    std::optional<int> port = {};
    std::optional<Role> role = {};
    std::optional<Liveness> liveness = {};
    QString versionMajor = {}; // "15", "9.6"
    bool problemsOnly = false; // see isProblem()
    bool laggingOnly = false; // lag known and above the limit
    bool primariesOnly = false;
    bool replicasOnly = false; // replicas, detached ones included
    std::optional<std::chrono::seconds> olderThan = {}; // age of the data; never seen is older than anything
    std::optional<double> lagAboveMb = {};
    bool operator==(const InstanceFilter&) const = default;
};

// Decides which rows a TableProxy shows. Immutable; the one place where another way to filter (a language) plugs in.
class RowMatcher {
public:
    virtual ~RowMatcher() = default;
    virtual bool matches(const ItemTableModel& model, int row) const = 0;
    // True when whatever this one matches, `earlier` matches too: then only what was visible is looked at again.
    virtual bool narrows(const RowMatcher& earlier) const = 0;
    // True when a row's answer changes with time alone.
    virtual bool dependsOnTime() const { return false; }
};

class FilterMatcher final : public RowMatcher {
public:
    explicit FilterMatcher(InstanceFilter filter);
    bool matches(const ItemTableModel& model, int row) const override;
    bool narrows(const RowMatcher& earlier) const override;
    bool dependsOnTime() const override { return m_filter.olderThan.has_value(); }

private:
    InstanceFilter m_filter;
    bool m_structured = false; // something beside the text is set
    std::vector<QByteArray> m_words; // folded
};

// Case-folded and normalised UTF-8: both sides of a text comparison go through this.
QByteArray foldText(QStringView text);

} // namespace elephaas
