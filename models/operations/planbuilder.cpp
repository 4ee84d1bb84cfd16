#include "models/operations/planbuilder.h"

#include "models/domain/seenalias.h"
#include "models/domain/visibletext.h"
#include "models/postgres/conninfo.h"
#include "models/postgres/shellquote.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

PlanBuilder::PlanBuilder(const ReplicationRequest& request, const Inventory& inventory, const ReplicationFacts& facts,
    const PlanningTools& tools, const QUuid& id)
    : m_request(request)
    , m_inventory(inventory)
    , m_facts(facts)
    , m_tools(tools)
{
    m_plan.id = id;
    m_plan.kind = keyOf(request.kind);
    m_plan.request = request;
    m_plan.basedOn = inventory.revision();
    m_plan.created = tools.clock.now();
    m_plan.limits = tools.options.limits;
    // Of many herds: what a server does for one prolongs the time without writes of another one.
    if (movesService(request.kind))
        m_plan.limits.perServer = std::min(m_plan.limits.perServer, 2);
    for (const InstanceId target : request.instances) {
        const Instance* instance = inventory.find(target);
        if (!instance)
            continue;
        addProtected(*instance);
        if (std::ranges::find(m_plan.herds, instance->herd) == m_plan.herds.end())
            m_plan.herds.push_back(instance->herd);
    }
    std::ranges::sort(m_plan.herds);
}

const Survey& PlanBuilder::survey(const Instance& instance) const
{
    static const Survey nothing;
    const Survey* seen = m_facts.of(instance.id);
    return seen ? *seen : nothing;
}

QString PlanBuilder::host(const Instance& instance) const
{
    const Server* server = m_inventory.find(instance.server);
    return server ? server->hostName : QString();
}

QString PlanBuilder::key() const { return m_plan.id.toString(QUuid::WithoutBraces).left(8); }

std::optional<PgVersion> PlanBuilder::version(const Instance& instance) const
{
    const Survey& seen = survey(instance);
    if (seen.version)
        return seen.version;
    if (const auto major = PgVersion::parse(seen.major))
        return major;
    return PgVersion::parse(instance.version);
}

VersionFacts PlanBuilder::versionFacts(const Instance& instance) const { return elephaas::versionFacts(version(instance).value_or(PgVersion{15, 0, 0})); }

QString PlanBuilder::directory(const Instance& instance) const
{
    const Survey& seen = survey(instance);
    if (!seen.realDirectory.isEmpty())
        return seen.realDirectory;
    QString directory = seen.dataDirectory.isEmpty() ? m_inventory.dataDirectoryOf(instance) : seen.dataDirectory;
    while (directory.size() > 1 && directory.endsWith(u'/'))
        directory.chop(1);
    return directory;
}

// ---- Findings ----

void PlanBuilder::addFinding(const Instance& instance, Severity severity, const char* what, const QString& text, const Measure& measure,
    Override how)
{
    m_plan.findings.push_back({.severity = severity,
        .code = FindingCode::Check,
        .target = name(instance),
        .text = text,
        .measured = measure.measured,
        .limit = measure.limit,
        .cure = measure.cure,
        .instance = instance.id,
        .check = QString::fromLatin1(what),
        .override_ = how,
        .measuredIsFailure = measure.isFailure});
}

void PlanBuilder::ok(const Instance& instance, const char* what, const QString& text, const Measure& measure)
{
    addFinding(instance, Severity::Ok, what, text, measure, Override::Never);
}

void PlanBuilder::warn(const Instance& instance, const char* what, const QString& text, const Measure& measure)
{
    addFinding(instance, Severity::Warning, what, text, measure, Override::Never);
}

void PlanBuilder::block(const Instance& instance, const char* what, const QString& text, const Measure& measure, Override how)
{
    addFinding(instance, Severity::Blocker, what, text, measure, how);
}

void PlanBuilder::unknown(const Instance& instance, const char* what, const QString& text, const Measure& measure)
{
    addFinding(instance, Severity::Unknown, what, text, measure, Override::Never);
}

void PlanBuilder::leaveAloneWithReason(HerdId herd)
{
    const std::span<const InstanceId> members = m_inventory.instancesOf(herd);
    const auto isOfIt = [&](const Step& step) { return step.instance && std::ranges::find(members, *step.instance) != members.end(); };
    if (std::ranges::any_of(m_plan.steps, isOfIt))
        return;
    for (const InstanceId id : members)
        leaveAloneWithReason(*m_inventory.find(id));
}

void PlanBuilder::leaveAloneWithReason(const Instance& instance)
{
    for (Finding& finding : m_plan.findings) {
        if (finding.instance != instance.id || finding.severity != Severity::Blocker || finding.override_ != Override::Never)
            continue;
        m_leftAlone.insert(instance.id);
        finding.override_ = Override::WithReason;
        const QString left = tr("With a reason it is left as it is.");
        finding.cure = finding.cure.isEmpty() ? left : QString(finding.cure % u' ' % left);
    }
}

bool PlanBuilder::isBlocked(const Instance& instance) const
{
    return m_leftAlone.contains(instance.id) || std::ranges::any_of(m_plan.findings, [&](const Finding& finding) {
        return finding.severity == Severity::Blocker && finding.instance == instance.id && finding.override_ == Override::Never;
    });
}

void PlanBuilder::addProtected(const Instance& instance)
{
    const Environment* environment = m_inventory.environmentOf(instance);
    const auto& names = m_tools.options.protectedEnvironments;
    if (!environment || std::ranges::none_of(names, [&](const QString& name) { return name.compare(environment->name, Qt::CaseInsensitive) == 0; }))
        return;
    m_plan.findings.push_back({.severity = Severity::Warning,
        .code = FindingCode::ProtectedEnvironment,
        .target = name(instance),
        .text = tr("Belongs to the protected environment %1.").arg(environment->name),
        .instance = instance.id,
        .environment = environment->name});
}

// ---- Steps ----

Step PlanBuilder::step(const Instance& instance, const QString& title) const
{
    Step step;
    step.title = title;
    step.target = name(instance);
    step.instance = instance.id;
    step.server = instance.server;
    step.address = addressOf(m_inventory, instance, m_tools.resolve);
    step.timeout = options().scriptTimeout;
    const Survey& seen = survey(instance);
    if (!seen.shell.isEmpty())
        step.shell = seen.shell;
    return step;
}

int PlanBuilder::add(Step step)
{
    step.id = static_cast<int>(m_plan.steps.size());
    m_plan.steps.push_back(std::move(step));
    return m_plan.steps.back().id;
}

std::optional<Action> PlanBuilder::command(const Instance& instance, const QString& key)
{
    const Expected<QByteArray> built = m_tools.build(key, instance.id);
    if (built)
        return Action(RunCommand{*built});
    const Error& error = built.error();
    m_plan.findings.push_back({.severity = Severity::Blocker,
        .code = FindingCode::CommandNotBuildable,
        .target = name(instance),
        .text = error.where.isEmpty() ? error.what : QString(error.where % u": "_s % error.what),
        .measured = error.detail,
        .cure = error.remedy,
        .instance = instance.id});
    return {};
}

Step PlanBuilder::script(const Instance& instance, const QString& title, const QByteArray& script) const
{
    Step made = step(instance, title);
    made.action = RunScript{made.shell, script};
    return made;
}

Step PlanBuilder::sqlStep(const Instance& instance, const QString& title, const QByteArray& text) const
{
    Step made = script(instance, title, text);
    std::get<RunScript>(made.action).mayRepeat = true;
    return made;
}

Step PlanBuilder::stop(const Instance& instance, const Action& action) const
{
    Step made = step(instance, tr("Stop %1").arg(name(instance)));
    made.action = action;
    made.precondition = Condition::PostmasterRuns;
    made.onUnmet = OnUnmet::Skip;
    made.postcondition = Condition::StoppedCleanly;
    made.timeout = options().stopTimeout;
    return made;
}

Step PlanBuilder::start(const Instance& instance, const Action& action) const
{
    Step made = step(instance, tr("Start %1").arg(name(instance)));
    made.action = action;
    if (auto* run = std::get_if<RunCommand>(&made.action))
        run->starts = directory(instance);
    made.precondition = Condition::PostmasterGone;
    made.onUnmet = OnUnmet::Wait;
    made.postcondition = Condition::AcceptsConnections;
    made.timeout = options().startTimeout;
    return made;
}

// The control file keeps the old timeline until the first checkpoint after a promotion, and pg_rewind believes the control file.
Step PlanBuilder::checkpoint(const Instance& instance) const
{
    const VersionFacts facts = versionFacts(instance);
    const QString sql = u"select case when lpad(to_hex(timeline_id), 8, '0') = lower(left(%1(%2()), 8)) then 0 else 1 end from pg_control_checkpoint()"_s.arg(
        facts.walFileName, facts.currentLsn);
    const QByteArray ask = "answer=$(" + sqlScript(instance, sql).trimmed() + ") || exit 2\n";
    Step made = script(instance, tr("Write a checkpoint on %1").arg(name(instance)),
        sqlScript(instance, u"CHECKPOINT"_s).trimmed() + " || exit 1\n" + ask + "exit \"$answer\"\n");
    made.proofScript = ask + "exit \"$answer\"\n";
    made.doneScript = made.proofScript; // one more may remove WAL that is needed
    made.provesItself = true;
    made.timeout = options().stopTimeout; // a checkpoint writes what a stop would
    return made;
}

Step PlanBuilder::stream(const Instance& instance, const Instance& upstream) const
{
    Step made = step(instance, tr("See %1 stream from %2").arg(name(instance), name(upstream)));
    made.action = WaitUntil{};
    made.postcondition = Condition::Streaming;
    made.precondition = Condition::PostmasterRuns;
    made.upstream = FollowedUpstream{
        addressOf(m_inventory, upstream, m_tools.resolve), upstream.id, followerNameOf(m_inventory, instance, m_facts.of(instance.id))};
    made.upstream->followerAddresses = followerAddresses(m_inventory, m_facts, instance, upstream);
    if (const auto conninfo = standbyConninfo(m_inventory, m_facts, instance, upstream, virtualHostOf(upstream))) {
        const auto info = Conninfo::parse(*conninfo);
        made.upstream->senderHosts = QStringList{info->value(u"host"_s)} + survey(upstream).addresses;
        made.upstream->senderPort = info->value(u"port"_s).toInt();
    }
    made.timeout = options().streamTimeout;
    return made;
}

Step PlanBuilder::configure(const Instance& instance, const Instance& upstream, const StandbySettings& settings) const
{
    Step made = script(instance, tr("Configure %1 to follow %2").arg(name(instance), name(upstream)), configureAndProveStandbyScript(settings));
    made.proofScript = standbyConfiguredScript(settings);
    made.provesItself = true;
    return made;
}

Step PlanBuilder::setUpstream(const Instance& instance, const Instance* upstream) const
{
    Step made = step(instance,
        upstream ? tr("Inventory: %1 follows %2").arg(name(instance), name(*upstream)) : tr("Inventory: %1 follows nobody").arg(name(instance)));
    made.action = SetUpstream{upstream ? std::optional(upstream->id) : std::nullopt};
    made.onFailure = OnFailure::Continue; // the hosts are as they are, whatever the inventory says
    return made;
}

bool isSlotName(const QString& name)
{
    return !name.isEmpty() && name.size() < 64
        && std::ranges::all_of(name, [](QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'_'; });
}

bool hasSlot(const Survey& seen, const QString& name) { return std::ranges::find(seen.slots_, name, &SurveyedSlot::name) != seen.slots_.end(); }

namespace {

QString whichSlot(const QString& slot) { return u"from pg_replication_slots where slot_name = '%1' and slot_type = 'physical'"_s.arg(slot); }

} // namespace

QByteArray PlanBuilder::slotScript(const Instance& upstream, const QString& slot, const QString& besides) const
{
    const QString there = u"select case when exists (select 1 %1%2) then 0 else 1 end"_s.arg(whichSlot(slot), besides);
    return QByteArray("answer=$(" + sqlScript(upstream, there).trimmed() + ") || exit 2\nexit \"$answer\"\n");
}

Step PlanBuilder::slotStep(const Instance& upstream, const QString& slot, const std::optional<QString>& dropped, const QByteArray& proof) const
{
    QByteArray sql = "$elephaas_sql " + psqlCommand(upstream);
    if (dropped)
        sql += " -c " + shellQuote(u"select pg_drop_replication_slot(slot_name) %1 and not active%2"_s.arg(whichSlot(slot), *dropped));
    sql += " -c " + shellQuote(u"select pg_create_physical_replication_slot('%1', true) where not exists (select 1 %2)"_s.arg(slot, whichSlot(slot)));
    Step made = sqlStep(upstream, tr("Make the replication slot %1 on %2").arg(slot, name(upstream)), QByteArray(sql + " >/dev/null || exit 1\n" + proof));
    made.proofScript = proof;
    made.provesItself = true;
    return made;
}

Step PlanBuilder::makeSlot(const Instance& upstream, const QString& slot) const
{
    // One that is left there from before has kept WAL since then, or lost it: it is made anew, unless somebody reads it.
    Step made = slotStep(upstream, slot, QString(), slotScript(upstream, slot, {}));
    made.doneScript = slotScript(upstream, slot, u" and active"_s);
    return made;
}

Step PlanBuilder::keepSlot(const Instance& upstream, const QString& slot) const
{
    const bool canLose = version(upstream).value_or(PgVersion{0}).atLeast(13);
    const QByteArray usable = slotScript(upstream, slot, canLose ? u" and wal_status is distinct from 'lost'"_s : QString());
    Step made = slotStep(upstream, slot, canLose ? std::optional(u" and wal_status = 'lost'"_s) : std::nullopt, usable);
    made.doneScript = usable;
    if (!hasSlot(survey(upstream), slot)) {
        const Step remove = removeSlots(upstream, {slot});
        made.undo = Undo{tr("Remove the replication slot %1 on %2").arg(slot, name(upstream)), remove.action, Condition::None, Condition::None, remove.proofScript};
    }
    return made;
}

Step PlanBuilder::removeSlots(const Instance& upstream, const QStringList& slots_) const
{
    const QString which = u"slot_type = 'physical' and slot_name in ('%1')"_s.arg(slots_.join(u"', '"_s));
    const QByteArray ask = "answer=$(" + sqlScript(upstream, u"select coalesce(string_agg(slot_name, ' '), '') from pg_replication_slots where "_s + which).trimmed()
        + ") || exit 2\n[ -z \"$answer\" ] || { echo \"still there: $answer\"; exit 1; }\n";
    Step made = sqlStep(upstream, tr("Remove the replication slots on %1 that nobody reads any more: %2").arg(name(upstream), slots_.join(u", "_s)),
        sqlScript(upstream, u"select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active and "_s + which).trimmed() + " >/dev/null || exit 1\n" + ask);
    made.proofScript = ask;
    made.doneScript = ask;
    made.provesItself = true;
    made.onFailure = OnFailure::Continue;
    return made;
}

std::optional<StandbySettings> PlanBuilder::standbySettings(
    const Instance& instance, const Instance& upstream, const QString& directory)
{
    const QString virtualHost = virtualHostOf(upstream);
    const Expected<QString> conninfo = standbyConninfo(m_inventory, m_facts, instance, upstream, virtualHost);
    if (!conninfo) {
        block(instance, "replication-user", conninfo.error().what, {.measured = {}, .limit = {}, .cure = conninfo.error().remedy});
        return {};
    }
    const auto info = Conninfo::parse(*conninfo);
    if (const Survey& above = survey(upstream); info && info->value(u"user"_s) == above.owner)
        warn(instance, "replication-user", tr("It connects as %1, the superuser: no member of the herd names another user.").arg(above.owner),
            {.measured = above.owner, .limit = {}, .cure = tr("Make a role with REPLICATION and set it in primary_conninfo of %1 (ALTER SYSTEM).").arg(name(upstream))});
    const Herd* herd = m_inventory.find(upstream.herd);
    const bool isCascade = !movesService(m_request.kind) && survey(upstream).inRecovery == true;
    if (!isCascade && options().upstreamHost == UpstreamHost::VirtualHost && virtualHost.isEmpty() && herd && !herd->virtualHost.isEmpty())
        warn(instance, "upstream-host", tr("It will follow %1 by its server's name: that %2 leads there is not known.").arg(name(upstream), herd->virtualHost),
            {.measured = host(upstream), .limit = herd->virtualHost, .cure = tr("Let the name point to the primary, with the DNS set up in the preferences; then remaster it.")});
    // In the data directory it moves along.
    QString configFile = survey(instance).setting(u"config_file"_s);
    if (configFile.startsWith(QString(this->directory(instance) % u'/')) || configFile.startsWith(QString(survey(instance).dataDirectory % u'/')))
        configFile.clear();
    return StandbySettings{.dataDirectory = directory,
        .conninfo = *conninfo,
        .slotName = {},
        .secretFolders = {directory},
        .configFile = configFile,
        .kind = versionFacts(upstream).standbyConfiguration};
}

void PlanBuilder::setAlias(const Instance& primary, const DnsChange& alias, int seenEverywhere)
{
    m_aliases.insert_or_assign(primary.id, MovedName{alias, seenEverywhere});
}

std::optional<PlanBuilder::MovedName> PlanBuilder::movedNameOf(const Instance& primary) const
{
    const auto moved = m_aliases.find(primary.id);
    if (moved == m_aliases.end() || options().upstreamHost != UpstreamHost::VirtualHost)
        return {};
    return moved->second;
}

QString PlanBuilder::virtualHostOf(const Instance& upstream) const
{
    if (options().upstreamHost != UpstreamHost::VirtualHost)
        return {};
    if (const auto moved = m_aliases.find(upstream.id); moved != m_aliases.end())
        return moved->second.alias.name;
    const Survey& seen = survey(upstream);
    const auto found = m_facts.names.find(upstream.herd);
    if (movesService(m_request.kind) || !seen.answered || seen.inRecovery != false || found == m_facts.names.end() || !found->second)
        return {};
    const DnsReading& reading = *found->second;
    return reading.agreesOn(reading.primary.target) && namesHost(reading.primary.target, host(upstream)) ? reading.name : QString();
}

Step PlanBuilder::seeName(const Instance& instance, const Instance& primary, const DnsChange& alias) const
{
    const auto patience = options().dnsTimeout + alias.timeToLive;
    Step made = script(instance, tr("See %1 lead to %2 on the server of %3").arg(alias.name, host(primary), name(instance)),
        nameLeadsScript(alias.name, alias.to, patience));
    made.proofScript = nameLeadsScript(alias.name, alias.to, {});
    made.doneScript = made.proofScript;
    made.provesItself = true;
    made.timeout = patience + options().scriptTimeout;
    return made;
}

QByteArray PlanBuilder::sqlScript(const Instance& instance, const QString& sql) const
{
    // A question is put to the psql of a shell that stays open for them, where there is one (resources/probe/kept.sh).
    return QByteArray("$elephaas_sql " + psqlCommand(instance) + " -c " + shellQuote(sql) + '\n');
}

QByteArray PlanBuilder::psqlCommand(const Instance& instance) const
{
    const Survey& seen = survey(instance);
    const QString psql = seen.programs.value(u"psql"_s).path;
    const QString socket = seen.setting(u"unix_socket_directories"_s).section(u',', 0, 0).trimmed();
    QByteArray text = "env PGCONNECT_TIMEOUT=10 PGOPTIONS= " + shellQuote(psql.isEmpty() ? u"psql"_s : psql) + " -XAtqw -v ON_ERROR_STOP=1";
    if (!socket.isEmpty())
        text += " -h " + shellQuote(socket);
    return QByteArray(text + " -p " + QByteArray::number(step(instance, {}).address.port) + " -d postgres");
}

Plan PlanBuilder::take(const QString& title)
{
    m_plan.title = title;
    return std::move(m_plan);
}

QString bytesText(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat); }

} // namespace elephaas
