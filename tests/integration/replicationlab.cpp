#include "tests/integration/replicationlab.h"

#include "models/operations/shellsurveyor.h"
#include "tests/support/timescale.h"

#include <QFile>
#include <QRegularExpression>

#include <algorithm>
#include <cstdio>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas::tests {

// As BIND writes it: key "lab-key" { algorithm hmac-sha256; secret "…"; };
TsigKey tsigKeyIn(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
    static const QRegularExpression pattern(u"key \"([^\"]+)\".*secret \"([^\"]+)\""_s, QRegularExpression::DotMatchesEverythingOption);
    const auto match = pattern.match(QString::fromLatin1(file.readAll()));
    return {match.captured(1), TsigAlgorithm::HmacSha256, QByteArray::fromBase64(match.captured(2).toLatin1())};
}

ReplicationLab::ReplicationLab()
    : m_commands(commandPresets().front().commands)
{
    auto lab = Lab::leased();
    if (!lab)
        qFatal("%s", qPrintable(lab.error().text()));
    m_lab = std::make_unique<Lab>(*lab);
    m_shell = std::make_shared<SshShell>(SshShell::Options{.configFile = m_lab->sshConfigFile(), .connectTimeout = 5s * timeScale,
                                             .heartbeatInterval = 1s, .heartbeatPatience = 3s * timeScale},
        nullptr);
    m_dns = std::make_shared<LdnsDirectory>(DnsAccess{.server = m_lab->dnsServer(), .key = tsigKeyIn(m_lab->tsigKeyFile())});
    m_surveyor = std::make_unique<ShellSurveyor>(m_shell, m_clock);
    m_journal = std::make_shared<SqliteJournal>(m_state.filePath(u"operations.sqlite"_s));
    m_prober = std::make_shared<ShellProber>(m_shell, m_clock);
    m_executor = std::make_shared<PortExecutor>(m_shell, m_prober, m_clock,
        PortExecutor::Options{.probeTimeout = 10s * timeScale, .patienceAfterSuccess = 3s * timeScale, .patienceAfterLoss = 8s * timeScale,
            .patienceAfterCancel = 5s * timeScale, .patienceForReceiver = 20s * timeScale},
        std::shared_ptr<UpstreamWriter>(std::shared_ptr<void>(), this), m_dns);
    m_runner = std::make_unique<PlanRunner>(m_executor, m_journal, m_clock, RunnerLimits(), [this](const QUuid&, const OperationEvent& event) {
        if (onEvent)
            onEvent(event);
    });
}

ReplicationLab::~ReplicationLab()
{
    m_runner.reset();
    m_executor.reset();
    m_shell.reset();
}

std::unique_ptr<PlanRunner> ReplicationLab::anotherRunner(std::shared_ptr<OperationJournal> journal, std::shared_ptr<HerdLocks> locks)
{
    return std::make_unique<PlanRunner>(
        m_executor, std::move(journal), m_clock, RunnerLimits(), [](const QUuid&, const OperationEvent&) {}, std::move(locks));
}

void ReplicationLab::make(const QString& herd, int port, int members, int made)
{
    QStringList hosts;
    for (int i = 1; i <= made; ++i)
        hosts << u"db%1"_s.arg(i);
    const LabAnswer answer = m_lab->makeHerd(herd, port, hosts);
    if (!answer.ok())
        qFatal("%s", answer.errors.constData());
    describe(herd, port, members, m_lab->herds().last().dataDirectory);
    m_rows.herds.front().virtualHost = m_lab->herds().last().virtualHost;
    renew();
}

void ReplicationLab::describe(const QString& herd, int port, int members, const QString& directory)
{
    m_rows = {};
    m_rows.environments = {{.id = EnvironmentId(1), .name = u"lab"_s}};
    m_rows.herds = {{.id = HerdId(1), .environment = EnvironmentId(1), .baseName = herd, .name = herd, .port = port,
        .dataDirectory = directory}};
    for (int i = 1; i <= members; ++i) {
        m_rows.servers.push_back({.id = ServerId(i), .hostName = u"db%1"_s.arg(i)});
        Instance row;
        row.id = InstanceId(i);
        row.herd = HerdId(1);
        row.server = ServerId(i);
        row.version = m_lab->postgresVersion();
        if (i > 1)
            row.upstream = InstanceId(1);
        m_rows.instances.push_back(row);
    }
    renew();
}

std::vector<InstanceId> ReplicationLab::addHerd(const QString& herd, int members)
{
    const auto herds = m_lab->herds();
    const auto made = std::ranges::find(herds, herd, &LabHerd::name);
    if (made == herds.end())
        qFatal("there is no herd %s", qPrintable(herd));
    const HerdId id(static_cast<int>(m_rows.herds.size()) + 1);
    m_rows.herds.push_back({.id = id, .environment = EnvironmentId(1), .baseName = herd, .name = herd, .port = made->port,
        .dataDirectory = made->dataDirectory, .virtualHost = made->virtualHost});
    std::vector<InstanceId> ids;
    for (int i = 1; i <= members; ++i) {
        Instance row;
        row.id = InstanceId(static_cast<int>(m_rows.instances.size()) + 1);
        row.herd = id;
        row.server = ServerId(i);
        row.version = m_lab->postgresVersion();
        if (i > 1)
            row.upstream = ids.front();
        ids.push_back(row.id);
        m_rows.instances.push_back(row);
    }
    renew();
    return ids;
}

// What is planned next sees what was changed until now.
void ReplicationLab::renew()
{
    Observations seen;
    for (const int member : m_unreached) {
        Observation one{.instance = InstanceId(member)};
        one.at = m_clock->now();
        one.liveness = Liveness::Unreachable;
        seen.insert(one.instance, std::make_shared<const Observation>(one));
    }
    m_inventory = Inventory(m_rows, seen, m_inventory.revision() + 1, {});
}

void ReplicationLab::setReached(int member, bool isReached)
{
    if (isReached)
        m_unreached.erase(member);
    else
        m_unreached.insert(member);
    renew();
}

void ReplicationLab::setLocalDirectory(int member, const QString& directory)
{
    m_rows.instances[static_cast<size_t>(member - 1)].localDataDirectory = directory;
    renew();
}

void ReplicationLab::setHerdDirectory(const QString& directory)
{
    m_rows.herds.front().dataDirectory = directory;
    renew();
}

Expected<void> ReplicationLab::setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token)
{
    const std::scoped_lock lock(m_mutex);
    if (inventoryIsGone)
        return fail({.kind = ErrorKind::LinkLost, .what = u"The inventory is gone."_s});
    m_rows.instances[static_cast<size_t>(instance.value - 1)].upstream = upstream;
    return {};
}

PlanningTools ReplicationLab::tools()
{
    ReplicationOptions options;
    options.streamTimeout = 40s * timeScale;
    options.surveyTimeout = 30s * timeScale;
    options.upstreamHost = upstreamHost;
    return {.surveyor = *m_surveyor,
        .build = [this, templates = CommandTemplates(m_commands)](const QString& name, InstanceId id) { return templates.build(name, m_inventory, id); },
        .resolve = [this](const Server& server) { return RemoteTarget{server.hostName, m_lab->remoteUser(), 0}; },
        .clock = *m_clock,
        .options = options,
        .dns = m_dns.get()};
}

Plan ReplicationLab::plan(ReplicationKind kind, std::initializer_list<int> members, std::optional<int> upstream, RebuildMethod method)
{
    ReplicationRequest request{.kind = kind, .method = method};
    for (const int member : members)
        request.instances.emplace_back(member);
    if (upstream)
        request.upstream = InstanceId(*upstream);
    return plan(request);
}

Plan ReplicationLab::plan(const ReplicationRequest& request)
{
    {
        const std::scoped_lock lock(m_mutex);
        renew();
    }
    const auto plan = planReplication(request, m_inventory, tools(), QUuid::createUuid(), {});
    if (!plan)
        qFatal("%s", qPrintable(plan.error().text()));
    return *plan;
}

Expected<Plan> ReplicationLab::wayOn(const OperationRecord& record, Way way)
{
    {
        const std::scoped_lock lock(m_mutex);
        renew();
    }
    return planAgain(record, way, {}, m_inventory, tools(), *m_executor, QUuid::createUuid(), {});
}

Plan ReplicationLab::again(const OperationRecord& record, Way way)
{
    const auto plan = wayOn(record, way);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().text()));
    return *plan;
}

Observation ReplicationLab::probe(int member)
{
    const Instance& instance = *m_inventory.find(InstanceId(member));
    const auto seen = m_prober->observe(addressOf(m_inventory, instance, tools().resolve), instance.id, 15s * timeScale, {});
    if (!seen)
        qFatal("%s", qPrintable(seen.error().text()));
    return *seen;
}

Survey ReplicationLab::survey(int member)
{
    const Instance& instance = *m_inventory.find(InstanceId(member));
    return m_surveyor->survey(addressOf(m_inventory, instance, tools().resolve), instance.id, 30s * timeScale, {});
}

OperationRecord ReplicationLab::run(const Plan& plan)
{
    if (const auto started = m_runner->start({.plan = plan}); !started) {
        OperationRecord refused{.id = plan.id, .kind = plan.kind, .title = plan.title, .operatorName = {}, .clientHost = {}};
        refused.state = OperationState::Failed;
        refused.message = started.error().text();
        return refused;
    }
    m_runner->waitUntilIdle();
    const OperationRecord record = *m_journal->find(plan.id);
    if (qEnvironmentVariableIsSet("ELEPHAAS_BENCH_STEPS")) {
        for (const StepRecord& step : record.steps)
            std::fprintf(stderr, "  %6lld .. %6lld ms %s\n", record.started.msecsTo(step.started), record.started.msecsTo(step.ended), qPrintable(step.title));
    }
    return record;
}

OperationRecord ReplicationLab::run(
    ReplicationKind kind, std::initializer_list<int> members, std::optional<int> upstream, RebuildMethod method)
{
    return run(plan(kind, members, upstream, method));
}

OperationRecord ReplicationLab::lifecycle(LifecycleKind kind, std::initializer_list<int> members)
{
    std::vector<InstanceId> ids;
    for (const int member : members)
        ids.emplace_back(member);
    const PlanningTools with = tools();
    return run(*planLifecycle(kind, m_inventory, ids, with.build, with.resolve, {}, m_clock->now()));
}

QByteArray ReplicationLab::sql(int member, const QString& query) const
{
    if (m_lab->herds().isEmpty()) { // its pg_hba.conf is not the lab's, which lets the controller in
        QString quoted = query;
        quoted.replace(u'\'', u"'\\''"_s);
        return m_lab->ssh(u"db%1"_s.arg(member), u"/usr/lib/postgresql/%1/bin/psql -XAtq -p %2 -c '%3' postgres"_s
                              .arg(m_lab->postgresVersion()).arg(m_rows.herds.front().port).arg(quoted)).output.trimmed();
    }
    return m_lab->sql(u"db%1"_s.arg(member), m_rows.herds.front().port, query).trimmed();
}

QString ReplicationLab::on(int member, const QString& command) const
{
    return QString::fromUtf8(m_lab->ssh(u"db%1"_s.arg(member), command).output.trimmed());
}

bool ReplicationLab::streamsFrom(int follower, int upstream) const
{
    return sql(upstream, u"select count(*) from pg_stat_replication where state = 'streaming' and application_name = 'db%1'"_s.arg(follower)) == "1";
}

QString ReplicationLab::dataDirectory(int member) const { return m_inventory.dataDirectoryOf(*m_inventory.find(InstanceId(member))); }

QString ReplicationLab::configDirectory() const
{
    return u"/etc/postgresql/%1/%2"_s.arg(m_lab->postgresVersion(), m_rows.herds.front().baseName);
}

QString ReplicationLab::wordsOf(const OperationRecord& record)
{
    static const std::map<StepState, QString> names{{StepState::Pending, u"pending"_s}, {StepState::Running, u"running"_s},
        {StepState::Succeeded, u"succeeded"_s}, {StepState::Skipped, u"skipped"_s}, {StepState::Failed, u"failed"_s},
        {StepState::Cancelled, u"cancelled"_s}, {StepState::Indeterminate, u"indeterminate"_s}};
    QStringList lines{record.title + u": "_s + record.message};
    for (const StepRecord& step : record.steps) {
        lines << u"  %1: %2: %3"_s.arg(step.title, names.at(step.state), step.message);
        if (step.state == StepState::Failed || step.state == StepState::Indeterminate)
            lines << u"    "_s + QString::fromUtf8(step.output).trimmed().replace(u'\n', u"\n    "_s);
    }
    return lines.join(u'\n');
}

QString ReplicationLab::wordsOf(const Plan& plan)
{
    QStringList lines;
    for (const Finding& finding : plan.findings) {
        if (finding.severity != Severity::Ok)
            lines << u"[%1] %2 %3: %4 (%5 / %6) %7"_s.arg(keyOf(finding.severity), finding.check, finding.target, finding.text, finding.measured,
                finding.limit, finding.cure);
    }
    return lines.join(u'\n');
}

} // namespace elephaas::tests
