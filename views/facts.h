#pragma once

#include "models/domain/inventory.h"
#include "models/items/assessment.h"
#include "models/ports/operationjournal.h"
#include "views/factgrid.h"
#include "views/subject.h"

#include <QDateTime>

#include <vector>

namespace elephaas {

// What the details panel says of one entity. Texts are plain; hostile characters are made visible. Pure: everything that
// is needed comes in.
struct EntityFacts {
    QString title;
    QString subtitle;
    QString environment; // for the badge; may be empty
    std::optional<Glyph> glyph = {};
    std::vector<Fact> facts = {};
    QString membersTitle = {};
    std::vector<Fact> members = {};
};

EntityFacts instanceFacts(const Inventory& inventory, InstanceId id, const QDateTime& now, const ItemLimits& limits);
EntityFacts herdFacts(const Inventory& inventory, HerdId id, const QDateTime& now, const ItemLimits& limits);
EntityFacts serverFacts(const Inventory& inventory, ServerId id, const QDateTime& now, const ItemLimits& limits);
EntityFacts environmentFacts(const Inventory& inventory, EnvironmentId id, const ItemLimits& limits);
// Several rows at once: how many in which state, and the names of the first.
EntityFacts severalFacts(const Inventory& inventory, const Subject& subject, const ItemLimits& limits);
EntityFacts operationFacts(const OperationRecord& operation, const QDateTime& now);

// Any of the above.
EntityFacts subjectFacts(const Inventory& inventory, const Subject& subject, const QDateTime& now, const ItemLimits& limits);

} // namespace elephaas
