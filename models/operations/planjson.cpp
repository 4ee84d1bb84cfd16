#include "models/operations/plan.h"

#include <QJsonArray>

#include <array>
#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr std::array severities{Severity::Ok, Severity::Warning, Severity::Blocker, Severity::Unknown};
constexpr std::array codes{
    FindingCode::Other, FindingCode::PrimaryWithReplicas, FindingCode::ProtectedEnvironment, FindingCode::CommandNotBuildable,
    FindingCode::Check};
constexpr std::array conditions{Condition::None, Condition::PostmasterGone, Condition::PostmasterRuns,
    Condition::AcceptsConnections, Condition::StoppedCleanly, Condition::Restarted, Condition::Reloaded, Condition::Promoted, Condition::Streaming};
constexpr std::array policies{OnFailure::StopDependants, OnFailure::Continue, OnFailure::StopPlan};
constexpr std::array overrides{Override::Never, Override::WithReason};
constexpr std::array unmets{OnUnmet::Fail, OnUnmet::Skip, OnUnmet::Wait};
constexpr std::array replicationKinds{ReplicationKind::Promote, ReplicationKind::Demote, ReplicationKind::Rebuild, ReplicationKind::Remaster,
    ReplicationKind::Initialise, ReplicationKind::Switchover, ReplicationKind::Failover, ReplicationKind::RefreshDns};
constexpr std::array methods{RebuildMethod::Automatic, RebuildMethod::Rewind, RebuildMethod::Copy, RebuildMethod::InPlace};

// Reads one JSON object; remembers the first field that is missing or of the wrong type.
class Reader {
public:
    Reader(QJsonObject object, QString where, QString& problem)
        : m_object(std::move(object))
        , m_where(std::move(where))
        , m_problem(problem)
    {
    }

    QString text(const QString& key)
    {
        const QJsonValue value = m_object.value(key);
        return check(key, value.isString()) ? value.toString() : QString();
    }
    qint64 number(const QString& key)
    {
        const QJsonValue value = m_object.value(key);
        return check(key, value.isDouble()) ? value.toInteger() : 0;
    }
    bool flag(const QString& key)
    {
        const QJsonValue value = m_object.value(key);
        return check(key, value.isBool()) && value.toBool();
    }
    QJsonArray list(const QString& key)
    {
        const QJsonValue value = m_object.value(key);
        return check(key, value.isArray()) ? value.toArray() : QJsonArray();
    }
    Reader object(const QString& key)
    {
        const QJsonValue value = m_object.value(key);
        check(key, value.isObject());
        return {value.toObject(), m_where + key + u'.', m_problem};
    }
    // Plans of before do not have all of them.
    QStringList texts(const QString& key)
    {
        QStringList all;
        for (const QJsonValue& one : has(key) ? list(key) : QJsonArray()) {
            check(key, one.isString());
            all << one.toString();
        }
        return all;
    }
    bool has(const QString& key) const { return m_object.contains(key); }
    template <class Key>
    std::optional<Key> id(const QString& key)
    {
        return m_object.contains(key) ? std::optional(Key(number(key))) : std::nullopt;
    }
    template <class Enum, size_t N>
    Enum oneOf(const QString& key, const std::array<Enum, N>& all)
    {
        const QString word = text(key);
        for (const Enum value : all) {
            if (keyOf(value) == word)
                return value;
        }
        check(key, false);
        return all.front();
    }
    bool check(const QString& key, bool ok)
    {
        if (!ok && m_problem.isEmpty())
            m_problem = m_where + key;
        return ok;
    }

private:
    QJsonObject m_object;
    QString m_where;
    QString& m_problem;
};

QString text(const QByteArray& bytes) { return QString::fromUtf8(bytes); }

QJsonObject remoteToJson(const RemoteTarget& remote)
{
    return {{u"host"_s, remote.host}, {u"user"_s, remote.user}, {u"sshPort"_s, remote.port}};
}

RemoteTarget remoteFromJson(Reader json)
{
    return {json.text(u"host"_s), json.text(u"user"_s), static_cast<int>(json.number(u"sshPort"_s))};
}

QJsonObject actionToJson(const Action& action)
{
    struct Visitor {
        QJsonObject operator()(const RunCommand& run) const
        {
            QJsonObject json{{u"do"_s, u"run-command"_s}, {u"command"_s, QString::fromUtf8(run.command)}};
            if (!run.starts.isEmpty())
                json.insert(u"starts"_s, run.starts);
            return json;
        }
        QJsonObject operator()(const RestartInstance& restart) const
        {
            return {{u"do"_s, u"restart-instance"_s}, {u"stop"_s, QString::fromUtf8(restart.stop)},
                {u"start"_s, QString::fromUtf8(restart.start)}};
        }
        QJsonObject operator()(const WaitUntil&) const { return {{u"do"_s, u"wait-until"_s}}; }
        QJsonObject operator()(const RunScript& run) const
        {
            QJsonObject json{{u"do"_s, u"run-script"_s}, {u"shell"_s, text(run.shell)}, {u"script"_s, text(run.script)}};
            if (run.mayRepeat)
                json.insert(u"mayRepeat"_s, true);
            return json;
        }
        QJsonObject operator()(const AskScript& ask) const
        {
            return {{u"do"_s, u"ask-script"_s}, {u"shell"_s, text(ask.shell)}, {u"script"_s, text(ask.script)}};
        }
        QJsonObject operator()(const RelayScripts& relay) const
        {
            QJsonObject json{{u"do"_s, u"relay-scripts"_s}, {u"source"_s, remoteToJson(relay.source)},
                {u"sourceShell"_s, text(relay.sourceShell)}, {u"sourceScript"_s, text(relay.sourceScript)},
                {u"shell"_s, text(relay.shell)}, {u"script"_s, text(relay.script)}};
            if (relay.isConversation)
                json.insert(u"conversation"_s, true);
            if (relay.sourcePort != 0)
                json.insert(u"sourcePort"_s, relay.sourcePort);
            return json;
        }
        QJsonObject operator()(const SetUpstream& set) const
        {
            QJsonObject json{{u"do"_s, u"set-upstream"_s}};
            if (set.upstream)
                json.insert(u"upstream"_s, set.upstream->value);
            return json;
        }
        QJsonObject operator()(const ChangeAlias& alias) const
        {
            const DnsChange& change = alias.change;
            return {{u"do"_s, u"change-alias"_s}, {u"rehearse"_s, alias.rehearse}, {u"name"_s, change.name}, {u"from"_s, change.from},
                {u"to"_s, change.to}, {u"timeToLiveS"_s, static_cast<qint64>(change.timeToLive.count())}, {u"zone"_s, change.zone.name},
                {u"primary"_s, change.zone.primary}, {u"primaryAddresses"_s, QJsonArray::fromStringList(change.zone.primaryAddresses)},
                {u"nameServers"_s, QJsonArray::fromStringList(change.zone.nameServers)}};
        }
        QJsonObject operator()(const AwaitAlias& alias) const
        {
            return {{u"do"_s, u"await-alias"_s}, {u"name"_s, alias.name}, {u"target"_s, alias.target}};
        }
    };
    return std::visit(Visitor{}, action);
}

Action actionFromJson(Reader json)
{
    const QString what = json.text(u"do"_s);
    if (what == "run-command"_L1)
        return RunCommand{json.text(u"command"_s).toUtf8(), json.has(u"starts"_s) ? json.text(u"starts"_s) : QString()};
    if (what == "restart-instance"_L1)
        return RestartInstance{json.text(u"stop"_s).toUtf8(), json.text(u"start"_s).toUtf8()};
    if (what == "run-script"_L1)
        return RunScript{json.text(u"shell"_s).toUtf8(), json.text(u"script"_s).toUtf8(), json.has(u"mayRepeat"_s) && json.flag(u"mayRepeat"_s)};
    if (what == "ask-script"_L1)
        return AskScript{json.text(u"shell"_s).toUtf8(), json.text(u"script"_s).toUtf8()};
    if (what == "relay-scripts"_L1)
        return RelayScripts{remoteFromJson(json.object(u"source"_s)), json.text(u"sourceShell"_s).toUtf8(),
            json.text(u"sourceScript"_s).toUtf8(), json.text(u"shell"_s).toUtf8(), json.text(u"script"_s).toUtf8(),
            json.has(u"conversation"_s) && json.flag(u"conversation"_s),
            json.has(u"sourcePort"_s) ? static_cast<int>(json.number(u"sourcePort"_s)) : 0};
    if (what == "set-upstream"_L1)
        return SetUpstream{json.id<InstanceId>(u"upstream"_s)};
    if (what == "change-alias"_L1) {
        DnsChange change{.name = json.text(u"name"_s), .zone = {.name = json.text(u"zone"_s), .primary = json.text(u"primary"_s)},
            .from = json.text(u"from"_s), .to = json.text(u"to"_s), .timeToLive = std::chrono::seconds(json.number(u"timeToLiveS"_s))};
        change.zone.primaryAddresses = json.texts(u"primaryAddresses"_s);
        change.zone.nameServers = json.texts(u"nameServers"_s);
        return ChangeAlias{change, json.flag(u"rehearse"_s)};
    }
    if (what == "await-alias"_L1)
        return AwaitAlias{json.text(u"name"_s), json.text(u"target"_s)};
    json.check(u"do"_s, what == "wait-until"_L1);
    return WaitUntil{};
}

QJsonObject addressToJson(const InstanceAddress& address)
{
    return {{u"host"_s, address.remote.host}, {u"user"_s, address.remote.user}, {u"sshPort"_s, address.remote.port},
        {u"port"_s, address.port}, {u"dataDirectory"_s, address.dataDirectory}, {u"baseName"_s, address.baseName},
        {u"version"_s, address.version}};
}

InstanceAddress addressFromJson(Reader json)
{
    InstanceAddress address;
    address.remote = {json.text(u"host"_s), json.text(u"user"_s), static_cast<int>(json.number(u"sshPort"_s))};
    address.port = static_cast<int>(json.number(u"port"_s));
    address.dataDirectory = json.text(u"dataDirectory"_s);
    address.baseName = json.text(u"baseName"_s);
    address.version = json.text(u"version"_s);
    return address;
}

QJsonObject upstreamToJson(const FollowedUpstream& upstream)
{
    QJsonObject json{{u"address"_s, addressToJson(upstream.address)}, {u"followerName"_s, upstream.followerName}};
    if (upstream.instance)
        json.insert(u"instance"_s, upstream.instance->value);
    if (!upstream.followerAddresses.isEmpty())
        json.insert(u"followerAddresses"_s, QJsonArray::fromStringList(upstream.followerAddresses));
    if (!upstream.senderHosts.isEmpty()) {
        json.insert(u"senderHosts"_s, QJsonArray::fromStringList(upstream.senderHosts));
        json.insert(u"senderPort"_s, upstream.senderPort);
    }
    return json;
}

QJsonObject undoToJson(const Undo& undo)
{
    QJsonObject json{{u"title"_s, undo.title}, {u"action"_s, actionToJson(undo.action)}, {u"precondition"_s, keyOf(undo.precondition)},
        {u"postcondition"_s, keyOf(undo.postcondition)}, {u"proofScript"_s, text(undo.proofScript)}};
    if (!undo.question.isEmpty())
        json.insert(u"question"_s, text(undo.question));
    return json;
}

QJsonObject stepToJson(const Step& step)
{
    QJsonArray after;
    for (const int id : step.after)
        after.append(id);
    QJsonObject json{{u"id"_s, step.id}, {u"title"_s, step.title}, {u"target"_s, step.target},
        {u"address"_s, addressToJson(step.address)}, {u"action"_s, actionToJson(step.action)}, {u"after"_s, after},
        {u"precondition"_s, keyOf(step.precondition)}, {u"onUnmet"_s, keyOf(step.onUnmet)},
        {u"postcondition"_s, keyOf(step.postcondition)}, {u"timeoutMs"_s, static_cast<qint64>(step.timeout.count())},
        {u"onFailure"_s, keyOf(step.onFailure)}, {u"shell"_s, text(step.shell)}, {u"doneScript"_s, text(step.doneScript)},
        {u"proofScript"_s, text(step.proofScript)}};
    if (step.upstream)
        json.insert(u"upstream"_s, upstreamToJson(*step.upstream));
    if (step.guard)
        json.insert(u"guard"_s, QJsonObject{{u"step"_s, step.guard->step}, {u"succeeded"_s, step.guard->succeeded}});
    if (!step.oneOf.empty()) {
        QJsonArray ways;
        for (const int id : step.oneOf)
            ways.append(id);
        json.insert(u"oneOf"_s, ways);
    }
    if (step.silentSince.isValid())
        json.insert(u"silentSince"_s, step.silentSince.toUTC().toString(Qt::ISODateWithMs));
    if (step.provesItself)
        json.insert(u"provesItself"_s, true);
    if (step.noReturn)
        json.insert(u"noReturn"_s, true);
    if (step.erasesTraces)
        json.insert(u"erasesTraces"_s, true);
    if (step.undo)
        json.insert(u"undo"_s, undoToJson(*step.undo));
    if (step.instance)
        json.insert(u"instance"_s, step.instance->value);
    if (step.server)
        json.insert(u"server"_s, step.server->value);
    return json;
}

Step stepFromJson(Reader json)
{
    Step step;
    step.id = static_cast<int>(json.number(u"id"_s));
    step.title = json.text(u"title"_s);
    step.target = json.text(u"target"_s);
    step.instance = json.id<InstanceId>(u"instance"_s);
    step.server = json.id<ServerId>(u"server"_s);
    step.address = addressFromJson(json.object(u"address"_s));
    step.action = actionFromJson(json.object(u"action"_s));
    for (const QJsonValue& before : json.list(u"after"_s)) {
        json.check(u"after"_s, before.isDouble());
        step.after.push_back(before.toInt(-1));
    }
    step.precondition = json.oneOf(u"precondition"_s, conditions);
    step.onUnmet = json.oneOf(u"onUnmet"_s, unmets);
    step.postcondition = json.oneOf(u"postcondition"_s, conditions);
    step.timeout = std::chrono::milliseconds(json.number(u"timeoutMs"_s));
    step.onFailure = json.oneOf(u"onFailure"_s, policies);
    step.shell = json.text(u"shell"_s).toUtf8();
    step.doneScript = json.text(u"doneScript"_s).toUtf8();
    step.proofScript = json.text(u"proofScript"_s).toUtf8();
    if (json.has(u"upstream"_s)) {
        Reader upstream = json.object(u"upstream"_s);
        step.upstream = FollowedUpstream{
            addressFromJson(upstream.object(u"address"_s)), upstream.id<InstanceId>(u"instance"_s), upstream.text(u"followerName"_s)};
        step.upstream->followerAddresses = upstream.texts(u"followerAddresses"_s);
        step.upstream->senderHosts = upstream.texts(u"senderHosts"_s);
        if (!step.upstream->senderHosts.isEmpty())
            step.upstream->senderPort = static_cast<int>(upstream.number(u"senderPort"_s));
    }
    if (json.has(u"guard"_s)) {
        Reader guard = json.object(u"guard"_s);
        step.guard = Guard{static_cast<int>(guard.number(u"step"_s)), guard.flag(u"succeeded"_s)};
    }
    if (json.has(u"oneOf"_s)) {
        for (const QJsonValue& way : json.list(u"oneOf"_s)) {
            json.check(u"oneOf"_s, way.isDouble());
            step.oneOf.push_back(way.toInt(-1));
        }
    }
    if (json.has(u"silentSince"_s))
        step.silentSince = QDateTime::fromString(json.text(u"silentSince"_s), Qt::ISODateWithMs);
    step.provesItself = json.has(u"provesItself"_s) && json.flag(u"provesItself"_s);
    step.noReturn = json.has(u"noReturn"_s) && json.flag(u"noReturn"_s);
    step.erasesTraces = json.has(u"erasesTraces"_s) && json.flag(u"erasesTraces"_s);
    if (json.has(u"undo"_s)) {
        Reader undo = json.object(u"undo"_s);
        step.undo = Undo{undo.text(u"title"_s), actionFromJson(undo.object(u"action"_s)), undo.oneOf(u"precondition"_s, conditions),
            undo.oneOf(u"postcondition"_s, conditions), undo.text(u"proofScript"_s).toUtf8(),
            undo.has(u"question"_s) ? undo.text(u"question"_s).toUtf8() : QByteArray()};
    }
    return step;
}

QJsonObject requestToJson(const ReplicationRequest& request)
{
    QJsonArray instances;
    for (const InstanceId instance : request.instances)
        instances.append(instance.value);
    QJsonObject json{{u"kind"_s, keyOf(request.kind)}, {u"instances"_s, instances}, {u"method"_s, keyOf(request.method)}};
    if (request.upstream)
        json.insert(u"upstream"_s, request.upstream->value);
    if (movesService(request.kind))
        json.insert(u"oldPrimary"_s, keyOf(request.oldPrimary));
    if (!request.drained.empty()) {
        QJsonArray servers;
        for (const ServerId server : request.drained)
            servers.append(server.value);
        json.insert(u"drained"_s, servers);
    }
    return json;
}

ReplicationRequest requestFromJson(Reader json)
{
    ReplicationRequest request;
    request.kind = json.oneOf(u"kind"_s, replicationKinds);
    for (const QJsonValue& instance : json.list(u"instances"_s)) {
        json.check(u"instances"_s, instance.isDouble());
        request.instances.emplace_back(instance.toInteger());
    }
    request.method = json.oneOf(u"method"_s, methods);
    request.upstream = json.id<InstanceId>(u"upstream"_s);
    if (movesService(request.kind))
        request.oldPrimary = json.oneOf(u"oldPrimary"_s, oldPrimaries);
    if (json.has(u"drained"_s)) {
        for (const QJsonValue& server : json.list(u"drained"_s)) {
            json.check(u"drained"_s, server.isDouble());
            request.drained.emplace_back(server.toInteger());
        }
    }
    return request;
}

QJsonObject findingToJson(const Finding& finding)
{
    QJsonObject json{{u"severity"_s, keyOf(finding.severity)}, {u"code"_s, keyOf(finding.code)}, {u"target"_s, finding.target},
        {u"text"_s, finding.text}, {u"measured"_s, finding.measured}, {u"limit"_s, finding.limit}, {u"cure"_s, finding.cure},
        {u"environment"_s, finding.environment}, {u"check"_s, finding.check}, {u"override"_s, keyOf(finding.override_)},
        {u"reason"_s, finding.reason}};
    if (finding.measuredIsFailure)
        json.insert(u"measuredIsFailure"_s, true);
    if (finding.instance)
        json.insert(u"instance"_s, finding.instance->value);
    return json;
}

Finding findingFromJson(Reader json)
{
    Finding finding;
    finding.severity = json.oneOf(u"severity"_s, severities);
    finding.code = json.oneOf(u"code"_s, codes);
    finding.target = json.text(u"target"_s);
    finding.text = json.text(u"text"_s);
    finding.measured = json.text(u"measured"_s);
    finding.limit = json.text(u"limit"_s);
    finding.cure = json.text(u"cure"_s);
    finding.environment = json.text(u"environment"_s);
    finding.check = json.text(u"check"_s);
    finding.override_ = json.oneOf(u"override"_s, overrides);
    finding.measuredIsFailure = json.has(u"measuredIsFailure"_s) && json.flag(u"measuredIsFailure"_s);
    finding.reason = json.text(u"reason"_s);
    finding.instance = json.id<InstanceId>(u"instance"_s);
    return finding;
}

} // namespace

QString keyOf(Severity severity)
{
    switch (severity) {
    case Severity::Ok: return u"ok"_s;
    case Severity::Warning: return u"warning"_s;
    case Severity::Blocker: return u"blocker"_s;
    case Severity::Unknown: return u"unknown"_s;
    }
    return {};
}

QString keyOf(FindingCode code)
{
    switch (code) {
    case FindingCode::Other: return u"other"_s;
    case FindingCode::PrimaryWithReplicas: return u"primary-with-replicas"_s;
    case FindingCode::ProtectedEnvironment: return u"protected-environment"_s;
    case FindingCode::CommandNotBuildable: return u"command-not-buildable"_s;
    case FindingCode::Check: return u"check"_s;
    }
    return {};
}

QString keyOf(Condition condition)
{
    switch (condition) {
    case Condition::None: return u"none"_s;
    case Condition::PostmasterGone: return u"postmaster-gone"_s;
    case Condition::PostmasterRuns: return u"postmaster-runs"_s;
    case Condition::AcceptsConnections: return u"accepts-connections"_s;
    case Condition::StoppedCleanly: return u"stopped-cleanly"_s;
    case Condition::Restarted: return u"restarted"_s;
    case Condition::Reloaded: return u"reloaded"_s;
    case Condition::Promoted: return u"promoted"_s;
    case Condition::Streaming: return u"streaming"_s;
    }
    return {};
}

QString keyOf(OnFailure policy)
{
    switch (policy) {
    case OnFailure::StopDependants: return u"stop-dependants"_s;
    case OnFailure::Continue: return u"continue"_s;
    case OnFailure::StopPlan: return u"stop-plan"_s;
    }
    return {};
}

QString keyOf(Override how)
{
    switch (how) {
    case Override::Never: return u"never"_s;
    case Override::WithReason: return u"with-reason"_s;
    }
    return {};
}

QString keyOf(OnUnmet policy)
{
    switch (policy) {
    case OnUnmet::Fail: return u"fail"_s;
    case OnUnmet::Skip: return u"skip"_s;
    case OnUnmet::Wait: return u"wait"_s;
    }
    return {};
}

QJsonObject Plan::toJson() const
{
    QJsonArray stepList;
    for (const Step& step : steps)
        stepList.append(stepToJson(step));
    QJsonArray findingList;
    for (const Finding& finding : findings)
        findingList.append(findingToJson(finding));
    QJsonObject json{{u"format"_s, 2}, {u"id"_s, id.toString(QUuid::WithoutBraces)}, {u"kind"_s, kind}, {u"title"_s, title},
        {u"basedOn"_s, static_cast<qint64>(basedOn)}, {u"created"_s, created.toUTC().toString(Qt::ISODateWithMs)},
        {u"limits"_s,
            QJsonObject{{u"parallel"_s, limits.parallel}, {u"perServer"_s, limits.perServer},
                {u"perSource"_s, limits.perSource},
                {u"stopAfterFailures"_s, limits.stopAfterFailures}}},
        {u"findings"_s, findingList}, {u"steps"_s, stepList}};
    if (!herds.empty()) {
        QJsonArray herdList;
        for (const HerdId herd : herds)
            herdList.append(herd.value);
        json.insert(u"herds"_s, herdList);
    }
    if (continues)
        json.insert(u"continues"_s, continues->toString(QUuid::WithoutBraces));
    if (request)
        json.insert(u"request"_s, requestToJson(*request));
    return json;
}

Expected<Plan> Plan::fromJson(const QJsonObject& json)
{
    QString problem;
    Reader reader(json, {}, problem);
    Plan plan;
    reader.check(u"format"_s, reader.number(u"format"_s) == 2);
    plan.id = QUuid::fromString(reader.text(u"id"_s));
    reader.check(u"id"_s, !plan.id.isNull());
    if (reader.has(u"continues"_s))
        plan.continues = QUuid::fromString(reader.text(u"continues"_s));
    if (reader.has(u"request"_s))
        plan.request = requestFromJson(reader.object(u"request"_s));
    plan.kind = reader.text(u"kind"_s);
    plan.title = reader.text(u"title"_s);
    plan.basedOn = static_cast<quint64>(reader.number(u"basedOn"_s));
    plan.created = QDateTime::fromString(reader.text(u"created"_s), Qt::ISODateWithMs);
    Reader limits = reader.object(u"limits"_s);
    plan.limits.parallel = static_cast<int>(limits.number(u"parallel"_s));
    plan.limits.perServer = static_cast<int>(limits.number(u"perServer"_s));
    if (limits.has(u"perSource"_s))
        plan.limits.perSource = static_cast<int>(limits.number(u"perSource"_s));
    plan.limits.stopAfterFailures = static_cast<int>(limits.number(u"stopAfterFailures"_s));
    if (reader.has(u"herds"_s)) {
        for (const QJsonValue& herd : reader.list(u"herds"_s)) {
            reader.check(u"herds"_s, herd.isDouble());
            plan.herds.push_back(HerdId(herd.toInteger()));
        }
    }
    for (const QJsonValue& finding : reader.list(u"findings"_s))
        plan.findings.push_back(findingFromJson(Reader(finding.toObject(), u"findings."_s, problem)));
    for (const QJsonValue& step : reader.list(u"steps"_s))
        plan.steps.push_back(stepFromJson(Reader(step.toObject(), u"steps."_s, problem)));
    if (!problem.isEmpty())
        return fail({.kind = ErrorKind::InvalidInput, .what = tr("The plan cannot be read: a field is missing or wrong."),
            .where = problem});
    return plan;
}

} // namespace elephaas
