#pragma once

#include "models/domain/inventory.h"

#include <QString>

#include <optional>
#include <vector>

namespace elephaas {

// What can be said about one value of a row before it is written. An error keeps the row from being saved, a warning does not.
// The texts are sentences for people, in plain text; they may contain hostile characters of the inventory.
struct FieldCheck {
    enum class Weight { Fine, Warning, Error };
    Weight weight = Weight::Fine;
    QString text = {};
    bool operator==(const FieldCheck&) const = default;
};

// As PostgreSQL and SQLite count a varchar's length: code points, not UTF-16 units.
int lengthInCharacters(QStringView text);

enum class Need { Required, Optional };

FieldCheck checkName(const QString& value, int limit, Need need = Need::Required);
FieldCheck checkText(const QString& value, int limit = 0); // free text: several lines allowed; limit 0: none
// The cluster name: becomes a word of command lines and a part of paths.
FieldCheck checkBaseName(const QString& value, int limit);
// Letters, digits, dots, hyphens, underscores, colons (IPv6); no hyphen in front, which ssh would take for an option.
FieldCheck checkHostName(const QString& value, int limit, Need need = Need::Required);
FieldCheck checkDirectory(const QString& value, int limit, Need need = Need::Required); // absolute
FieldCheck checkPort(const QString& value); // 1 to 65535
FieldCheck checkVersion(const QString& value, int limit); // "" is unknown; must otherwise be readable as a version

// Hints about duplicates, which are allowed. `self` is the row that is being edited.
FieldCheck checkDuplicate(const Inventory& inventory, const Environment& self);
FieldCheck checkDuplicate(const Inventory& inventory, const Herd& self);
FieldCheck checkDuplicate(const Inventory& inventory, const Server& self);
FieldCheck checkDuplicate(const Inventory& inventory, const Instance& self);
// The agent and operating-system tools find a herd by base name and port within an environment.
FieldCheck checkSameCluster(const Inventory& inventory, const Herd& self);
// Another herd's member on the same server with the same port: only one of them can run.
FieldCheck checkPortOnServer(const Inventory& inventory, const Instance& self);

// The first that is not fine, errors before warnings.
FieldCheck worst(std::initializer_list<FieldCheck> checks);

// Servers that may carry a member of this herd: those of its environment (or without one, when the herd has none).
struct ServerChoice {
    std::vector<ServerId> offered; // by name
    int ofOtherEnvironments = 0;
    int withoutEnvironment = 0; // not offered because nobody has assigned them yet
};
ServerChoice serversFor(const Inventory& inventory, const Herd& herd);

// Members that `instance` (nullopt: a new one) may follow: those of the herd, without itself and what follows it, which would
// make a circle. By server name.
std::vector<InstanceId> upstreamsFor(const Inventory& inventory, HerdId herd, std::optional<InstanceId> instance);

} // namespace elephaas
