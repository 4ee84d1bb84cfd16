#include "app/adapters/inventory/proberows.h"

#include "app/adapters/inventory/sqlsession.h"
#include "app/adapters/inventory/storetext.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QLatin1StringView nameOf(Liveness liveness)
{
    switch (liveness) {
    case Liveness::Unknown:
        return "unknown"_L1;
    case Liveness::Online:
        return "online"_L1;
    case Liveness::Offline:
        return "offline"_L1;
    case Liveness::Unreachable:
        return "unreachable"_L1;
    }
    return {};
}

QLatin1StringView nameOf(Role role)
{
    switch (role) {
    case Role::Unknown:
        return "unknown"_L1;
    case Role::Primary:
        return "primary"_L1;
    case Role::Replica:
        return "replica"_L1;
    case Role::Detached:
        return "detached"_L1;
    }
    return {};
}

QLatin1StringView nameOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Unreachable:
        return "unreachable"_L1;
    case ErrorKind::TimedOut:
        return "timed-out"_L1;
    case ErrorKind::LinkLost:
        return "link-lost"_L1;
    case ErrorKind::Authentication:
        return "authentication"_L1;
    case ErrorKind::HostKeyUnknown:
        return "host-key-unknown"_L1;
    case ErrorKind::HostKeyChanged:
        return "host-key-changed"_L1;
    case ErrorKind::PermissionDenied:
        return "permission-denied"_L1;
    case ErrorKind::NotFound:
        return "not-found"_L1;
    case ErrorKind::Conflict:
        return "conflict"_L1;
    case ErrorKind::InvalidInput:
        return "invalid-input"_L1;
    case ErrorKind::Unsupported:
        return "unsupported"_L1;
    case ErrorKind::Schema:
        return "schema"_L1;
    case ErrorKind::Cancelled:
        return "cancelled"_L1;
    case ErrorKind::Busy:
        return "busy"_L1;
    case ErrorKind::Storage:
        return "storage"_L1;
    case ErrorKind::Internal:
        return "internal"_L1;
    }
    return {};
}

template <class Enum, size_t n>
Enum fromName(const QString& name, const std::array<Enum, n>& all, Enum otherwise)
{
    for (const Enum one : all) {
        if (nameOf(one) == name)
            return one;
    }
    return otherwise;
}

constexpr std::array livenesses{Liveness::Unknown, Liveness::Online, Liveness::Offline, Liveness::Unreachable};
constexpr std::array roles{Role::Unknown, Role::Primary, Role::Replica, Role::Detached};
constexpr std::array errorKinds{ErrorKind::Unreachable, ErrorKind::TimedOut, ErrorKind::LinkLost,
    ErrorKind::Authentication, ErrorKind::HostKeyUnknown, ErrorKind::HostKeyChanged, ErrorKind::PermissionDenied,
    ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::Schema,
    ErrorKind::Cancelled, ErrorKind::Busy, ErrorKind::Storage, ErrorKind::Internal};

const QVariant nullNumber(QMetaType::fromType<qint64>());
const QVariant nullText(QMetaType::fromType<QString>());

QVariant text(const QString& value) { return value.isNull() ? u""_s : value; }
QVariant time(const QDateTime& value) { return value.isValid() ? QVariant(value.toMSecsSinceEpoch()) : nullNumber; }
QVariant number(std::optional<int> value) { return value ? QVariant(qint64(*value)) : nullNumber; }
QVariant position(std::optional<Lsn> value) { return value ? QVariant(qint64(value->value)) : nullNumber; }

QDateTime timeFrom(const QVariant& value)
{
    return value.isNull() ? QDateTime() : QDateTime::fromMSecsSinceEpoch(value.toLongLong(), Qt::UTC);
}

std::optional<int> numberFrom(const QVariant& value)
{
    return value.isNull() ? std::nullopt : std::optional(value.toInt());
}

std::optional<Lsn> positionFrom(const QVariant& value)
{
    return value.isNull() ? std::nullopt : std::optional(Lsn{quint64(value.toLongLong())});
}

QString compact(const QJsonDocument& json) { return QString::fromUtf8(json.toJson(QJsonDocument::Compact)); }

QVariant followersText(const std::vector<Follower>& followers)
{
    if (followers.empty())
        return nullText;
    QJsonArray all;
    for (const Follower& one : followers) {
        QJsonObject object{{u"name"_s, one.applicationName}, {u"address"_s, one.clientAddress}, {u"state"_s, one.state}};
        if (one.sentLsn)
            object.insert(u"sent"_s, one.sentLsn->toString());
        if (one.replayLsn)
            object.insert(u"replay"_s, one.replayLsn->toString());
        all.append(object);
    }
    return compact(QJsonDocument(all));
}

std::vector<Follower> followersFrom(const QVariant& value)
{
    std::vector<Follower> followers;
    if (value.isNull())
        return followers;
    const QJsonArray all = QJsonDocument::fromJson(value.toString().toUtf8()).array();
    for (const QJsonValue& one : all) {
        followers.push_back({one[u"name"].toString(), one[u"address"].toString(), one[u"state"].toString(),
            Lsn::parse(one[u"sent"].toString()), Lsn::parse(one[u"replay"].toString())});
    }
    return followers;
}

QVariant errorText(const std::optional<Error>& error)
{
    if (!error)
        return nullText;
    return compact(QJsonDocument(QJsonObject{{u"kind"_s, QString(nameOf(error->kind))}, {u"what"_s, error->what},
        {u"where"_s, error->where}, {u"detail"_s, error->detail}, {u"remedy"_s, error->remedy}}));
}

std::optional<Error> errorFrom(const QVariant& value)
{
    if (value.isNull())
        return std::nullopt;
    const QJsonObject one = QJsonDocument::fromJson(value.toString().toUtf8()).object();
    return Error{fromName(one[u"kind"].toString(), errorKinds, ErrorKind::Internal), one[u"what"].toString(),
        one[u"where"].toString(), one[u"detail"].toString(), one[u"remedy"].toString()};
}

} // namespace

const std::vector<QLatin1StringView>& probeColumns()
{
    static const std::vector<QLatin1StringView> columns{"instance_id"_L1, "probed_at"_L1, "facts_at"_L1, "seen_by"_L1,
        "client_host"_L1, "liveness"_L1, "role"_L1, "version"_L1, "timeline"_L1, "current_lsn"_L1, "receive_lsn"_L1,
        "replay_lsn"_L1, "system_identifier"_L1, "upstream_host"_L1, "upstream_port"_L1, "receiver_state"_L1,
        "replay_paused"_L1, "control_state"_L1, "postmaster_started"_L1, "configuration_loaded"_L1, "followers"_L1,
        "error"_L1};
    return columns;
}

bool isProbeTime(QLatin1StringView column)
{
    return column == "probed_at"_L1 || column == "facts_at"_L1 || column == "postmaster_started"_L1
        || column == "configuration_loaded"_L1;
}

std::vector<QVariant> probeValues(const Observation& seen, const QString& clientHost)
{
    return {seen.instance.value, time(seen.at), time(seen.factsAt), text(seen.seenBy), text(clientHost),
        QString(nameOf(seen.liveness)), QString(nameOf(seen.role)),
        seen.version ? QVariant(seen.version->toString()) : nullText, number(seen.timeline), position(seen.currentLsn),
        position(seen.receiveLsn), position(seen.replayLsn),
        // As PostgreSQL itself shows it in pg_control_system(): the 64 bits as a signed number.
        seen.systemIdentifier ? QVariant(qint64(*seen.systemIdentifier)) : nullNumber, text(seen.upstreamHost),
        number(seen.upstreamPort), text(seen.receiverState), seen.replayPaused, text(seen.controlState),
        time(seen.postmasterStarted), time(seen.configurationLoaded), followersText(seen.followers),
        errorText(seen.error)};
}

Observation readObservation(const std::vector<QVariant>& values, const QString& clientHost)
{
    size_t i = 0;
    const auto next = [&]() -> const QVariant& { return values[i++]; };
    Observation seen;
    seen.instance = InstanceId(next().toLongLong());
    seen.at = timeFrom(next());
    seen.factsAt = timeFrom(next());
    seen.seenBy = next().toString();
    const QString host = next().toString();
    if (host != clientHost && !host.isEmpty())
        //: "probe from console-7": which console saw it
        seen.seenBy = StoreText::tr("%1 from %2").arg(seen.seenBy, host);
    seen.liveness = fromName(next().toString(), livenesses, Liveness::Unknown);
    seen.role = fromName(next().toString(), roles, Role::Unknown);
    seen.version = PgVersion::parse(next().toString());
    seen.timeline = numberFrom(next());
    seen.currentLsn = positionFrom(next());
    seen.receiveLsn = positionFrom(next());
    seen.replayLsn = positionFrom(next());
    const QVariant& identifier = next();
    if (!identifier.isNull())
        seen.systemIdentifier = quint64(identifier.toLongLong());
    seen.upstreamHost = next().toString();
    seen.upstreamPort = numberFrom(next());
    seen.receiverState = next().toString();
    seen.replayPaused = sqlBool(next());
    seen.controlState = next().toString();
    seen.postmasterStarted = timeFrom(next());
    seen.configurationLoaded = timeFrom(next());
    seen.followers = followersFrom(next());
    seen.error = errorFrom(next());
    return seen;
}

} // namespace elephaas
