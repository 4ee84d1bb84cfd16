#include "models/postgres/probeanswer.h"

#include "models/postgres/answertext.h"
#include "models/postgres/connectiontarget.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ProbeAnswer)
};

std::optional<Lsn> lsn(const QByteArray& text) { return Lsn::parse(QString::fromLatin1(text)); }

// The server's text form of a 64 bit number is signed in SQL and unsigned in the control file.
std::optional<quint64> identifier(const QByteArray& text)
{
    bool ok = false;
    if (const quint64 value = text.toULongLong(&ok); ok)
        return value;
    const qlonglong value = text.toLongLong(&ok);
    return ok ? std::optional(static_cast<quint64>(value)) : std::nullopt;
}

QDateTime moment(const QByteArray& milliseconds)
{
    const auto value = integerOf<qint64>(milliseconds);
    return value ? QDateTime::fromMSecsSinceEpoch(*value, Qt::UTC) : QDateTime();
}

std::optional<Follower> follower(const QByteArray& text)
{
    const QByteArrayList parts = text.split(' ');
    if (parts.size() != 5)
        return std::nullopt;
    return Follower{writtenText(parts[0]), writtenText(parts[1]), writtenText(parts[2]), lsn(parts[3]), lsn(parts[4])};
}

} // namespace

QString ProbeAnswer::text(const char* name) const { return writtenText(fact(name)); }

void ProbeAnswer::add(QByteArrayView line)
{
    const auto [key, value] = firstWord(line);
    if (key == "f") {
        const auto [name, rest] = firstWord(value);
        if (name != "follower")
            m_facts.insert(name, rest);
        else if (const auto row = follower(rest))
            m_followers.push_back(*row);
    } else if (key == "control") {
        const auto [name, rest] = firstWord(value);
        m_control.insert(name, rest);
    } else if (key == "error") {
        const auto [about, words] = firstWord(value);
        m_complaints.insert(about, writtenText(words));
    } else {
        m_values.insert(key, value);
    }
}

Observation ProbeAnswer::observation(InstanceId instance, const QDateTime& now) const
{
    Observation seen;
    seen.instance = instance;
    seen.at = now;
    seen.seenBy = u"probe"_s;
    seen.dataDirectory = writtenText(m_values.value("directory"));
    seen.postmasterStatus = QString::fromLatin1(m_values.value("status"));
    const QByteArray running = m_values.value("running");
    const bool answered = m_facts.contains("end");
    if (foundByPortOnly()) {
        seen.postmasterStatus.clear(); // another cluster's, as everything else that was seen
    } else if (answered) {
        seen.liveness = Liveness::Online;
        takeFacts(seen, now);
    } else if (running == "0") {
        seen.liveness = Liveness::Offline;
        takeFiles(seen, now);
    } else if (running == "1" && !didNotAnswer()) {
        seen.liveness = Liveness::Online;
        seen.acceptsConnections = m_values.value("asked") == "3"; // connected, but a question failed (psql: exit status)
    }
    seen.error = reason(seen);
    return seen;
}

void ProbeAnswer::takeFacts(Observation& seen, const QDateTime& now) const
{
    seen.factsAt = now;
    seen.acceptsConnections = true;
    if (const auto number = integerOf<int>(fact("version")))
        seen.version = PgVersion::fromNumber(*number);
    seen.timeline = integerOf<int>(fact("timeline"), 16);
    seen.currentLsn = lsn(fact("current"));
    seen.receiveLsn = lsn(fact("receive"));
    seen.replayLsn = lsn(fact("replay"));
    // A receiver that has got nothing yet reports the start of the segment it asked for.
    if (seen.receiveLsn && seen.replayLsn)
        seen.receiveLsn = std::max(*seen.receiveLsn, *seen.replayLsn);
    seen.systemIdentifier = identifier(fact("identifier"));
    seen.receiverState = text("receiver");
    seen.replayPaused = fact("paused") == "1";
    seen.followers = m_followers;
    seen.postmasterStarted = moment(fact("started"));
    seen.configurationLoaded = moment(fact("loaded"));
    if (const QString directory = text("directory"); !directory.isEmpty())
        seen.dataDirectory = directory;
    seen.pendingRestart = text("pending").split(u',', Qt::SkipEmptyParts);
    const QByteArray recovery = fact("recovery");
    if (recovery == "0") {
        seen.role = Role::Primary;
    } else if (recovery == "1") {
        takeUpstream(seen);
        seen.role = roleInRecovery(seen);
    }
}

// Whom the receiver is connected to counts more than what is configured.
void ProbeAnswer::takeUpstream(Observation& seen) const
{
    ConnectionTarget target{text("sender"), integerOf<int>(fact("senderport"))};
    if (target.host.isEmpty())
        target = connectionTarget(text("connected"));
    if (target.host.isEmpty())
        target = connectionTarget(text("configured"));
    if (target.host.isEmpty())
        target = connectionTarget(configurationValue(writtenText(m_values.value("inconf"))));
    seen.upstreamHost = target.host;
    seen.upstreamPort = target.port;
}

Role ProbeAnswer::roleInRecovery(const Observation& seen) const
{
    const bool follows = !seen.upstreamHost.isEmpty() || !seen.receiverState.isEmpty() || !fact("configured").isEmpty()
        || m_values.contains("inconf");
    // Who is no superuser may not see primary_conninfo at all.
    return follows || fact("superuser") != "1" ? Role::Replica : Role::Detached;
}

void ProbeAnswer::takeFiles(Observation& seen, const QDateTime& now) const
{
    if (const QByteArray standby = m_values.value("standby"); !standby.isEmpty())
        seen.role = standby == "1" ? Role::Replica : Role::Primary;
    if (!control("state").isEmpty()) {
        seen.factsAt = now;
        seen.controlState = QString::fromUtf8(control("state")).trimmed();
        seen.version = PgVersion::parse(QString::fromLatin1(m_values.value("major")));
        seen.currentLsn = lsn(control("checkpoint"));
        seen.timeline = integerOf<int>(control("timeline"));
        seen.systemIdentifier = identifier(control("identifier"));
        // What was replayed at least: past the restart point, when there was anything.
        const auto recovered = lsn(control("recoveryend"));
        if (seen.role == Role::Replica && recovered && recovered->value != 0)
            seen.replayLsn = std::max(*recovered, seen.currentLsn.value_or(Lsn{}));
        if (const auto timeline = integerOf<int>(control("recoverytimeline")); timeline && seen.timeline && recovered)
            seen.timeline = std::max(*seen.timeline, *timeline);
    }
    if (seen.role == Role::Replica)
        takeUpstream(seen);
}

// The postmaster took the connection, or should have, and said nothing in time: timeout(1) ends with 124 or 137.
bool ProbeAnswer::didNotAnswer() const
{
    const QByteArray status = m_values.value("asked");
    return status == "124" || status == "137" || m_complaints.value("psql").contains(u"timeout expired"_s);
}

// The postmaster that has the port works in another directory than the inventory's: it is another instance. Where the cluster's name
// led to the other directory, it is this one.
bool ProbeAnswer::foundByPortOnly() const { return firstWord(m_values.value("instead")).first == "port"; }

std::optional<Error> ProbeAnswer::otherDirectory(const Observation& seen) const
{
    const QString expected = writtenText(firstWord(m_values.value("instead")).second);
    if (expected.isEmpty())
        return std::nullopt;
    const bool runs = foundByPortOnly() || seen.liveness == Liveness::Online;
    const QString words = runs ? Tr::tr("Runs in %1; the inventory says %2.") : Tr::tr("Its data is in %1; the inventory says %2.");
    return Error{ErrorKind::Conflict, words.arg(seen.dataDirectory, expected), {},
        foundByPortOnly() ? Tr::tr("Another cluster has the port.") : QString(),
        Tr::tr("Look at its port, base name and data directory in the inventory.")};
}

std::optional<Error> ProbeAnswer::reason(const Observation& seen) const
{
    QStringList words;
    for (const char* about : {"lock", "port", "directory", "psql", "control"}) {
        if (const QString text = m_complaints.value(about).trimmed(); !text.isEmpty())
            words += text;
    }
    const QString detail = words.join(u'\n');
    if (!m_values.contains("complete"))
        return Error{ErrorKind::LinkLost, Tr::tr("The answer of the probe is incomplete."), {}, detail};
    std::optional<Error> other = otherDirectory(seen);
    if (foundByPortOnly())
        return other;
    switch (seen.liveness) {
    case Liveness::Online:
        if (!seen.factsAt.isValid())
            return Error{ErrorKind::Unsupported, Tr::tr("A postmaster runs, but could not be asked."), {}, detail};
        break;
    case Liveness::Offline:
        if (m_values.value("closed") == "1") {
            return Error{ErrorKind::Unsupported, Tr::tr("pg_rewind has not come to its end in its data directory: it is half of two servers."), {}, detail,
                Tr::tr("Let the operation that began it go on, or rebuild it. Never change the directory's mode to start it.")};
        }
        if (!seen.factsAt.isValid())
            return Error{ErrorKind::NotFound, Tr::tr("No postmaster runs, and the control file could not be read."), {}, detail};
        break;
    case Liveness::Unknown:
        if (didNotAnswer())
            return Error{ErrorKind::TimedOut, Tr::tr("A postmaster runs, but does not answer."), {}, detail};
        return Error{ErrorKind::NotFound, Tr::tr("Whether the instance runs could not be found out."), {}, detail,
            Tr::tr("Look at its port, base name and data directory in the inventory.")};
    case Liveness::Unreachable:
        break;
    }
    return other;
}

} // namespace elephaas
