#include "models/exchange/importdocument.h"
#include "models/exchange/jsonreader.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr qsizetype largestDocument = 256 * 1024 * 1024;
constexpr int newestVersion = 1;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ImportDocument)
};

std::optional<DocumentReference> readReference(const QJsonValue& value, const QString& path, JsonReader::Problem& problem)
{
    if (value.isNull())
        return std::nullopt;
    DocumentReference reference{.name = value.toString(), .label = {}, .path = path};
    if (value.isObject()) {
        JsonReader reader(value, path, problem);
        reference.label = reader.requiredText(u"label"_s);
        reader.finish();
    } else if (reference.name.isEmpty() && !problem) {
        problem = Error{.kind = ErrorKind::InvalidInput,
            .what = Text::tr("A name, {\"label\": \"…\"} or null is expected here."), .where = path};
    }
    return reference;
}

DocumentEnvironment readEnvironment(const QJsonValue& value, const QString& path, JsonReader::Problem& problem)
{
    JsonReader reader(value, path, problem);
    DocumentEnvironment environment{.name = reader.requiredText(u"name"_s), .description = reader.text(u"description"_s),
        .label = reader.text(u"label"_s).value_or(QString()), .path = path};
    reader.finish();
    return environment;
}

DocumentServer readServer(const QJsonValue& value, const QString& path, JsonReader::Problem& problem)
{
    JsonReader reader(value, path, problem);
    DocumentServer server{.hostName = reader.requiredText(u"hostName"_s), .environment = {},
        .label = reader.text(u"label"_s).value_or(QString()), .path = path};
    if (reader.has(u"environment"_s))
        server.environment = readReference(reader.value(u"environment"_s), reader.pathOf(u"environment"_s), problem);
    reader.finish();
    return server;
}

DocumentMember readMember(const QJsonValue& value, const QString& path, JsonReader::Problem& problem)
{
    JsonReader reader(value, path, problem);
    DocumentMember member;
    member.path = path;
    const auto server = readReference(reader.value(u"server"_s), reader.pathOf(u"server"_s), problem);
    if (!server)
        reader.complain(reader.pathOf(u"server"_s), Text::tr("The server's name is required here."));
    else
        member.server = *server;
    if (reader.has(u"upstream"_s))
        member.upstream = readReference(reader.value(u"upstream"_s), reader.pathOf(u"upstream"_s), problem);
    member.version = reader.text(u"version"_s);
    member.dataDirectory = reader.text(u"dataDirectory"_s);
    member.online = reader.boolean(u"online"_s);
    if (!reader.isNull(u"walPosition"_s)) {
        if (const auto position = reader.text(u"walPosition"_s)) {
            member.walPosition = Lsn::parse(*position);
            if (!member.walPosition)
                reader.complain(reader.pathOf(u"walPosition"_s), Text::tr("A WAL position such as 16/B374D848 is expected here."));
        }
    }
    member.label = reader.text(u"label"_s).value_or(QString());
    reader.finish();
    return member;
}

DocumentHerd readHerd(const QJsonValue& value, const QString& path, JsonReader::Problem& problem)
{
    JsonReader reader(value, path, problem);
    DocumentHerd herd;
    herd.path = path;
    herd.name = reader.text(u"name"_s);
    herd.baseName = reader.text(u"baseName"_s);
    if (herd.name.value_or(QString()).isEmpty() && herd.baseName.value_or(QString()).isEmpty())
        reader.complain(reader.pathOf(u"name"_s), Text::tr("A herd needs a name or a base name."));
    if (reader.has(u"environment"_s))
        herd.environment = readReference(reader.value(u"environment"_s), reader.pathOf(u"environment"_s), problem);
    const auto port = reader.integer(u"port"_s, 1, 65535);
    if (!port)
        reader.complain(reader.pathOf(u"port"_s), Text::tr("The port is required here."));
    herd.port = int(port.value_or(0));
    herd.dataDirectory = reader.text(u"dataDirectory"_s);
    herd.virtualHost = reader.text(u"virtualHost"_s);
    herd.description = reader.text(u"description"_s);
    herd.label = reader.text(u"label"_s).value_or(QString());
    reader.forEach(u"members"_s, [&](const QJsonValue& member, const QString& memberPath) {
        herd.members.push_back(readMember(member, memberPath, problem));
    });
    reader.finish();
    return herd;
}

QString lineAndColumn(const QByteArray& json, qsizetype offset)
{
    const QByteArrayView before = QByteArrayView(json).first(qBound<qsizetype>(0, offset, json.size()));
    const auto line = before.count('\n') + 1;
    const auto column = before.size() - before.lastIndexOf('\n');
    return Text::tr("line %1, column %2").arg(line).arg(column);
}

Error invalid(const QString& where, const QString& what, const QString& detail = {})
{
    return {.kind = ErrorKind::InvalidInput, .what = what, .where = where, .detail = detail};
}

} // namespace

Expected<ImportDocument> parseDocument(const QByteArray& json)
{
    if (json.size() > largestDocument) {
        return fail(invalid({}, Text::tr("The file has %1 MB; an inventory has at most %2 MB.")
                                    .arg(json.size() / 1024 / 1024)
                                    .arg(largestDocument / 1024 / 1024)));
    }
    QJsonParseError parseError;
    // Some editors begin a file with a byte-order mark.
    const QJsonDocument document
        = QJsonDocument::fromJson(json.startsWith("\xEF\xBB\xBF") ? json.mid(3) : json, &parseError);
    if (parseError.error != QJsonParseError::NoError) {
        return fail(invalid(lineAndColumn(json, parseError.offset), Text::tr("This is not JSON, or the file is truncated:"),
            parseError.errorString()));
    }
    if (!document.isObject())
        return fail(invalid(u"$"_s, Text::tr("An object is expected here.")));

    JsonReader::Problem problem;
    JsonReader reader(document.object(), u"$"_s, problem);
    if (reader.text(u"format"_s) != u"elephaas-inventory"_s)
        reader.complain(reader.pathOf(u"format"_s), Text::tr("\"elephaas-inventory\" is required here."));
    const qint64 version = reader.integer(u"version"_s, 1, 1'000'000).value_or(0);
    if (version == 0)
        reader.complain(reader.pathOf(u"version"_s), Text::tr("The version of the format is required here."));
    else if (version > newestVersion && !problem) {
        return fail({.kind = ErrorKind::Unsupported,
            .what = Text::tr("The file has version %1 of the format; this program reads version %2.").arg(version).arg(newestVersion),
            .where = reader.pathOf(u"version"_s), .remedy = Text::tr("Use a newer version of this program.")});
    }
    reader.has(u"notes"_s);

    ImportDocument result;
    reader.forEach(u"environments"_s, [&](const QJsonValue& value, const QString& path) {
        result.environments.push_back(readEnvironment(value, path, problem));
    });
    reader.forEach(u"servers"_s, [&](const QJsonValue& value, const QString& path) {
        result.servers.push_back(readServer(value, path, problem));
    });
    reader.forEach(u"herds"_s, [&](const QJsonValue& value, const QString& path) {
        result.herds.push_back(readHerd(value, path, problem));
    });
    reader.finish();
    if (problem)
        return fail(*problem);
    return result;
}

} // namespace elephaas
