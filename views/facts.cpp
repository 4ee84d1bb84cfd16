#include "views/facts.h"

#include "models/domain/visibletext.h"
#include "models/items/operationtreemodel.h"
#include "models/items/texts.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Facts)
};

constexpr size_t weighed = 2000; // of more instances problems are not counted: it would be felt at every step of a selection
constexpr size_t listed = 24; // longer lists say how many more there are

QString age(const QDateTime& at, const QDateTime& now) { return at.isValid() ? ageText(at.msecsTo(now)) : QString(); }

QString clockTime(const QDateTime& at) { return QLocale().toString(at.toLocalTime(), QLocale::ShortFormat); }

QString orUnknown(const QString& text) { return text.isEmpty() ? unknownText() : visibleLine(text); }

QString lagText(const std::optional<qint64>& bytes)
{
    return bytes ? Words::tr("%1 MB").arg(megabytesText(*bytes, QLocale())) : unknownText();
}

QString environmentName(const Inventory& inventory, const std::optional<EnvironmentId>& id)
{
    const Environment* environment = id ? inventory.find(*id) : nullptr;
    return environment ? environment->name : QString();
}

Fact::Tone toneOf(Health health)
{
    switch (health) {
    case Health::Empty:
    case Health::Good:
        return Fact::Tone::Normal;
    case Health::Unknown:
        return Fact::Tone::Muted;
    case Health::Lagging:
    case Health::NotStreaming:
    case Health::RoleConflict:
    case Health::Unreachable:
        return Fact::Tone::Warning;
    case Health::Offline:
    case Health::TwoPrimaries:
        return Fact::Tone::Bad;
    }
    Q_UNREACHABLE();
}

// "replica, online, 0.41 MB"
Fact memberFact(const Inventory& inventory, InstanceId id, const QString& label, const QDateTime& now, const ItemLimits& limits)
{
    const Instance& instance = *inventory.find(id);
    const Assessment state = assess(inventory, instance, limits);
    const Observation* seen = inventory.observation(id);
    QString value = Words::tr("%1, %2", "role, state").arg(roleText(state.role), livenessText(state.liveness));
    if (state.lagBytes)
        value += u", "_s + lagText(state.lagBytes);
    return {.label = label,
        .value = value,
        .note = seen ? age(seen->at, now) : Words::tr("never seen"),
        .tone = toneOf(state.health),
        .glyph = glyphFor(state.liveness)};
}

std::vector<Fact> memberFacts(const Inventory& inventory, std::span<const InstanceId> ids, bool byServer, const QDateTime& now,
    const ItemLimits& limits)
{
    std::vector<Fact> facts;
    for (const InstanceId id : ids.first(std::min(ids.size(), listed))) {
        const Instance& instance = *inventory.find(id);
        const Server* server = inventory.find(instance.server);
        const Herd* herd = inventory.find(instance.herd);
        const QString label = byServer ? (herd ? herd->name : unknownText()) : (server ? server->hostName : unknownText());
        facts.push_back(memberFact(inventory, id, visibleLine(label), now, limits));
    }
    if (ids.size() > listed)
        facts.push_back({.label = {}, .value = Words::tr("and %n more", nullptr, int(ids.size() - listed)), .tone = Fact::Tone::Muted});
    return facts;
}

void addStateFacts(std::vector<Fact>& facts, const Inventory& inventory, const Instance& instance, const Assessment& state,
    const QDateTime& now)
{
    const Observation* seen = inventory.observation(instance.id);
    facts.push_back({.label = Words::tr("State"),
        .value = livenessText(state.liveness),
        .note = seen ? age(seen->at, now) : Words::tr("never seen"),
        .toolTip = seen ? Words::tr("Seen %1 by %2").arg(clockTime(seen->at), visibleLine(seen->seenBy))
                        : Words::tr("Nobody has seen this instance yet; this is the inventory's word."),
        .tone = state.liveness == Liveness::Offline ? Fact::Tone::Bad
            : state.liveness == Liveness::Online    ? Fact::Tone::Good
                                                    : Fact::Tone::Warning});
    if (isProblem(state.health))
        facts.push_back({.label = Words::tr("Problem"), .value = healthText(state.health), .tone = toneOf(state.health)});
    if (seen && seen->error)
        facts.push_back({.label = Words::tr("Why"), .value = visibleText(seen->error->text()), .tone = Fact::Tone::Warning});
}

void addReplicationFacts(std::vector<Fact>& facts, const Inventory& inventory, const Instance& instance, const Assessment& state,
    const QString& factsAge)
{
    const Observation* seen = inventory.observation(instance.id);
    if (instance.upstream) {
        const Instance* upstream = inventory.upstreamOf(instance);
        facts.push_back({.label = Words::tr("Upstream"),
            .value = upstream ? instanceName(inventory, upstream->id) : Words::tr("missing instance %1").arg(instance.upstream->value),
            .tone = upstream ? Fact::Tone::Normal : Fact::Tone::Warning});
        facts.push_back({.label = Words::tr("Lag (replay)"),
            .value = lagText(state.lagBytes),
            .note = state.lagBytes ? factsAge : QString(),
            .toolTip = lagReasonText(state.lagReason),
            .tone = state.health == Health::Lagging ? Fact::Tone::Warning : Fact::Tone::Normal});
        facts.push_back({.label = Words::tr("Lag (receive)"), .value = lagText(state.receiveLagBytes), .note = state.receiveLagBytes ? factsAge : QString()});
    }
    if (!seen)
        return;
    if (!seen->upstreamHost.isEmpty()) {
        facts.push_back({.label = Words::tr("Streams from"),
            .value = visibleLine(seen->upstreamPort ? u"%1:%2"_s.arg(seen->upstreamHost).arg(*seen->upstreamPort) : seen->upstreamHost),
            .note = factsAge});
    }
    if (!seen->receiverState.isEmpty() || seen->role == Role::Replica) {
        QString receiver = seen->receiverState.isEmpty() ? Words::tr("no WAL receiver") : visibleText(seen->receiverState);
        if (seen->replayPaused)
            receiver += Words::tr(", replay paused");
        facts.push_back({.label = Words::tr("WAL receiver"), .value = receiver, .note = factsAge,
            .tone = seen->receiverState == "streaming"_L1 && !seen->replayPaused ? Fact::Tone::Normal : Fact::Tone::Warning});
    }
}

void addServerFacts(std::vector<Fact>& facts, const Inventory& inventory, const Instance& instance, const QString& factsAge,
    const QDateTime& now)
{
    const std::optional<PgVersion> version = inventory.versionOf(instance);
    const Observation* seen = inventory.observation(instance.id);
    const bool versionSeen = seen && seen->version;
    facts.push_back({.label = Words::tr("Version"), .value = version ? version->toString() : orUnknown(instance.version),
        .note = versionSeen ? factsAge : QString()});
    if (seen && seen->timeline)
        facts.push_back({.label = Words::tr("Timeline"), .value = QString::number(*seen->timeline), .note = factsAge});
    if (const std::optional<Lsn> position = inventory.positionOf(instance)) {
        facts.push_back({.label = Words::tr("WAL position"), .value = position->toString(),
            .note = seen && seen->position() ? factsAge : Words::tr("inventory")});
    }
    if (seen && seen->systemIdentifier)
        facts.push_back({.label = Words::tr("System identifier"), .value = QString::number(*seen->systemIdentifier), .note = factsAge});
    if (seen && !seen->controlState.isEmpty())
        facts.push_back({.label = Words::tr("Control file"), .value = visibleText(seen->controlState), .note = factsAge});
    if (seen && seen->postmasterStarted.isValid())
        facts.push_back({.label = Words::tr("Running since"), .value = clockTime(seen->postmasterStarted),
            .toolTip = Words::tr("%1 ago", "age").arg(age(seen->postmasterStarted, now))});
    if (seen && seen->configurationLoaded.isValid())
        facts.push_back({.label = Words::tr("Configuration read"), .value = clockTime(seen->configurationLoaded)});
    facts.push_back({.label = Words::tr("Data directory"), .value = orUnknown(inventory.dataDirectoryOf(instance))});
}

std::vector<Fact> followerFacts(const Inventory& inventory, InstanceId id, const QString& factsAge)
{
    std::vector<Fact> facts;
    const Observation* seen = inventory.observation(id);
    if (!seen)
        return facts;
    for (const Follower& follower : seen->followers) {
        QString name = follower.applicationName.isEmpty() ? follower.clientAddress : follower.applicationName;
        if (!follower.clientAddress.isEmpty() && name != follower.clientAddress)
            name = Words::tr("%1 (%2)", "follower, address").arg(name, follower.clientAddress);
        facts.push_back({.label = Words::tr("Follower"),
            .value = Words::tr("%1: %2", "follower, state").arg(visibleLine(name), visibleLine(follower.state)),
            .note = factsAge,
            .tone = follower.state == "streaming"_L1 ? Fact::Tone::Normal : Fact::Tone::Warning});
        if (facts.size() >= listed)
            break;
    }
    return facts;
}

} // namespace

EntityFacts instanceFacts(const Inventory& inventory, InstanceId id, const QDateTime& now, const ItemLimits& limits)
{
    const Instance* instance = inventory.find(id);
    if (!instance)
        return {};
    const Assessment state = assess(inventory, *instance, limits);
    const Herd* herd = inventory.find(instance->herd);
    const Environment* environment = inventory.environmentOf(*instance);
    const Observation* seen = inventory.observation(id);
    const QString factsAge = seen ? age(seen->factsAt, now) : QString();
    const QString port = herd ? QString::number(herd->port) : unknownText();

    EntityFacts details{.title = instanceName(inventory, id),
        .subtitle = state.role == Role::Unknown ? Words::tr("instance, port %1").arg(port)
                                                : Words::tr("%1, port %2", "role, port").arg(roleText(state.role), port),
        .environment = environment ? environment->name : QString(),
        .glyph = glyphFor(state.liveness)};
    addStateFacts(details.facts, inventory, *instance, state, now);
    if (state.roleConflict) {
        details.facts.push_back({.label = Words::tr("Role"),
            .value = Words::tr("seen as %1, the inventory says %2").arg(roleText(state.role), roleText(instance->upstream ? Role::Replica : Role::Primary)),
            .note = factsAge,
            .tone = Fact::Tone::Warning});
    }
    addReplicationFacts(details.facts, inventory, *instance, state, factsAge);
    addServerFacts(details.facts, inventory, *instance, factsAge, now);
    const std::vector<Fact> followers = followerFacts(inventory, id, factsAge);
    details.facts.insert(details.facts.end(), followers.begin(), followers.end());
    if (herd) {
        details.membersTitle = Words::tr("Members of %1", "heading, herd").arg(visibleLine(herd->name));
        details.members = memberFacts(inventory, inventory.instancesOf(herd->id), false, now, limits);
    }
    return details;
}

EntityFacts herdFacts(const Inventory& inventory, HerdId id, const QDateTime& now, const ItemLimits& limits)
{
    const Herd* herd = inventory.find(id);
    if (!herd)
        return {};
    Tally tally;
    const bool two = hasTwoPrimaries(inventory, id);
    for (const InstanceId member : inventory.instancesOf(id))
        tally.add(assess(inventory, *inventory.find(member), two, limits).health);
    const Instance* leader = inventory.leaderOf(id);
    EntityFacts details{.title = visibleLine(herd->name),
        .subtitle = Words::tr("herd of %n members", nullptr, tally.count),
        .environment = environmentName(inventory, herd->environment)};
    details.facts = {{.label = Words::tr("State"), .value = tallyText(tally), .tone = toneOf(tally.worst)},
        {.label = Words::tr("Primary"), .value = leader ? instanceName(inventory, leader->id) : unknownText()},
        {.label = Words::tr("Port"), .value = QString::number(herd->port)},
        {.label = Words::tr("Virtual host"), .value = orUnknown(herd->virtualHost)},
        {.label = Words::tr("Base name"), .value = orUnknown(herd->baseName)},
        {.label = Words::tr("Data directory"), .value = orUnknown(herd->dataDirectory)}};
    if (!herd->description.isEmpty())
        details.facts.push_back({.label = Words::tr("Description"), .value = visibleText(herd->description)});
    details.membersTitle = Words::tr("Members");
    details.members = memberFacts(inventory, inventory.instancesOf(id), false, now, limits);
    return details;
}

EntityFacts serverFacts(const Inventory& inventory, ServerId id, const QDateTime& now, const ItemLimits& limits)
{
    const Server* server = inventory.find(id);
    if (!server)
        return {};
    Tally tally;
    QDateTime seenAt;
    for (const InstanceId instance : inventory.instancesOn(id)) {
        tally.add(assess(inventory, *inventory.find(instance), limits).health);
        if (const Observation* seen = inventory.observation(instance); seen && (!seenAt.isValid() || seen->at > seenAt))
            seenAt = seen->at;
    }
    EntityFacts details{.title = visibleLine(server->hostName),
        .subtitle = Words::tr("server with %n instances", nullptr, tally.count),
        .environment = environmentName(inventory, server->environment)};
    details.facts = {{.label = Words::tr("State"), .value = tallyText(tally), .note = age(seenAt, now), .tone = toneOf(tally.worst)},
        {.label = Words::tr("Added"), .value = server->created.isValid() ? QLocale().toString(server->created, QLocale::ShortFormat) : unknownText()}};
    details.membersTitle = Words::tr("Instances");
    details.members = memberFacts(inventory, inventory.instancesOn(id), true, now, limits);
    return details;
}

EntityFacts environmentFacts(const Inventory& inventory, EnvironmentId id, const ItemLimits& limits)
{
    const Environment* environment = inventory.find(id);
    if (!environment)
        return {};
    Tally tally;
    int herds = 0;
    for (const Herd& herd : inventory.herds()) {
        if (herd.environment != id)
            continue;
        ++herds;
        const bool two = hasTwoPrimaries(inventory, herd.id);
        for (const InstanceId member : inventory.instancesOf(herd.id))
            tally.add(assess(inventory, *inventory.find(member), two, limits).health);
    }
    const auto servers = std::count_if(inventory.servers().begin(), inventory.servers().end(), [id](const Server& s) { return s.environment == id; });
    EntityFacts details{.title = visibleLine(environment->name), .subtitle = Words::tr("environment"), .environment = environment->name};
    details.facts = {{.label = Words::tr("State"), .value = tallyText(tally), .tone = toneOf(tally.worst)},
        {.label = Words::tr("Herds"), .value = QLocale().toString(herds)},
        {.label = Words::tr("Servers"), .value = QLocale().toString(qlonglong(servers))},
        {.label = Words::tr("Instances"), .value = QLocale().toString(tally.count)}};
    if (!environment->description.isEmpty())
        details.facts.push_back({.label = Words::tr("Description"), .value = visibleText(environment->description)});
    return details;
}

EntityFacts severalFacts(const Inventory& inventory, const Subject& subject, const ItemLimits& limits)
{
    EntityFacts details{.title = Words::tr("%1 selected", "3 herds").arg(subjectName(inventory, subject))};
    std::array<int, 4> states{};
    int problems = 0;
    const bool weigh = subject.instances.size() <= weighed;
    for (const InstanceId id : subject.instances) {
        const Instance& instance = *inventory.find(id);
        ++states.at(static_cast<size_t>(inventory.livenessOf(instance)));
        problems += weigh && isProblem(assess(inventory, instance, limits).health) ? 1 : 0;
    }
    details.subtitle = Words::tr("%n instances", nullptr, int(subject.instances.size()));
    for (const Liveness liveness : {Liveness::Online, Liveness::Offline, Liveness::Unreachable, Liveness::Unknown}) {
        if (const int n = states.at(static_cast<size_t>(liveness)); n > 0)
            details.facts.push_back({.label = livenessText(liveness), .value = QLocale().toString(n), .glyph = glyphFor(liveness)});
    }
    if (problems > 0)
        details.facts.push_back({.label = Words::tr("Problems"), .value = QLocale().toString(problems), .tone = Fact::Tone::Warning});
    details.membersTitle = Words::tr("Instances");
    for (const InstanceId id : subject.instances) {
        if (details.members.size() >= listed) {
            details.members.push_back({.label = {}, .value = Words::tr("and %n more", nullptr, int(subject.instances.size() - listed)), .tone = Fact::Tone::Muted});
            break;
        }
        const Assessment state = assess(inventory, *inventory.find(id), limits);
        details.members.push_back({.label = {}, .value = instanceName(inventory, id), .tone = Fact::Tone::Normal, .glyph = glyphFor(state.liveness)});
    }
    return details;
}

EntityFacts operationFacts(const OperationRecord& operation, const QDateTime& now)
{
    EntityFacts details{.title = visibleLine(operation.title), .subtitle = operationStateText(operation.state), .glyph = glyphFor(operation.state)};
    const bool runs = operation.state == OperationState::Running;
    details.facts = {{.label = Words::tr("Started"), .value = clockTime(operation.started)},
        {.label = Words::tr("Took"),
            .value = operation.ended.isValid() || runs ? durationText(operation.started.msecsTo(runs ? now : operation.ended)) : unknownText()},
        {.label = Words::tr("By"), .value = orUnknown(operation.operatorName)}};
    if (!operation.message.isEmpty())
        details.facts.push_back({.label = Words::tr("Result"), .value = visibleText(operation.message)});
    if (!operation.reason.isEmpty())
        details.facts.push_back({.label = Words::tr("Reason"), .value = visibleText(operation.reason)});
    details.membersTitle = Words::tr("Steps");
    for (const StepRecord& step : operation.steps) {
        if (details.members.size() >= listed) {
            details.members.push_back({.label = {}, .value = Words::tr("and %n more", nullptr, int(operation.steps.size() - listed)), .tone = Fact::Tone::Muted});
            break;
        }
        const QString said = step.message.isEmpty() ? stepStateText(step.state) : visibleText(step.message);
        details.members.push_back({.label = {},
            .value = Words::tr("%1: %2", "target of a step, its result").arg(visibleLine(step.target.isEmpty() ? step.title : step.target), said),
            .tone = step.state == StepState::Failed ? Fact::Tone::Bad : step.warning ? Fact::Tone::Warning : Fact::Tone::Normal,
            .glyph = glyphFor(step.state)});
    }
    return details;
}

EntityFacts subjectFacts(const Inventory& inventory, const Subject& subject, const QDateTime& now, const ItemLimits& limits)
{
    if (subject.ids.size() > 1)
        return severalFacts(inventory, subject, limits);
    if (subject.isEmpty())
        return {};
    const qint64 id = subject.ids.front();
    switch (subject.kind) {
    case ItemKind::None:
        return {};
    case ItemKind::Environment:
        return environmentFacts(inventory, EnvironmentId(id), limits);
    case ItemKind::Herd:
    case ItemKind::DrPair:
        return herdFacts(inventory, HerdId(id), now, limits);
    case ItemKind::Server:
        return serverFacts(inventory, ServerId(id), now, limits);
    case ItemKind::Instance:
        return instanceFacts(inventory, InstanceId(id), now, limits);
    }
    Q_UNREACHABLE();
}

} // namespace elephaas
