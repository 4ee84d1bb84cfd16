#include "models/postgres/conninfo.h"
#include "models/postgres/rebuildscripts.h"
#include "models/postgres/standbyscripts.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

// The scripts of a rebuild, run by the machine's own sh on directories that only look like databases; and connection strings.
class RebuildScriptsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_data = m_folder->filePath(u"da'ta \"1\" $x"_s);
        QVERIFY(QDir().mkpath(m_data + u"/global"_s));
        write(u"PG_VERSION"_s, "15\n");
        write(u"postgresql.conf"_s, "");
        m_places = {.key = u"0123abcd"_s, .directory = m_data};
    }

    void autoConfKeepsEverythingElse_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("kept");
        QTest::newRow("none") << QByteArray() << QByteArray();
        QTest::newRow("comments and odd quoting") << QByteArray("# primary_conninfo = 'x'\nwork_mem '5MB' # a\n\tName.Of = it''s\nx='it''s \\'q\\''\n")
                                                  << QByteArray("# primary_conninfo = 'x'\nwork_mem '5MB' # a\n\tName.Of = it''s\nx='it''s \\'q\\''\n");
        QTest::newRow("ours, in several spellings") << QByteArray("PRIMARY_CONNINFO 'host=a'\n  primary_conninfo='b'\nprimary_slot_name = s\nport = 1\n")
                                                    << QByteArray("port = 1\n");
        QTest::newRow("no line feed at the end") << QByteArray("port = 1") << QByteArray("port = 1\n");
        QTest::newRow("another name that begins alike") << QByteArray("primary_conninfo_x = 1\nx.primary_conninfo = 2\n")
                                                        << QByteArray("primary_conninfo_x = 1\nx.primary_conninfo = 2\n");
        QTest::newRow("not ASCII") << QByteArray("x = '\xc3\xa4\xff'\n") << QByteArray("x = '\xc3\xa4\xff'\n");
    }
    void autoConfKeepsEverythingElse()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, kept);
        if (!before.isNull())
            write(u"postgresql.auto.conf"_s, before);
        const StandbySettings settings{.dataDirectory = m_data, .conninfo = u"host=db1 options='-c a=b\\'\\\\'"_s, .slotName = u"s_1"_s};
        QCOMPARE(run(standbyConfiguredScript(settings)), 1);
        QCOMPARE(run(configureStandbyScript(settings)), 0);
        QCOMPARE(read(u"postgresql.auto.conf"_s), kept + "primary_conninfo = 'host=db1 options=''-c a=b\\\\''\\\\\\\\'''\nprimary_slot_name = 's_1'\n");
        QVERIFY(QFile::exists(m_data + u"/standby.signal"_s));
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
        QCOMPARE(run(configureStandbyScript(settings)), 0); // again: the same
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
        StandbySettings other = settings;
        other.conninfo = u"host=db2"_s;
        QCOMPARE(run(standbyConfiguredScript(other)), 1);
    }

    void passwordsStayWithTheirUser_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("password");
        QTest::newRow("plain") << QByteArray("primary_conninfo = 'user=repl password=secret host=a'\n") << QByteArray("password=''secret''");
        QTest::newRow("quoted twice") << QByteArray("primary_conninfo = 'user=repl password=''a b\\\\''c\\\\\\\\'''\n") << QByteArray("password=''a b\\\\''c\\\\\\\\''");
        QTest::newRow("the last line holds") << QByteArray("primary_conninfo = 'user=repl password=old'\nprimary_conninfo = 'user=repl password=new'\n")
                                             << QByteArray("password=''new''");
        QTest::newRow("another user's") << QByteArray("primary_conninfo = 'user=other password=secret'\n") << QByteArray();
        QTest::newRow("none") << QByteArray("primary_conninfo = 'user=repl'\n") << QByteArray();
        QTest::newRow("in a comment") << QByteArray("#primary_conninfo = 'user=repl password=secret'\n") << QByteArray();
    }
    void passwordsStayWithTheirUser()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, password);
        write(u"postgresql.auto.conf"_s, before);
        const StandbySettings settings{.dataDirectory = m_data, .conninfo = u"user=repl host=db1"_s, .secretFiles = secretFiles()};
        QCOMPARE(run(configureStandbyScript(settings)), 0);
        const QByteArray tail = password.isEmpty() ? QByteArray() : QByteArray(' ' + password);
        const QByteArray comment = before.startsWith('#') ? before : QByteArray();
        QCOMPARE(read(u"postgresql.auto.conf"_s), comment + "primary_conninfo = 'user=repl host=db1" + tail + "'\n");
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
    }

    void recoveryConf()
    {
        write(u"recovery.done"_s, "standby_mode = 'on'\nprimary_conninfo = 'host=a'\nrestore_command = 'cp /a/%f %p'\nrecovery_target_timeline = '1'\n");
        const StandbySettings settings{.dataDirectory = m_data, .conninfo = u"host=db1"_s, .kind = StandbyConfiguration::RecoveryConf};
        QCOMPARE(run(configureStandbyScript(settings)), 0);
        QCOMPARE(read(u"recovery.conf"_s),
            "restore_command = 'cp /a/%f %p'\nprimary_conninfo = 'host=db1'\nstandby_mode = 'on'\nrecovery_target_timeline = 'latest'\n");
        QCOMPARE(run(standbyConfiguredScript(settings)), 0);
        // A server that no longer knows it would not start.
        const StandbySettings newer{.dataDirectory = m_data, .conninfo = u"host=db1"_s};
        QCOMPARE(run(configureStandbyScript(newer)), 0);
        QVERIFY(!QFile::exists(m_data + u"/recovery.conf"_s));
        QVERIFY(QFile::exists(m_data + u"/recovery.conf.elephaas"_s));
    }

    // Wherever it was broken off, the swap comes to its end, and back.
    void swapFromEveryState_data()
    {
        QTest::addColumn<QString>("state");
        QTest::newRow("nothing done") << u"whole"_s;
        QTest::newRow("the old one is away") << u"between"_s;
        QTest::newRow("a tablespace is swapped") << u"tablespace"_s;
        QTest::newRow("all done") << u"done"_s;
    }
    void swapFromEveryState()
    {
        QFETCH(QString, state);
        const QString space = m_folder->filePath(u"space = 1"_s);
        m_places.outside = {{u"pg_tblspc/1"_s, space}};
        const QString newSpace = m_places.besides(space, u".new-");
        QVERIFY(QDir().mkpath(space) && QDir().mkpath(newSpace) && QDir().mkpath(m_places.copied() + u"/pg_tblspc"_s));
        write(u"mine"_s, "old");
        put(space + u"/who"_s, "old");
        put(newSpace + u"/who"_s, "new");
        put(m_places.copied() + u"/PG_VERSION"_s, "15\n");
        put(m_places.copied() + u'/' + m_places.marker(), "");
        QVERIFY(QFile::link(newSpace, m_places.copied() + u"/pg_tblspc/1"_s));
        if (state == u"between"_s)
            QVERIFY(QDir().rename(m_data, m_places.old()));
        if (state == u"tablespace"_s)
            QVERIFY(QDir().rename(space, m_places.besides(space, u".old-")) && QDir().rename(newSpace, space));
        if (state == u"done"_s)
            QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(swappedScript(m_places)), state == u"done"_s ? 0 : 1);
        QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(swappedScript(m_places)), 0);
        QCOMPARE(get(m_data + u"/pg_tblspc/1/who"_s), "new");
        QCOMPARE(get(m_places.old() + u"/mine"_s), "old");
        QCOMPARE(run(swapBackScript(m_places)), 0);
        QCOMPARE(run(swappedBackScript(m_places)), 0);
        QCOMPARE(read(u"mine"_s), "old");
        QCOMPARE(get(space + u"/who"_s), "old");
        QCOMPARE(run(swapScript(m_places)), 0);
        QCOMPARE(run(cleanUpScript(m_places)), 0);
        QCOMPARE(run(cleanedUpScript(m_places)), 0);
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(), 2);
        QCOMPARE(run(cleanUpScript(m_places)), 0);
    }

    void nothingIsSwappedUnderAPostmaster()
    {
        QVERIFY(QDir().mkpath(m_places.copied()));
        put(m_places.copied() + u'/' + m_places.marker(), "");
        write(u"postmaster.pid"_s, QByteArray::number(QCoreApplication::applicationPid()) + '\n');
        QCOMPARE(run(swapScript(m_places)), 3);
        QVERIFY(!QFile::exists(m_places.old()));
    }
    void nothingIsSwappedWithoutACopy()
    {
        QVERIFY(QDir().mkpath(m_places.copied()));
        QCOMPARE(run(swapScript(m_places)), 3);
        QVERIFY(QFile::exists(m_data + u"/PG_VERSION"_s));
    }
    void nothingIsRemovedWithoutADatabase()
    {
        QVERIFY(QDir().rename(m_data, m_places.old()));
        QCOMPARE(run(cleanUpScript(m_places)), 3);
        QVERIFY(QFile::exists(m_places.old() + u"/PG_VERSION"_s));
    }

    void conninfo_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("normal");
        QTest::newRow("plain") << u" host = a  port=1 "_s << u"host=a port=1"_s;
        QTest::newRow("quoted") << u"host='a b' user='it\\'s' x='\\\\'"_s << u"host='a b' user='it\\'s' x='\\\\'"_s;
        QTest::newRow("twice") << u"host=a port=1 host=b"_s << u"host=b port=1"_s;
        QTest::newRow("empty value") << u"host='' port=1"_s << u"port=1"_s;
        QTest::newRow("uri") << u"postgresql://me@h:77/db?application_name=x%20y"_s << u"user=me host=h port=77 dbname=db application_name='x y'"_s;
        QTest::newRow("no value") << u"host"_s << QString();
        QTest::newRow("open quotes") << u"host='a"_s << QString();
    }
    void conninfo()
    {
        QFETCH(QString, text);
        QFETCH(QString, normal);
        const auto info = Conninfo::parse(text);
        QCOMPARE(info.has_value(), !normal.isEmpty());
        if (info)
            QCOMPARE(info->text(), normal);
    }

private:
    static int run(const QByteArray& script)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(u"/bin/sh"_s, {u"-s"_s});
        process.write("main() {\n" + script + "\n}\nmain </dev/null\n");
        process.closeWriteChannel();
        return process.waitForFinished() && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    }
    static void put(const QString& name, const QByteArray& content)
    {
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    static QByteArray get(const QString& name)
    {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no file");
    }
    void write(const QString& name, const QByteArray& content) const { put(m_data + u'/' + name, content); }
    QByteArray read(const QString& name) const { return get(m_data + u'/' + name); }
    QStringList secretFiles() const { return {m_data}; }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_data;
    RebuildPlaces m_places;
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::RebuildScriptsTest)
#include "tst_rebuildscripts.moc"
