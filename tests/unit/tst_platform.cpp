#include "app/hostkeybridge.h"
#include "app/platform/paths.h"
#include "app/platform/singlewindow.h"

#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUuid>

#include <sys/stat.h>

#include <atomic>
#include <thread>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

class PlatformTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void foldersFollowXdgAndArePrivate()
    {
        QTemporaryDir home;
        qputenv("XDG_STATE_HOME", home.filePath(u"state"_s).toLocal8Bit());
        qputenv("XDG_DATA_HOME", home.filePath(u"data"_s).toLocal8Bit());
        const Paths paths = Paths::standard();
        QVERIFY(paths.journal(u"a"_s).startsWith(home.filePath(u"state/elephaas/journal-"_s)));
        QVERIFY(paths.journal(u"a"_s) != paths.journal(u"b"_s));
        QCOMPARE(paths.localInventory(), home.filePath(u"data/elephaas/inventory.sqlite"_s));
        QVERIFY(paths.offlineCopy(u"a"_s) != paths.offlineCopy(u"b"_s));
        QVERIFY(!paths.offlineCopy(u"secret"_s).contains(u"secret"_s));
        QVERIFY(makeFolderOf(paths.journal(u"a"_s)).has_value());
        QVERIFY(makeFolderOf(paths.journal(u"a"_s)).has_value()); // again: there already
        struct stat info{};
        QCOMPARE(::stat(qPrintable(paths.state), &info), 0);
        QCOMPARE(info.st_mode & 0777, mode_t(0700));
    }
    void aFolderThatCannotBeMadeIsNamed()
    {
        const auto made = makeFolderOf(u"/proc/elephaas/inventory.sqlite"_s);
        QVERIFY(!made.has_value());
        QVERIFY(made.error().where.contains(u"/proc/elephaas"_s));
    }

    void secondWindowRaisesTheFirst()
    {
        const QString key = QUuid::createUuid().toString();
        QTemporaryDir runtime;
        qputenv("XDG_RUNTIME_DIR", runtime.path().toLocal8Bit());
        ::chmod(qPrintable(runtime.path()), 0700);
        SingleWindow nobody(key);
        QVERIFY(!nobody.raiseOther(200));
        SingleWindow first(key);
        first.claim();
        QSignalSpy raised(&first, &SingleWindow::raiseRequested);
        std::atomic<bool> answered = false;
        std::jthread other([&] { answered = SingleWindow(key).raiseOther(5000); });
        QTRY_COMPARE(raised.count(), 1);
        QTRY_VERIFY(answered);
    }

    void hostKeyQuestionsWaitForAnAnswer()
    {
        HostKeyBridge bridge;
        std::vector<HostKeyBridge::PendingPtr> asked;
        connect(&bridge, &HostKeyBridge::asked, this, [&](const HostKeyBridge::PendingPtr& pending) { asked.push_back(pending); });
        std::atomic<int> accepted = 0;
        {
            std::jthread yes([&](std::stop_token stop) { accepted += bridge.accept({u"db1"_s, {}, {}}, stop) ? 1 : 0; });
            std::jthread no([&](std::stop_token stop) { accepted += bridge.accept({u"db2"_s, {}, {}}, stop) ? 100 : 0; });
            QTRY_COMPARE(asked.size(), size_t(2));
            for (const auto& pending : asked)
                pending->answer(pending->question().host == u"db1");
        }
        QCOMPARE(accepted.load(), 1);
    }
    void aRefusedKeyIsNotAskedAboutAgainByItself()
    {
        HostKeyBridge bridge;
        std::vector<QString> asked;
        connect(&bridge, &HostKeyBridge::asked, this, [&](const HostKeyBridge::PendingPtr& pending) {
            asked.push_back(pending->question().fingerprint);
            pending->answer(false);
        });
        const auto accept = [&bridge](const QString& fingerprint) {
            std::atomic<int> answer = -1;
            std::jthread worker([&](std::stop_token stop) { answer = bridge.accept({u"db1"_s, u"ssh-ed25519"_s, fingerprint}, stop) ? 1 : 0; });
            return QTest::qWaitFor([&] { return answer >= 0; }) ? answer.load() : -1;
        };
        QCOMPARE(accept(u"SHA256:a"_s), 0);
        QCOMPARE(accept(u"SHA256:a"_s), 0);
        QCOMPARE(asked, std::vector<QString>({u"SHA256:a"_s}));
        QCOMPARE(accept(u"SHA256:b"_s), 0); // another key is another question
        QCOMPARE(asked.size(), size_t(2));
        bridge.askAgain();
        QCOMPARE(accept(u"SHA256:a"_s), 0);
        QCOMPARE(asked.size(), size_t(3));
    }
    void anAskerThatIsStoppedGetsNo()
    {
        HostKeyBridge bridge;
        HostKeyBridge::PendingPtr asked;
        connect(&bridge, &HostKeyBridge::asked, this, [&](const HostKeyBridge::PendingPtr& pending) { asked = pending; });
        std::atomic<bool> accepted = true;
        std::jthread worker([&](std::stop_token stop) { accepted = bridge.accept({u"db1"_s, {}, {}}, stop); });
        QTRY_VERIFY(asked);
        QVERIFY(!asked->isAbandoned());
        worker.request_stop();
        worker.join();
        QVERIFY(!accepted);
        QVERIFY(asked->isAbandoned());
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::PlatformTest)
#include "tst_platform.moc"
