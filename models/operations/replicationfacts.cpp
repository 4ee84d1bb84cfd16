#include "models/operations/replicationfacts.h"

#include "models/domain/visibletext.h"
#include "models/operations/backgroundthread.h"
#include "models/postgres/conninfo.h"

#include <QCoreApplication>

#include <algorithm>
#include <mutex>
#include <thread>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr qsizetype mostNamed = 6;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

const Survey* anyMember(const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance, auto&& wanted)
{
    for (const InstanceId id : inventory.instancesOf(instance.herd)) {
        const Survey* seen = facts.of(id);
        if (seen && wanted(*seen, *inventory.find(id)))
            return seen;
    }
    return nullptr;
}

// How long a closer look may take.
std::chrono::milliseconds timeFor(const Inventory& inventory, InstanceId instance, const ReplicationOptions& options)
{
    const Observation* last = inventory.observation(instance);
    return last && last->liveness == Liveness::Unreachable ? std::min(options.surveyTimeout, options.lostTimeout) : options.surveyTimeout;
}

bool isPrimary(const Survey& seen) { return seen.answered && seen.inRecovery == false; }

} // namespace

const Survey* ReplicationFacts::of(InstanceId id) const
{
    const auto found = surveys.find(id);
    return found == surveys.end() ? nullptr : &found->second;
}

const ReplicationFacts::Trials* ReplicationFacts::trialOf(InstanceId follower, InstanceId upstream) const
{
    const auto found = trials.find({follower, upstream});
    return found == trials.end() ? nullptr : &found->second;
}

const Instance* seenLeaderOf(const Inventory& inventory, const ReplicationFacts& facts, HerdId herd, std::optional<InstanceId> except)
{
    const Instance* best = nullptr;
    std::pair<qsizetype, qsizetype> most{-1, -1};
    for (const InstanceId id : inventory.instancesOf(herd)) { // in order of id: the first of equals stays
        const Survey* seen = facts.of(id);
        if (!seen || !isPrimary(*seen) || id == except)
            continue;
        const std::pair<qsizetype, qsizetype> count{
            std::ranges::count(seen->followers, u"streaming"_s, &SurveyedFollower::state),
            static_cast<qsizetype>(inventory.followersOf(id).size())};
        if (!best || count > most) {
            best = inventory.find(id);
            most = count;
        }
    }
    return best;
}

const Instance* sourceFor(
    const ReplicationRequest& request, const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance)
{
    if (request.kind == ReplicationKind::Promote || concernsName(request.kind))
        return nullptr;
    if (request.upstream)
        return inventory.find(*request.upstream);
    return seenLeaderOf(inventory, facts, instance.herd, instance.id);
}

const Instance* oldPrimaryOf(const Inventory& inventory, const ReplicationFacts& facts, const Instance& candidate)
{
    if (const Instance* seen = seenLeaderOf(inventory, facts, candidate.herd, candidate.id))
        return seen;
    for (const InstanceId id : inventory.instancesOf(candidate.herd)) {
        const Instance* member = inventory.find(id);
        const Survey* seen = facts.of(id);
        if (id != candidate.id && !member->upstream && !(seen && seen->answered && seen->inRecovery == true))
            return member;
    }
    return nullptr;
}

QString followerNameOf(const Inventory& inventory, const Instance& instance, const Survey* seen)
{
    if (seen && !seen->primaryConninfo.isEmpty()) {
        const auto own = Conninfo::parse(seen->primaryConninfo);
        if (own && own->has(u"application_name"_s))
            return own->value(u"application_name"_s);
    }
    const Server* server = inventory.find(instance.server);
    // The server cuts names at 63 bytes and replaces what is not ASCII (pg_clean_ascii).
    QString name;
    for (const QChar c : server ? server->hostName : QString())
        name += c.unicode() > 0x20 && c.unicode() < 0x7f ? c : QChar(u'?');
    return name.left(63);
}

QStringList followerAddresses(const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance, const Instance& upstream)
{
    const Survey* own = facts.of(instance.id);
    const Survey* above = facts.of(upstream.id);
    if (!own || !above || instance.server == upstream.server)
        return {};
    QMap<QString, QStringList> members; // addresses by name: several may have the same
    for (const InstanceId id : inventory.instancesOf(instance.herd)) {
        const Survey* seen = facts.of(id);
        if (seen && !seen->addresses.isEmpty())
            members[followerNameOf(inventory, *inventory.find(id), seen)] += seen->addresses;
    }
    for (const SurveyedFollower& row : above->followers) {
        const auto member = members.constFind(row.applicationName);
        if (member != members.constEnd() && !row.clientAddress.isEmpty() && !member->contains(row.clientAddress))
            return {};
    }
    return own->addresses;
}

Expected<QString> standbyConninfo(const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance, const Instance& upstream,
    const QString& virtualHost)
{
    const Survey* own = facts.of(instance.id);
    const auto configured = [](const Survey& seen) { return !seen.primaryConninfo.isEmpty() && Conninfo::parse(seen.primaryConninfo); };
    const Survey* base = own && configured(*own) ? own : nullptr;
    if (!base)
        base = anyMember(inventory, facts, instance, [&](const Survey& seen, const Instance&) { return configured(seen); });
    Conninfo info = base ? *Conninfo::parse(base->primaryConninfo) : Conninfo();
    if (!info.has(u"user"_s)) {
        const Survey* seen = facts.of(upstream.id);
        const auto named = [](const SurveyedFollower& row) { return !row.user.isEmpty(); };
        if (seen && std::ranges::any_of(seen->followers, named))
            info.set(u"user"_s, std::ranges::find_if(seen->followers, named)->user);
    }
    // The account that made the cluster is its superuser by the same name.
    if (const Survey* seen = facts.of(upstream.id); !info.has(u"user"_s) && seen)
        info.set(u"user"_s, seen->owner);
    if (!info.has(u"user"_s))
        return fail({.kind = ErrorKind::NotFound,
            .what = Words::tr("It is not known which user a replica connects as: no member of the herd follows another one."),
            .where = nameOf(inventory, instance),
            .remedy = Words::tr("Set primary_conninfo on the instance (ALTER SYSTEM), with user and other options; host and port are put in.")});
    const Server* server = inventory.find(upstream.server);
    const Herd* herd = inventory.find(upstream.herd);
    QString host = server ? server->hostName : QString();
    QString port = QString::number(herd ? herd->port : 5432);
    // As somebody reaches it already: replication may have a network of its own. Only what the upstream itself shows counts.
    const Survey* above = facts.of(upstream.id);
    const Survey* follower = above ? anyMember(inventory, facts, instance, [&](const Survey& seen, const Instance& row) {
        const QString name = followerNameOf(inventory, row, &seen);
        return seen.receiverState == "streaming"_L1 && configured(seen)
            && std::ranges::any_of(above->followers, [&](const SurveyedFollower& one) {
                   return one.state == "streaming"_L1 && one.applicationName == name && seen.addresses.contains(one.clientAddress);
               });
    }) : nullptr;
    if (!virtualHost.isEmpty()) {
        host = virtualHost;
    } else if (follower) {
        const Conninfo theirs = *Conninfo::parse(follower->primaryConninfo);
        const bool byName = herd && !herd->virtualHost.isEmpty()
            && theirs.value(u"host"_s).section(u'.', 0, 0).compare(herd->virtualHost.section(u'.', 0, 0), Qt::CaseInsensitive) == 0;
        if (theirs.has(u"host"_s) && !theirs.value(u"host"_s).contains(u',') && !byName) {
            host = theirs.value(u"host"_s);
            port = theirs.has(u"port"_s) ? theirs.value(u"port"_s) : port;
        }
    }
    for (const QString& keyword : {u"hostaddr"_s, u"password"_s, u"dbname"_s, u"replication"_s, u"fallback_application_name"_s,
             u"target_session_attrs"_s, u"service"_s})
        info.remove(keyword);
    info.set(u"host"_s, host);
    info.set(u"port"_s, port);
    info.set(u"application_name"_s, followerNameOf(inventory, instance, own));
    return info.text();
}

QString rewindConninfo(const QString& standbyConninfo, const QString& user)
{
    auto info = Conninfo::parse(standbyConninfo);
    if (!info)
        return {};
    info->remove(u"application_name"_s);
    info->set(u"dbname"_s, u"postgres"_s);
    if (!user.isEmpty())
        info->set(u"user"_s, user);
    return info->text();
}

ReplicationFacts gatherFacts(
    const ReplicationRequest& request, const Inventory& inventory, const PlanningTools& tools, const std::stop_token& stop)
{
    ReplicationFacts facts;
    std::vector<const Instance*> members;
    std::set<HerdId> herds;
    for (const InstanceId id : request.instances) {
        const Instance* instance = inventory.find(id);
        if (!instance || !herds.insert(instance->herd).second)
            continue;
        for (const InstanceId member : inventory.instancesOf(instance->herd))
            members.push_back(inventory.find(member));
    }
    std::mutex mutex;
    const auto tell = [&] { // whom it waits for: one that does not answer takes long
        if (!tools.progress)
            return;
        QStringList left;
        for (const Instance* member : members) {
            if (!facts.surveys.contains(member->id))
                left << visibleLine(nameOf(inventory, *member));
        }
        tools.progress(left.isEmpty() ? Words::tr("All were looked at.")
                                      : Words::tr("%1 of %2 looked at; waiting for %3.")
                                            .arg(facts.surveys.size()).arg(members.size()).arg(left.mid(0, mostNamed).join(u", "_s) + (left.size() > mostNamed ? u"\u2026"_s : QString())));
    };
    tell();
    // The name servers are asked meanwhile: what they say depends on nobody.
    std::jthread readNames;
    if (tools.dns && request.kind != ReplicationKind::Promote && (concernsName(request.kind) || tools.options.upstreamHost == UpstreamHost::VirtualHost)) {
        std::vector<HerdId> named;
        for (const HerdId id : herds) {
            if (const Herd* herd = inventory.find(id); herd && !herd->virtualHost.isEmpty())
                named.push_back(id);
        }
        readNames = std::jthread([&, named = std::move(named)] {
            inParallel(named.size(), tools.options.parallel, [&](size_t i) {
                auto reading = tools.dns->read(inventory.find(named[i])->virtualHost, stop);
                Expected<void> mayChange;
                if (reading && !reading->primary.target.isEmpty() && concernsName(request.kind))
                    mayChange = tools.dns->rehearse({.name = reading->name, .zone = reading->zone, .from = reading->primary.target, .to = reading->primary.target}, stop);
                const std::scoped_lock lock(mutex);
                facts.names.emplace(named[i], std::move(reading));
                if (!mayChange)
                    facts.unchangeable.emplace(named[i], mayChange.error());
            });
        });
    }
    inParallel(members.size(), tools.options.parallel, [&](size_t i) {
        const Instance& instance = *members[i];
        Survey seen = tools.surveyor.survey(
            addressOf(inventory, instance, tools.resolve), instance.id, timeFor(inventory, instance.id, tools.options), stop);
        const std::scoped_lock lock(mutex);
        facts.surveys.emplace(instance.id, std::move(seen));
        tell();
    });
    if (tools.progress && readNames.joinable())
        tools.progress(Words::tr("All were looked at; waiting for the name servers."));
    readNames = {}; // waits for its end
    if (request.kind == ReplicationKind::Promote || stop.stop_requested())
        return facts;

    struct Job {
        const Instance* follower;
        const Instance* upstream;
        QString conninfo;
    };
    std::vector<Job> jobs;
    const auto add = [&](const Instance* follower, const Instance* upstream) {
        if (const auto conninfo = standbyConninfo(inventory, facts, *follower, *upstream))
            jobs.push_back({follower, upstream, *conninfo});
    };
    for (const InstanceId id : request.instances) {
        const Instance* instance = inventory.find(id);
        if (const Instance* source = instance ? sourceFor(request, inventory, facts, *instance) : nullptr)
            add(instance, source);
        if (!instance || !movesService(request.kind))
            continue;
        for (const InstanceId other : inventory.instancesOf(instance->herd)) {
            if (const Survey* seen = facts.of(other); other != id && seen && seen->isComplete)
                add(inventory.find(other), instance);
        }
    }
    if (tools.progress && !jobs.empty())
        tools.progress(Words::tr("Trying %n connection(s).", nullptr, static_cast<int>(jobs.size())));
    inParallel(jobs.size(), tools.options.parallel, [&](size_t i) {
        const Job& job = jobs[i];
        const Survey* seen = facts.of(job.follower->id);
        Surveyor::Trial trial{.from = addressOf(inventory, *job.follower, tools.resolve), .shell = seen ? seen->shell : QByteArray(),
            .conninfo = job.conninfo, .replication = true};
        if (seen && !seen->dataDirectory.isEmpty())
            trial.from.dataDirectory = seen->dataDirectory;
        ReplicationFacts::Trials trials;
        trials.replication = tools.surveyor.tryConnection(trial, tools.options.surveyTimeout, stop);
        const bool mayRewind = request.kind == ReplicationKind::Demote
            || (request.kind == ReplicationKind::Rebuild && request.method != RebuildMethod::Copy && request.method != RebuildMethod::InPlace);
        if (mayRewind) {
            trial.replication = false;
            for (const QString& user : {QString(), seen ? seen->owner : QString()}) {
                if (!trials.ordinaryInfo.isEmpty() && user.isEmpty())
                    break;
                trial.conninfo = rewindConninfo(job.conninfo, user);
                ConnectionTrial tried = tools.surveyor.tryConnection(trial, tools.options.surveyTimeout, stop);
                const bool better = trials.ordinaryInfo.isEmpty() || (tried.connected && tried.mayRewind == true);
                if (better) {
                    trials.ordinary = std::move(tried);
                    trials.ordinaryInfo = trial.conninfo;
                }
                if (trials.ordinary.connected && trials.ordinary.mayRewind == true)
                    break;
            }
        }
        const std::scoped_lock lock(mutex);
        facts.trials.emplace(std::pair{job.follower->id, job.upstream->id}, std::move(trials));
    });
    return facts;
}

} // namespace elephaas
