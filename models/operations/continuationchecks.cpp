#include "models/operations/continuationchecks.h"

#include "models/domain/visibletext.h"
#include "models/operations/backgroundthread.h"
#include "models/operations/failoverchecks.h"
#include "models/operations/lifecycle.h"
#include "models/operations/replicationchecks.h"
#include "models/postgres/conninfo.h"

#include <algorithm>
#include <mutex>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int inspectedAtOnce = 4;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ContinuationChecks)
};

bool isUndo(const Plan& plan) { return plan.kind == "undo"_L1; }

bool isAbout(const Plan& plan, ReplicationKind kind) { return plan.request ? plan.request->kind == kind : plan.kind == keyOf(kind); }

bool holds(const Step& step, const Inventory& inventory, const std::map<int, StepResult>& inspected)
{
    if (const auto* set = std::get_if<SetUpstream>(&step.action)) {
        const Instance* row = step.instance ? inventory.find(*step.instance) : nullptr;
        return row && row->upstream == set->upstream;
    }
    const auto seen = inspected.find(step.id);
    return seen != inspected.end() && seen->second.state == StepState::Succeeded;
}

// Whether something is left to do on the instance that goes by what its source is like.
bool needsSource(const Plan& plan, InstanceId instance, const Inventory& inventory, const std::map<int, StepResult>& inspected)
{
    return std::ranges::any_of(plan.steps, [&](const Step& step) {
        return step.instance == instance && !step.erasesTraces && !std::holds_alternative<SetUpstream>(step.action)
            && !holds(step, inventory, inspected);
    });
}

// Steps that end what runs on the instance, or replace its files.
bool touchesRunning(const Plan& plan, InstanceId instance)
{
    return std::ranges::any_of(plan.steps, [&](const Step& step) {
        return step.instance == instance && (step.precondition == Condition::PostmasterGone || step.precondition == Condition::PostmasterRuns);
    });
}

bool seesAsFollower(const PlanBuilder& checks, const Instance& above, const Instance& below)
{
    const Survey& seen = checks.survey(below);
    const QString name = followerNameOf(checks.inventory(), below, &seen);
    return std::ranges::any_of(checks.survey(above).followers, [&](const SurveyedFollower& row) {
        return row.applicationName == name && (row.clientAddress.isEmpty() || seen.addresses.isEmpty() || seen.addresses.contains(row.clientAddress));
    });
}

bool followsByInventory(const Inventory& inventory, const Instance& below, InstanceId above)
{
    std::set<InstanceId> passed;
    for (const Instance* at = &below; at && passed.insert(at->id).second; at = inventory.upstreamOf(*at)) {
        if (at->id == above)
            return true;
    }
    return false;
}

// A source that became a standby of its target: the herd was turned around.
bool isBelow(const PlanBuilder& checks, const Instance& source, const Instance& target)
{
    const Survey& seen = checks.survey(source);
    if (!seen.answered || seen.inRecovery == false)
        return false;
    const auto info = Conninfo::parse(seen.primaryConninfo);
    const Herd* herd = checks.inventory().find(target.herd);
    const QString port = info ? info->value(u"port"_s) : QString();
    const bool namesIt = info && info->value(u"host"_s) == checks.host(target) && herd && (port.isEmpty() || port == QString::number(herd->port));
    return namesIt || seesAsFollower(checks, target, source) || followsByInventory(checks.inventory(), source, target.id);
}

// The one that hands over to the candidate by the plan.
const Instance* handsOverTo(const PlanBuilder& checks, const Plan& plan, const Instance& candidate)
{
    for (const InstanceId id : checks.inventory().instancesOf(candidate.herd)) {
        const Instance* member = checks.inventory().find(id);
        const bool isIt = std::ranges::any_of(plan.steps, [&](const Step& step) {
            const auto* relay = std::get_if<RelayScripts>(&step.action);
            return relay && relay->isConversation && step.instance == candidate.id && relay->source.host == checks.host(*member);
        });
        if (isIt)
            return member;
    }
    return nullptr;
}

// Of one that answers as primary where the service moves: who takes over is meant to, and who hands over is one until then.
void checkMovedRole(PlanBuilder& checks, const Plan& plan, const Instance& target)
{
    const PlanBuilder::Measure look{.measured = {}, .limit = {}, .cure = Words::tr("Look what became of the herd, and plan anew.")};
    const auto& candidates = plan.request->instances;
    if (std::ranges::find(candidates, target.id) != candidates.end())
        return checks.ok(target, "role", Words::tr("Answers as primary."));
    for (const InstanceId id : candidates) {
        const Instance* candidate = checks.inventory().find(id);
        const Survey* seen = candidate && candidate->herd == target.herd ? checks.facts().of(id) : nullptr;
        if (seen && seen->answered && seen->inRecovery == false)
            return checks.block(target, "role", Words::tr("It answers as primary, and so does %1: this would stop it, or replace its data.").arg(checks.name(*candidate)), look);
    }
    // Only the one that is to hand over, by a step that is still to come. In a failover it was lost: where it is back, nobody is promoted beside it.
    const bool handsOver = std::ranges::any_of(candidates, [&](InstanceId id) {
        const Instance* candidate = checks.inventory().find(id);
        return candidate && handsOverTo(checks, plan, *candidate) == checks.inventory().find(target.id);
    });
    if (!handsOver)
        return checks.block(target, "role", Words::tr("It answers as primary: another one is not made beside it."), look);
    checks.ok(target, "role", Words::tr("Answers as primary: nothing was handed over yet."));
}

// What the target turned into meanwhile. One that does not run, or not yet as what it shall be, is what is expected.
void checkRole(PlanBuilder& checks, const Plan& plan, const Instance& target)
{
    const Survey& seen = checks.survey(target);
    if (!seen.answered)
        return checks.ok(target, "role", Words::tr("Does not answer: it is not a primary that serves."),
            {.measured = seen.controlState, .limit = {}, .cure = {}});
    if (seen.inRecovery != false)
        return checks.ok(target, "role", Words::tr("Answers as a standby."));
    if (isAbout(plan, ReplicationKind::RefreshDns)) // nothing is done to it
        return checks.ok(target, "role", Words::tr("Answers as primary."));
    if (isAbout(plan, ReplicationKind::Promote) && !isUndo(plan))
        return checks.ok(target, "role", Words::tr("Answers as primary."));
    if (plan.request && movesService(plan.request->kind) && !isUndo(plan))
        return checkMovedRole(checks, plan, target);
    const auto streaming = static_cast<int>(checks.survey(target).followers.size());
    const PlanBuilder::Measure measure{.measured = Words::tr("primary, %n follower(s)", nullptr, streaming), .limit = {}, .cure = Words::tr("Look what became of the herd, and plan anew.")};
    if (isLifecycle(plan.kind) && !isUndo(plan))
        return checks.ok(target, "role", Words::tr("Answers as primary."), measure);
    if (isAbout(plan, ReplicationKind::Demote) && !isUndo(plan)) {
        if (!seen.followers.empty())
            return checks.block(target, "role", Words::tr("It is a primary, and others follow it."), measure);
        if (!seenLeaderOf(checks.inventory(), checks.facts(), target.herd, target.id))
            return checks.block(target, "role", Words::tr("It is the only primary of its herd that was seen."), measure);
        return checks.ok(target, "role", Words::tr("Answers as primary; another one is there."), measure);
    }
    if (isAbout(plan, ReplicationKind::Demote) && !touchesRunning(plan, target.id))
        return checks.ok(target, "role", Words::tr("Answers as primary; nothing of this touches what runs."), measure);
    // The first member of a herd becomes its primary.
    if (isAbout(plan, ReplicationKind::Initialise) && !isUndo(plan) && !sourceOf(plan, target.id))
        return checks.ok(target, "role", Words::tr("Answers as primary."));
    checks.block(target, "role", Words::tr("It answers as primary now: this would stop it, or replace its data."), measure);
}

void checkOtherPrimary(PlanBuilder& checks, const Instance& target)
{
    const Instance* leader = seenLeaderOf(checks.inventory(), checks.facts(), target.herd, target.id);
    if (leader)
        checks.warn(target, "two-primaries", Words::tr("%1 runs as primary, too.").arg(checks.name(*leader)),
            {.measured = {}, .limit = {}, .cure = Words::tr("Look what became of the herd before you go on.")});
}

void checkSourceNow(PlanBuilder& checks, const Instance& target, const Instance& source)
{
    checkSource(checks, target, source);
    const bool moves = movesService(checks.request().kind); // who takes over follows the old primary until it does
    if (!moves && isBelow(checks, source, target))
        checks.block(target, "circle", Words::tr("%1 follows it by now: the herd was turned around.").arg(checks.name(source)),
            {.measured = {}, .limit = {}, .cure = Words::tr("Plan anew.")});
    if (checks.survey(target).hasDatabase == true) {
        checkSystemIdentifier(checks, target, source);
        // Where its files were moved away or changed only in part, it is not known, which blocks nothing.
        if (checks.request().kind != ReplicationKind::Demote)
            checkPosition(checks, target, source, checks.request().kind != ReplicationKind::Remaster && !moves);
    }
    checkConnection(checks, target, source);
}

void checkStep(PlanBuilder& checks, const Instance& about, const Plan& plan, const Step& step, const std::map<int, StepResult>& inspected)
{
    if (std::holds_alternative<AskScript>(step.action))
        return; // a question has to be asked again
    const QByteArray check = "step-" + QByteArray::number(step.id + 1);
    const auto seen = inspected.find(step.id);
    const QString measured = seen == inspected.end() ? QString() : visibleLine(seen->second.message);
    const PlanBuilder::Measure measure{.measured = measured, .limit = {}, .cure = {}};
    if (holds(step, checks.inventory(), inspected))
        return checks.ok(about, check.constData(), Words::tr("Done already: %1").arg(step.title), measure);
    const bool known = std::holds_alternative<SetUpstream>(step.action) || (seen != inspected.end() && seen->second.state == StepState::Failed);
    if (!known)
        return checks.unknown(about, check.constData(), Words::tr("Whether it was done is not known: %1").arg(step.title), measure);
    checks.warn(about, check.constData(),
        step.guard && !isUndo(plan) ? Words::tr("Will be done, if its way is gone: %1").arg(step.title) : Words::tr("Will be done: %1").arg(step.title), measure);
}

// The old primary, stopped by the first try or lost since.
void checkIsStopped(PlanBuilder& checks, const Instance& primary)
{
    const Survey& old = checks.survey(primary);
    const bool isOff = old.isComplete && old.postmasterRuns == false && old.hasDatabase == true && !old.controlState.isEmpty();
    if (isOff && old.controlState != "shut down"_L1 && old.controlState != "shut down in recovery"_L1)
        checks.block(primary, "state", Words::tr("It is off, and was not shut down cleanly: nobody knows whether its replicas have all of it."),
            {.measured = visibleText(old.controlState), .limit = u"shut down"_s,
                .cure = Words::tr("Start it, so that it recovers, and go on then. Where it cannot be started, fail over.")});
}

// Who is still to take over: what was true of it and of the old primary when the plan was made has to be true now.
void checkTakesOver(PlanBuilder& checks, const Plan& plan, const Instance& candidate)
{
    const Survey& seen = checks.survey(candidate);
    const auto& candidates = plan.request->instances;
    if (std::ranges::find(candidates, candidate.id) == candidates.end() || (seen.answered && seen.inRecovery != true))
        return;
    checkCandidate(checks, candidate);
    if (!seen.answered)
        return;
    if (plan.request->kind == ReplicationKind::Failover)
        return checkIsOff(checks, candidate, oldPrimaryOf(checks.inventory(), checks.facts(), candidate));
    const Instance* source = handsOverTo(checks, plan, candidate);
    const Instance* primary = seenLeaderOf(checks.inventory(), checks.facts(), candidate.herd, candidate.id);
    if (!primary) {
        if (source)
            checkIsStopped(checks, *source);
        return;
    }
    if (primary != source)
        return checks.block(candidate, "role", Words::tr("%1 runs as primary by now, which is not the one that is to hand over.").arg(checks.name(*primary)),
            {.measured = {}, .limit = {}, .cure = Words::tr("Plan anew.")});
    checkStreams(checks, candidate, *primary);
}

void checkTarget(PlanBuilder& checks, const Plan& plan, const Instance& target, const std::map<int, StepResult>& inspected)
{
    const Survey& seen = checks.survey(target);
    // Of the one that was lost only the inventory's row is written.
    const bool isRowOnly = plan.request && movesService(plan.request->kind) && !(seen.answered && seen.inRecovery == false)
        && std::ranges::all_of(plan.steps, [&](const Step& step) { return step.instance != target.id || std::holds_alternative<SetUpstream>(step.action); });
    if (isRowOnly)
        return;
    if (!isLifecycle(plan.kind)) {
        checkReach(checks, target);
    } else if (!seen.isComplete) { // commands have an account of their own, and each step looks first
        checks.unknown(target, "reach", Words::tr("Its server could not be looked at."),
            {.measured = seen.error ? visibleText(seen.error->text()) : QString(), .limit = {}, .cure = {}});
    }
    if (!seen.isComplete)
        return; // the rest would be guessed
    checkSupervisor(checks, target);
    checkRole(checks, plan, target);
    if (!plan.request || isUndo(plan))
        return;
    if (plan.request->kind == ReplicationKind::Promote)
        return checkOtherPrimary(checks, target);
    if (movesService(plan.request->kind)) {
        checkTakesOver(checks, plan, target);
        if (seen.answered && seen.inRecovery == false)
            return;
    }
    const std::optional<InstanceId> source = sourceOf(plan, target.id);
    if (!source || !needsSource(plan, target.id, checks.inventory(), inspected))
        return;
    if (const Instance* row = checks.inventory().find(*source))
        checkSourceNow(checks, target, *row);
    else
        checks.block(target, "upstream", Words::tr("The member that it shall follow is no longer in the inventory."));
}

// Writers and replicas are cut off by a stop, whatever the instance was when it was planned.
std::optional<Finding> interruption(const PlanBuilder& checks, const Plan& plan, const Instance& target)
{
    const Survey& seen = checks.survey(target);
    const auto streaming = static_cast<int>(std::ranges::count(seen.followers, u"streaming"_s, &SurveyedFollower::state));
    if ((plan.kind != "stop"_L1 && plan.kind != "restart"_L1) || !seen.answered || seen.inRecovery != false || streaming == 0)
        return {};
    return Finding{.severity = Severity::Warning, .code = FindingCode::PrimaryWithReplicas, .target = checks.name(target),
        .text = Words::tr("Is a primary with %n streaming replica(s).", nullptr, streaming), .instance = target.id};
}

// The target itself uses one of the senders that are counted.
void dropOwnSender(std::vector<Finding>& findings, const PlanBuilder& checks, const Plan& plan, const Instance& target)
{
    const std::optional<InstanceId> source = sourceOf(plan, target.id);
    const Instance* row = source ? checks.inventory().find(*source) : nullptr;
    if (row && seesAsFollower(checks, *row, target))
        std::erase_if(findings, [&](const Finding& one) { return one.check == "wal-senders"_L1 && one.instance == target.id && one.severity != Severity::Ok; });
}

} // namespace

Plan withFreshFindings(Plan next, const Inventory& inventory, const ReplicationFacts& facts, const std::map<int, StepResult>& inspected,
    const PlanningTools& tools)
{
    ReplicationRequest request = next.request.value_or(ReplicationRequest{});
    const std::set<InstanceId> targets = targetsOf(next);
    request.instances.assign(targets.begin(), targets.end());
    PlanBuilder checks(request, inventory, facts, tools, next.id);
    std::vector<Finding> interruptions;
    for (const InstanceId id : targets) {
        const Instance* target = inventory.find(id);
        if (!target)
            continue;
        checkTarget(checks, next, *target, inspected);
        if (auto finding = interruption(checks, next, *target))
            interruptions.push_back(std::move(*finding));
    }
    for (const Step& step : next.steps) {
        if (const Instance* about = step.instance ? inventory.find(*step.instance) : nullptr)
            checkStep(checks, *about, next, step, inspected);
    }
    std::vector<Finding> found = checks.take({}).findings;
    for (const InstanceId id : targets) {
        if (const Instance* target = inventory.find(id))
            dropOwnSender(found, checks, next, *target);
        else
            found.push_back({.severity = Severity::Blocker, .code = FindingCode::Check, .text = Words::tr("An instance is no longer in the inventory."),
                .measured = Words::tr("instance %1").arg(id.value), .instance = id, .check = u"inventory"_s});
    }
    std::erase_if(next.findings, [](const Finding& one) { return one.code != FindingCode::Other; });
    if (!next.request)
        next.findings.push_back({.severity = Severity::Warning,
            .text = Words::tr("The plan does not say what was wanted: only whether its servers answer, what its instances are now, and what its steps see was looked at.")});
    next.findings.insert(next.findings.end(), interruptions.begin(), interruptions.end());
    next.findings.insert(next.findings.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    next.basedOn = inventory.revision();
    next.created = tools.clock.now();
    return next;
}

namespace {

// As for a new plan; but the source is the one that the plan has, whoever leads the herd by now.
ReplicationFacts factsOf(const Plan& plan, const Inventory& inventory, const PlanningTools& tools, const std::stop_token& stop)
{
    if (plan.request && concernsName(plan.request->kind) && !isUndo(plan))
        return gatherFacts(*plan.request, inventory, tools, stop);
    std::map<std::optional<InstanceId>, std::vector<InstanceId>> bySource;
    for (const InstanceId id : targetsOf(plan))
        bySource[sourceOf(plan, id)].push_back(id);
    ReplicationFacts facts;
    if (!plan.request && !isUndo(plan) && !isLifecycle(plan.kind)) { // of an earlier version
        const std::set<InstanceId> targets = targetsOf(plan);
        return gatherFacts({.kind = ReplicationKind::Promote, .instances = {targets.begin(), targets.end()}}, inventory, tools, stop);
    }
    if (!plan.request || isUndo(plan)) { // nobody will be copied or followed
        std::vector<InstanceId> all;
        for (const auto& [source, instances] : bySource)
            all.insert(all.end(), instances.begin(), instances.end());
        std::mutex mutex;
        inParallel(all.size(), tools.options.parallel, [&](size_t i) {
            const Instance* row = inventory.find(all[i]);
            if (!row || stop.stop_requested())
                return;
            Survey seen = tools.surveyor.survey(addressOf(inventory, *row, tools.resolve), row->id, tools.options.surveyTimeout, stop);
            const std::scoped_lock lock(mutex);
            facts.surveys.emplace(row->id, std::move(seen));
        });
        return facts;
    }
    for (const auto& [source, instances] : bySource) {
        ReplicationRequest request = *plan.request;
        request.instances = instances;
        request.upstream = source;
        ReplicationFacts some = gatherFacts(request, inventory, tools, stop);
        facts.surveys.merge(some.surveys);
        facts.trials.merge(some.trials);
    }
    return facts;
}

} // namespace

Expected<Plan> planAgain(const OperationRecord& record, Way way, const QString& superseded, const Inventory& inventory,
    const PlanningTools& tools, StepExecutor& executor, const QUuid& id, const std::stop_token& stop)
{
    Expected<Plan> next = way == Way::Continue ? continuationOf(record, tools.clock.now()) : undoOf(record, tools.clock.now());
    if (!next)
        return next;
    next->id = id;
    const ReplicationFacts facts = factsOf(*next, inventory, tools, stop);
    if (tools.progress)
        tools.progress(Words::tr("Looking at what holds of %n step(s).", nullptr, static_cast<int>(next->steps.size())));
    std::map<int, StepResult> inspected;
    std::mutex mutex;
    inParallel(next->steps.size(), inspectedAtOnce, [&](size_t i) {
        const Step& step = next->steps[i];
        if (stop.stop_requested())
            return;
        StepResult result = executor.inspect(step, stop);
        const std::scoped_lock lock(mutex);
        inspected.emplace(step.id, std::move(result));
    });
    if (stop.stop_requested())
        return fail({.kind = ErrorKind::Cancelled, .what = Words::tr("Cancelled.")});
    Plan fresh = withFreshFindings(std::move(*next), inventory, facts, inspected, tools);
    if (!superseded.isEmpty())
        fresh.findings.insert(fresh.findings.begin(),
            {.severity = Severity::Blocker, .code = FindingCode::Check, .text = superseded, .check = u"superseded"_s});
    return fresh;
}

} // namespace elephaas
