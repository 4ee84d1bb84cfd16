// Runs what command templates become in real shells, over hostile values: the arguments that arrive are the values, and nothing else
// happens.

#include "models/postgres/commandtemplates.h"
#include "models/postgres/shellquote.h"
#include "tests/support/timescale.h"
#include "tests/unit/postgres/hostiletext.h"
#include "tests/unit/postgres/templatefixture.h"

#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Case {
    QByteArray command;
    QByteArrayList arguments; // that `show` is to see
    QString origin;
};

// Defines `show`, which writes its arguments: each followed by a NUL, and a line end after the last.
constexpr auto showFunction = "show() { for a; do printf '%s\\0' \"$a\"; done; echo; }\n";

QByteArray expectedOutput(const QByteArrayList& arguments)
{
    QByteArray text;
    for (const QByteArray& argument : arguments)
        text += argument + '\0';
    return text + '\n';
}

} // namespace

class ShellPlacementTest final : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    int m_scripts = 0;

    // All cases in one process of the shell; afterwards its output, and that it said and made nothing else.
    void run(const QString& shell, const QString& locale, const std::vector<Case>& cases)
    {
        QByteArray script = showFunction;
        QByteArray expected;
        for (const Case& one : cases) {
            script += one.command + '\n';
            expected += expectedOutput(one.arguments);
        }
        const QString path = m_directory.filePath(u"script%1"_s.arg(++m_scripts));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(script) == script.size());
        file.close();
        const QString empty = m_directory.filePath(u"cwd%1"_s.arg(m_scripts));
        QVERIFY(QDir().mkpath(empty));
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"LC_ALL"_s, locale);
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(empty);
        process.start(shell, {path});
        QVERIFY(process.waitForFinished(120000 * tests::timeScale));
        const QByteArray output = process.readAllStandardOutput();
        const QByteArray errors = process.readAllStandardError();
        if (output != expected || !errors.isEmpty())
            explain(cases, output, errors);
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 0);
        QVERIFY(QDir(empty).isEmpty());
    }

    static void explain(const std::vector<Case>& cases, const QByteArray& output, const QByteArray& errors)
    {
        qsizetype at = 0;
        for (const Case& one : cases) {
            const QByteArray expected = expectedOutput(one.arguments);
            if (output.sliced(std::min(at, output.size()), std::min(expected.size(), std::max<qsizetype>(output.size() - at, 0))) != expected) {
                QFAIL(qPrintable(u"%1\nbecame %2\nseen %3\nerrors %4"_s.arg(one.origin, QString::fromUtf8(one.command),
                    QString::fromUtf8(output.sliced(std::min(at, output.size())).first(std::min<qsizetype>(400, output.size() - at)).toPercentEncoding()),
                    QString::fromUtf8(errors.first(std::min<qsizetype>(400, errors.size()))))));
            }
            at += expected.size();
        }
        QFAIL(errors.constData());
    }

    static void shells()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QString>("locale");
        QStringList seen; // Debian's sh is dash
        for (const QString& shell : {u"sh"_s, u"dash"_s, u"bash"_s}) {
            const QString program = QFileInfo(QStandardPaths::findExecutable(shell)).canonicalFilePath();
            QVERIFY2(!program.isEmpty(), qPrintable(shell + u" is missing"_s));
            if (!seen.contains(program))
                QTest::newRow(qPrintable(shell)) << shell << u"C.UTF-8"_s;
            seen += program;
        }
        QTest::newRow("bash, C") << u"bash"_s << u"C"_s;
    }

    // The value in the herd's description, which may be any text; {inst.herd.herd_descr} is written as VALUE here.
    static Expected<QByteArray> build(const QString& text, const QString& value)
    {
        InventoryRows rows = test::templateRows();
        rows.herds[0].description = value;
        QString full = text;
        full.replace(u"VALUE"_s, u"{inst.herd.herd_descr}"_s);
        return CommandTemplates({{u"t"_s, full}}).build(u"t"_s, Inventory(std::move(rows), {}, 1, {}), InstanceId(1));
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_directory.isValid()); }

    void everyPlace_data() { shells(); }
    void everyPlace()
    {
        QFETCH(QString, shell);
        QFETCH(QString, locale);
        // How a template is written, and what of the value arrives: %1 is the value.
        const std::vector<std::pair<QString, QStringList>> places{
            {u"show VALUE"_s, {u"%1"_s}},
            {u"show \"VALUE\""_s, {u"%1"_s}},
            {u"show 'VALUE'"_s, {u"%1"_s}},
            {u"show a 'x y'VALUE\"z $((1+1))\"VALUE b"_s, {u"a"_s, u"x y%1z 2%1"_s, u"b"_s}},
            {u"v=w; show \"$v VALUE$v\" \"$vVALUE\" $vVALUE \"${{v}}VALUE\" $?VALUE"_s, {u"w %1w"_s, u"w%1"_s, u"w%1"_s, u"w%1"_s, u"0%1"_s}},
            {u"show \"$(printf '%sx' VALUE)\" \"$(printf '%sx' \"VALUE\")\" \"$(printf '%sx' 'VALUE')\""_s, {u"%1x"_s, u"%1x"_s, u"%1x"_s}},
            {u"x=VALUE y=\"VALUE\"; show \"$x\" \"$y\""_s, {u"%1"_s, u"%1"_s}},
            {u"for x in VALUE 'VALUE'; do show \"$x\" VALUE; done | {{ cat; }} # it's"_s, {u"%1"_s, u"%1"_s, u"\n%1"_s, u"%1"_s}},
            {u"sh -c 'for a; do printf \"%s\\0\" \"$a\"; done; echo' VALUE VALUE \"VALUE\""_s, {u"%1"_s, u"%1"_s}},
            {u"(show '{{}}' {{VALUE,x}} a=VALUE -x\"VALUE\")"_s, {u"{}"_s, u"{%1,x}"_s, u"a=%1"_s, u"-x%1"_s}},
            {u"show VALUE>/dev/stdout </dev/null"_s, {u"%1"_s}},
            {u"show 1VALUE>/dev/stdout 2>&1"_s, {u"1%1"_s}},
            {u"if [ x\"VALUE\" = xVALUE ]; then show \"`echo yes`\" \\\"VALUE; else show no; fi"_s, {u"yes"_s, u"\"%1"_s}},
        };
        test::HostileText hostile(test::seed());
        constexpr int valuesPerPlace = 10000;
        for (const auto& [text, arguments] : places) {
            // dash is not the only shell whose words may not begin a brace expansion; bash's is bash's own.
            if (shell == u"bash" && text.contains(u"{{VALUE"_s))
                continue;
            std::vector<Case> cases;
            const bool startsProcesses = text.startsWith(u"sh -c"_s) || text.contains(u"cat"_s) || text.contains(u"$(p"_s) || text.contains(u'`');
            for (int i = 0; i < (startsProcesses ? 200 : valuesPerPlace); ++i) {
                const QString value = hostile.next();
                const auto built = build(text, value);
                QVERIFY2(built, built ? "" : qPrintable(built.error().text()));
                QByteArrayList seen;
                for (QString argument : arguments)
                    seen += argument.replace(u"%1"_s, value).toUtf8();
                cases.push_back({*built, seen, text + u" with "_s + value});
            }
            run(shell, locale, cases);
            if (QTest::currentTestFailed())
                return;
        }
    }

    // Words put together at random out of pieces in all kinds of quotes.
    void randomTemplates_data() { shells(); }
    void randomTemplates()
    {
        QFETCH(QString, shell);
        QFETCH(QString, locale);
        test::HostileText hostile(test::seed());
        std::vector<Case> cases;
        for (int i = 0; i < 10000; ++i) {
            const QString value = hostile.next();
            QString text = u"show"_s;
            QByteArrayList arguments;
            for (int words = hostile.below(4); words >= 0; --words) {
                QString argument = u"w"_s; // so that the word exists, and does not begin a comment
                text += u" w"_s;
                for (int parts = hostile.below(5); parts >= 0; --parts) {
                    QString quoted;
                    QString meant;
                    const QStringList inside{u"x"_s, u" "_s, u"VALUE"_s, u"\t"_s, u"#"_s, u"*"_s, u"=/"_s};
                    for (int pieces = hostile.below(4); pieces >= 0; --pieces) {
                        const QString piece = inside[hostile.below(static_cast<int>(inside.size()))];
                        quoted += piece;
                        meant += piece;
                    }
                    switch (hostile.below(3)) {
                    case 0:
                        text += u'\'' + quoted + u'\'';
                        break;
                    case 1:
                        text += u'"' + quoted + u'"';
                        break;
                    default:
                        meant.remove(u' ').remove(u'\t').remove(u'*');
                        text += meant;
                        break;
                    }
                    argument += meant;
                }
                arguments += argument.replace(u"VALUE"_s, value).toUtf8();
            }
            const auto built = build(text, value);
            QVERIFY2(built, built ? "" : qPrintable(text + u'\n' + built.error().text()));
            cases.push_back({*built, arguments, text + u" with "_s + value});
        }
        run(shell, locale, cases);
    }

    // Names and paths: what is accepted arrives, and what is refused is refused for one of the documented reasons only.
    void names_data() { shells(); }
    void names()
    {
        QFETCH(QString, shell);
        QFETCH(QString, locale);
        test::HostileText hostile(test::seed());
        std::vector<Case> cases;
        int refused = 0;
        for (int i = 0; i < 10000; ++i) {
            const QString value = hostile.next();
            InventoryRows rows = test::templateRows();
            rows.herds[0].dataDirectory = value;
            const auto built = CommandTemplates({{u"t"_s, u"show {pgdata} \"{pgdata}/a\" 'b{pgdata}'"_s}})
                                   .build(u"t"_s, Inventory(std::move(rows), {}, 1, {}), InstanceId(1));
            const bool expected = !value.isEmpty() && !value.startsWith(u'-') && !value.contains(u'\n');
            QVERIFY2(built.has_value() == expected, qPrintable(value));
            if (!built) {
                ++refused;
                continue;
            }
            const QByteArray bytes = value.toUtf8();
            cases.push_back({*built, {bytes, bytes + "/a", "b" + bytes}, value});
        }
        QVERIFY(refused > 100 && cases.size() > 1000);
        run(shell, locale, cases);
    }

    void shellQuoteAlone_data() { shells(); }
    void shellQuoteAlone()
    {
        QFETCH(QString, shell);
        QFETCH(QString, locale);
        test::HostileText hostile(test::seed());
        std::vector<Case> cases;
        for (int i = 0; i < 10000; ++i) {
            const QString value = hostile.next();
            cases.push_back({"show " + shellQuote(value), {value.toUtf8()}, value});
        }
        run(shell, locale, cases);
    }

    // Whatever a template looks like, building it ends, and never with an unsaid error.
    void nonsenseTemplates()
    {
        test::HostileText hostile(test::seed());
        int built = 0;
        for (int i = 0; i < 50000; ++i) {
            QString text = hostile.next() + hostile.next();
            if (hostile.below(2) == 0)
                text += u"VALUE"_s + hostile.next();
            const auto result = build(text, hostile.next());
            if (result)
                ++built;
            else
                QVERIFY(!result.error().what.isEmpty() && !result.error().where.isEmpty());
        }
        QVERIFY(built > 0);
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ShellPlacementTest)
#include "tst_shellplacement.moc"
