#include "app/commandline.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

class CommandLineTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void defaults()
    {
        const auto parsed = parseCommandLine({u"elephaas"_s});
        QVERIFY(!parsed.message);
        QCOMPARE(parsed.options.theme, CommandLine::Theme::Auto);
        QVERIFY(!parsed.options.readOnly);
        QVERIFY(!parsed.options.isHeadless());
    }
    void everyOption()
    {
        const auto parsed = parseCommandLine({u"elephaas"_s, u"--connect"_s, u"service=inventory"_s, u"--schema=ele"_s, u"--read-only"_s,
            u"--theme=dark"_s, u"--ssh-config"_s, u"/tmp/a b"_s, u"--filter"_s, u"prod 15"_s, u"--new-window"_s, u"--screenshot=x.png"_s});
        QVERIFY2(!parsed.message, qPrintable(parsed.message.value_or(QString())));
        QCOMPARE(parsed.options.connection, u"service=inventory"_s);
        QCOMPARE(parsed.options.schema, u"ele"_s);
        QVERIFY(parsed.options.readOnly);
        QVERIFY(parsed.options.newWindow);
        QCOMPARE(parsed.options.theme, CommandLine::Theme::Dark);
        QCOMPARE(parsed.options.sshConfigFile, u"/tmp/a b"_s);
        QCOMPARE(parsed.options.filter, u"prod 15"_s);
        QCOMPARE(parsed.options.screenshotFile, u"x.png"_s);
    }
    void wrong_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("said");
        QTest::newRow("unknown option") << QStringList{u"--colour"_s} << u"colour"_s;
        QTest::newRow("stray word") << QStringList{u"prod"_s} << u"prod"_s;
        QTest::newRow("two inventories") << QStringList{u"--inventory=a"_s, u"--connect=b"_s} << u"--connect"_s;
        QTest::newRow("both ways") << QStringList{u"--import=a"_s, u"--export=b"_s} << u"--export"_s;
        QTest::newRow("theme") << QStringList{u"--theme=pink"_s} << u"pink"_s;
        QTest::newRow("migrate what") << QStringList{u"--migrate"_s} << u"--connect"_s;
        QTest::newRow("empty value") << QStringList{u"--import="_s} << u"--import"_s;
    }
    void wrong()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, said);
        const auto parsed = parseCommandLine(QStringList{u"elephaas"_s} + arguments);
        QVERIFY(parsed.message);
        QCOMPARE(parsed.exitCode, 2);
        QVERIFY2(parsed.message->contains(said), qPrintable(*parsed.message));
    }
    void helpAndVersionEndWell()
    {
        const auto help = parseCommandLine({u"elephaas"_s, u"--help"_s});
        QVERIFY(help.message && help.message->contains(u"--read-only"_s));
        QCOMPARE(help.exitCode, 0);
        const auto version = parseCommandLine({u"elephaas"_s, u"--version"_s});
        QVERIFY(version.message && version.message->startsWith(u"elephaas "_s));
        QCOMPARE(version.exitCode, 0);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::CommandLineTest)
#include "tst_commandline.moc"
