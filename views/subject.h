#pragma once

#include "models/domain/inventory.h"
#include "models/items/roles.h"

#include <QSet>
#include <QString>

#include <optional>
#include <vector>

namespace elephaas {

enum class ActionId;

// What actions apply to: the selected rows of the page, or the node of the tree that has the keyboard.
struct Subject {
    ItemKind kind = ItemKind::None;
    std::vector<qint64> ids = {}; // entities that are there
    // Those that lifecycle actions and a refresh work on: the instances themselves, the members of herds, what is on servers,
    // the members of an environment's herds, both of a DR pair. Each once, in the order shown.
    std::vector<InstanceId> instances = {};
    bool fromTree = false;

    bool isEmpty() const { return ids.empty(); }
    bool operator==(const Subject&) const = default;
};

// The instances that belong to one entity.
std::vector<InstanceId> instancesOf(const Inventory& inventory, ItemKind kind, qint64 id);
// Ids that exist no more are left out.
Subject makeSubject(const Inventory& inventory, ItemKind kind, const std::vector<qint64>& ids, bool fromTree);

// "trading on db2"; hostile text made visible.
QString instanceName(const Inventory& inventory, InstanceId id);
// "trading on db2", "herd trading", "3 servers".
QString subjectName(const Inventory& inventory, const Subject& subject);

// Why things can be done or not, besides what is selected.
struct Circumstances {
    QString whyNotEditable = {}; // "" when the inventory may be changed
    QString whyNotRunnable = {}; // "" when operations may run
    QSet<InstanceId> busy = {}; // part of an operation that is running
    bool hasOperation = false; // one is chosen
    bool operationRuns = false; // the chosen one does
    bool hasFilter = false; // something is filtered by
    bool hasRows = false; // the page shows rows
    bool hasCell = false; // a cell of the page is current
};

// "" when the action is available; else the reason as a sentence. Pure.
QString whyNotAvailable(ActionId action, const Inventory& inventory, const Subject& subject, const Circumstances& circumstances);

} // namespace elephaas
