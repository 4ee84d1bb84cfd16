#include "tests/gui/sample.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas::sample {

EnvironmentId Builder::environment(const QString& name, const QString& description)
{
    const EnvironmentId id(static_cast<qint64>(m_rows.environments.size()) + 1);
    m_rows.environments.push_back({.id = id, .name = name, .description = description});
    return id;
}

ServerId Builder::server(const QString& name, std::optional<EnvironmentId> environment)
{
    const ServerId id(static_cast<qint64>(m_rows.servers.size()) + 1);
    m_rows.servers.push_back({.id = id, .environment = environment, .hostName = name});
    return id;
}

HerdId Builder::herd(const QString& name, std::optional<EnvironmentId> environment, int port)
{
    const HerdId id(static_cast<qint64>(m_rows.herds.size()) + 1);
    m_rows.herds.push_back({.id = id, .environment = environment, .baseName = name, .name = name, .description = u"Service "_s + name,
        .port = port, .dataDirectory = u"/var/lib/postgresql/"_s + name, .virtualHost = name + u".db.example.org"_s});
    return id;
}

InstanceId Builder::instance(HerdId herd, ServerId server, const QString& version, std::optional<InstanceId> upstream)
{
    const InstanceId id(static_cast<qint64>(m_rows.instances.size()) + 1);
    m_rows.instances.push_back({.id = id, .herd = herd, .server = server, .version = version, .localDataDirectory = {}, .walPosition = {}, .isOnline = true, .upstream = upstream});
    return id;
}

Observation Builder::seen(InstanceId id, int ageSeconds) const
{
    Observation seen{.instance = id, .at = m_now.addSecs(-ageSeconds), .factsAt = m_now.addSecs(-ageSeconds), .seenBy = u"probe"_s};
    const Instance& instance = m_rows.instances.at(static_cast<size_t>(id.value - 1));
    seen.version = PgVersion::parse(instance.version);
    seen.systemIdentifier = 7301234567890123456ULL + quint64(instance.herd.value);
    return seen;
}

void Builder::observe(Observation observation)
{
    const InstanceId id = observation.instance;
    m_observations.insert(id, std::make_shared<const Observation>(std::move(observation)));
}

void Builder::seenPrimary(InstanceId id, quint64 lsn, int ageSeconds, int timeline)
{
    Observation o = seen(id, ageSeconds);
    o.liveness = Liveness::Online;
    o.role = Role::Primary;
    o.timeline = timeline;
    o.currentLsn = Lsn{lsn};
    o.controlState = u"in production"_s;
    o.postmasterStarted = m_now.addDays(-12);
    for (const Instance& instance : m_rows.instances) {
        if (instance.upstream == id)
            o.followers.push_back({.applicationName = u"walreceiver"_s, .clientAddress = u"10.1.0.%1"_s.arg(instance.id.value), .state = u"streaming"_s});
    }
    observe(std::move(o));
}

void Builder::seenReplica(InstanceId id, quint64 replay, int ageSeconds, int timeline, const QString& receiver)
{
    Observation o = seen(id, ageSeconds);
    o.liveness = Liveness::Online;
    o.role = Role::Replica;
    o.timeline = timeline;
    o.replayLsn = Lsn{replay};
    o.receiveLsn = Lsn{replay + 8192};
    o.receiverState = receiver;
    o.upstreamHost = u"db1.prod.example.org"_s;
    o.upstreamPort = 5432;
    o.controlState = u"in archive recovery"_s;
    o.postmasterStarted = m_now.addDays(-9);
    observe(std::move(o));
}

void Builder::seenOffline(InstanceId id, int ageSeconds)
{
    Observation o = seen(id, ageSeconds);
    o.liveness = Liveness::Offline;
    o.controlState = u"shut down"_s;
    observe(std::move(o));
}

void Builder::seenUnreachable(InstanceId id, int ageSeconds)
{
    Observation o = seen(id, ageSeconds);
    o.liveness = Liveness::Unreachable;
    o.factsAt = m_now.addSecs(-3600);
    o.error = Error{.kind = ErrorKind::TimedOut, .what = u"The server did not answer within 15 s."_s, .where = u"db7.stage.example.org"_s,
        .detail = {}, .remedy = u"Check the network, then refresh."_s};
    observe(std::move(o));
}

InventoryPtr Builder::build(quint64 revision) const
{
    return std::make_shared<const Inventory>(m_rows, m_observations, revision, m_now.addSecs(-2));
}

Builder constellation(const QDateTime& now)
{
    Builder b(now);
    const EnvironmentId prod = b.environment(u"PROD"_s, u"What customers use"_s);
    const EnvironmentId stage = b.environment(u"STAGE"_s, u"Rehearsals"_s);
    const EnvironmentId dev = b.environment(u"dev"_s, u"Anything goes"_s);
    std::vector<ServerId> servers;
    for (int i = 1; i <= 12; ++i) {
        const QString zone = i <= 6 ? u"prod"_s : i <= 9 ? u"stage"_s : u"dev"_s;
        servers.push_back(b.server(u"db%1.%2.example.org"_s.arg(i).arg(zone), i <= 6 ? prod : i <= 9 ? stage : dev));
    }
    const ServerId spare = b.server(u"spare-17"_s, {});
    constexpr quint64 base = 0x2A'4F00'0000ULL;
    const auto server = [&](int number) { return servers.at(static_cast<size_t>(number - 1)); };

    // A cascade, one replica that lags, one that is down.
    const HerdId trading = b.herd(u"trading"_s, prod, 5432);
    const InstanceId t1 = b.instance(trading, server(1), u"15.20"_s);
    const InstanceId t2 = b.instance(trading, server(2), u"15.20"_s, t1);
    const InstanceId t3 = b.instance(trading, server(3), u"15.20"_s, t1);
    const InstanceId t4 = b.instance(trading, server(4), u"15.20"_s, t3);
    b.seenPrimary(t1, base + 500 * megabyte);
    b.seenReplica(t2, base + 500 * megabyte - megabyte * 41 / 100);
    b.seenReplica(t3, base + 500 * megabyte - 317 * megabyte);
    b.seenOffline(t4);

    int port = 5433;
    int next = 0;
    for (const QString& name : {u"billing"_s, u"reports"_s, u"identity"_s, u"catalogue"_s, u"mail"_s, u"search"_s}) {
        const HerdId herd = b.herd(name, prod, port++);
        const InstanceId first = b.instance(herd, server(1 + next % 6), next % 2 ? u"16.4"_s : u"14.11"_s);
        const InstanceId second = b.instance(herd, server(1 + (next + 1) % 6), next % 2 ? u"16.4"_s : u"14.11"_s, first);
        const InstanceId third = b.instance(herd, server(1 + (next + 2) % 6), next % 2 ? u"16.4"_s : u"14.11"_s, first);
        b.seenPrimary(first, base + quint64(next) * 777 * megabyte, 3);
        b.seenReplica(second, base + quint64(next) * 777 * megabyte, 3);
        if (next == 2)
            b.seenReplica(third, base + quint64(next) * 777 * megabyte - 12 * megabyte, 400); // stale
        else
            b.seenReplica(third, base + quint64(next) * 777 * megabyte - 2 * megabyte, 4, 4, next == 3 ? QString() : u"streaming"_s);
        ++next;
    }
    const HerdId tools = b.herd(u"tools"_s, stage, 5432);
    const InstanceId s1 = b.instance(tools, server(7), u"12.22"_s);
    const InstanceId s2 = b.instance(tools, server(8), u"12.22"_s, s1);
    b.seenUnreachable(s1);
    b.seenReplica(s2, base + 9 * megabyte, 5);
    const HerdId trial = b.herd(u"trial"_s, stage, 5440);
    const InstanceId p1 = b.instance(trial, server(8), u"17.2"_s);
    const InstanceId p2 = b.instance(trial, server(9), u"17.2"_s, p1);
    b.seenPrimary(p1, base, 6);
    b.seenPrimary(p2, base + megabyte, 6); // two primaries
    const HerdId sandbox = b.herd(u"sandbox"_s, dev, 5432);
    for (int i = 10; i <= 12; ++i)
        b.instance(sandbox, server(i), u"9.6.24"_s, i == 10 ? std::nullopt : std::optional(InstanceId(static_cast<qint64>(b.rows().instances.size()) + 1 - (i - 10))));
    const HerdId lost = b.herd(u"<b>lost</b> & found <img src=\"file:///etc/passwd\">"_s, {}, 5450);
    const InstanceId l1 = b.instance(lost, spare, u"13.1"_s, InstanceId(4711)); // an upstream that does not exist
    b.seenReplica(l1, base, 20);
    b.herd(u"empty"_s, dev, 5460);
    return b;
}

OperationRecord runningOperation(const Inventory& inventory, const QDateTime& now)
{
    OperationRecord operation{.id = QUuid(u"{11111111-2222-3333-4444-555555555555}"_s), .kind = u"restart"_s, .title = u"Restart 3 instances"_s,
        .operatorName = u"dba"_s, .clientHost = u"laptop"_s, .state = OperationState::Running, .started = now.addSecs(-8)};
    constexpr std::array states{StepState::Succeeded, StepState::Running, StepState::Pending};
    int number = 0;
    for (const InstanceId id : {InstanceId(1), InstanceId(2), InstanceId(3)}) {
        const Instance& instance = *inventory.find(id);
        const QString target = inventory.find(instance.herd)->name + u" on "_s + inventory.find(instance.server)->hostName;
        const StepState state = states.at(static_cast<size_t>(number));
        operation.steps.push_back({.number = number, .title = u"Restart "_s + target, .target = target, .instance = id, .state = state,
            .started = state == StepState::Pending ? QDateTime() : now.addSecs(-8 + number * 4),
            .ended = state == StepState::Succeeded ? now.addSecs(-4) : QDateTime(),
            .message = state == StepState::Succeeded ? u"Restarted in 3.8 s; it accepts connections."_s : QString(),
            .command = u"pg_ctlcluster 15 trading restart -m fast"_s,
            .output = "waiting for server to shut down.... done\nserver stopped\n"});
        ++number;
    }
    return operation;
}

OperationRecord failedOperation(const Inventory& inventory, const QDateTime& now)
{
    const Instance& instance = *inventory.find(InstanceId(4));
    const QString target = inventory.find(instance.herd)->name + u" on "_s + inventory.find(instance.server)->hostName;
    return {.id = QUuid(u"{99999999-2222-3333-4444-555555555555}"_s), .kind = u"start"_s, .title = u"Start "_s + target, .operatorName = u"dba"_s,
        .clientHost = u"laptop"_s, .state = OperationState::Failed, .started = now.addSecs(-300), .ended = now.addSecs(-288),
        .steps = {{.number = 0, .title = u"Start "_s + target, .target = target, .instance = instance.id, .state = StepState::Failed,
            .started = now.addSecs(-300), .ended = now.addSecs(-288), .message = u"The command ended with status 1: could not bind IPv4 address."_s,
            .command = u"pg_ctlcluster 15 trading start"_s, .output = "LOG:  could not bind IPv4 address \"0.0.0.0\": Address already in use\n"}}};
}

} // namespace elephaas::sample
