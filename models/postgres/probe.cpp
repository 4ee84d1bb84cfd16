#include "models/postgres/probe.h"

#include "models/postgres/probeanswer.h"
#include "models/postgres/probetext.h"
#include "models/postgres/shellquote.h"

#include <QCoreApplication>
#include <QUuid>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Probe)
};

constexpr qsizetype bytesPerInstance = 64 * 1024;

// An argument of the script: a value that no word can carry is left out.
QByteArray argument(const QString& value) { return isShellWord(value) ? shellQuote(value) : QByteArray("''"); }

} // namespace

std::vector<ProbeRequest> probeRequests(const Inventory& inventory, ServerId server)
{
    std::vector<ProbeRequest> requests;
    for (const InstanceId id : inventory.instancesOn(server)) {
        const Instance* instance = inventory.find(id);
        const Herd* herd = inventory.find(instance->herd);
        const auto version = inventory.versionOf(*instance);
        requests.push_back({id, herd ? herd->baseName : QString(), herd ? herd->port : 0, inventory.dataDirectoryOf(*instance),
            version ? version->major() : QString()});
    }
    return requests;
}

Probe::Probe(std::vector<ProbeRequest> requests, std::chrono::seconds limit)
    : m_requests(std::move(requests))
    , m_limit(limit)
    , m_tag('t' + QUuid::createUuid().toByteArray(QUuid::Id128))
{
}

QByteArray Probe::command() { return "exec /bin/sh -s"; }

QByteArray Probe::input() const
{
    QByteArray text = "tag=" + m_tag + " limit=" + QByteArray::number(static_cast<qlonglong>(m_limit.count())) + '\n';
    text += "sql=" + shellQuote(QString::fromUtf8(probeQuestionsText)) + '\n';
    text += settingsScriptText;
    text += commonScriptText;
    text += probeScriptText;
    for (const ProbeRequest& request : m_requests) {
        text += "instance " + QByteArray::number(request.instance.value) + ' ' + argument(request.baseName) + ' '
            + QByteArray::number(request.port) + ' ' + argument(request.dataDirectory) + ' ' + argument(request.versionMajor) + '\n';
    }
    return text + "finish\n";
}

QByteArray questionsPrelude() { return keptScriptText; }

qsizetype Probe::outputLimit() const { return bytesPerInstance * (1 + static_cast<qsizetype>(m_requests.size())); }

Expected<std::vector<Observation>> Probe::parse(QByteArrayView output, const QDateTime& now) const
{
    QHash<qint64, ProbeAnswer> answers;
    bool begun = false;
    const QByteArray prefix = m_tag + ' ';
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
            begun = true;
            continue;
        }
        const qsizetype blank = rest.indexOf(' ');
        if (blank > 0)
            answers[rest.first(blank).toByteArray().toLongLong()].add(rest.sliced(blank + 1));
    }
    if (!begun) {
        return fail({ErrorKind::Unsupported, Tr::tr("The server did not run the probe."), {},
            QString::fromUtf8(output.first(std::min<qsizetype>(output.size(), 1000))),
            Tr::tr("The remote user needs a login shell that can run /bin/sh.")});
    }
    std::vector<Observation> seen;
    seen.reserve(m_requests.size());
    for (const ProbeRequest& request : m_requests)
        seen.push_back(answers.value(request.instance.value).observation(request.instance, now));
    return seen;
}

Observation unreachable(InstanceId instance, const Error& error, const QDateTime& now)
{
    Observation seen;
    seen.instance = instance;
    seen.at = now;
    seen.seenBy = u"probe"_s;
    seen.liveness = Liveness::Unreachable;
    seen.error = error;
    return seen;
}

Observation withEarlierFacts(Observation fresh, const Observation* previous)
{
    if (!previous)
        return fresh;
    if (!fresh.factsAt.isValid()) {
        Observation merged = *previous;
        merged.at = fresh.at;
        merged.seenBy = fresh.seenBy;
        merged.liveness = fresh.liveness;
        merged.acceptsConnections = fresh.acceptsConnections;
        merged.postmasterStatus = fresh.postmasterStatus;
        merged.error = fresh.error;
        if (!fresh.dataDirectory.isEmpty())
            merged.dataDirectory = fresh.dataDirectory;
        return merged;
    }
    // The files of a stopped instance do not tell its minor version.
    const bool sameMajor = fresh.version && previous->version && fresh.version->major() == previous->version->major();
    if (fresh.liveness == Liveness::Offline && (sameMajor || !fresh.version))
        fresh.version = previous->version;
    if (fresh.role == Role::Unknown)
        fresh.role = previous->role;
    return fresh;
}

} // namespace elephaas
