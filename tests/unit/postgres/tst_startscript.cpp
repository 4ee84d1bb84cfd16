#include "models/postgres/startscript.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

// How long a start command is waited for, by the machine's own sh. A pipe stands for the time that a command takes: it ends when the test writes into it.
class StartScriptTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_data = m_folder->filePath(u"da'ta \"1\" $x"_s);
        m_temporary = m_folder->filePath(u"tmp"_s);
        QVERIFY(QDir().mkpath(m_data) && QDir().mkpath(m_temporary));
        QCOMPARE(mkfifo(QFile::encodeName(m_folder->filePath(u"pipe"_s)).constData(), 0600), 0);
    }

    void endsWithTheCommand_data()
    {
        QTest::addColumn<QByteArray>("command");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("well") << QByteArray("echo 'it \"runs\"'") << 0 << QByteArray("it \"runs\"\n");
        QTest::newRow("refused") << QByteArray("echo no >&2; exit 7") << 7 << QByteArray("no\n");
        QTest::newRow("a shell that goes on") << QByteArray("false || echo $UNSET; (exit 2)") << 2 << QByteArray("\n");
        QTest::newRow("not there") << QByteArray("/nowhere/pg_ctl start 2>/dev/null") << 127 << QByteArray();
    }
    void endsWithTheCommand()
    {
        QFETCH(const QByteArray, command);
        QFETCH(const QByteArray, says);
        begin(command);
        QVERIFY(m_process.waitForFinished(30000));
        QTEST(m_process.exitCode(), "status");
        QCOMPARE(m_process.readAllStandardOutput(), says);
        QVERIFY(QDir(m_temporary).isEmpty());
    }

    void endsWhenTheServerIsReady_data()
    {
        QTest::addColumn<QByteArray>("state");
        QTest::newRow("takes connections") << QByteArray("ready   ");
        QTest::newRow("a standby without queries") << QByteArray("standby ");
    }
    void endsWhenTheServerIsReady()
    {
        QFETCH(const QByteArray, state);
        lock(QCoreApplication::applicationPid(), 17, "ready   "); // of the one before
        begin("read -r word <'" + m_folder->filePath(u"pipe"_s).toUtf8() + "'; echo nobody hears it; echo $word >'" + m_folder->filePath(u"ended"_s).toUtf8() + "'");
        QVERIFY(!m_process.waitForFinished(300));
        lock(QCoreApplication::applicationPid(), 18, "starting");
        QVERIFY(!m_process.waitForFinished(300));
        lock(QCoreApplication::applicationPid(), 18, state);
        QVERIFY(m_process.waitForFinished(30000));
        QCOMPARE(m_process.exitCode(), 0);
        QCOMPARE(m_process.readAllStandardOutput(), QByteArray());
        // It is still at it, and nothing is left when it has ended.
        QVERIFY(!QFile::exists(m_folder->filePath(u"ended"_s)));
        QFile pipe(m_folder->filePath(u"pipe"_s));
        QVERIFY(pipe.open(QIODevice::WriteOnly));
        pipe.write("on\n");
        pipe.close();
        QTRY_VERIFY(QFile::exists(m_folder->filePath(u"ended"_s)));
        QTRY_VERIFY(QDir(m_temporary).isEmpty());
    }

    // A process that is not there is not ready, and neither is one of a version that does not say.
    void waitsForTheCommand_data()
    {
        QTest::addColumn<bool>("isThere");
        QTest::addColumn<QByteArray>("state");
        QTest::newRow("gone") << false << QByteArray("ready   ");
        QTest::newRow("9.6") << true << QByteArray();
    }
    void waitsForTheCommand()
    {
        QFETCH(const bool, isThere);
        QFETCH(const QByteArray, state);
        begin("read -r word <'" + m_folder->filePath(u"pipe"_s).toUtf8() + "'; exit 3");
        lock(isThere ? QCoreApplication::applicationPid() : 1 << 30, 18, state);
        QVERIFY(!m_process.waitForFinished(500));
        QFile pipe(m_folder->filePath(u"pipe"_s));
        QVERIFY(pipe.open(QIODevice::WriteOnly));
        pipe.write("on\n");
        pipe.close();
        QVERIFY(m_process.waitForFinished(30000));
        QCOMPARE(m_process.exitCode(), 3);
    }

private:
    void begin(const QByteArray& command)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"TMPDIR"_s, m_temporary);
        m_process.setProcessEnvironment(environment);
        m_process.start(u"/bin/sh"_s, {u"-s"_s});
        m_process.write("main() {\n" + startScript(command, m_data) + "\n}\nmain </dev/null\n");
        m_process.closeWriteChannel();
    }
    void lock(qint64 process, int began, const QByteArray& state) const
    {
        const QString name = m_data + u"/postmaster.pid"_s;
        QFile file(name + u".new"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::number(process) + "\n/data\n" + QByteArray::number(began) + "\n5432\n/run\n*\n 1 2\n" + (state.isEmpty() ? QByteArray() : state + '\n'));
        file.close();
        QFile::remove(name);
        QVERIFY(file.rename(name));
    }

    QProcess m_process;
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_data;
    QString m_temporary;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::StartScriptTest)
#include "tst_startscript.moc"
