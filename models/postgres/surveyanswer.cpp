#include "models/postgres/surveyanswer.h"

#include "models/postgres/answertext.h"
#include "models/postgres/shellquote.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::SurveyAnswer)
};

// Nobody has so many; a server that says so is not believed, and does not fill the memory.
constexpr size_t mostOfOneKind = 10000;

// A path goes back to the server in commands: one that has no exact text is not taken.
QString path(const QByteArray& written)
{
    const QByteArray bytes = writtenBytes(written);
    const QString text = QString::fromUtf8(bytes);
    return text.toUtf8() == bytes && text.startsWith(u'/') && isShellWord(text) ? text : QString();
}

template <class T>
std::optional<T> natural(const QByteArray& text, int base = 10)
{
    const auto value = integerOf<T>(text, base);
    return value && *value >= 0 ? value : std::nullopt;
}

std::optional<int> timelineOf(const QByteArray& text, int base)
{
    const auto value = integerOf<int>(text, base);
    return value && *value > 0 ? value : std::nullopt;
}

std::optional<bool> flag(const QByteArray& text)
{
    if (text == "1")
        return true;
    if (text == "0")
        return false;
    return std::nullopt;
}

std::optional<Lsn> lsn(const QByteArray& text) { return Lsn::parse(QString::fromLatin1(text)); }

std::optional<quint64> identifier(const QByteArray& text)
{
    bool ok = false;
    const quint64 value = text.toULongLong(&ok);
    return ok && value != 0 ? std::optional(value) : std::nullopt;
}

// Words of a server are shown and stored: not without end.
QString shortened(const QString& text) { return text.size() > 2000 ? text.first(2000) + u'…' : text; }

QByteArray shellOf(const QByteArray& way, const QString& owner, const QString& home)
{
    if (way == "same")
        return "exec /bin/sh -s";
    if (owner.isEmpty() || owner.startsWith(u'-') || !isPlainShellText(owner))
        return {};
    if (way == "runuser")
        return (home.isEmpty() ? QByteArray("exec") : QByteArray("exec env HOME=" + shellQuote(home))) + " runuser -u " + shellQuote(owner)
            + " -- /bin/sh -s";
    if (way == "sudo")
        return "exec sudo -n -H -u " + shellQuote(owner) + " /bin/sh -s";
    return {};
}

} // namespace

SurveyAnswer::SurveyAnswer(QByteArrayView output, QByteArrayView tag)
{
    const QByteArray prefix = tag.toByteArray() + ' ';
    for (qsizetype at = 0; at < output.size();) {
        const qsizetype end = output.indexOf('\n', at);
        if (end < 0)
            break; // cut off
        const QByteArrayView line = output.sliced(at, end - at);
        at = end + 1;
        if (!line.startsWith(prefix))
            continue;
        const QByteArrayView rest = line.sliced(prefix.size());
        if (rest.startsWith("begin ")) {
            m_begun = true;
            m_time = rest.sliced(6).toByteArray();
        } else if (rest == "end") {
            m_ended = true;
        } else if (rest.startsWith("0 ")) {
            add(rest.sliced(2));
        }
    }
}

void SurveyAnswer::add(QByteArrayView line)
{
    const auto [key, value] = firstWord(line);
    const auto [first, rest] = firstWord(value);
    if (key == "f") {
        addFact(value);
    } else if (key == "control") {
        m_control.insert(first, rest);
    } else if (key == "error") {
        QString& words = m_complaints[first];
        words = words.isEmpty() ? writtenText(rest) : words + u'\n' + writtenText(rest);
    } else if (key == "leftover" && size_t(m_lists.leftovers.size()) < mostOfOneKind) {
        if (const QString found = path(value); !found.isEmpty())
            m_lists.leftovers += found;
    } else if (key == "target") {
        if (m_lists.recoveryTargets.size() < 100)
            m_lists.recoveryTargets.insert(QString::fromLatin1(first), shortened(writtenText(rest)));
    } else if (key == "mountbelow" && size_t(m_lists.mountsBelow.size()) < mostOfOneKind) {
        m_lists.mountsBelow += writtenText(value);
    } else if (key == "conf" && size_t(m_lists.configurationFiles.size()) < mostOfOneKind) {
        m_lists.configurationFiles += writtenText(value);
    } else if (key == "address" && size_t(m_lists.addresses.size()) < mostOfOneKind) {
        m_lists.addresses += QString::fromLatin1(value);
    } else if (key == "tablespace" && m_lists.tablespaces.size() < mostOfOneKind) {
        const QByteArrayList parts = rest.split(' ');
        if (const auto oid = natural<quint32>(first))
            m_lists.tablespaces.push_back({*oid, path(parts.value(2)), flag(parts.value(0)), natural<qint64>(parts.value(1))});
    } else if (key == "program") {
        const auto [version, place] = firstWord(rest);
        const auto parsed = PgVersion::parse(QString::fromLatin1(version));
        const QString said = first == "rsync" && parsed ? QString::fromLatin1(version) : parsed ? parsed->major() : QString();
        if (const QString found = path(place); !found.isEmpty() && m_lists.programs.size() < 100)
            m_lists.programs.insert(QString::fromLatin1(first), {found, said});
    } else if (key == "history") {
        const auto timeline = timelineOf(first, 16);
        const auto history = parseTimelineHistory(rest);
        if (timeline && history && m_lists.timelineHistories.size() < 10)
            m_lists.timelineHistories.emplace(*timeline, *history);
    } else if (key == "file") {
        m_lists.standbySignal = m_lists.standbySignal || value == "standby.signal";
        m_lists.recoveryConf = m_lists.recoveryConf || value == "recovery.conf";
        m_lists.recoveryDone = m_lists.recoveryDone || value == "recovery.done";
        m_lists.backupLabel = m_lists.backupLabel || value == "backup_label";
    } else {
        m_values.insert(key, value);
    }
}

void SurveyAnswer::addFact(QByteArrayView line)
{
    const auto [name, value] = firstWord(line);
    const QByteArrayList parts = value.split(' ');
    if (name == "setting") {
        if (parts.size() == 2 && m_lists.settings.size() < 1000)
            m_lists.settings.insert(QString::fromLatin1(parts[0]), writtenText(parts[1]));
    } else if (name == "follower") {
        if (parts.size() == 4 && m_lists.followers.size() < mostOfOneKind)
            m_lists.followers.push_back({writtenText(parts[0]), writtenText(parts[1]), writtenText(parts[2]), writtenText(parts[3])});
    } else if (name == "slot") {
        if (parts.size() == 4 && m_lists.slots_.size() < mostOfOneKind)
            m_lists.slots_.push_back(
                {writtenText(parts[0]), parts[1] == "1", parts[2] == "1", parts[3] == "-" ? QString() : QString::fromLatin1(parts[3])});
    } else {
        m_facts.insert(name, value);
    }
}

std::optional<std::pair<qint64, std::chrono::milliseconds>> SurveyAnswer::serverTime() const
{
    const qsizetype dot = m_time.indexOf('.');
    const auto seconds = natural<qint64>(dot < 0 ? m_time : m_time.first(dot));
    if (!seconds || *seconds > 100'000'000'000)
        return std::nullopt;
    // A date that does not know nanoseconds writes something else there.
    const QByteArray fraction = dot < 0 ? QByteArray() : m_time.sliced(dot + 1);
    if (fraction.size() == 9) {
        if (const auto nanoseconds = natural<qint64>(fraction))
            return std::pair(*seconds * 1000 + *nanoseconds / 1'000'000, std::chrono::milliseconds(0));
    }
    return std::pair(*seconds * 1000 + 500, std::chrono::milliseconds(500));
}

Survey SurveyAnswer::survey() const
{
    Survey seen = m_lists;
    seen.isComplete = m_ended && m_values.contains("complete");
    takeServer(seen);
    takeDirectory(seen);
    takeControl(seen);
    takeFacts(seen);
    seen.error = reason(seen);
    return seen;
}

void SurveyAnswer::takeServer(Survey& seen) const
{
    seen.remoteUser = writtenText(value("user"));
    const auto [way, account] = firstWord(value("owner"));
    const auto [owner, home] = firstWord(account);
    seen.owner = writtenText(owner);
    seen.shell = shellOf(way, seen.owner, path(home));
    seen.mayRelay = flag(value("relays"));
    seen.supervisor = writtenText(value("supervisor"));
}

void SurveyAnswer::takeDirectory(Survey& seen) const
{
    seen.dataDirectory = path(value("data"));
    seen.realDirectory = path(value("real"));
    seen.exists = flag(value("exists"));
    seen.isEmpty = flag(value("empty"));
    seen.hasDatabase = flag(value("database"));
    if (!seen.hasDatabase && seen.exists == false)
        seen.hasDatabase = false;
    if (const auto major = PgVersion::parse(QString::fromLatin1(value("major"))))
        seen.major = major->major();
    seen.isMountPoint = flag(value("mounted"));
    seen.parentWritable = flag(value("parentwritable"));
    seen.isWritable = flag(value("writable"));
    seen.freeBytes = natural<qint64>(value("free"));
    seen.freeBytesInside = natural<qint64>(value("inside"));
    seen.leftoversKnown = m_values.contains("beside");
    seen.contentsKnown = m_values.contains("contents");
    seen.configDirectory = path(value("debian"));
    seen.busyWith = QString::fromLatin1(value("busy").left(100));
    seen.walLink = writtenText(value("wal"));
    seen.walIsMountPoint = flag(value("walmounted"));
    const auto [had, conninfo] = firstWord(value("conninfo"));
    seen.conninfoHasPassword = had == "1";
    seen.primaryConninfo = writtenText(conninfo);
    // Set in a file, but not read by the server yet: it is what it will have.
    seen.primarySlotName = writtenText(fact("slotname").isEmpty() ? value("slotname") : fact("slotname"));
    seen.hasRestoreCommand = flag(value("restores"));
    seen.postmasterRuns = flag(value("running"));
}

void SurveyAnswer::takeControl(Survey& seen) const
{
    const auto control = [this](const char* name) { return m_control.value(name); };
    seen.controlState = QString::fromUtf8(control("state")).trimmed();
    seen.systemIdentifier = identifier(control("identifier"));
    seen.timeline = timelineOf(control("timeline"), 10);
    seen.checkpointLsn = lsn(control("checkpoint"));
    if (const auto end = lsn(control("recoveryend")); end && end->value != 0)
        seen.recoveryEnd = end;
    if (const auto timeline = timelineOf(control("recoverytimeline"), 10); timeline && seen.timeline && seen.recoveryEnd)
        seen.timeline = std::max(*seen.timeline, *timeline);
    if (const QByteArray hints = control("hints"); hints == "on" || hints == "off")
        seen.walLogHints = hints == "on";
    if (const auto checksums = natural<int>(control("checksums")))
        seen.dataChecksums = *checksums != 0;
}

// Only of an instance that answered to the end: a list that breaks off is no list.
void SurveyAnswer::takeFacts(Survey& seen) const
{
    seen.answered = m_facts.contains("end") && m_facts.contains("version");
    if (!seen.answered) {
        seen.settings = {};
        seen.followers = {};
        seen.slots_ = {};
        return;
    }
    if (const auto number = natural<int>(fact("version")))
        seen.version = PgVersion::fromNumber(*number);
    seen.inRecovery = flag(fact("recovery"));
    seen.position = lsn(seen.inRecovery == true ? fact("replay") : fact("current"));
    seen.receiveLsn = lsn(fact("receive"));
    // A receiver that has got nothing yet reports the start of the segment it asked for.
    if (seen.inRecovery == true && seen.receiveLsn && seen.position)
        seen.receiveLsn = std::max(*seen.receiveLsn, *seen.position);
    if (const QByteArray timeline = fact("timeline"); timeline.size() == 8)
        seen.runningTimeline = timelineOf(timeline, 16);
    seen.replayPaused = flag(fact("paused"));
    seen.receiverState = writtenText(fact("receiver"));
    seen.databaseBytes = natural<qint64>(fact("bytes"));
    seen.preparedTransactions = natural<int>(fact("prepared"));
    if (const auto age = natural<qint64>(fact("oldest")))
        seen.oldestTransaction = std::chrono::seconds(*age);
    seen.runningBackups = natural<int>(fact("backups"));
    seen.archiverFailing = flag(fact("archiver"));
}

QString SurveyAnswer::complaints(std::initializer_list<const char*> about) const
{
    QStringList words;
    for (const char* name : about) {
        if (const QString text = m_complaints.value(name).trimmed(); !text.isEmpty())
            words += shortened(text);
    }
    return words.join(u'\n');
}

std::optional<Error> SurveyAnswer::reason(const Survey& seen) const
{
    const QString everything = complaints({"access", "kind", "lock", "port", "directory", "psql", "control"});
    if (!seen.isComplete)
        return Error{ErrorKind::LinkLost, Tr::tr("The answer of the server is incomplete."), {}, everything};
    if (const QString other = path(value("other")); !other.isEmpty())
        return Error{ErrorKind::Conflict, Tr::tr("Another cluster has the port: it runs in %1.").arg(other), {}, everything,
            Tr::tr("Look at its port, base name and data directory in the inventory.")};
    if (const QString words = complaints({"port", "kind"}); !words.isEmpty())
        return Error{ErrorKind::Conflict, Tr::tr("The data directory is not as the inventory says."), {}, everything,
            Tr::tr("Look at its port, base name and data directory in the inventory.")};
    if (m_complaints.contains("access"))
        return Error{ErrorKind::PermissionDenied, Tr::tr("The remote user may not see everything."), {}, everything,
            Tr::tr("The remote user has to be the owner of the data directory, or able to become it with sudo without a password.")};
    if (seen.postmasterRuns != false && !seen.answered && seen.hasDatabase == true)
        return Error{seen.postmasterRuns == true ? ErrorKind::TimedOut : ErrorKind::NotFound,
            seen.postmasterRuns == true ? Tr::tr("A postmaster runs, but could not be asked.")
                                        : Tr::tr("Whether the instance runs could not be found out."),
            {}, everything};
    if (const QString words = complaints({"psql"}); seen.answered && !words.isEmpty())
        return Error{ErrorKind::PermissionDenied, Tr::tr("The instance did not answer every question."), {}, words};
    if (seen.hasDatabase == true && seen.controlState.isEmpty())
        return Error{ErrorKind::NotFound, Tr::tr("The control file could not be read."), {}, everything};
    return std::nullopt;
}

ConnectionTrial SurveyAnswer::trial(bool replication) const
{
    ConnectionTrial result;
    result.words = complaints({"psql"});
    const auto status = natural<int>(value("tried"));
    if (!m_ended || !status || *status == 126 || *status == 127) {
        if (result.words.isEmpty())
            result.words = Tr::tr("The answer of the server is incomplete.");
        return result;
    }
    result.unknown = false;
    // timeout(1) ends with 124 or 137
    if (*status == 124 || *status == 137)
        result.words = QString(result.words + u'\n' + Tr::tr("The server did not answer in time.")).trimmed();
    if (replication) {
        // systemid|timeline|xlogpos|dbname (manual, "Streaming Replication Protocol")
        const QStringList parts = writtenText(value("identified")).split(u'|');
        if (*status == 0 && parts.size() == 4) {
            result.systemIdentifier = identifier(parts[0].toLatin1());
            result.timeline = timelineOf(parts[1].toLatin1(), 10);
            result.position = Lsn::parse(parts[2]);
        }
        result.connected = result.systemIdentifier.has_value();
    } else {
        result.connected = *status == 0 && fact("one") == "1";
        if (result.connected)
            result.mayRewind = flag(fact("rewind"));
    }
    if (!result.connected && result.words.isEmpty())
        result.words = Tr::tr("The server did not answer as PostgreSQL does.");
    return result;
}

} // namespace elephaas
