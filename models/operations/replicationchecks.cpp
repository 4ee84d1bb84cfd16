#include "models/operations/replicationchecks.h"

#include "models/domain/visibletext.h"
#include "models/postgres/conninfo.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

int majorNumber(const QString& version)
{
    const auto parsed = PgVersion::parse(version);
    return parsed ? parsed->first * 100 + (parsed->first < 10 ? parsed->second : 0) : 0;
}

QString unknownText() { return Words::tr("not known"); }

QString lsnText(const std::optional<Lsn>& lsn) { return lsn ? lsn->toString() : unknownText(); }

// The furthest that an instance has received or written.
std::optional<Lsn> furthest(const Survey& seen)
{
    std::optional<Lsn> lsn = seen.position;
    if (!lsn)
        lsn = std::max(seen.checkpointLsn, seen.recoveryEnd); // nothing is less than any
    return std::max(lsn, seen.receiveLsn);
}

// That of the source was seen last: a member that was looked at after it seems to be ahead where there are many writes.
std::optional<Lsn> furthestOfSource(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    std::optional<Lsn> lsn = furthest(plan.survey(source));
    const auto* trials = plan.facts().trialOf(instance.id, source.id);
    return trials ? std::max(lsn, trials->replication.position) : lsn;
}

std::optional<int> timelineOf(const Survey& seen) { return seen.runningTimeline ? seen.runningTimeline : seen.timeline; }

TimelinePlace placeOf(const Survey& seen)
{
    TimelinePlace place{.timeline = timelineOf(seen).value_or(0)};
    if (const auto history = seen.timelineHistories.find(place.timeline); history != seen.timelineHistories.end())
        place.history = history->second;
    return place;
}

Descent descentFrom(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    return descentOf(placeOf(plan.survey(instance)), placeOf(plan.survey(source)));
}

// Of one that parted there is no ahead and no behind.
bool isAhead(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    if (descentFrom(plan, instance, source).kind == Descent::Kind::Parted)
        return false;
    const auto timeline = timelineOf(plan.survey(instance));
    const auto lsn = furthest(plan.survey(instance));
    const auto theirs = furthestOfSource(plan, instance, source);
    return timeline && timeline == timelineOf(plan.survey(source)) && lsn && theirs && *lsn > *theirs;
}

bool isRunningPrimary(const Survey& seen) { return seen.answered && seen.inRecovery == false; }

bool wasPrimary(const Survey& seen)
{
    return seen.answered ? seen.inRecovery == false : !seen.standbySignal && !seen.recoveryConf && !seen.controlState.contains("recovery"_L1);
}

// What the control file says is the end of its WAL only where it was shut down.
bool endIsKnown(const Survey& seen) { return seen.answered || seen.controlState == "shut down"_L1 || seen.controlState == "shut down in recovery"_L1; }

// Whom a member follows: as the others show it or its own settings say, else by the inventory's word (which probes keep).
const Instance* followedBy(const PlanBuilder& plan, const Instance& below)
{
    const Survey& seen = plan.survey(below);
    if (isRunningPrimary(seen))
        return nullptr;
    const QString name = followerNameOf(plan.inventory(), below, &seen);
    const auto info = Conninfo::parse(seen.primaryConninfo);
    const QString host = info && !wasPrimary(seen) ? info->value(u"host"_s) : QString();
    const Instance* configured = nullptr;
    for (const InstanceId id : plan.inventory().instancesOf(below.herd)) {
        const Instance* above = plan.inventory().find(id);
        if (id == below.id)
            continue;
        const Survey& other = plan.survey(*above);
        if (std::ranges::any_of(other.followers, [&](const SurveyedFollower& row) { return row.applicationName == name && seen.addresses.contains(row.clientAddress); }))
            return above;
        if (!host.isEmpty() && (host.compare(plan.host(*above), Qt::CaseInsensitive) == 0 || other.addresses.contains(host)))
            configured = above;
    }
    return configured ? configured : plan.inventory().upstreamOf(below);
}

void checkCircle(PlanBuilder& plan, const Instance& instance, const Instance& upstream)
{
    if (instance.id == upstream.id)
        return;
    std::set<InstanceId> passed;
    for (const Instance* at = &upstream; at && passed.insert(at->id).second; at = followedBy(plan, *at)) {
        if (at->id == instance.id)
            return plan.block(instance, "circle", Words::tr("%1 follows it already, directly or over others: that would be a circle.").arg(plan.name(upstream)),
                {.measured = {}, .limit = {}, .cure = Words::tr("Let %1 follow another member first.").arg(plan.name(upstream))});
    }
}

// Those of earlier operations on the source, and those of the instance itself.
void checkSlots(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    QStringList left;
    for (const SurveyedSlot& slot : plan.survey(source).slots_) {
        if (!slot.isActive && slot.name.startsWith("elephaas_"_L1) && !slot.name.endsWith(plan.key()))
            left << slot.name;
    }
    if (!left.isEmpty())
        plan.warn(instance, "slot", Words::tr("Earlier operations left replication slots on %1, which keep WAL there for ever.").arg(plan.name(source)),
            {.measured = visibleText(left.join(u", "_s)), .limit = Words::tr("none"),
                .cure = Words::tr("Where no unfinished operation needs it: select pg_drop_replication_slot('%1')").arg(visibleText(left.first()))});
    QStringList own;
    for (const SurveyedSlot& slot : plan.survey(instance).slots_)
        own << slot.name;
    if (own.isEmpty())
        return;
    const PlanBuilder::Measure measure{.measured = visibleText(own.join(u", "_s)), .limit = Words::tr("none"), .cure = Words::tr("Drop those that nobody uses; let the others use %1.").arg(plan.name(source))};
    if (plan.request().kind == ReplicationKind::Remaster)
        plan.warn(instance, "slot", Words::tr("It has replication slots of its own: each keeps WAL until somebody reads it."), measure);
    else
        plan.warn(instance, "slot", Words::tr("Its own replication slots are gone afterwards."), measure);
}

// All that will be made there for members of the herd.
int slotsNeeded(const PlanBuilder& plan, const Instance& instance, const Instance& upstream)
{
    if (!movesService(plan.request().kind))
        return 1;
    QStringList names;
    for (const InstanceId id : plan.inventory().instancesOf(instance.herd)) {
        const Instance& member = *plan.inventory().find(id);
        const QString name = plan.survey(member).primarySlotName;
        if (member.id != upstream.id && isSlotName(name) && !hasSlot(plan.survey(upstream), name) && !names.contains(name))
            names << name;
    }
    return static_cast<int>(names.size());
}

} // namespace

void checkSlotOf(PlanBuilder& plan, const Instance& instance, const Instance& upstream)
{
    const QString slot = plan.survey(instance).primarySlotName;
    if (slot.isEmpty())
        return;
    if (!isSlotName(slot))
        return plan.warn(instance, "slot", Words::tr("What it has as the name of its replication slot can be none: it will use none."), {.measured = visibleText(slot), .limit = {}, .cure = {}});
    const auto there = std::ranges::find(plan.survey(upstream).slots_, slot, &SurveyedSlot::name);
    const bool isThere = there != plan.survey(upstream).slots_.end();
    const Instance* present = plan.inventory().upstreamOf(instance);
    const bool isItsOwn = present && present->id == upstream.id;
    // A rebuild comes back to what the slot kept; whoever changes his upstream has no use for what another one's has.
    const bool isKept = plan.request().kind == ReplicationKind::Rebuild || plan.request().kind == ReplicationKind::Demote;
    if (isThere && (there->isLogical || (there->isActive && !isItsOwn)))
        return plan.block(instance, "slot", there->isLogical ? Words::tr("%1 has a logical replication slot of the name that it uses.").arg(plan.name(upstream))
                                                             : Words::tr("Somebody else uses the replication slot of its name on %1.").arg(plan.name(upstream)),
            {.measured = slot, .limit = {}, .cure = Words::tr("Give it another primary_slot_name.")});
    bool known = false;
    const int most = plan.survey(upstream).setting(u"max_replication_slots"_s).toInt(&known);
    const auto used = static_cast<int>(plan.survey(upstream).slots_.size());
    const int needed = slotsNeeded(plan, instance, upstream);
    const PlanBuilder::Measure measure{.measured = Words::tr("%1 of %2 used").arg(used).arg(most), .limit = Words::tr("%1 free").arg(needed), .cure = Words::tr("Drop those that nobody uses, or raise max_replication_slots there and restart it.")};
    if (!isThere && known && used + needed > most)
        plan.block(instance, "slot", Words::tr("%1 has no replication slot left for it.").arg(plan.name(upstream)), measure);
    else if (isThere && isKept)
        plan.ok(instance, "slot", there->walStatus == "lost"_L1 ? Words::tr("Its replication slot on %1 has lost what it kept: it is made anew.").arg(plan.name(upstream))
                                                                : Words::tr("It goes on using its replication slot on %1.").arg(plan.name(upstream)),
            {.measured = slot, .limit = {}, .cure = {}});
    else if (isThere && !isItsOwn)
        plan.warn(instance, "slot", Words::tr("%1 has a replication slot of its name that nobody reads: it is made anew.").arg(plan.name(upstream)),
            {.measured = slot, .limit = {}, .cure = Words::tr("Where somebody else comes back to it, give this one another primary_slot_name.")});
    else
        plan.ok(instance, "slot", Words::tr("Its replication slot is made on %1, by the same name.").arg(plan.name(upstream)), {.measured = slot, .limit = {}, .cure = {}});
}

namespace {

void checkRecoveryTargets(PlanBuilder& plan, const Instance& instance)
{
    if (const QString targets = recoveryTargetsOf(plan, instance); !targets.isEmpty())
        plan.warn(instance, "recovery-target", Words::tr("Its configuration has recovery targets, with which a standby promotes itself: they are taken out."),
            {.measured = targets, .limit = Words::tr("none"), .cure = {}});
}

// Whether what is needed for a copy beside could be seen.
void checkPlaces(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    if (plan.request().method == RebuildMethod::InPlace)
        return;
    if (seen.exists == true && !seen.isMountPoint)
        plan.unknown(instance, "directory", Words::tr("Whether something is mounted on its data directory is not known: it could not be renamed then."));
    if (!seen.parentWritable)
        plan.unknown(instance, "directory", Words::tr("Whether its owner can write beside its data directory is not known."));
}

// The proof that it streams goes by this name.
void checkFollowerNames(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const Survey& seen = plan.survey(instance);
    const QString name = followerNameOf(plan.inventory(), instance, &seen);
    QStringList names;
    QStringList twice;
    bool taken = false;
    const auto isOfAnother = [&](const QString& address) {
        return !seen.addresses.contains(address) && std::ranges::any_of(plan.inventory().instancesOf(instance.herd), [&](InstanceId id) {
            return id != instance.id && plan.survey(*plan.inventory().find(id)).addresses.contains(address);
        });
    };
    for (const SurveyedFollower& row : plan.survey(source).followers) {
        if (row.state == "backup"_L1 || row.applicationName == "pg_basebackup"_L1) // it has two connections
            continue;
        if (names.contains(row.applicationName) && !twice.contains(row.applicationName))
            twice << row.applicationName;
        names << row.applicationName;
        taken = taken || (row.applicationName == name && isOfAnother(row.clientAddress));
    }
    if (taken && !twice.contains(name))
        twice << name;
    if (!twice.isEmpty())
        plan.warn(instance, "follower-name", Words::tr("Followers of %1 are called alike: who of them streams is told by their addresses only.").arg(plan.name(source)),
            {.measured = visibleText(twice.join(u", "_s)), .limit = {}, .cure = Words::tr("Give each an application_name of its own in primary_conninfo, or a cluster_name.")});
}

} // namespace

QString recoveryTargetsOf(const PlanBuilder& plan, const Instance& instance)
{
    const auto& targets = plan.survey(instance).recoveryTargets;
    QStringList lines;
    for (auto target = targets.begin(); target != targets.end(); ++target)
        lines << QString(target.key() % u" = "_s % target.value());
    return visibleText(lines.join(u", "_s));
}

void checkReach(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    if (!seen.isComplete) {
        plan.block(instance, "reach", Words::tr("Its server could not be looked at."),
            {.measured = seen.error ? visibleText(seen.error->text()) : unknownText(), .limit = {},
                .cure = Words::tr("Mend the connection, then plan again.")});
        return;
    }
    plan.ok(instance, "reach", Words::tr("Its server was looked at."));
    const bool isAnother = seen.error && seen.error->kind == ErrorKind::Conflict;
    if (isAnother)
        plan.block(instance, "survey", visibleText(seen.error->what), {.measured = visibleText(seen.error->detail.trimmed()), .limit = {}, .cure = seen.error->remedy});
    if (!seen.busyWith.isEmpty() && seen.busyWith != plan.key())
        plan.block(instance, "busy", Words::tr("Operation %1 is at work on its data directory.").arg(seen.busyWith),
            {.measured = seen.busyWith, .limit = Words::tr("none"), .cure = Words::tr("Let it end, or cancel it where it was started.")});
    if (seen.shell.isEmpty()) {
        plan.block(instance, "account",
            Words::tr("The remote user %1 cannot act as %2, who owns the data directory.").arg(seen.remoteUser, seen.owner.isEmpty() ? unknownText() : seen.owner),
            {.measured = seen.owner, .limit = seen.remoteUser,
                .cure = Words::tr("Log in as the owner (Preferences, SSH), or allow \"sudo -n -H -u OWNER /bin/sh -s\", and for a rebuild in place and new replicas \"/bin/sh -c\" with any script, too.")});
    }
    const QString given = plan.inventory().dataDirectoryOf(instance);
    if (seen.hasDatabase == true && !seen.dataDirectory.isEmpty() && seen.error && !isAnother && !given.isEmpty())
        plan.warn(instance, "survey", Words::tr("Not everything could be seen."), {.measured = visibleText(seen.error->text()), .limit = {}, .cure = {}});
}

void checkSupervisor(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    if (seen.supervisor.isEmpty())
        return plan.ok(instance, "supervisor", Words::tr("No other program was seen that starts, stops or promotes it."));
    plan.block(instance, "supervisor", Words::tr("%1 is in charge of it and would undo or fight this.").arg(seen.supervisor),
        {.measured = seen.supervisor, .limit = Words::tr("none"), .cure = Words::tr("Use %1, or pause it first.").arg(seen.supervisor)});
}

void checkClock(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    if (!seen.clockOffset)
        return;
    const auto off = std::chrono::abs(*seen.clockOffset);
    const auto limit = plan.options().clockLimit + seen.clockUncertainty;
    const PlanBuilder::Measure measure{.measured = Words::tr("%1 ms").arg(seen.clockOffset->count()),
        .limit = Words::tr("%1 ms").arg(limit.count()), .cure = Words::tr("Check its time synchronisation.")};
    // date +%s gives whole seconds.
    if (off > limit + std::chrono::seconds(1))
        plan.warn(instance, "clock", Words::tr("Its server's clock differs from this computer's."), measure);
}

void checkSource(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const Survey& above = plan.survey(source);
    const QString name = plan.name(source);
    if (source.id == instance.id)
        return plan.block(instance, "upstream", Words::tr("It cannot follow itself."));
    if (source.herd != instance.herd)
        return plan.block(instance, "upstream", Words::tr("%1 belongs to another herd.").arg(name));
    if (!above.answered)
        return plan.block(instance, "upstream", Words::tr("%1 does not answer.").arg(name),
            {.measured = above.error ? visibleText(above.error->text()) : unknownText(), .limit = {}, .cure = Words::tr("Start it, or choose another member.")});
    plan.ok(instance, "upstream", above.inRecovery == true ? Words::tr("%1 runs, as a standby.").arg(name) : Words::tr("%1 runs, as primary.").arg(name));
    const QString level = above.setting(u"wal_level"_s);
    if (level == "minimal"_L1)
        plan.block(instance, "wal-level", Words::tr("%1 writes too little WAL for a standby.").arg(name),
            {.measured = level, .limit = u"replica"_s, .cure = Words::tr("Set wal_level to replica and restart it.")});
    bool known = false;
    const int most = above.setting(u"max_wal_senders"_s).toInt(&known);
    const auto used = static_cast<int>(above.followers.size());
    const int needed = 2; // a copy streams WAL beside the data; the standby itself
    const PlanBuilder::Measure senders{.measured = Words::tr("%1 of %2 in use").arg(used).arg(most), .limit = Words::tr("%1 free").arg(needed),
        .cure = Words::tr("Raise max_wal_senders and restart it.")};
    if (!known)
        plan.unknown(instance, "wal-senders", Words::tr("How many WAL senders %1 has is not known.").arg(name));
    else if (most - used < 1)
        plan.block(instance, "wal-senders", Words::tr("%1 has no WAL sender left.").arg(name), senders, Override::WithReason);
    else if (most - used < needed)
        plan.warn(instance, "wal-senders", Words::tr("%1 has few WAL senders left.").arg(name), senders);
    else
        plan.ok(instance, "wal-senders", Words::tr("%1 has WAL senders left.").arg(name), senders);
    checkFollowerNames(plan, instance, source);
}

void checkSystemIdentifier(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const auto& own = plan.survey(instance).systemIdentifier;
    const auto& above = plan.survey(source).systemIdentifier;
    if (!own || !above)
        return plan.unknown(instance, "system-identifier", Words::tr("Whether it is of the same origin as %1 is not known.").arg(plan.name(source)));
    const PlanBuilder::Measure measure{.measured = QString::number(*own), .limit = QString::number(*above),
        .cure = Words::tr("Check port and data directory of both in the inventory.")};
    if (own != above)
        plan.block(instance, "system-identifier", Words::tr("It is another database cluster than %1: their system identifiers differ.").arg(plan.name(source)), measure);
    else
        plan.ok(instance, "system-identifier", Words::tr("Is of the same origin as %1.").arg(plan.name(source)), measure);
}

void checkVersion(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const auto own = plan.version(instance);
    const auto above = plan.version(source);
    if (!own || !above)
        return plan.unknown(instance, "version", Words::tr("Versions cannot be compared."));
    const PlanBuilder::Measure measure{.measured = own->toString(), .limit = above->toString(),
        .cure = Words::tr("Physical replication needs the same major version.")};
    if (own->major() != above->major())
        plan.block(instance, "version", Words::tr("Has another major version than %1.").arg(plan.name(source)), measure);
    else
        plan.ok(instance, "version", Words::tr("Has the same major version as %1.").arg(plan.name(source)), measure);
}

void checkConnection(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const auto* trials = plan.facts().trialOf(instance.id, source.id);
    const QString name = plan.name(source);
    if (!trials || trials->replication.unknown)
        return plan.unknown(instance, "replication-connection", Words::tr("Whether its server can connect to %1 for replication could not be tried.").arg(name),
            {.measured = trials ? visibleText(trials->replication.words) : unknownText(), .limit = {}, .cure = {}});
    const ConnectionTrial& trial = trials->replication;
    if (!trial.connected)
        return plan.block(instance, "replication-connection", Words::tr("Its server cannot connect to %1 for replication.").arg(name),
            {.measured = visibleText(trial.words.trimmed()), .limit = {},
                .cure = Words::tr("Check pg_hba.conf there, the replication user and its password (.pgpass or primary_conninfo).")});
    plan.ok(instance, "replication-connection", Words::tr("Its server can connect to %1 for replication.").arg(name));
    const auto& expected = plan.survey(source).systemIdentifier;
    if (trial.systemIdentifier && expected && trial.systemIdentifier != expected)
        plan.block(instance, "replication-connection", Words::tr("By that name it reaches another database cluster than %1.").arg(name),
            {.measured = QString::number(*trial.systemIdentifier), .limit = QString::number(*expected), .cure = Words::tr("Check how %1 is resolved on its server.").arg(plan.host(source))});
}

void checkSettings(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const Survey& own = plan.survey(instance);
    const Survey& above = plan.survey(source);
    if (!own.answered || !above.answered)
        return;
    QStringList low;
    for (const QString& name : {u"max_connections"_s, u"max_worker_processes"_s, u"max_wal_senders"_s, u"max_prepared_transactions"_s,
             u"max_locks_per_transaction"_s}) {
        if (name == "max_wal_senders"_L1 && !plan.version(instance).value_or(PgVersion{12}).atLeast(12))
            continue; // part of the list since 12
        bool knownOwn = false;
        bool knownAbove = false;
        const int mine = own.setting(name).toInt(&knownOwn);
        const int theirs = above.setting(name).toInt(&knownAbove);
        if (knownOwn && knownAbove && mine < theirs)
            low << Words::tr("%1 %2 (needs %3)").arg(name).arg(mine).arg(theirs);
    }
    if (low.isEmpty())
        plan.ok(instance, "settings", Words::tr("Its settings are large enough for a standby of %1.").arg(plan.name(source)));
    else
        plan.block(instance, "settings", Words::tr("As a standby of %1 it would not start or would stop replaying: settings are smaller there.").arg(plan.name(source)),
            {.measured = low.join(u", "_s), .limit = Words::tr("at least the primary's"), .cure = Words::tr("Raise them; they are read at its next start.")},
            Override::WithReason);
}

namespace {

// What a member that is taken back to a source on a later timeline, or on another one of the same number, loses.
QString lostSince(const PlanBuilder& plan, const Instance& source, const std::optional<Lsn>& fork, const std::optional<Lsn>& own)
{
    if (!fork || !own || *own < *fork)
        return Words::tr("%1 is on another timeline: what this one wrote past the point where that one began is lost.").arg(plan.name(source));
    return Words::tr("%1 is on another timeline: what this one wrote past the point where that one began is lost, %2 at most.").arg(plan.name(source), bytesText(*own - *fork));
}

} // namespace

void checkPosition(PlanBuilder& plan, const Instance& instance, const Instance& source, bool copied)
{
    const Survey& own = plan.survey(instance);
    const Survey& above = plan.survey(source);
    const auto ownTimeline = timelineOf(own);
    const auto theirTimeline = timelineOf(above);
    const auto ownLsn = furthest(own);
    const auto theirLsn = furthestOfSource(plan, instance, source);
    const QString where = Words::tr("%1 on timeline %2");
    const PlanBuilder::Measure measure{
        .measured = where.arg(lsnText(ownLsn), ownTimeline ? QString::number(*ownTimeline) : unknownText()),
        .limit = where.arg(lsnText(theirLsn), theirTimeline ? QString::number(*theirTimeline) : unknownText()),
        .cure = copied ? Words::tr("Save what only it has before; or let the other one follow it.") : Words::tr("Rebuild it instead.")};
    if (!ownTimeline || !theirTimeline || !ownLsn || !theirLsn)
        return plan.unknown(instance, "position", Words::tr("Whether it is ahead of %1 is not known.").arg(plan.name(source)), measure);
    const Descent descent = descentFrom(plan, instance, source);
    if (descent.kind == Descent::Kind::Parted && !copied)
        return plan.block(instance, "timeline", Words::tr("Its timeline parted from that of %1: each has what the other does not.").arg(plan.name(source)), measure, Override::Never);
    if (descent.kind == Descent::Kind::Parted)
        return plan.block(instance, "timeline", lostSince(plan, source, descent.fork, *ownLsn), measure, Override::WithReason);
    if (isAhead(plan, instance, source)) {
        return plan.block(instance, "position",
            Words::tr("Is %1 ahead of %2 on the same timeline.").arg(bytesText(*ownLsn - *theirLsn), plan.name(source)), measure,
            copied ? Override::WithReason : Override::Never);
    }
    if (*ownTimeline > *theirTimeline) {
        return plan.block(instance, "timeline", Words::tr("Is on a later timeline than %1.").arg(plan.name(source)), measure,
            copied ? Override::WithReason : Override::Never);
    }
    if (!copied && descent.fork && *ownLsn > *descent.fork) {
        return plan.block(instance, "timeline",
            Words::tr("Is %1 past the point where the timeline of %2 began.").arg(bytesText(*ownLsn - *descent.fork), plan.name(source)), measure, Override::Never);
    }
    if (!copied && *ownTimeline < *theirTimeline && descent.kind != Descent::Kind::Continues)
        return plan.warn(instance, "timeline", Words::tr("%1 is on a later timeline: it can follow only if it is not past the point where that one began.").arg(plan.name(source)), measure);
    if (!endIsKnown(own))
        return plan.unknown(instance, "position", Words::tr("It was not shut down cleanly: whether it is ahead of %1 is not known.").arg(plan.name(source)), measure);
    if (copied && (descent.fork ? *ownLsn > *descent.fork : *ownTimeline < *theirTimeline && (wasPrimary(own) || *ownLsn > *theirLsn)))
        return plan.warn(instance, "timeline", lostSince(plan, source, descent.fork, *ownLsn), measure);
    plan.ok(instance, "position", Words::tr("Is not ahead of %1.").arg(plan.name(source)), measure);
}

void tellPosition(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const Survey& own = plan.survey(instance);
    const Survey& above = plan.survey(source);
    const auto place = [](const std::optional<Lsn>& lsn, const std::optional<int>& timeline) {
        return Words::tr("%1 on timeline %2").arg(lsnText(lsn), timeline ? QString::number(*timeline) : unknownText());
    };
    const PlanBuilder::Measure measure{.measured = place(furthest(own), timelineOf(own)),
        .limit = place(furthestOfSource(plan, instance, source), timelineOf(above)),
        .cure = Words::tr("Save what only it has before; or let the other one follow it.")};
    const Descent descent = descentFrom(plan, instance, source);
    if (descent.kind == Descent::Kind::Parted || (descent.fork && furthest(own) > descent.fork))
        plan.warn(instance, "timeline", lostSince(plan, source, descent.fork, furthest(own)), measure);
    else if (isAhead(plan, instance, source))
        plan.warn(instance, "position", Words::tr("Is ahead of %1 on the same timeline.").arg(plan.name(source)), measure);
    else if (timelineOf(own) && timelineOf(above) && *timelineOf(own) > *timelineOf(above))
        plan.warn(instance, "timeline", Words::tr("Is on a later timeline than %1.").arg(plan.name(source)), measure);
    else if (timelineOf(own) && timelineOf(above) && *timelineOf(own) < *timelineOf(above) && descent.kind != Descent::Kind::Continues)
        plan.warn(instance, "timeline", lostSince(plan, source, {}, {}), measure);
    else if (!timelineOf(own) || !timelineOf(above) || !furthest(own) || !furthestOfSource(plan, instance, source))
        plan.unknown(instance, "position", Words::tr("Whether it is ahead of %1 is not known.").arg(plan.name(source)), measure);
    else
        plan.ok(instance, "position", Words::tr("Is not ahead of %1.").arg(plan.name(source)), measure);
}

void checkAsFollower(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    checkCircle(plan, instance, source);
    checkSlots(plan, instance, source);
    checkRecoveryTargets(plan, instance);
}

void checkFollowers(PlanBuilder& plan, const Instance& instance)
{
    const Survey& seen = plan.survey(instance);
    const auto streaming = std::ranges::count_if(seen.followers,
        [](const SurveyedFollower& row) { return row.state == "streaming"_L1 || row.state == "catchup"_L1; });
    if (seen.answered && streaming > 0)
        plan.warn(instance, "followers", Words::tr("Others follow it; they are cut off meanwhile."),
            {.measured = QString::number(streaming), .limit = u"0"_s, .cure = Words::tr("Let them follow another member first.")});
}

void checkLeftovers(PlanBuilder& plan, const Instance& instance)
{
    checkPlaces(plan, instance);
    if (!plan.survey(instance).leftoversKnown)
        plan.unknown(instance, "leftovers", Words::tr("Whether earlier operations left something beside its data directory is not known."));
    QStringList others;
    for (const QString& path : plan.survey(instance).leftovers) {
        if (!path.endsWith(plan.key()))
            others << path;
    }
    if (!others.isEmpty())
        plan.warn(instance, "leftovers", Words::tr("Earlier operations left something beside its data directory, or in it."),
            {.measured = others.join(u", "_s), .limit = Words::tr("none"), .cure = Words::tr("Look whether an unfinished operation needs them; else remove them.")});
}

// ---- The rungs of the ladder ----

std::optional<qint64> bytesToCopy(const PlanBuilder& plan, const Instance& source) { return plan.survey(source).databaseBytes; }

QStringList whyNotRewindable(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const Survey& own = plan.survey(instance);
    const Survey& above = plan.survey(source);
    QStringList why;
    if (own.hasDatabase != true)
        why << Words::tr("there is no database in its directory");
    if (own.walLogHints != true && own.dataChecksums != true && own.hasDatabase == true)
        why << Words::tr("neither wal_log_hints nor data checksums are on there");
    if (own.setting(u"full_page_writes"_s) == "off"_L1)
        why << Words::tr("full_page_writes is off there");
    const SurveyedProgram program = own.programs.value(u"pg_rewind"_s);
    if (program.path.isEmpty())
        why << Words::tr("pg_rewind was not found on its server");
    else if (!program.version.isEmpty() && majorNumber(program.version) != majorNumber(plan.version(instance).value_or(PgVersion{}).major()))
        why << Words::tr("pg_rewind on its server is of version %1").arg(program.version);
    if (above.inRecovery != false)
        why << Words::tr("%1 is in recovery").arg(plan.name(source));
    if (own.systemIdentifier && above.systemIdentifier && own.systemIdentifier != above.systemIdentifier)
        why << Words::tr("it is another database cluster");
    if (isAhead(plan, instance, source))
        why << Words::tr("it is ahead of %1 on the same timeline").arg(plan.name(source));
    if (const auto* trials = plan.facts().trialOf(instance.id, source.id); !trials || trials->ordinary.unknown)
        why << Words::tr("whether its server can read files of %1 could not be tried").arg(plan.name(source));
    else if (!trials->ordinary.connected)
        why << Words::tr("its server cannot connect to %1: %2").arg(plan.name(source), visibleText(trials->ordinary.words.trimmed()));
    else if (trials->ordinary.mayRewind != true)
        why << Words::tr("the user it connects to %1 as may not read files there").arg(plan.name(source));
    return why;
}

QStringList whyNotCopyable(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const Survey& own = plan.survey(instance);
    QStringList why;
    const SurveyedProgram program = own.programs.value(u"pg_basebackup"_s);
    if (program.path.isEmpty())
        why << Words::tr("pg_basebackup was not found on its server");
    else if (!program.version.isEmpty() && majorNumber(program.version) < majorNumber(plan.version(source).value_or(PgVersion{}).major()))
        why << Words::tr("pg_basebackup on its server is of version %1, too old for %2").arg(program.version, plan.name(source));
    if (own.isMountPoint == true)
        why << Words::tr("its data directory is a mount point and cannot be renamed away");
    for (const QString& path : own.mountsBelow)
        why << Words::tr("something is mounted on %1, which cannot be renamed away").arg(visibleText(path));
    if (!own.walLink.isEmpty() && own.walIsMountPoint == true)
        why << Words::tr("its WAL directory %1 is a mount point and cannot be renamed away").arg(visibleText(own.walLink));
    for (const SurveyedTablespace& one : own.tablespaces) {
        if (one.isMountPoint == true)
            why << Words::tr("its tablespace in %1 is a mount point and cannot be renamed away").arg(visibleText(one.path));
    }
    if (own.parentWritable == false)
        why << Words::tr("nothing can be written beside its data directory");
    const auto needed = bytesToCopy(plan, source);
    if (needed && own.freeBytes && *own.freeBytes < *needed + *needed / 20)
        why << Words::tr("there is no room beside its data directory: %1 free, %2 needed").arg(bytesText(*own.freeBytes), bytesText(*needed));
    return why;
}

QStringList whyNotInPlace(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    QStringList why;
    for (const Instance* one : {&instance, &source}) {
        if (plan.survey(*one).programs.value(u"rsync"_s).path.isEmpty())
            why << Words::tr("rsync was not found on %1").arg(plan.host(*one));
        if (plan.survey(*one).mayRelay == false)
            why << Words::tr("sudo on %1 allows \"/bin/sh -s\", but not \"/bin/sh -c\" with a script").arg(plan.host(*one));
    }
    for (const SurveyedTablespace& one : plan.survey(source).tablespaces)
        why << Words::tr("the tablespace in %1 cannot be copied in place").arg(one.path);
    return why;
}

} // namespace elephaas
