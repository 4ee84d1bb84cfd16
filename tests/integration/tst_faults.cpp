#include "tests/integration/planprocess.h"
#include "tests/support/timescale.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::FaultsTable;
using tests::PlanProcess;
using tests::ReplicationLab;
using tests::timeScale;

namespace {

enum class Fault { ConsoleKilled, Cancelled, SshCut, SourceSshCut, TargetDies, SourceDies, TargetHangs, SourceHangs, DiskFull, InventoryGone };

constexpr std::array everyFault{Fault::ConsoleKilled, Fault::Cancelled, Fault::SshCut, Fault::SourceSshCut, Fault::TargetDies, Fault::SourceDies,
    Fault::TargetHangs, Fault::SourceHangs, Fault::DiskFull, Fault::InventoryGone};

bool needsSource(const QString& title)
{
    return std::ranges::any_of(std::array{u"Write a checkpoint"_s, u"Ask"_s, u"Rewind"_s, u"Copy"_s, u"Bring"_s, u"Complete"_s, u"See"_s, u"Remove the backup"_s},
        [&](const QString& start) { return title.startsWith(start); });
}

QString nameOf(Fault fault)
{
    switch (fault) {
    case Fault::ConsoleKilled: return u"console killed"_s;
    case Fault::Cancelled: return u"cancelled"_s;
    case Fault::SshCut: return u"SSH to target cut"_s;
    case Fault::SourceSshCut: return u"SSH to source cut"_s;
    case Fault::TargetDies: return u"target dies"_s;
    case Fault::SourceDies: return u"source dies"_s;
    case Fault::TargetHangs: return u"target hangs"_s;
    case Fault::SourceHangs: return u"source hangs"_s;
    case Fault::DiskFull: return u"disk full"_s;
    case Fault::InventoryGone: return u"inventory gone"_s;
    }
    return {};
}

struct Outcome : PlanProcess::Outcome {
    bool struck = false; // the fault came
};

} // namespace

// Every step of what changes a member, with everything that can go wrong at that moment; then the console is started again and the operation
// continued. Writes the matrix, also into the file ELEPHAAS_FAULTS_TABLE. Member 3 is the target, on a small disk of its own; member 1 leads; member 2 is another replica.
class FaultsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_herd = std::make_unique<ReplicationLab>();
        m_herd->make(u"trading"_s, 5432, 3, 3);
        m_process = std::make_unique<PlanProcess>(*m_herd);
        QTRY_VERIFY_WITH_TIMEOUT(m_herd->streamsFrom(2, 1) && m_herd->streamsFrom(3, 1), 60000);
    }
    void cleanupTestCase()
    {
        m_process.reset();
        m_herd.reset();
    }

    void remaster() { matrix(u"remaster"_s); }
    void rebuildByCopy() { matrix(u"rebuild by copy"_s); }
    void rebuildByRewind() { matrix(u"rebuild by rewind"_s); }
    void rebuildInPlace() { matrix(u"rebuild in place"_s); }
    void demote() { matrix(u"demote"_s); }

private:
    // Brings the target into the state that the operation starts from, and plans it.
    Plan prepare(const QString& operation)
    {
        if (operation == "remaster"_L1) {
            m_upstream = m_herd->streamsFrom(3, 1) ? 2 : 1;
            // One that has just been started again is behind its followers, and rightly refused.
            const QString level = u"select count(*) from pg_stat_replication where application_name = 'db2' and replay_lsn = pg_current_wal_lsn()"_s;
            if (!eventually([&] { return m_herd->sql(1, level) == "1"; }))
                qWarning("db2 did not catch up");
            return m_herd->plan(ReplicationKind::Remaster, {3}, m_upstream);
        }
        m_upstream = 1;
        if (operation == "rebuild by copy"_L1)
            return m_herd->plan(ReplicationKind::Rebuild, {3}, 1, RebuildMethod::Copy);
        if (operation == "rebuild in place"_L1)
            return m_herd->plan(ReplicationKind::Rebuild, {3}, 1, RebuildMethod::InPlace);
        m_herd->on(3, u"pg_ctlcluster %1 trading start 2>/dev/null; pg_ctlcluster %1 trading promote"_s.arg(m_herd->lab().postgresVersion()));
        if (!eventually([&] { return m_herd->sql(3, u"select pg_is_in_recovery()"_s) == "f"; }))
            qWarning("it was not promoted");
        m_herd->sql(3, u"create table if not exists parted as select generate_series(1, 1000) as n"_s);
        m_herd->sql(1, u"insert into beat(host) values ('after')"_s);
        if (operation == "demote"_L1)
            return m_herd->plan(ReplicationKind::Demote, {3});
        m_herd->on(3, u"pg_ctlcluster %1 trading stop -m fast"_s.arg(m_herd->lab().postgresVersion()));
        return giveUpWhatParted(m_herd->plan(ReplicationKind::Rebuild, {3}));
    }

    static Plan giveUpWhatParted(Plan plan)
    {
        for (Finding& finding : plan.findings) {
            if (finding.override_ == Override::WithReason)
                finding.reason = u"it parted, and is given up"_s;
        }
        return plan;
    }

    void matrix(const QString& operation)
    {
        const QString only = qEnvironmentVariable("ELEPHAAS_FAULT");
        const Plan first = prepare(operation);
        QVERIFY2(first.whyNotRunnable().isEmpty(), qPrintable(ReplicationLab::wordsOf(first)));
        const Outcome baseline = run(first, {}, -1);
        QVERIFY2(baseline.state == OperationState::Succeeded || baseline.state == OperationState::Warning, qPrintable(ReplicationLab::wordsOf(baseline.record)));
        QVERIFY(isWell());
        QStringList bad;
        m_table.start();
        for (const Fault fault : everyFault) {
            if (!only.isEmpty() && nameOf(fault) != only)
                continue;
            const SmallDisk disk(*this, fault == Fault::DiskFull);
            for (const int step : baseline.sent) {
                const QString line = cell(operation, first.steps[static_cast<size_t>(step)].title, step, fault);
                if (line.isEmpty())
                    continue;
                m_table.tell(line);
                if (line.contains(u"BAD"_s)) {
                    bad << line;
                    recover();
                }
            }
        }
        QVERIFY2(bad.isEmpty(), qPrintable(bad.join(u'\n')));
    }

    QString cell(const QString& operation, const QString& title, int step, Fault fault)
    {
        const Plan plan = prepare(operation);
        const bool writes = std::holds_alternative<SetUpstream>(plan.steps[static_cast<size_t>(step)].action);
        if (fault == Fault::InventoryGone && !writes)
            return {}; // nothing else of it needs the inventory
        if (writes && fault != Fault::InventoryGone && fault != Fault::ConsoleKilled && fault != Fault::Cancelled)
            return {};
        if ((fault == Fault::SourceSshCut || fault == Fault::SourceHangs) && !needsSource(title))
            return {};
        const QString head = u"| %1 | %2. %3 | %4 | "_s.arg(operation).arg(step + 1).arg(title, nameOf(fault));
        QElapsedTimer clock;
        clock.start();
        const Outcome after = run(plan, fault, step);
        heal(fault);
        QStringList notes{PlanProcess::nameOf(after.state)};
        // Where an earlier cell left it as it has to be, there is nothing to send.
        const auto skipped = [&] { return after.record.steps.size() == plan.steps.size() && after.record.steps[static_cast<size_t>(step)].skip == SkipReason::Done; };
        if (!after.struck && skipped() && eventually([&] { return isWell(); }))
            return head + u"was done already; streams |"_s;
        if (!after.struck)
            return head + u"not reached: BAD |"_s + ReplicationLab::wordsOf(after.record);
        if (after.state == OperationState::Succeeded && fault != Fault::InventoryGone && !eventually([&] { return isWell(); }))
            return head + u"said succeeded, but is not: BAD |"_s;
        const QString directory = m_herd->dataDirectory(3);
        if (after.state == OperationState::Succeeded || after.state == OperationState::Warning)
            return ended(head, notes, clock);
        if (!eventually([&] { return m_herd->on(3, u"ls -d %1/PG_VERSION %1.old-*/PG_VERSION 2>/dev/null | head -1"_s.arg(directory)).contains(u"PG_VERSION"_s); }))
            return head + u"no data directory is left: BAD |"_s;
        // The way on that the console offers.
        Plan again;
        const bool can = eventually([&] {
            const auto way = after.hasRecord ? m_herd->wayOn(after.record) : prepare(operation);
            again = way ? giveUpWhatParted(*way) : Plan();
            // A server that lost its power starts what it finds, a primary of before as one. Then the console refuses to go on, and says what to do.
            if (std::ranges::any_of(again.findings, [](const Finding& one) { return one.check == u"role"_s && one.severity == Severity::Blocker; })) {
                again = giveUpWhatParted(m_herd->plan(ReplicationKind::Demote, {3}));
                if (const QString note = u"runs as primary again, and is demoted"_s; !notes.contains(note))
                    notes << note;
            }
            return !way || again.whyNotRunnable().isEmpty();
        });
        if (can && again.steps.empty())
            return ended(head, QStringList(notes) << u"nothing is left to do"_s, clock);
        if (!can)
            return head + notes.join(u"; "_s) + u"; no way on: BAD |\n"_s + ReplicationLab::wordsOf(after.record) + u'\n' + ReplicationLab::wordsOf(again);
        const Outcome continued = run(again, {}, -1);
        const bool done = continued.state == OperationState::Succeeded || continued.state == OperationState::Warning;
        notes << u"continued: "_s + PlanProcess::nameOf(continued.state);
        if (!done)
            return head + notes.join(u"; "_s) + u": BAD |\n"_s + ReplicationLab::wordsOf(after.record) + u'\n' + ReplicationLab::wordsOf(continued.record);
        const auto told = std::ranges::find(again.findings, u"leftovers"_s, &Finding::check);
        return ended(head, notes, clock, told == again.findings.end() ? QString() : told->measured);
    }

    // What holds in the end, whatever came before. `told`: what another operation's plan named as left from this one, to be removed by hand.
    QString ended(const QString& head, QStringList notes, const QElapsedTimer& clock, const QString& told = {})
    {
        const QString directory = m_herd->dataDirectory(3);
        if (!eventually([&] { return isWell(); }))
            return head + notes.join(u"; "_s) + u"; does not stream: BAD |"_s;
        const auto leftBehind = [&] { return m_herd->on(3, u"ls -d %1.* %1/elephaas* 2>/dev/null"_s.arg(directory)); };
        const QStringList named = told.split(u", "_s, Qt::SkipEmptyParts);
        QStringList left = leftBehind().split(u'\n', Qt::SkipEmptyParts);
        if (!left.isEmpty() && std::ranges::all_of(left, [&](const QString& path) { return named.contains(path); })) {
            m_herd->on(3, u"rm -r %1"_s.arg(left.join(u' ')));
            left = leftBehind().split(u'\n', Qt::SkipEmptyParts);
            notes << u"told, and removed by hand: what the first one kept"_s;
        }
        if (!left.isEmpty())
            return head + notes.join(u"; "_s) + u"; left behind: %1; told: %2: BAD |"_s.arg(left.join(u", "_s), told);
        if (!eventually([&] { return m_herd->sql(1, u"select count(*) from pg_stat_progress_basebackup"_s) == "0"; }))
            return head + notes.join(u"; "_s) + u"; a backup still runs: BAD |"_s;
        notes << u"streams"_s << u"%1 s"_s.arg(clock.elapsed() / 1000);
        return head + notes.join(u"; "_s) + u" |"_s;
    }

    // In a process of its own. The fault strikes when the step sends its command, or begins where it sends none.
    Outcome run(const Plan& plan, std::optional<Fault> fault, int step)
    {
        Outcome outcome;
        const auto& wanted = step >= 0 ? plan.steps[static_cast<size_t>(step)] : plan.steps.front();
        const bool sends = !std::holds_alternative<WaitUntil>(wanted.action) && !std::holds_alternative<SetUpstream>(wanted.action);
        static_cast<PlanProcess::Outcome&>(outcome) = m_process->run(plan, {.hasInventory = fault != Fault::InventoryGone, .deadline = 180s * timeScale},
            [&](const QList<QByteArray>& words, QProcess& process) {
                if (fault && !outcome.struck && words.value(1).toInt() == step && words.value(0) == (sends ? "command" : "started")) {
                    outcome.struck = true;
                    strike(*fault, process);
                }
            });
        return outcome;
    }

    void strike(Fault fault, QProcess& process)
    {
        const auto& lab = m_herd->lab();
        switch (fault) {
        case Fault::ConsoleKilled: process.kill(); break;
        case Fault::Cancelled: process.write("cancel\n"); break;
        case Fault::SshCut: lab.run({u"drop"_s, u"db3"_s, u"tcp"_s, u"22"_s}); break;
        case Fault::SourceSshCut: lab.run({u"drop"_s, sourceHost(), u"tcp"_s, u"22"_s}); break;
        case Fault::TargetDies: lab.run({u"kill"_s, u"db3"_s}); break;
        case Fault::SourceDies: lab.run({u"kill"_s, sourceHost()}); break;
        case Fault::TargetHangs: lab.run({u"freeze"_s, u"db3"_s}); break;
        case Fault::SourceHangs: lab.run({u"freeze"_s, sourceHost()}); break;
        case Fault::DiskFull:
            lab.run({u"exec"_s, u"db3"_s, u"sh"_s, u"-c"_s, u"dd if=/dev/zero of=/var/lib/postgresql/fill bs=64k 2>/dev/null; true"_s});
            break;
        case Fault::InventoryGone: break;
        }
    }
    void heal(Fault fault)
    {
        const auto& lab = m_herd->lab();
        switch (fault) {
        case Fault::ConsoleKilled:
        case Fault::Cancelled:
        case Fault::InventoryGone: break;
        case Fault::SshCut: lab.run({u"undrop"_s, u"db3"_s}); break;
        case Fault::SourceSshCut: lab.run({u"undrop"_s, sourceHost()}); break;
        case Fault::TargetDies: lab.run({u"start"_s, u"db3"_s}); break;
        case Fault::SourceDies:
            lab.run({u"start"_s, sourceHost()});
            std::ignore = eventually([&] { return m_herd->sql(m_upstream, u"select 1"_s) == "1"; });
            break;
        case Fault::TargetHangs: lab.run({u"thaw"_s, u"db3"_s}); break;
        case Fault::SourceHangs: lab.run({u"thaw"_s, sourceHost()}); break;
        case Fault::DiskFull: lab.run({u"exec"_s, u"db3"_s, u"rm"_s, u"-f"_s, u"/var/lib/postgresql/fill"_s}); break;
        }
        std::ignore = eventually([&] { return m_herd->lab().ssh(u"db3"_s, u"true"_s).ok(); });
    }
    QString sourceHost() const { return u"db%1"_s.arg(m_upstream); }
    // As long as it lives, the target's data are on a disk that can be filled.
    class SmallDisk final {
    public:
        SmallDisk(FaultsTest& test, bool wanted)
            : m_test(test)
            , m_wanted(wanted)
        {
            if (!m_wanted)
                return;
            const QString version = test.m_herd->lab().postgresVersion();
            test.m_herd->on(3, u"pg_ctlcluster %1 trading stop -m fast"_s.arg(version));
            const auto answer = test.m_herd->lab().run({u"exec"_s, u"db3"_s, u"sh"_s, u"-c"_s,
                u"set -e; mkdir -p /run/small; mount -t tmpfs -o size=500m,mode=755 tmpfs /run/small; cp -a /var/lib/postgresql/. /run/small/;"
                " chown --reference=/var/lib/postgresql /run/small; mount --bind /run/small /var/lib/postgresql"_s});
            if (!answer.ok())
                qFatal("%s", answer.errors.constData());
            test.m_herd->on(3, u"pg_ctlcluster %1 trading start"_s.arg(version));
            std::ignore = eventually([&] { return test.m_herd->sql(3, u"select 1"_s) == "1"; });
        }
        ~SmallDisk()
        {
            if (!m_wanted)
                return;
            m_test.m_herd->on(3, u"pg_ctlcluster %1 trading stop -m fast"_s.arg(m_test.m_herd->lab().postgresVersion()));
            m_test.m_herd->lab().run({u"exec"_s, u"db3"_s, u"umount"_s, u"/var/lib/postgresql"_s});
            m_test.m_herd->lab().run({u"exec"_s, u"db3"_s, u"umount"_s, u"/run/small"_s});
            m_test.recover();
        }

    private:
        FaultsTest& m_test;
        const bool m_wanted;
    };
    friend class SmallDisk;

    // So that the next cell has a chance.
    void recover()
    {
        for (const int member : {1, 2, 3})
            m_herd->on(member, u"pg_ctlcluster %1 trading start"_s.arg(m_herd->lab().postgresVersion()));
        const Plan plan = m_herd->plan(ReplicationKind::Rebuild, {3}, 1, RebuildMethod::Copy);
        Plan runnable = plan;
        for (Finding& finding : runnable.findings)
            finding.reason = u"a test"_s;
        std::ignore = m_herd->run(runnable);
        m_herd->on(3, u"rm -rf %1.*"_s.arg(m_herd->dataDirectory(3)));
    }

    bool isWell() const { return m_herd->streamsFrom(3, m_upstream) && m_herd->sql(3, u"select pg_is_in_recovery()"_s) == "t"; }
    static bool eventually(const std::function<bool()>& holds) { return tests::eventually(30s * timeScale, holds); }

    std::unique_ptr<ReplicationLab> m_herd;
    std::unique_ptr<PlanProcess> m_process;
    FaultsTable m_table;
    int m_upstream = 1;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::FaultsTest)
#include "tst_faults.moc"
