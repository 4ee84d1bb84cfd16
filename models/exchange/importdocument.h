#pragma once

#include "models/domain/error.h"
#include "models/domain/lsn.h"

#include <QByteArray>
#include <QString>

#include <optional>
#include <vector>

namespace elephaas {

// A whole inventory as JSON (RFC 8259, UTF-8), written by exportDocument() and read by parseDocument():
//
// {
//   "format": "elephaas-inventory",            required
//   "version": 1,                              required; a newer one is refused
//   "notes": ["…"],                            for people; not read
//   "environments": [ { "name": "prod",        required, not empty
//                       "description": "…" } ],
//   "servers": [ { "hostName": "db1.example",  required, not empty
//                  "environment": "prod" } ],  null: none
//   "herds": [ {
//     "name": "trading",                       "name" or "baseName" is required; each is the other's default
//     "baseName": "trading",
//     "environment": "prod",                   missing or null: none
//     "port": 5432,                            required, 1 to 65535
//     "dataDirectory": "/srv/pg/trading",
//     "virtualHost": "trading.example",
//     "description": "…",
//     "members": [ {
//       "server": "db2.example",               required
//       "upstream": "db1.example",             the server of the member that it follows; null: it follows nobody
//       "version": "15.4",
//       "dataDirectory": "/mnt/pg/trading",    "": the herd's
//       "online": true,
//       "walPosition": "16/B374D848"           null: unknown
//     } ]
//   } ]
// }
//
// All lists are optional. A field that is not there leaves the inventory's value as it is, or is the usual default of a new row.
// "online" and "walPosition" are what the exporter last knew: they are used for new instances only and never replace what was seen since.
// Unknown fields are refused, so that a misspelt one is not lost in silence.
//
// Rows are merged by natural key: an environment by its name, a server by its host name (upper and lower case are the same), a herd by its
// name (or base name, when it gives no name), port and environment, an instance by its herd and server. Nothing is ever deleted.
// A natural key may be there twice only when every one of its entries has a "label" (a text that is unique in the document): then the first
// stands for the inventory's oldest such row, and so on. Wherever a name refers to an entry, {"label": "…"} does too, and may reach
// into another herd.

struct DocumentReference {
    QString name; // or
    QString label;
    QString path; // "$.herds[0].environment", for errors
    bool operator==(const DocumentReference&) const = default;
};

struct DocumentEnvironment {
    QString name;
    std::optional<QString> description;
    QString label;
    QString path;
};

struct DocumentServer {
    QString hostName;
    std::optional<std::optional<DocumentReference>> environment; // set to nothing: none
    QString label;
    QString path;
};

struct DocumentMember {
    DocumentReference server;
    std::optional<std::optional<DocumentReference>> upstream;
    std::optional<QString> version;
    std::optional<QString> dataDirectory;
    std::optional<bool> online;
    std::optional<Lsn> walPosition;
    QString label;
    QString path;
};

struct DocumentHerd {
    std::optional<QString> name;
    std::optional<QString> baseName;
    std::optional<DocumentReference> environment;
    int port = 0;
    std::optional<QString> dataDirectory;
    std::optional<QString> virtualHost;
    std::optional<QString> description;
    std::vector<DocumentMember> members;
    QString label;
    QString path;
};

struct ImportDocument {
    std::vector<DocumentEnvironment> environments;
    std::vector<DocumentServer> servers;
    std::vector<DocumentHerd> herds;
};

// ErrorKind::InvalidInput names the JSON path (or line and column where it is no JSON) in `where`; Unsupported: a newer version.
// Pure; 50 MB take about a second.
Expected<ImportDocument> parseDocument(const QByteArray& json);

} // namespace elephaas
