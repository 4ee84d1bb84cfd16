#include "models/operations/failoverchecks.h"

#include "models/domain/seenalias.h"
#include "models/domain/visibletext.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Failover)
};

constexpr std::chrono::seconds longTransaction{60};

// What a standby has, received or replayed.
std::optional<Lsn> has(const Survey& seen) { return std::max(seen.receiveLsn, seen.position); } // nothing is less than any

const SurveyedFollower* rowOf(const PlanBuilder& plan, const Instance& candidate, const Instance& primary)
{
    const QString name = followerNameOf(plan.inventory(), candidate, &plan.survey(candidate));
    const QStringList addresses = followerAddresses(plan.inventory(), plan.facts(), candidate, primary);
    for (const SurveyedFollower& row : plan.survey(primary).followers) {
        if (row.applicationName == name && (addresses.isEmpty() || addresses.contains(row.clientAddress)))
            return &row;
    }
    return nullptr;
}

// Digits and dots, or with colons: no name.
bool isAddress(const QString& host)
{
    return host.contains(u':') || std::ranges::all_of(host, [](QChar c) { return c == u'.' || (c >= u'0' && c <= u'9'); });
}

QString lagText(const std::optional<Lsn>& ahead, const std::optional<Lsn>& behind)
{
    return ahead && behind ? bytesText(std::max<qint64>(0, *ahead - *behind)) : Words::tr("not known");
}

} // namespace

void checkCandidate(PlanBuilder& plan, const Instance& candidate)
{
    const Survey& seen = plan.survey(candidate);
    if (!seen.answered)
        return plan.block(candidate, "state", Words::tr("It does not answer: only a running replica can take over."),
            {.measured = seen.controlState, .limit = {}, .cure = Words::tr("Start it, or choose another replica.")});
    if (seen.inRecovery == false)
        return plan.block(candidate, "state", Words::tr("It is a primary already."));
    plan.ok(candidate, "state", Words::tr("Is a running standby."));
    if (seen.replayPaused == true)
        plan.block(candidate, "replay-paused", Words::tr("Its replay is paused: it would not get to the end."),
            {.measured = {}, .limit = {}, .cure = Words::tr("Resume it: select %1()").arg(plan.versionFacts(candidate).resumeReplay)});
    const QString delay = seen.setting(u"recovery_min_apply_delay"_s);
    if (!delay.isEmpty() && delay != "0"_L1)
        plan.block(candidate, "apply-delay", Words::tr("It replays with a delay: it would not get to the end in time."),
            {.measured = delay, .limit = u"0"_s, .cure = Words::tr("Set recovery_min_apply_delay to 0, or choose another replica.")});
    if (seen.mayRelay == false)
        plan.block(candidate, "account", Words::tr("The remote user cannot run a script with \"/bin/sh -c\" as its owner there, which a handover needs."),
            {.measured = seen.owner, .limit = seen.remoteUser, .cure = Words::tr("Log in as the owner, or allow it in sudoers.")});
    if (const QString names = seen.setting(u"synchronous_standby_names"_s); !names.isEmpty())
        plan.warn(candidate, "synchronous-standbys", Words::tr("As primary it waits for synchronous standbys: commits hang until one of these is there."),
            {.measured = visibleText(names), .limit = Words::tr("none"), .cure = Words::tr("See that they name members that stay.")});
    if (seen.runningBackups.value_or(0) > 0)
        plan.warn(candidate, "backup", Words::tr("A backup is taken from it: it may be of no use afterwards."),
            {.measured = QString::number(*seen.runningBackups), .limit = u"0"_s, .cure = {}});
}

void checkStreams(PlanBuilder& plan, const Instance& candidate, const Instance& primary)
{
    const Survey& seen = plan.survey(candidate);
    const Survey& above = plan.survey(primary);
    const SurveyedFollower* row = rowOf(plan, candidate, primary);
    if (!row || row->state != "streaming"_L1)
        return plan.block(candidate, "streams", Words::tr("%1 does not show it streaming: it would not get the rest.").arg(plan.name(primary)),
            {.measured = row ? visibleText(row->state) : Words::tr("no row"), .limit = u"streaming"_s, .cure = Words::tr("Let it follow %1 and catch up, or choose another replica.").arg(plan.name(primary))});
    plan.ok(candidate, "streams", Words::tr("Streams from %1.").arg(plan.name(primary)), {.measured = visibleText(row->state), .limit = u"streaming"_s, .cure = {}});
    const qint64 limit = plan.options().lagLimit;
    const PlanBuilder::Measure measure{.measured = lagText(above.position, seen.position), .limit = bytesText(limit),
        .cure = Words::tr("Wait until it has caught up, or choose another replica.")};
    if (!above.position || !seen.position)
        plan.unknown(candidate, "lag", Words::tr("How far it is behind %1 is not known.").arg(plan.name(primary)), measure);
    else if (*above.position - *seen.position > limit)
        plan.block(candidate, "lag", Words::tr("Is far behind %1: writes would stand still until it has replayed that.").arg(plan.name(primary)), measure, Override::WithReason);
    else
        plan.ok(candidate, "lag", Words::tr("Is near %1.").arg(plan.name(primary)), measure);
}

QStringList otherFollowers(const PlanBuilder& plan, const Instance& candidate, const Instance& primary)
{
    const SurveyedFollower* own = rowOf(plan, candidate, primary);
    if (!own || own->clientAddress.isEmpty())
        return {};
    QStringList others;
    for (const SurveyedFollower& row : plan.survey(primary).followers) {
        if (!row.clientAddress.isEmpty() && row.clientAddress != own->clientAddress && !others.contains(row.clientAddress))
            others << row.clientAddress;
    }
    return others;
}

void checkBeforeStop(PlanBuilder& plan, const Instance& primary)
{
    const Survey& seen = plan.survey(primary);
    if (seen.archiverFailing == true)
        plan.warn(primary, "archiver", Words::tr("Its archiver fails: what it has not archived stays on it."),
            {.measured = Words::tr("failed last"), .limit = Words::tr("archived last"), .cure = Words::tr("Look at pg_stat_archiver and its log.")});
    else if (seen.archiverFailing == false)
        plan.ok(primary, "archiver", Words::tr("Its archiver does not fail."));
    QStringList logical;
    for (const SurveyedSlot& slot : seen.slots_) {
        if (slot.isLogical)
            logical << visibleText(slot.name);
    }
    if (!logical.isEmpty())
        plan.warn(primary, "logical-slots", Words::tr("Its logical replication slots stay on it: their subscribers get nothing from the new primary."),
            {.measured = logical.join(u", "_s), .limit = Words::tr("none"), .cure = Words::tr("Make them anew on the new primary, and have the subscribers catch up first.")});
    if (seen.preparedTransactions.value_or(0) > 0)
        plan.warn(primary, "prepared-transactions", Words::tr("Prepared transactions move along and keep their locks on the new primary."),
            {.measured = QString::number(*seen.preparedTransactions), .limit = u"0"_s, .cure = Words::tr("Let their transaction manager end them.")});
    if (seen.oldestTransaction && *seen.oldestTransaction > longTransaction)
        plan.warn(primary, "long-transaction", Words::tr("A transaction has been running for long: it is ended."),
            {.measured = Words::tr("%1 s").arg(seen.oldestTransaction->count()), .limit = Words::tr("%1 s").arg(longTransaction.count()), .cure = Words::tr("Wait for it.")});
    if (seen.runningBackups.value_or(0) > 0)
        plan.warn(primary, "backup", Words::tr("A backup is taken from it: it is ended."), {.measured = QString::number(*seen.runningBackups), .limit = u"0"_s, .cure = Words::tr("Wait for it.")});
    // It is made a standby before it is configured as one: whoever starts it then must not get a second primary.
    const QString targets = recoveryTargetsOf(plan, primary);
    if (!targets.isEmpty() && plan.versionFacts(primary).standbyConfiguration == StandbyConfiguration::StandbySignal)
        plan.block(primary, "recovery-target", Words::tr("Its configuration has recovery targets, with which a standby promotes itself."),
            {.measured = targets, .limit = Words::tr("none"), .cure = Words::tr("Take them out (ALTER SYSTEM RESET, or the file that sets them).")});
    if (const QString trigger = seen.setting(u"promote_trigger_file"_s); !trigger.isEmpty())
        plan.block(primary, "promote-trigger", Words::tr("It has a promote_trigger_file: where that is there, it promotes itself as soon as it is started as a standby."),
            {.measured = visibleText(trigger), .limit = Words::tr("none"), .cure = Words::tr("Remove the file, or the setting.")}, Override::WithReason);
    if (seen.programs.value(u"pg_controldata"_s).path.isEmpty())
        plan.block(primary, "programs", Words::tr("pg_controldata was not found there: whether it stopped cleanly could not be told."),
            {.measured = Words::tr("none"), .limit = {}, .cure = Words::tr("Install the server's programs.")});
}

void estimateLoss(PlanBuilder& plan, const Instance& candidate, const Instance* primary)
{
    const Survey& seen = plan.survey(candidate);
    const auto own = has(seen);
    const Instance* best = nullptr;
    for (const InstanceId id : plan.inventory().instancesOf(candidate.herd)) {
        const Instance* member = plan.inventory().find(id);
        const Survey& other = plan.survey(*member);
        if (id == candidate.id || !other.answered || other.inRecovery != true || other.runningTimeline != seen.runningTimeline)
            continue;
        if (own && has(other) && *has(other) > *own && (!best || *has(other) > *has(plan.survey(*best))))
            best = member;
    }
    if (best)
        plan.block(candidate, "most-advanced", Words::tr("%1 has %2 more: that is lost, too, when this one takes over.").arg(plan.name(*best), lagText(has(plan.survey(*best)), own)),
            {.measured = own->toString(), .limit = has(plan.survey(*best))->toString(), .cure = Words::tr("Choose %1.").arg(plan.name(*best))}, Override::WithReason);
    else if (own)
        plan.ok(candidate, "most-advanced", Words::tr("No other replica that answers has more."), {.measured = own->toString(), .limit = {}, .cure = {}});

    // The last word of the primary: what was looked at now where its server answers, else what was seen last.
    const Survey* old = primary ? plan.facts().of(primary->id) : nullptr;
    const Observation* last = primary ? plan.inventory().observation(primary->id) : nullptr;
    std::optional<Lsn> end;
    QString when = Words::tr("now");
    if (old && old->controlState == "shut down"_L1)
        end = old->checkpointLsn;
    if (!end && last && last->position()) {
        end = last->position();
        when = QLocale().toString(last->factsAt.toLocalTime(), QLocale::ShortFormat);
    }
    if (!own || !end)
        return plan.unknown(candidate, "loss", Words::tr("How much is lost is not known: where the old primary stood was never seen."),
            {.measured = own ? own->toString() : Words::tr("not known"), .limit = Words::tr("not known"), .cure = {}});
    const qint64 lost = *end - *own;
    const PlanBuilder::Measure measure{.measured = own->toString(), .limit = Words::tr("%1, seen %2").arg(end->toString(), when), .cure = {}};
    if (lost > 0)
        plan.warn(candidate, "loss", Words::tr("At least %1 of what the old primary had written are lost.").arg(bytesText(lost)), measure);
    else
        plan.warn(candidate, "loss", Words::tr("It has all that the old primary was seen to have written; what came after that is lost."), measure);
}

void checkIsOff(PlanBuilder& plan, const Instance& candidate, const Instance* primary)
{
    if (!primary)
        return plan.warn(candidate, "split-brain", Words::tr("The inventory knows no primary of this herd."));
    const Survey& old = plan.survey(*primary);
    if (old.answered && old.inRecovery == false)
        return plan.block(candidate, "split-brain", Words::tr("%1 runs as primary: the herd would have two, and what is written there would be lost.").arg(plan.name(*primary)),
            {.measured = Words::tr("runs"), .limit = Words::tr("off"), .cure = Words::tr("Switch over instead, or stop it.")});
    if (old.isComplete && old.postmasterRuns == false && old.hasDatabase == true) // a wrong path is no proof
        return plan.ok(candidate, "split-brain", Words::tr("%1 is off.").arg(plan.name(*primary)), {.measured = visibleText(old.controlState), .limit = Words::tr("off"), .cure = {}});
    plan.block(candidate, "split-brain",
        Words::tr("Whether %1 is off is not known. If it still runs, clients may write to both, and what one of them got is lost.").arg(plan.name(*primary)),
        {.measured = old.error ? visibleText(old.error->text()) : Words::tr("not known"), .limit = Words::tr("off"),
            .cure = Words::tr("Switch its server's power off, or cut it from its clients; then say so here."), .isFailure = true},
        Override::WithReason);
}

void checkRoomForFollowers(PlanBuilder& plan, const Instance& candidate, int followers)
{
    const Survey& seen = plan.survey(candidate);
    bool known = false;
    const int most = seen.setting(u"max_wal_senders"_s).toInt(&known);
    if (!known)
        return plan.unknown(candidate, "wal-senders", Words::tr("How many WAL senders it has is not known."));
    const int left = most - static_cast<int>(seen.followers.size());
    const PlanBuilder::Measure measure{.measured = Words::tr("%1 free").arg(left), .limit = Words::tr("%1 free").arg(followers), .cure = Words::tr("Raise max_wal_senders there and restart it.")};
    if (left < followers)
        plan.block(candidate, "wal-senders", Words::tr("It has too few WAL senders for all who are to follow it."), measure, Override::WithReason);
    else
        plan.ok(candidate, "wal-senders", Words::tr("It has WAL senders for all who are to follow it."), measure);
}

void checkMember(PlanBuilder& plan, const Instance& member, const Instance& candidate)
{
    const Survey& seen = plan.survey(member);
    // The inventory may be wrong about who was the primary.
    const bool mayBePrimary = !(seen.answered && seen.inRecovery == true) && !(seen.isComplete && seen.postmasterRuns == false && seen.hasDatabase == true);
    if (plan.request().kind == ReplicationKind::Failover && mayBePrimary)
        plan.block(member, "split-brain", Words::tr("Whether it runs, and as what, is not known: if it is a primary, the herd will have two."),
            {.measured = seen.error ? visibleText(seen.error->text()) : Words::tr("not known"), .limit = Words::tr("a standby, or off"),
                .cure = Words::tr("Mend the connection, or see that it is off; then say so here."), .isFailure = true},
            Override::WithReason);
    if (!seen.isComplete || !seen.answered || seen.inRecovery != true)
        return plan.warn(member, "follower", Words::tr("It is no running standby: it is left as it is."),
            {.measured = seen.error ? visibleText(seen.error->text()) : visibleText(seen.controlState), .limit = {}, .cure = Words::tr("Rebuild it afterwards, or let it follow %1.").arg(plan.name(candidate))});
    checkSupervisor(plan, member);
    checkSystemIdentifier(plan, member, candidate);
    checkConnection(plan, member, candidate);
    checkSlotOf(plan, member, candidate);
    plan.leaveAloneWithReason(member);
    const auto own = has(seen);
    const auto theirs = has(plan.survey(candidate));
    if (plan.request().kind == ReplicationKind::Failover && own && theirs && *own > *theirs)
        plan.block(member, "position", Words::tr("Has %1 more than %2: it could not follow it.").arg(bytesText(*own - *theirs), plan.name(candidate)),
            {.measured = own->toString(), .limit = theirs->toString(), .cure = Words::tr("Choose this one instead; or rebuild it afterwards.")}, Override::WithReason);
}

namespace {

const Instance* memberNamedBy(const PlanBuilder& plan, HerdId herd, const QString& target)
{
    for (const InstanceId id : plan.inventory().instancesOf(herd)) {
        const Instance* member = plan.inventory().find(id);
        if (!target.isEmpty() && namesHost(target, plan.host(*member)))
            return member;
    }
    return nullptr;
}

} // namespace

std::optional<DnsChange> checkAlias(PlanBuilder& plan, const Instance& candidate, const Instance* primary)
{
    const Herd* herd = plan.inventory().find(candidate.herd);
    const bool isRefreshed = plan.request().kind == ReplicationKind::RefreshDns; // nobody moves: the name is to point to who is primary
    const Override how = isRefreshed ? Override::Never : Override::WithReason; // without the name there is nothing left of it
    if (!herd || herd->virtualHost.isEmpty()) {
        plan.warn(candidate, "dns", isRefreshed ? Words::tr("The herd has no virtual host: there is no name to look after.") : Words::tr("The herd has no virtual host: no name moves along."));
        return {};
    }
    const auto found = plan.facts().names.find(herd->id);
    if (found == plan.facts().names.end()) {
        const QString text = Words::tr("How the DNS is changed is not set up: %1 stays as it is.").arg(herd->virtualHost);
        const PlanBuilder::Measure cure{.measured = {}, .limit = {}, .cure = Words::tr("Set it up in the preferences, or change the name by other means.")};
        isRefreshed ? plan.block(candidate, "dns", text, cure) : plan.warn(candidate, "dns", text, cure);
        return {};
    }
    if (!found->second) {
        const Error& error = found->second.error();
        plan.block(candidate, "dns", Words::tr("What %1 is could not be found out: it stays as it is.").arg(herd->virtualHost),
            {.measured = visibleText(error.text()), .limit = {}, .cure = error.remedy, .isFailure = true}, how);
        return {};
    }
    const DnsReading& reading = *found->second;
    const DnsAnswer& now = reading.primary;
    if (!now.isKnown() || !now.otherTypes.isEmpty()) {
        plan.block(candidate, "dns",
            now.isKnown() ? Words::tr("%1 is no alias (CNAME): it cannot be moved.").arg(reading.name) : Words::tr("What %1 is could not be found out: it stays as it is.").arg(reading.name),
            {.measured = now.isKnown() ? visibleText(now.otherTypes.join(u", "_s)) : visibleText(now.error->text()), .limit = u"CNAME"_s, .cure = Words::tr("Make it a CNAME of the primary's server."), .isFailure = !now.isKnown()},
            how);
        return {};
    }
    if (const auto why = plan.facts().unchangeable.find(herd->id); why != plan.facts().unchangeable.end()) {
        plan.block(candidate, "dns-update", Words::tr("%1 cannot be changed: it stays as it is.").arg(reading.name),
            {.measured = visibleText(why->second.text()), .limit = Words::tr("accepted"), .cure = why->second.remedy, .isFailure = true}, how);
        return {};
    }
    if (!reading.primary.target.isEmpty())
        plan.ok(candidate, "dns-update", Words::tr("%1 accepts changes of %2.").arg(reading.zone.primary, reading.name), {.measured = Words::tr("accepted"), .limit = {}, .cure = {}});
    const QString host = plan.host(candidate);
    const Instance* named = isRefreshed ? memberNamedBy(plan, herd->id, now.target) : primary;
    const QString oldHost = named ? plan.host(*named) : QString();
    if (isAddress(host)) {
        plan.block(candidate, "dns", Words::tr("Its server is an address in the inventory, which an alias cannot point to."),
            {.measured = host, .limit = {}, .cure = Words::tr("Give the server its name in the inventory.")}, how);
        return {};
    }
    const bool pointsAtPrimary = !oldHost.isEmpty() && namesHost(now.target, oldHost);
    const PlanBuilder::Measure measure{.measured = visibleText(now.target.isEmpty() ? Words::tr("none") : now.target), .limit = isRefreshed ? host : oldHost,
        .cure = Words::tr("Look who uses that name.")};
    DnsChange change{.name = reading.name, .zone = reading.zone, .from = now.target, .to = host};
    change.zone.serial = 0; // of the moment
    if (now.timeToLive.count() > 0)
        change.timeToLive = now.timeToLive;
    // Where the old name says which domain a server's short name stands in, so does the new one; else it is the zone.
    const QString suffix = now.target.startsWith(QString(oldHost % u'.'), Qt::CaseInsensitive) ? now.target.mid(oldHost.size()) : QString();
    if (pointsAtPrimary && !suffix.isEmpty() && !host.endsWith(suffix, Qt::CaseInsensitive))
        change.to = host % suffix;
    else if (!host.contains(u'.'))
        change.to = QString(host % u'.' % reading.zone.name);
    if (namesHost(now.target, host) && isRefreshed)
        plan.ok(candidate, "dns", Words::tr("%1 points to the primary's server already.").arg(reading.name), measure);
    else if (isRefreshed && now.target.isEmpty())
        plan.warn(candidate, "dns", Words::tr("%1 is not there: it is made.").arg(reading.name), measure);
    else if (isRefreshed && named)
        plan.warn(candidate, "dns", Words::tr("%1 points to the server of %2, which is not the primary.").arg(reading.name, plan.name(*named)), measure);
    else if (namesHost(now.target, host))
        plan.warn(candidate, "dns", Words::tr("%1 points to it already.").arg(reading.name), measure);
    else if (now.target.isEmpty())
        plan.block(candidate, "dns", Words::tr("%1 is not there: it would be made.").arg(reading.name), measure, Override::WithReason);
    else if (!pointsAtPrimary)
        plan.block(candidate, "dns", Words::tr("%1 does not point to the primary's server.").arg(reading.name), measure, Override::WithReason);
    else
        plan.ok(candidate, "dns", Words::tr("%1 points to the primary's server; it is answered for %n seconds from memory.", nullptr, static_cast<int>(now.timeToLive.count())).arg(reading.name), measure);
    QStringList others;
    for (const DnsAnswer& answer : reading.nameServers) {
        if (!answer.isKnown())
            others << Words::tr("%1: %2").arg(answer.server, answer.error->what);
        else if (answer.target.compare(now.target, Qt::CaseInsensitive) != 0)
            others << Words::tr("%1: %2").arg(answer.server, answer.target);
    }
    if (!others.isEmpty())
        plan.warn(candidate, "dns-servers", Words::tr("Not all name servers of %1 say so.").arg(reading.zone.name),
            {.measured = visibleText(others.join(u"; "_s)), .limit = visibleText(now.target), .cure = Words::tr("Look at them: their clients get another answer.")});
    if (isRefreshed && others.isEmpty() && namesHost(now.target, host))
        return {}; // nothing to do
    return change;
}

} // namespace elephaas
