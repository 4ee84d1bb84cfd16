#include "app/adapters/inventory/observationpack.h"

#include <QDataStream>
#include <QIODevice>

#include <algorithm>

namespace elephaas {

namespace {

constexpr quint32 magic = 0x454C4F31; // "ELO1": a new number for every change of the fields below

void put(QDataStream& out, const QDateTime& time) { out << (time.isValid() ? time.toMSecsSinceEpoch() : qint64(0)); }
void put(QDataStream& out, const std::optional<Lsn>& lsn) { out << lsn.has_value() << (lsn ? lsn->value : quint64(0)); }
void put(QDataStream& out, const std::optional<int>& number) { out << number.has_value() << qint32(number.value_or(0)); }

void get(QDataStream& in, QDateTime& time)
{
    qint64 value = 0;
    in >> value;
    time = value == 0 ? QDateTime() : QDateTime::fromMSecsSinceEpoch(value, Qt::UTC);
}
void get(QDataStream& in, std::optional<Lsn>& lsn)
{
    bool known = false;
    quint64 value = 0;
    in >> known >> value;
    lsn = known ? std::optional(Lsn{value}) : std::nullopt;
}
void get(QDataStream& in, std::optional<int>& number)
{
    bool known = false;
    qint32 value = 0;
    in >> known >> value;
    number = known ? std::optional(int(value)) : std::nullopt;
}

template <class Enum>
void getEnum(QDataStream& in, Enum& value, Enum last)
{
    quint8 number = 0;
    in >> number;
    if (number > quint8(last))
        in.setStatus(QDataStream::ReadCorruptData);
    value = Enum(number);
}

void put(QDataStream& out, const Observation& o)
{
    out << o.instance.value;
    put(out, o.at);
    put(out, o.factsAt);
    out << o.seenBy << quint8(o.liveness) << quint8(o.role);
    const PgVersion version = o.version.value_or(PgVersion());
    out << o.version.has_value() << qint32(version.first) << qint32(version.second) << qint32(version.third);
    put(out, o.timeline);
    put(out, o.currentLsn);
    put(out, o.receiveLsn);
    put(out, o.replayLsn);
    out << o.systemIdentifier.has_value() << o.systemIdentifier.value_or(0) << o.upstreamHost;
    put(out, o.upstreamPort);
    out << o.receiverState << o.replayPaused << quint32(o.followers.size());
    for (const Follower& one : o.followers) {
        out << one.applicationName << one.clientAddress << one.state;
        put(out, one.sentLsn);
        put(out, one.replayLsn);
    }
    out << o.controlState;
    put(out, o.postmasterStarted);
    put(out, o.configurationLoaded);
    out << o.error.has_value();
    if (o.error)
        out << quint8(o.error->kind) << o.error->what << o.error->where << o.error->detail << o.error->remedy;
}

void get(QDataStream& in, Observation& o)
{
    in >> o.instance.value;
    get(in, o.at);
    get(in, o.factsAt);
    in >> o.seenBy;
    getEnum(in, o.liveness, Liveness::Unreachable);
    getEnum(in, o.role, Role::Detached);
    bool known = false;
    qint32 version[3];
    in >> known >> version[0] >> version[1] >> version[2];
    if (known)
        o.version = PgVersion{version[0], version[1], version[2]};
    get(in, o.timeline);
    get(in, o.currentLsn);
    get(in, o.receiveLsn);
    get(in, o.replayLsn);
    quint64 identifier = 0;
    in >> known >> identifier >> o.upstreamHost;
    if (known)
        o.systemIdentifier = identifier;
    get(in, o.upstreamPort);
    quint32 followers = 0;
    in >> o.receiverState >> o.replayPaused >> followers;
    for (quint32 i = 0; i < followers && in.status() == QDataStream::Ok; ++i) {
        Follower one;
        in >> one.applicationName >> one.clientAddress >> one.state;
        get(in, one.sentLsn);
        get(in, one.replayLsn);
        o.followers.push_back(std::move(one));
    }
    in >> o.controlState;
    get(in, o.postmasterStarted);
    get(in, o.configurationLoaded);
    in >> known;
    if (known) {
        Error error;
        getEnum(in, error.kind, ErrorKind::Internal);
        in >> error.what >> error.where >> error.detail >> error.remedy;
        o.error = std::move(error);
    }
}

} // namespace

QByteArray packObservations(const Observations& observations)
{
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    out.setVersion(QDataStream::Qt_6_4);
    out << magic << quint32(observations.size());
    for (const ObservationPtr& one : observations)
        put(out, *one);
    return bytes;
}

std::optional<Observations> unpackObservations(const QByteArray& bytes)
{
    QDataStream in(bytes);
    in.setVersion(QDataStream::Qt_6_4);
    quint32 first = 0;
    quint32 count = 0;
    in >> first >> count;
    if (first != magic)
        return std::nullopt;
    Observations observations;
    observations.reserve(std::min<qsizetype>(count, bytes.size() / 64));
    for (quint32 i = 0; i < count && in.status() == QDataStream::Ok; ++i) {
        auto one = std::make_shared<Observation>();
        get(in, *one);
        const InstanceId id = one->instance;
        observations.insert(id, std::move(one));
    }
    if (in.status() != QDataStream::Ok || !in.atEnd())
        return std::nullopt;
    return observations;
}

} // namespace elephaas
