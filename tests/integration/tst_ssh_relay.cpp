#include "app/adapters/ssh/sshshell.h"
#include "models/postgres/rsyncrelay.h"
#include "models/postgres/shellquote.h"
#include "tests/support/lab.h"
#include "tests/support/remoteresulttext.h"
#include "tests/support/timescale.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <future>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

qint64 residentKilobytes()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toLongLong();
    }
    return -1;
}

} // namespace

// Two commands on two hosts whose streams are tied together through this process.
class TestSshRelay : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::make_unique<Lab>(std::move(*lab));
        m_shell = std::make_unique<SshShell>(options(), nullptr);
        for (const QString& host : {u"db1"_s, u"db2"_s})
            QVERIFY(on(host, "mkdir -p ~/relay && head -c 67108864 /dev/urandom >~/relay/big").succeeded());
    }
    void cleanupTestCase()
    {
        m_shell.reset();
        m_lab.reset();
    }

    void everyByteBothWays_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 255, 4096, 32757, 32758, 32759, 32768, 65536, 131071, 131072, 131073, 1280000, 1280001})
            QTest::addRow("%d", size) << size;
    }
    void everyByteBothWays()
    {
        QFETCH(int, size);
        const QByteArray count = QByteArray::number(size);
        const QByteArray command = "cd ~/relay; head -c " + count + " big >sent; cat sent & head -c " + count + " >got; wait";
        const RelayResult result = relay(command, command);
        QVERIFY2(result.succeeded(), text(result));
        QCOMPARE(result.toTarget, size);
        QCOMPARE(result.toSource, size);
        QCOMPARE(sum(u"db1"_s, "sent"), sum(u"db2"_s, "got"));
        QCOMPARE(sum(u"db2"_s, "sent"), sum(u"db1"_s, "got"));
        QVERIFY(result.source.output.head.isEmpty() && result.target.output.head.isEmpty());
    }

    // 64 MiB each way at once: both directions are full most of the time. Progress only grows, and ends with the truth.
    void fullBothWaysAtOnce()
    {
        std::vector<std::pair<qint64, qint64>> told;
        std::atomic<int> atOnce = 0;
        bool overlapped = false;
        const QByteArray command = "cd ~/relay; cat big & head -c 67108864 >got; wait";
        const RelayResult result = m_shell->relay(at(u"db1"_s, command), at(u"db2"_s, command), {}, {},
            [&](qint64 toTarget, qint64 toSource) {
                overlapped = overlapped || ++atOnce > 1;
                told.emplace_back(toTarget, toSource);
                --atOnce;
            },
            {});
        QVERIFY2(result.succeeded(), text(result));
        QCOMPARE(sum(u"db1"_s, "big"), sum(u"db2"_s, "got"));
        QCOMPARE(sum(u"db2"_s, "big"), sum(u"db1"_s, "got"));
        QCOMPARE(result.toTarget, 67108864);
        QCOMPARE(result.toSource, 67108864);
        QVERIFY(!overlapped);
        QVERIFY(told.size() > 1);
        QVERIFY(std::is_sorted(told.begin(), told.end(), [](auto a, auto b) { return a.first < b.first; }));
        QCOMPARE(told.back(), (std::pair<qint64, qint64>(result.toTarget, result.toSource)));
    }

    // Keys are exchanged anew in the middle, by the server's wish.
    void newKeysInTheMiddle()
    {
        QVERIFY(m_lab->run({u"sshd"_s, u"db1"_s, u"2222"_s, u"RekeyLimit=4M"_s}).ok());
        RemoteCommand source = at(u"db1"_s, "cd ~/relay; cat big & head -c 67108864 >got; wait");
        source.target.port = 2222;
        const RelayResult result = m_shell->relay(source, at(u"db2"_s, "cd ~/relay; cat big & head -c 67108864 >got; wait"), {}, {}, {}, {});
        QVERIFY2(result.succeeded(), text(result));
        QCOMPARE(sum(u"db1"_s, "big"), sum(u"db2"_s, "got"));
        QCOMPARE(sum(u"db2"_s, "big"), sum(u"db1"_s, "got"));
        QVERIFY(m_lab->run({u"sshd"_s, u"db1"_s, u"2222"_s, u"stop"_s}).ok());
    }

    void ends_data()
    {
        QTest::addColumn<QByteArray>("source");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("sourceEnd");
        QTest::addColumn<QByteArray>("targetEnd");
        const auto row = [](const char* name, QByteArray source, QByteArray target, QByteArray sourceEnd, QByteArray targetEnd) {
            QTest::newRow(name) << source << target << sourceEnd << targetEnd;
        };
        row("source early", "exit 3", "cat >/dev/null; exit 4", "exited 3", "exited 4");
        row("target early", "cat >/dev/null; exit 4", "exit 3", "exited 4", "exited 3");
        row("source says goodbye", "printf bye; exit 3", "[ \"$(cat)\" = bye ] && exit 5", "exited 3", "exited 5");
        row("much after the other's end", "head -c 3000000 /dev/zero", "exit 3", "exited 0", "exited 3");
        row("endless after the other's end", "exec cat /dev/zero", "exit 3", "signalled PIPE", "exited 3");
        row("endless under a shell", "cat /dev/zero; exit 7", "exit 3", "exited 7", "exited 3");
        row("drops after the other's end", "while echo drop; do sleep 0.1; done; exit 8", "exit 3", "signalled PIPE", "exited 3");
        row("source killed", "kill -KILL $$", "cat >/dev/null", "signalled KILL", "exited 0");
        row("target killed", "cat >/dev/null; exit 2", "kill -SEGV $$", "exited 2", "signalled SEGV");
        row("closes its output only", "exec >&- 2>&-; cat >/dev/null; exit 6", "cat; exit 1", "exited 6", "exited 1");
        row("nobody reads", "head -c 20000000 /dev/zero; exit 6", "sleep 1; exit 1", "exited 6", "exited 1");
        row("neither reads nor writes", "sleep 0.3; exit 6", "sleep 0.6; exit 1", "exited 6", "exited 1");
        // The reader of the rest is blocked writing itself, to a command that has gone.
        row("crossed", "head -c 3000000 /dev/zero; exit 6", "head -c 20000000 /dev/zero; [ \"$(wc -c)\" = 3000000 ] || exit 9", "exited 6", "exited 0");
    }
    void ends()
    {
        QFETCH(QByteArray, source);
        QFETCH(QByteArray, target);
        const RelayResult result = relay(source, target);
        QTEST(outcomeText(result.source), "sourceEnd");
        QTEST(outcomeText(result.target), "targetEnd");
        QCOMPARE(result.source.ended, RemoteResult::Ended::NotAsked);
        QCOMPARE(result.target.ended, RemoteResult::Ended::NotAsked);
        QVERIFY(result.source.elapsed < 20s * timeScale && result.target.elapsed < 20s * timeScale);
        const RelayResult after = relay("echo x", "read x; [ $x = x ]"); // and the sessions are fine
        QVERIFY2(after.succeeded(), text(after));
    }

    void errorsGoToTheSinks()
    {
        QByteArray ofSource;
        QByteArray ofTarget;
        bool outputSeen = false;
        const auto into = [&](QByteArray& text) {
            return [&](OutputStream stream, QByteArrayView data) {
                outputSeen = outputSeen || stream == OutputStream::Output;
                text.append(data);
            };
        };
        const RelayResult result = m_shell->relay(at(u"db1"_s, "echo one >&2; echo data; cat >/dev/null; echo three >&2"),
            at(u"db2"_s, "head -c 5; echo two >&2"), into(ofSource), into(ofTarget), {}, {});
        QVERIFY2(result.succeeded(), text(result));
        QCOMPARE(ofSource, "one\nthree\n");
        QCOMPARE(ofTarget, "two\n");
        QCOMPARE(result.source.errors.head, ofSource);
        QVERIFY(!outputSeen);
    }

    // One host, one channel a connection, one session a host: two sessions all the same.
    void oneHostTwice()
    {
        QVERIFY(m_lab->run({u"sshd"_s, u"db1"_s, u"2222"_s, u"MaxSessions=1"_s}).ok());
        SshShell::Options some = options();
        some.sessionsPerHost = 1;
        SshShell shell(some, nullptr);
        const auto twice = [&] {
            RemoteCommand source = at(u"db1"_s, "cd ~/relay; cat big");
            RemoteCommand target = at(u"db1"_s, "cd ~/relay; cat >got");
            source.target.port = target.target.port = 2222;
            return shell.relay(source, target, {}, {}, {}, {});
        };
        std::vector<std::future<RelayResult>> results;
        for (int i = 0; i < 3; ++i)
            results.push_back(std::async(std::launch::async, twice));
        for (auto& future : results) {
            const RelayResult result = future.get();
            QVERIFY2(result.succeeded(), text(result));
        }
        QCOMPARE(sum(u"db1"_s, "big"), sum(u"db1"_s, "got"));
        QVERIFY(m_lab->run({u"sshd"_s, u"db1"_s, u"2222"_s, u"stop"_s}).ok());
    }

    // The target does not read; the source writes on, and talks. Nothing of that may pile up here.
    void heldBack()
    {
        QVERIFY(relay("true", "true").succeeded());
        const qint64 before = residentKilobytes();
        qint64 highest = 0;
        const RelayResult result = m_shell->relay(
            at(u"db1"_s, "while echo talk >&2; do head -c 100000 /dev/zero || exit 0; done"),
            at(u"db2"_s, "sleep 4; wc -c >/dev/null", 6s * timeScale), [&](OutputStream, QByteArrayView) { highest = std::max(highest, residentKilobytes()); },
            {}, {}, {});
        QVERIFY(!result.succeeded()); // it is endless: the time-out ends it
#ifdef __SANITIZE_ADDRESS__
        constexpr qint64 mayGrow = 400'000;
#else
        constexpr qint64 mayGrow = 40'000;
#endif
        QVERIFY2(highest - before < mayGrow, qPrintable(u"grew by %1 kB"_s.arg(highest - before)));
    }

    void cancelled()
    {
        const QByteArray command = "echo $$ >~/relay/pid; echo up >&2; cat /dev/zero & cat >/dev/null; wait";
        std::stop_source stop;
        std::atomic<int> up = 0;
        const auto sink = [&](OutputStream, QByteArrayView) { ++up; };
        const RelayResult result = m_shell->relay(at(u"db1"_s, command), at(u"db2"_s, command), sink, sink,
            [&](qint64 toTarget, qint64 toSource) {
                if (up >= 2 && toTarget > 1'000'000 && toSource > 1'000'000)
                    stop.request_stop();
            },
            stop.get_token());
        QVERIFY(!result.succeeded());
        QCOMPARE(result.source.ended, RemoteResult::Ended::Gone);
        QCOMPARE(result.target.ended, RemoteResult::Ended::Gone);
        for (const QString& host : {u"db1"_s, u"db2"_s})
            QCOMPARE(outcomeText(on(host, "ps -A -o pgid= | grep -qw $(cat ~/relay/pid)")), "exited 1");
    }

    // The target is out of time; the source is ended with it, and is not called anything but that.
    void outOfTime()
    {
        const RelayResult result = m_shell->relay(
            at(u"db1"_s, "trap '' TERM; echo $$ >~/relay/pid; sleep 60; sleep 60"), at(u"db2"_s, "sleep 60", 700ms), {}, {}, {}, {});
        QCOMPARE(result.target.ended, RemoteResult::Ended::Gone);
        QCOMPARE(result.source.ended, RemoteResult::Ended::Gone);
        QVERIFY(!result.source.succeeded() && !result.target.succeeded());
        QCOMPARE(outcomeText(on(u"db1"_s, "ps -A -o pgid= | grep -qw $(cat ~/relay/pid)")), "exited 1");
    }

    void cancelledBeforeTheStart()
    {
        std::stop_source stop;
        stop.request_stop();
        const RelayResult result = m_shell->relay(at(u"db1"_s, "true"), at(u"db2"_s, "true"), {}, {}, {}, stop.get_token());
        QVERIFY(isNotStarted(result.source) && isNotStarted(result.target));
        QCOMPARE(errorOf(result.source).kind, ErrorKind::Cancelled);
    }

    // One server cannot be reached: nothing is started on the other one.
    void oneIsRefused_data()
    {
        QTest::addColumn<bool>("isSource");
        QTest::newRow("source") << true;
        QTest::newRow("target") << false;
    }
    void oneIsRefused()
    {
        QFETCH(bool, isSource);
        QVERIFY(on(u"db1"_s, "rm -f ~/relay/touched").succeeded());
        const RemoteCommand good = at(u"db1"_s, "touch ~/relay/touched; cat");
        RemoteCommand bad = at(u"db2"_s, "cat");
        bad.target.port = 1;
        const RelayResult result = isSource ? m_shell->relay(bad, good, {}, {}, {}, {}) : m_shell->relay(good, bad, {}, {}, {}, {});
        const RemoteResult& refused = isSource ? result.source : result.target;
        const RemoteResult& other = isSource ? result.target : result.source;
        QVERIFY2(isNotStarted(refused) && isNotStarted(other), text(result));
        QCOMPARE(errorOf(refused).kind, ErrorKind::Unreachable);
        QCOMPARE(errorOf(other).kind, ErrorKind::Cancelled);
        QVERIFY2(errorOf(other).what.contains(u"other end"_s), text(result));
        QCOMPARE(outcomeText(on(u"db1"_s, "test -e ~/relay/touched")), "exited 1");
        QCOMPARE(result.toTarget + result.toSource, 0);
    }

    void zeroByteIsRefused()
    {
        const RelayResult result = relay(QByteArray("a\0b", 3), "true");
        QCOMPARE(errorOf(result.source).kind, ErrorKind::InvalidInput);
        QVERIFY2(isNotStarted(result.target), text(result));
    }

    // A session that died while it was kept warm is replaced, also under a relay.
    void warmSessionsHaveDied()
    {
        QVERIFY(relay("true", "true").succeeded());
        QVERIFY(m_lab->run({u"kill"_s, u"db2"_s}).ok());
        QVERIFY(m_lab->run({u"start"_s, u"db2"_s}).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_lab->ssh(u"db2"_s, u"true"_s).ok(), 30000);
        const RelayResult result = relay("echo x", "read x; [ $x = x ]");
        QVERIFY2(result.succeeded(), text(result));
    }

    void hostIsKilled()
    {
        const RelayResult result = whileRunning([this] { QVERIFY(m_lab->run({u"kill"_s, u"db2"_s}).ok()); });
        QVERIFY(m_lab->run({u"start"_s, u"db2"_s}).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_lab->ssh(u"db2"_s, u"true"_s).ok(), 30000);
        QVERIFY2(isUnknown(result.target), text(result));
        QCOMPARE(errorOf(result.target).kind, ErrorKind::LinkLost);
        QCOMPARE(result.source.ended, RemoteResult::Ended::Gone);
        QVERIFY(!result.source.succeeded());
    }

    // Nothing says that the link is gone: the heartbeat notices.
    void linkIsCut()
    {
        const RelayResult result = whileRunning([this] { QVERIFY(m_lab->run({u"cut"_s, u"db2"_s}).ok()); });
        QVERIFY(m_lab->run({u"heal"_s, u"db2"_s}).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_lab->ssh(u"db2"_s, u"true"_s).ok(), 30000);
        QVERIFY2(isUnknown(result.target), text(result));
        QCOMPARE(errorOf(result.target).kind, ErrorKind::LinkLost);
        QCOMPARE(result.source.ended, RemoteResult::Ended::Gone);
        QVERIFY(result.target.elapsed < 15s * timeScale);
    }

    // What a command ended with stays true, whatever happens to the other one.
    void statusSurvivesTheOtherOne()
    {
        std::atomic<bool> said = false;
        std::future<void> kill;
        const RelayResult result = m_shell->relay(
            at(u"db1"_s, "exit 0"), at(u"db2"_s, "cat; echo end of input >&2; sleep 60"), {},
            [&](OutputStream, QByteArrayView) {
                if (!said.exchange(true))
                    kill = std::async(std::launch::async, [this] { m_lab->run({u"kill"_s, u"db2"_s}); });
            },
            {}, {});
        kill.get();
        QVERIFY(m_lab->run({u"start"_s, u"db2"_s}).ok());
        QTRY_VERIFY_WITH_TIMEOUT(m_lab->ssh(u"db2"_s, u"true"_s).ok(), 30000);
        QCOMPARE(outcomeText(result.source), "exited 0");
        QVERIFY2(isUnknown(result.target), text(result));
    }

    // A directory as it may be on a server, with names as they had better not be.
    void rsyncCopiesATree()
    {
        QVERIFY2(makeTree().succeeded(), "the tree could not be made");
        const QByteArray sourceTree = tree(u"db1"_s, sourceDirectory);
        QVERIFY2(sourceTree.count('\n') > 400, sourceTree.constData());
        QVERIFY(on(u"db2"_s, "d=" + quoted(targetDirectory) + "; mkdir -p \"$d\" && echo old >\"$d/leftover\" && echo keep >\"$d/kept\"").succeeded());
        const RelayResult result = rsync({u"--delete"_s, u"--exclude=/kept"_s, u"--exclude=/it's not \"here\"/*"_s});
        QVERIFY2(result.succeeded(), text(result));
        const auto statistics = parseRsyncStatistics(result.target.errors.tail.isEmpty() ? result.target.errors.head : result.target.errors.tail);
        QVERIFY2(statistics, text(result));
        QVERIFY(statistics->literal > 3'000'000 && statistics->matched == 0);
        QVERIFY(on(u"db2"_s, "cd " + quoted(targetDirectory) + " && rm kept && ! test -e leftover").succeeded());
        QVERIFY(on(u"db1"_s, "cd " + quoted(sourceDirectory) + " && rm -r 'it'\\''s not \"here\"'/*").succeeded());
        const QByteArrayList there = tree(u"db2"_s, targetDirectory).split('\n');
        const QByteArrayList here = tree(u"db1"_s, sourceDirectory).split('\n');
        for (const QByteArray& line : there)
            QVERIFY2(here.contains(line), QByteArray("only at the target: " + line).constData());
        QCOMPARE(there.size(), here.size());
        QTRY_COMPARE(leftBehind(), QByteArray());
    }

    // 1 % of the blocks of 256 MiB have changed, time and size have not.
    void rsyncMovesWhatHasChanged()
    {
        QVERIFY(on(u"db1"_s, "rm -rf ~/relay/s && mkdir ~/relay/s && head -c 268435456 /dev/urandom >~/relay/s/big").succeeded());
        QVERIFY(on(u"db2"_s, "rm -rf ~/relay/t && mkdir ~/relay/t").succeeded());
        const auto copy = [this] { return rsync({}, u"~/relay/s"_s, u"~/relay/t"_s); };
        const RelayResult whole = copy();
        QVERIFY2(whole.succeeded(), text(whole));
        QCOMPARE(sum(u"db1"_s, "s/big"), sum(u"db2"_s, "t/big"));
        QVERIFY(on(u"db1"_s,
            "cd ~/relay/s && touch -r big ../when && perl -e 'open(F, \"+<\", \"big\") or die; "
            "for ($i = 0; $i < 32768; $i += 100) { seek(F, $i * 8192, 0); print F chr(65 + rand(26)) x 8192 } close(F) or die' "
            "&& touch -r ../when big").succeeded());
        std::vector<RsyncProgress> told;
        const auto sink = [&](OutputStream, QByteArrayView data) {
            for (const QByteArray& line : data.toByteArray().replace('\r', '\n').split('\n')) {
                if (const auto progress = parseRsyncProgress(line))
                    told.push_back(*progress);
            }
        };
        const RelayResult part = rsync({}, u"~/relay/s"_s, u"~/relay/t"_s, sink);
        QVERIFY2(part.succeeded(), text(part));
        QCOMPARE(sum(u"db1"_s, "s/big"), sum(u"db2"_s, "t/big"));
        const qint64 moved = part.toTarget + part.toSource;
        qInfo("moved %lld bytes to the target and %lld back: %.2f %% of the file", part.toTarget, part.toSource, double(moved) * 100 / 268435456);
        QVERIFY(moved <= 268435456 / 20);
        const auto statistics = parseRsyncStatistics(part.target.errors.tail.isEmpty() ? part.target.errors.head : part.target.errors.tail);
        QVERIFY2(statistics, text(part));
        QCOMPARE(statistics->totalSize, 268435456);
        QCOMPARE(statistics->literal, 328 * 8192);
        QCOMPARE(statistics->matched, 268435456 - 328 * 8192);
        QVERIFY(!told.empty());
        QCOMPARE(told.back(), (RsyncProgress{268435456, 100}));
    }

    // Files that go away while they are copied are usual under a running server: a status of their own says so.
    void rsyncTellsOfVanishedFiles()
    {
        QVERIFY(on(u"db1"_s, "rm -rf ~/relay/s && mkdir ~/relay/s && cd ~/relay/s && head -c 50000000 /dev/urandom >a && echo z >z && echo y >y").succeeded());
        QVERIFY(on(u"db2"_s, "rm -rf ~/relay/t && mkdir ~/relay/t").succeeded());
        bool removed = false;
        const RelayResult result = m_shell->relay(script(u"db1"_s, rsyncSourceScript(home(u"~/relay/s"_s))),
            script(u"db2"_s, rsyncTargetScript(home(u"~/relay/t"_s), {u"--archive"_s, u"--stats"_s})), {}, {},
            [&](qint64 toTarget, qint64) {
                if (toTarget > 1'000'000 && !std::exchange(removed, true))
                    QVERIFY(on(u"db1"_s, "rm ~/relay/s/z").succeeded());
            },
            {});
        QCOMPARE(outcomeText(result.target), "exited 24");
        QCOMPARE(outcomeText(result.source), "exited 24");
        QVERIFY(isRsyncSuccess(24));
        QCOMPARE(sum(u"db1"_s, "s/a"), sum(u"db2"_s, "t/a"));
        QCOMPARE(sum(u"db1"_s, "s/y"), sum(u"db2"_s, "t/y"));
    }

    // Neither end waits for the other one when rsync fails at one, and no process stays.
    void rsyncFails_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("target");
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QByteArray>("sourceEnd");
        QTest::addColumn<QByteArray>("targetEnd");
        const QStringList plain{u"--archive"_s};
        QTest::newRow("no source") << u"/no/such/place"_s << u"~/relay/t"_s << plain << "exited 66"_ba << "exited 12"_ba;
        QTest::newRow("no target") << u"~/relay/s"_s << u"/no/such/place"_s << plain << "exited 64"_ba << "exited 66"_ba;
        QTest::newRow("bad option") << u"~/relay/s"_s << u"~/relay/t"_s << QStringList{u"--no-such-option"_s} << "exited 64"_ba << "exited 1"_ba;
        QTest::newRow("would remove") << u"~/relay/s"_s << u"~/relay/t"_s << QStringList{u"-a"_s, u"--remove-source-files"_s} << "exited 64"_ba
                                      << "exited 12"_ba;
        QTest::newRow("other path") << u"~/relay/s"_s << u"~/relay/t"_s << QStringList{u"-a"_s, u"--secluded-args"_s} << "exited 64"_ba
                                    << "exited 12"_ba;
    }
    void rsyncFails()
    {
        QFETCH(QString, source);
        QFETCH(QString, target);
        QFETCH(QStringList, options);
        QVERIFY(on(u"db1"_s, "mkdir -p ~/relay/s && echo x >~/relay/s/x").succeeded());
        QVERIFY(on(u"db2"_s, "mkdir -p ~/relay/t").succeeded());
        const RelayResult result = m_shell->relay(
            script(u"db1"_s, rsyncSourceScript(home(source))), script(u"db2"_s, rsyncTargetScript(home(target), options)), {}, {}, {}, {});
        QTEST(outcomeText(result.source), "sourceEnd");
        QTEST(outcomeText(result.target), "targetEnd");
        QVERIFY(result.target.elapsed < 10s * timeScale && result.source.elapsed < 10s * timeScale);
        QTRY_COMPARE(leftBehind(), QByteArray());
    }

    // rsync itself is killed at either end, in the middle.
    void rsyncIsKilled_data()
    {
        QTest::addColumn<QString>("host");
        QTest::newRow("source") << u"db1"_s;
        QTest::newRow("target") << u"db2"_s;
    }
    void rsyncIsKilled()
    {
        QFETCH(QString, host);
        QVERIFY(on(u"db1"_s, "rm -rf ~/relay/s && mkdir ~/relay/s && head -c 200000000 /dev/zero >~/relay/s/big").succeeded());
        QVERIFY(on(u"db2"_s, "rm -rf ~/relay/t && mkdir ~/relay/t").succeeded());
        bool killed = false;
        const RelayResult result = m_shell->relay(script(u"db1"_s, rsyncSourceScript(home(u"~/relay/s"_s))),
            script(u"db2"_s, rsyncTargetScript(home(u"~/relay/t"_s), {u"-a"_s})), {}, {},
            [&](qint64 toTarget, qint64) {
                if (toTarget > 1'000'000 && !std::exchange(killed, true))
                    on(host, "kill -KILL $(ps -A -o pid=,comm= | sed -n 's/ rsync$//p')");
            },
            {});
        QVERIFY(killed);
        QVERIFY(!result.source.succeeded() && !result.target.succeeded());
        QCOMPARE(outcomeText(host == u"db1"_s ? result.source : result.target), "signalled KILL");
        QVERIFY(std::holds_alternative<Exited>(host == u"db1"_s ? result.target.outcome : result.source.outcome));
        QVERIFY(result.target.elapsed < 20s * timeScale && result.source.elapsed < 20s * timeScale);
        QTRY_COMPARE(leftBehind(), QByteArray());
    }

private:
    static inline const QString sourceDirectory = u"~/relay/it's a \"source\" $x"_s;
    static inline const QString targetDirectory = u"~/relay/the `target` *"_s;

    // What a test calls ~ is an absolute path for the scripts.
    QString home(QString path)
    {
        if (m_home.isEmpty())
            m_home = QString::fromUtf8(on(u"db1"_s, "printf %s ~").output.head);
        return path.startsWith(u'~') ? path.replace(0, 1, m_home) : path;
    }
    QByteArray quoted(const QString& path) { return shellQuote(home(path)); }
    static RemoteCommand script(const QString& host, const QByteArray& text)
    {
        return at(host, "exec /bin/sh -c " + shellQuote(QString::fromUtf8(text)), 120s * timeScale);
    }
    RelayResult rsync(const QStringList& options, const QString& from = sourceDirectory, const QString& to = targetDirectory, const OutputSink& sink = {})
    {
        return m_shell->relay(script(u"db1"_s, rsyncSourceScript(home(from))),
            script(u"db2"_s, rsyncTargetScript(home(to), rsyncCopyOptions() + options)), {}, sink, {}, {});
    }
    RemoteResult makeTree()
    {
        return on(u"db1"_s, "d=" + quoted(sourceDirectory) +
            "; mkdir -p \"$d\" && cd \"$d\" && mkdir -p base/1 base/5 'a b' empty \"it's not \\\"here\\\"\" &&\n"
            "i=0; while [ $i -lt 400 ]; do head -c $((i * 37)) ../big >\"base/$((i % 2 * 4 + 1))/$i\"; i=$((i+1)); done\n"
            "head -c 1000000 ../big >'a b/-rf *'; printf x >\"a b/new\n"
            "line\"; printf '\\001' >\"a b/$(printf '\\377\\376')\"; : >'a b/$(touch x)'; ln -s '../a b' base/link; echo no >\"it's not \\\"here\\\"/x\"\n"
            "echo secret >private; chmod 600 private; chmod 700 empty; touch -d '2001-02-03 04:05:06' private; ls -l >/dev/null");
    }
    QByteArray tree(const QString& host, const QString& directory)
    {
        return on(host, "cd " + quoted(directory)
                + " && { find . -type f -printf '%P %m %s %T@\\n'; find . ! -type f -printf '%P %y %m %l\\n'; } | LC_ALL=C sort; "
                  "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum").output.head;
    }
    // Processes of the scripts.
    QByteArray leftBehind()
    {
        QByteArray all;
        for (const QString& host : {u"db1"_s, u"db2"_s})
            all += on(host, "ps -A -o comm= | grep -x -e rsync -e cat").output.head;
        return all;
    }

    QString m_home;

    SshShell::Options options() const
    {
        return {.configFile = m_lab->sshConfigFile(),
            .connectTimeout = 5s * timeScale,
            .heartbeatInterval = 500ms,
            .heartbeatPatience = 2500ms * timeScale};
    }
    static RemoteCommand at(const QString& host, const QByteArray& command, std::chrono::milliseconds timeout = 60s * timeScale)
    {
        return {.target = {host}, .command = command, .timeout = timeout, .killGrace = 1s};
    }
    RelayResult relay(const QByteArray& source, const QByteArray& target)
    {
        return m_shell->relay(at(u"db1"_s, source), at(u"db2"_s, target), {}, {}, {}, {});
    }
    RemoteResult on(const QString& host, const QByteArray& command) { return m_shell->run(at(host, command), {}, {}); }
    QByteArray sum(const QString& host, const QByteArray& file) { return on(host, "cd ~/relay && sha256sum <" + file).output.head; }
    static const char* text(const RelayResult& result)
    {
        static QByteArray text;
        text = "source " + outcomeText(result.source) + ' ' + result.source.errors.head + "; target " + outcomeText(result.target) + ' '
            + result.target.errors.head;
        return text.constData();
    }
    // `fault` once an endless relay has moved a few megabytes.
    RelayResult whileRunning(const std::function<void()>& fault)
    {
        std::future<void> done;
        const RelayResult result = m_shell->relay(at(u"db1"_s, "cat /dev/zero"), at(u"db2"_s, "cat >/dev/null"), {}, {},
            [&](qint64 toTarget, qint64) {
                if (toTarget > 3'000'000 && !done.valid())
                    done = std::async(std::launch::async, fault);
            },
            {});
        if (done.valid())
            done.get();
        return result;
    }

    std::unique_ptr<Lab> m_lab;
    std::unique_ptr<SshShell> m_shell;
};

QTEST_GUILESS_MAIN(TestSshRelay)
#include "tst_ssh_relay.moc"
