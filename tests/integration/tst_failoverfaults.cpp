#include "tests/integration/planprocess.h"
#include "tests/support/timescale.h"
#include "tests/support/writer.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <future>
#include <map>
#include <set>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::FaultsTable;
using tests::PlanProcess;
using tests::ReplicationLab;
using tests::timeScale;
using tests::Writer;

namespace {

struct Fault {
    QString name;
    std::function<void(QProcess&)> strike;
    std::function<void()> heal;
    PlanProcess::Options options = {};
    bool concernsWrites = false; // a step that only writes to the inventory is struck, too
    std::function<void()> before = {}; // while the herd is still well
    std::function<void()> after = {};
};

} // namespace

// Switchovers and failovers with everything that can go wrong at every step, while an application writes; then the console is started again and
// what it offers is done. Writes the matrix, also into the file ELEPHAAS_FAULTS_TABLE. db1 and db2 change places, db3 follows. Environment: ELEPHAAS_FAULT and ELEPHAAS_STEP
// (the beginning of a title) choose cells, ELEPHAAS_KILLS says how many random kills (200).
class FailoverFaultsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        m_herd->make(u"trading"_s, 5432, 3, 3);
        m_herd->sql(1, u"create table acked (n bigint)"_s);
        for (const int member : {1, 2, 3}) {
            m_herd->sql(member, u"alter system set archive_mode = on"_s);
            m_herd->sql(member, u"alter system set archive_command = 'test ! -e /var/lib/postgresql/no-archive'"_s);
            cluster(member, u"restart -m fast"_s);
        }
        m_process = std::make_unique<PlanProcess>(*m_herd);
        m_otherProcess = std::make_unique<PlanProcess>(*m_herd);
        QVERIFY(eventually([&] { return isWell(1); }));
    }
    void cleanupTestCase()
    {
        m_process.reset();
        m_otherProcess.reset();
        m_herd.reset();
    }

    void switchover() { matrix(); }
    // The old primary's host is off. What it had not sent is lost, and how many rows those are is told, but nothing that can be helped.
    void failover()
    {
        m_kind = ReplicationKind::Failover;
        matrix();
    }
    void randomKills()
    {
        m_table.start();
        const int kills = qEnvironmentVariableIsSet("ELEPHAAS_KILLS") ? qEnvironmentVariableIntValue("ELEPHAAS_KILLS") : 200;
        const auto seed = qEnvironmentVariableIsSet("ELEPHAAS_SEED") ? static_cast<quint32>(qEnvironmentVariableIntValue("ELEPHAAS_SEED")) : QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        std::map<QString, int> moments;
        QElapsedTimer clock;
        // How long one takes that nobody kills.
        clock.start();
        QCOMPARE(m_process->run(plan(), {}).state, OperationState::Succeeded);
        const int longest = static_cast<int>(clock.elapsed());
        for (int i = 0; i < kills; ++i) {
            const int after = random.bounded(longest);
            const Fault kill{u"killed after %1 ms"_s.arg(after), {}, [] {}};
            QString moment;
            const QString line = tried(kill, u"kill %1 of %2"_s.arg(i + 1).arg(kills), [&](const Plan& plan) {
                std::jthread killer;
                return m_process->run(plan, {}, [&](const QList<QByteArray>& words, QProcess& process) {
                    if (!killer.joinable()) {
                        killer = std::jthread([after, id = static_cast<pid_t>(process.processId())](const std::stop_token& stop) {
                            const QDeadlineTimer deadline(after);
                            while (!stop.stop_requested() && !deadline.hasExpired())
                                std::this_thread::sleep_for(2ms);
                            if (!stop.stop_requested())
                                ::kill(id, SIGKILL);
                        });
                    }
                    if (words.value(0) == "started")
                        moment = plan.steps[words.value(1).toULong()].title;
                });
            });
            ++moments[moment];
            m_table.tell(line);
            QVERIFY2(!line.contains(u"BAD"_s), qPrintable(line));
        }
        for (const auto& [title, count] : moments)
            m_table.tell(u"| | last begun: %1 | %2 times | |"_s.arg(title).arg(count));
    }

private:
    void matrix()
    {
        m_table.start();
        if (isFailover())
            lose();
        const Plan first = plan();
        QVERIFY2(first.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(first)));
        if (isFailover())
            QVERIFY(restore());
        QStringList bad;
        for (const Fault& fault : faults()) {
            if (const QString only = qEnvironmentVariable("ELEPHAAS_FAULT"); !only.isEmpty() && only != fault.name)
                continue;
            for (const Step& step : first.steps) {
                const bool writes = std::holds_alternative<SetUpstream>(step.action);
                if (fault.options.key != PlanProcess::DnsKey::Right && step.id > 0)
                    continue; // it has its moment by itself
                if (writes != fault.concernsWrites && !(writes && fault.name == "console killed"_L1))
                    continue;
                if (!step.title.startsWith(qEnvironmentVariable("ELEPHAAS_STEP")))
                    continue;
                const QString line = cell(step.id, fault);
                m_table.tell(line);
                if (line.contains(u"BAD"_s)) {
                    bad << line;
                    QVERIFY2(recover(), "nothing more can be tried");
                }
            }
        }
        QVERIFY2(bad.isEmpty(), qPrintable(bad.join(u'\n')));
    }

    // ---- What is done to it

    std::vector<Fault> faults()
    {
        const auto run = [this](QStringList words) { return m_herd->lab().run(words); };
        std::vector<Fault> all;
        all.push_back({u"console killed"_s, [](QProcess& process) { process.kill(); }, [] {}});
        all.push_back({u"cancelled"_s, [](QProcess& process) { process.write("cancel\n"); }, [] {}});
        all.push_back({u"inventory gone"_s, [](QProcess&) {}, [] {}, {.hasInventory = false}, true});
        const auto of = [&](const QString& who, auto host) {
            const auto both = [&](const QString& name, QStringList bad, QStringList good) {
                all.push_back({name.arg(who), [=](QProcess&) { run(QStringList(bad).replaceInStrings(u"HOST"_s, host())); },
                    [=] { run(QStringList(good).replaceInStrings(u"HOST"_s, host())); }});
            };
            both(u"SSH to %1 cut"_s, {u"drop"_s, u"HOST"_s, u"tcp"_s, u"22"_s}, {u"undrop"_s, u"HOST"_s});
            both(u"%1 dies"_s, {u"kill"_s, u"HOST"_s}, {u"start"_s, u"HOST"_s});
            both(u"%1 hangs"_s, {u"freeze"_s, u"HOST"_s}, {u"thaw"_s, u"HOST"_s});
        };
        // Bound to the places of the cell that is tried.
        if (!isFailover())
            of(u"old primary"_s, [this] { return hostOf(m_from); });
        of(u"candidate"_s, [this] { return hostOf(m_to); });
        of(u"follower"_s, [] { return u"db3"_s; });
        if (!isFailover())
            all.push_back({u"receiver stalled"_s, [=, this](QProcess&) { run({u"exec"_s, hostOf(m_to), u"pkill"_s, u"-STOP"_s, u"-f"_s, u"walreceiver"_s}); },
            [=, this] { run({u"exec"_s, hostOf(m_to), u"pkill"_s, u"-CONT"_s, u"-f"_s, u"walreceiver"_s}); }});
        all.push_back({u"DNS silent"_s,
            [=](QProcess&) {
                run({u"drop"_s, u"dns1"_s, u"udp"_s, u"53"_s});
                run({u"drop"_s, u"dns1"_s, u"tcp"_s, u"53"_s});
            },
            [=] { run({u"undrop"_s, u"dns1"_s}); }});
        const auto change = [run](const QString& host, const QString& command) { run({u"exec"_s, host, u"sh"_s, u"-c"_s, command}); };
        const auto rename = [change](const QString& from, const QString& to) {
            change(u"dns1"_s, u"sed -i 's/%1 lab-key/%2 lab-key/' /var/cache/bind/named.conf; kill -HUP $(cat /run/named/named.pid)"_s.arg(from, to));
        };
        all.push_back({u"DNS refuses"_s, [=](QProcess&) { rename(u"grant"_s, u"deny"_s); }, [=] { rename(u"deny"_s, u"grant"_s); }});
        all.push_back({u"DNS cannot write"_s, [=](QProcess&) { change(u"dns1"_s, u"chown root /var/cache/bind/zone.db.jnl"_s); },
            [=] { change(u"dns1"_s, u"chown --reference=/var/cache/bind/zone.db /var/cache/bind/zone.db.jnl"_s); }});
        const auto full = [&](const QString& name, auto host) {
            all.push_back({name, [=](QProcess&) { change(host(), u"dd if=/dev/zero of=/var/lib/postgresql/fill bs=64k 2>/dev/null; true"_s); },
                [=] { change(host(), u"rm -f /var/lib/postgresql/fill"_s); }, {}, false, [=, this] { useSmallDisk(host()); }, [=, this] { useLargeDisk(host()); }});
        };
        if (!isFailover()) {
            full(u"disk of old primary full"_s, [this] { return hostOf(m_from); });
            all.push_back({u"archiver fails"_s, [=, this](QProcess&) { change(hostOf(m_from), u"touch /var/lib/postgresql/no-archive"_s); },
                [=, this] { change(hostOf(m_from), u"rm -f /var/lib/postgresql/no-archive"_s); }});
        }
        full(u"disk of candidate full"_s, [this] { return hostOf(m_to); });
        const auto reload = u"; pg_ctlcluster %1 trading reload"_s.arg(m_herd->lab().postgresVersion());
        const QString hba = m_herd->configDirectory() + u"/pg_hba.conf"_s;
        const QString address = m_herd->lab().databaseHosts().at(2).address;
        all.push_back({u"follower is refused"_s,
            [=, this](QProcess&) { change(hostOf(m_to), u"sed -i '1i host replication all %1/32 reject' %2"_s.arg(address, hba) + reload); },
            [=, this] { change(hostOf(m_to), u"sed -i '/^host replication all .* reject$/d' "_s + hba + reload); }});
        all.push_back({u"another console does the same"_s,
            [this](QProcess&) {
                Plan same = *m_plan;
                same.id = QUuid::createUuid();
                m_other = std::async(std::launch::async, [this, same] { return m_otherProcess->run(same, {.hasInventory = false}); });
            },
            [] {}});
        all.push_back({u"DNS without a signature"_s, [](QProcess&) {}, [] {}, {.key = PlanProcess::DnsKey::None}});
        all.push_back({u"DNS with a wrong key"_s, [](QProcess&) {}, [] {}, {.key = PlanProcess::DnsKey::Wrong}});
        return all;
    }

    QString cell(int step, const Fault& fault)
    {
        QString title;
        bool struck = false;
        const QString outcome = tried(fault, {}, [&](const Plan& plan) {
            // A plan has no step for what the inventory says already.
            title = static_cast<size_t>(step) < plan.steps.size() ? plan.steps[static_cast<size_t>(step)].title : u"(not in this plan)"_s;
            const bool sends = PlanProcess::sends(plan, step);
            return m_process->run(plan, fault.options, [&](const QList<QByteArray>& words, QProcess& process) {
                if (struck || words.value(1).toInt() != step || words.value(0) != (sends ? "command" : "started"))
                    return;
                struck = true;
                fault.strike(process);
            });
        });
        return u"| "_s + keyOf(m_kind) + u" | %1. %2 | %3 | %4%5"_s.arg(step + 1).arg(title, fault.name, struck ? QString() : u"not reached; "_s, outcome);
    }

    // One switchover with a fault, and what follows; an application writes all the time. The outcome as the end of a line of the table.
    QString tried(const Fault& fault, const QString& head, const std::function<PlanProcess::Outcome(const Plan&)>& run)
    {
        QElapsedTimer clock;
        clock.start();
        const QString begin = head.isEmpty() ? QString() : u"| %1 | %2 | "_s.arg(head, fault.name);
        std::optional<Plan>& made = m_plan;
        made.reset();
        assign();
        if (fault.before)
            fault.before();
        const auto restored = qScopeGuard([&] {
            if (fault.after)
                fault.after();
        });
        if (!isFailover())
            made = plan();
        Writer writer("host=db1,db2,db3 port=5432 user=postgres dbname=postgres target_session_attrs=read-write connect_timeout=2 tcp_user_timeout=3000");
        if (!eventually([&] { return writer.count() > 10; }))
            return begin + u"nothing could be written before: BAD | "_s + QString::fromUtf8(writer.lastError());
        if (isFailover()) {
            lose();
            made = plan();
        }
        if (const QString why = made->whyNotRunnable(); !why.isEmpty())
            return begin + u"cannot be planned: BAD | "_s + why;
        PlanProcess::Outcome outcome = run(*made);
        fault.heal();
        const bool isOtherAtWork = m_other.valid();
        const PlanProcess::Outcome other = isOtherAtWork ? m_other.get() : PlanProcess::Outcome{};
        QStringList notes{outcome.hasRecord ? PlanProcess::nameOf(outcome.state) : u"nothing recorded"_s};
        if (primaries() > 1)
            return begin + notes.join(u"; "_s) + u"; two primaries: BAD |"_s;
        if (isOtherAtWork)
            notes << u"the other one: "_s + PlanProcess::nameOf(other.state);
        const bool saidSo = outcome.state == OperationState::Succeeded || other.state == OperationState::Succeeded;
        if (saidSo && !eventually([&] { return isWell(m_to); })) // what was struck after the last step comes back first
            return begin + u"said succeeded, but is not: BAD |"_s + ReplicationLab::wordsOf(outcome.record);
        // The way on that the console offers, as often as a person would take it; who has to be started for it is started.
        std::set<InstanceId> started;
        for (int i = 0; !saidSo && i < 3 && !isWell(m_to); ++i) {
            QString why;
            std::optional<Plan> again;
            const bool can = eventually([&] {
                again = agreed(outcome.hasRecord ? m_herd->again(outcome.record) : m_herd->plan(request()));
                why = again->whyNotRunnable();
                for (const Finding& finding : again->findings) {
                    if (finding.severity != Severity::Blocker || finding.check != "state"_L1 || !finding.cure.startsWith("Start it"_L1) || !started.insert(*finding.instance).second)
                        continue;
                    m_herd->lifecycle(LifecycleKind::Start, {static_cast<int>(finding.instance->value)});
                    notes << u"db%1 started"_s.arg(finding.instance->value);
                }
                return why.isEmpty();
            });
            if (!can)
                return begin + notes.join(u"; "_s) + u"; no way on: BAD | "_s + ReplicationLab::wordsOf(outcome.record) + u'\n' + ReplicationLab::wordsOf(*again);
            outcome = m_process->run(*again, {});
            notes << u"continued: "_s + PlanProcess::nameOf(outcome.state);
            if (primaries() > 1)
                return begin + notes.join(u"; "_s) + u"; two primaries: BAD |"_s;
        }
        if (!eventually([&] { return isWell(m_to); }))
            return begin + notes.join(u"; "_s) + u"; not in its place: BAD | "_s + ReplicationLab::wordsOf(outcome.record);
        const qint64 before = writer.count();
        if (!eventually([&] { return writer.count() > before + 10; }))
            return begin + notes.join(u"; "_s) + u"; cannot be written: BAD | "_s + QString::fromUtf8(writer.lastError());
        writer.stop();
        const qint64 lost = static_cast<qint64>(writer.acknowledged().size()) - m_herd->sql(m_to, u"select count(distinct n) from acked"_s).toLongLong();
        m_herd->sql(m_to, u"truncate acked"_s);
        if (lost > 0 && !isFailover())
            return begin + notes.join(u"; "_s) + u"; %1 rows lost: BAD |"_s.arg(lost);
        if (isFailover() && !restore())
            return begin + notes.join(u"; "_s) + u"; the old primary could not be rebuilt: BAD |"_s;
        notes << u"outage %1 ms"_s.arg(writer.longestGap().count() / 1000) << u"%1 lost"_s.arg(lost) << u"%1 s"_s.arg(clock.elapsed() / 1000);
        return begin + notes.join(u"; "_s) + u" |"_s;
    }

    // ---- The herd

    bool isFailover() const { return m_kind == ReplicationKind::Failover; }
    ReplicationRequest request() const { return {.kind = m_kind, .instances = {InstanceId(m_to)}, .oldPrimary = OldPrimary::Rejoin}; }
    // What only a person can know, a person says: that the old primary is off.
    Plan agreed(Plan made) const
    {
        for (Finding& finding : made.findings) {
            if (isFailover() && finding.severity == Severity::Blocker && finding.override_ == Override::WithReason)
                finding.reason = u"its power is off"_s;
        }
        return made;
    }
    // Whose turn it is.
    void assign()
    {
        m_from = isPrimary(1) ? 1 : 2;
        m_to = 3 - m_from;
    }
    void lose()
    {
        assign();
        m_herd->lab().run({u"cut"_s, hostOf(3)}); // else it is chance which of the two the last bytes reach, and the other one could not follow
        m_herd->lab().run({u"kill"_s, hostOf(m_from)});
        m_herd->setReached(m_from, false);
        m_herd->lab().run({u"heal"_s, hostOf(3)});
    }
    // The host that was lost is there again, its server off; it is made a replica of the new primary.
    bool restore()
    {
        m_herd->lab().run({u"start"_s, hostOf(m_from), u"--bare"_s});
        m_herd->setReached(m_from, true);
        const int primary = isPrimary(m_to) ? m_to : m_from;
        if (primary == m_from) // only looked at
            cluster(m_from, u"start"_s);
        return eventually([&] {
            if (isPrimary(m_to) && m_herd->sql(m_from, u"select 1"_s).isEmpty())
                std::ignore = m_herd->run(m_herd->plan(ReplicationKind::Rebuild, {m_from}, m_to));
            return isWell(primary);
        });
    }
    // To whoever is not the primary of the two.
    Plan plan()
    {
        if (!isFailover())
            assign();
        Plan made = agreed(m_herd->plan(request()));
        // One that has just been started again is behind its followers for a moment.
        std::ignore = eventually([&] {
            if (!made.whyNotRunnable().isEmpty())
                made = agreed(m_herd->plan(request()));
            return made.whyNotRunnable().isEmpty();
        });
        return made;
    }
    bool isPrimary(int member) const { return m_herd->sql(member, u"select pg_is_in_recovery()"_s) == "f"; }
    int primaries() const
    {
        return static_cast<int>(std::ranges::count_if(std::array{1, 2, 3}, [&](int member) { return isPrimary(member); }));
    }
    bool isWell(int primary) const
    {
        const auto reading = m_herd->dns().read(u"trading-vhost.db.lab.test"_s, {});
        const bool isLost = isFailover() && primary == m_to && m_herd->sql(m_from, u"select 1"_s).isEmpty(); // and does not follow yet
        return m_herd->sql(primary, u"select count(*) from pg_stat_replication where state = 'streaming'"_s) == (isLost ? "1" : "2") && isPrimary(primary) && primaries() == 1
            && reading && reading->agreesOn(u"db%1.db.lab.test"_s.arg(primary));
    }
    void cluster(int member, const QString& command) const
    {
        m_herd->on(member, u"pg_ctlcluster %1 trading %2"_s.arg(m_herd->lab().postgresVersion(), command));
    }
    // The data of a host on a disk that can be filled, and where they were again.
    void useSmallDisk(const QString& host)
    {
        moveData(host, false, u"set -e; mkdir -p /run/small; mount -t tmpfs -o size=$(($(du -sm /var/lib/postgresql | cut -f 1) + 100))m,mode=755 tmpfs /run/small; cp -a /var/lib/postgresql/. /run/small/;"
                       " chown --reference=/var/lib/postgresql /run/small; mount --bind /run/small /var/lib/postgresql"_s);
    }
    void useLargeDisk(const QString& host)
    {
        moveData(host, true, u"set -e; find /var/lib/postgresql -mindepth 1 -delete; cp -a /run/small/. /var/lib/postgresql/;"
                       " umount /run/small"_s);
    }
    void moveData(const QString& host, bool isOnSmall, const QString& command)
    {
        const int member = host.last(1).toInt();
        const bool isUp = m_herd->sql(member, u"select 1"_s) == "1";
        cluster(member, u"stop -m fast"_s);
        // What ends with its server may still be there for a moment.
        const bool isFree = !isOnSmall || eventually([&] { return m_herd->lab().run({u"exec"_s, host, u"umount"_s, u"/var/lib/postgresql"_s}).ok(); });
        if (!isFree) {
            const auto holders = m_herd->lab().run({u"exec"_s, host, u"sh"_s, u"-c"_s,
                u"for p in /proc/[0-9]*; do case $(readlink $p/cwd; ls -l $p/fd) in */var/lib/postgresql*) tr '\\0' ' ' <$p/cmdline; echo;; esac; done"_s});
            qFatal("nobody can unmount it: %s", holders.output.constData());
        }
        const auto answer = m_herd->lab().run({u"exec"_s, host, u"sh"_s, u"-c"_s, command});
        if (!answer.ok())
            qFatal("%s", answer.errors.constData());
        if (!isUp)
            return;
        cluster(member, u"start"_s);
        std::ignore = eventually([&] { return isWell(isPrimary(1) ? 1 : 2); });
    }
    static QString hostOf(int member) { return u"db%1"_s.arg(member); }

    // So that the next cell has a chance.
    bool recover()
    {
        for (const int member : {1, 2, 3})
            cluster(member, u"start"_s);
        if (primaries() == 0)
            cluster(m_to, u"promote"_s);
        const int primary = isPrimary(m_to) ? m_to : m_from;
        for (const int member : {1, 2, 3}) {
            if (member == primary)
                continue;
            Plan made = m_herd->plan(ReplicationKind::Rebuild, {member}, primary, RebuildMethod::Copy);
            for (Finding& finding : made.findings)
                finding.reason = u"a test"_s;
            std::ignore = m_herd->run(made);
        }
        if (const auto reading = m_herd->dns().read(u"trading-vhost.db.lab.test"_s, {}))
            std::ignore = m_herd->dns().replace({.name = reading->name, .zone = reading->zone, .from = reading->primary.target, .to = u"db%1.db.lab.test"_s.arg(primary)}, {});
        return eventually([&] { return isWell(primary); });
    }

    static bool eventually(const std::function<bool()>& holds) { return tests::eventually(60s * timeScale, holds); }

    std::unique_ptr<ReplicationLab> m_herd;
    std::unique_ptr<PlanProcess> m_process;
    std::unique_ptr<PlanProcess> m_otherProcess;
    std::optional<Plan> m_plan; // what is tried
    std::future<PlanProcess::Outcome> m_other; // of the other console
    FaultsTable m_table;
    ReplicationKind m_kind = ReplicationKind::Switchover;
    int m_from = 1;
    int m_to = 2;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::FailoverFaultsTest)
#include "tst_failoverfaults.moc"
