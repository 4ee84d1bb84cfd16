#pragma once

#include "models/domain/id.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <map>
#include <memory>

namespace elephaas {

// Where a herd's virtual host pointed when its name servers were asked.
struct SeenAlias {
    QString virtualHost; // as the inventory had it
    QString target = {}; // of the CNAME, as the zone's primary server says; "": there is none
    QString problem = {}; // why nothing is known, a sentence; "": it is known
    QStringList others = {}; // "ns2.example: db1.example": name servers that say something else, or nothing
    QDateTime at = {}; // UTC
    bool operator==(const SeenAlias&) const = default;
};
using SeenAliases = std::map<HerdId, SeenAlias>;
using SeenAliasesPtr = std::shared_ptr<const SeenAliases>; // never null where it is handed on

// The same name, or one the first label of the other: an inventory may have short names.
inline bool namesHost(const QString& target, const QString& host)
{
    return target.compare(host, Qt::CaseInsensitive) == 0 || target.startsWith(QString(host + u'.'), Qt::CaseInsensitive)
        || host.startsWith(QString(target + u'.'), Qt::CaseInsensitive);
}

} // namespace elephaas
