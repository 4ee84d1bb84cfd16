#include "models/postgres/commandpresets.h"
#include "models/postgres/commandtemplates.h"
#include "models/postgres/pythonsettings.h"
#include "tests/unit/postgres/templatefixture.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

using test::templateRows;

class CommandTemplatesTest final : public QObject {
    Q_OBJECT

private:
    static Inventory inventory(InventoryRows rows = templateRows()) { return Inventory(std::move(rows), {}, 1, {}); }
    static Expected<QByteArray> build(const QString& text, qint64 instance = 1, const Inventory& from = inventory())
    {
        return CommandTemplates({{u"start"_s, text}}).build(u"start"_s, from, InstanceId(instance));
    }

private Q_SLOTS:
    // Everything here is exactly what Python's str.format makes of it.
    void values_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("instance");
        QTest::addColumn<QByteArray>("command");
        const auto row = [](const char* name, const QString& text, const QByteArray& command, int instance = 1) {
            QTest::newRow(name) << u"x "_s + text << instance << "x " + command;
        };
        row("data directory", u"{pgdata}"_s, "/data/trading");
        row("own data directory", u"{pgdata} {inst.local_pgdata} {inst.herd.pgdata}"_s, "/srv/pg /srv/pg /data/trading", 2);
        row("version", u"{version[0]}.{version[1]} {version[2]} {version.major} {inst.version}"_s, "9.6 24 9.6 9.6.24");
        row("instance", u"{inst.instance_id} {inst.xlog_pos} {inst.is_online} {inst.port}"_s, "1 4096 True 5433");
        row("offline", u"{inst.is_online}"_s, "False", 2);
        row("herd", u"{inst.herd.herd_id} {inst.herd.base_name} {inst.herd.herd_name} {inst.herd.herd_descr} {inst.herd.db_port}"_s,
            "3 main trading orders 5433");
        row("virtual host", u"{inst.herd.vhost}"_s, "trading.example");
        row("environment", u"{inst.herd.environment.env_name} '{inst.server.environment.env_descr}'"_s, "production 'the real one'");
        row("server", u"{inst.server.hostname}"_s, "db1.example");
        row("upstream", u"{inst.master.server.hostname}:{inst.master.herd.db_port} {inst.master.instance_id}"_s,
            "db1.example:5433 1", 2);
        row("braces", u"{{a}} '{{{pgdata}}}'"_s, "{a} '{/data/trading}'");
        row("quotes of all kinds", u"\"{pgdata}/x y\" '{pgdata} z' $(echo {pgdata}) \"$(echo \"{pgdata}\")\""_s,
            "\"/data/trading/x y\" '/data/trading z' $(echo /data/trading) \"$(echo \"/data/trading\")\"");
        row("shell variables", u"$HOME \"${{HOME:-/}}\" $$ $? $1"_s, "$HOME \"${HOME:-/}\" $$ $? $1");
        row("redirections", u">>{pgdata}/log 2>&1 </dev/null"_s, ">>/data/trading/log 2>&1 </dev/null");
        row("several commands", u"&& cd {pgdata} ; (umask 077; y) | z & w || v"_s, "&& cd /data/trading ; (umask 077; y) | z & w || v");
        row("comment", u"# isn't {pgdata} \"\n y"_s, "# isn't /data/trading \"\n y");
        row("arithmetic", u"$(( {inst.port} + (1 << 2) ))"_s, "$(( 5433 + (1 << 2) ))");
        row("through su", u"; su - postgres -c \"pg_ctl -D {pgdata} start\""_s, "; su - postgres -c \"pg_ctl -D /data/trading start\"");
        row("continued line", u"-D \\\n {pgdata}"_s, "-D  /data/trading");
        row("loop", u"; for f in {pgdata}/*; do echo \"$f\"; done"_s, "; for f in /data/trading/*; do echo \"$f\"; done");
        row("assignment", u"; PGDATA={pgdata} /bin/y"_s, "; PGDATA=/data/trading /bin/y");
    }
    void values()
    {
        QFETCH(QString, text);
        QFETCH(int, instance);
        QFETCH(QByteArray, command);
        const auto built = build(text, instance);
        QVERIFY2(built, built ? "" : qPrintable(built.error().text()));
        QCOMPARE(*built, command);
    }

    void refused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("instance");
        QTest::addColumn<int>("position"); // as people count
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const QString& text, int position, const QString& says, int instance = 1) {
            QTest::newRow(name) << text << instance << position << says;
        };
        row("unknown name", u"x {pgdatas}"_s, 3, u"no name {pgdatas}"_s);
        row("unknown branch", u"x {inst.herd.server.hostname}"_s, 3, u"no name"_s);
        row("a branch is no value", u"x {inst.herd}"_s, 3, u"no name"_s);
        row("bare tree", u"x {inst}"_s, 3, u"no name"_s);
        row("positional", u"x {}"_s, 3, u"no name"_s);
        row("conversion", u"x {pgdata!r}"_s, 3, u"not supported"_s);
        row("format", u"x {inst.port:05d}"_s, 3, u"not supported"_s);
        row("lone closing brace", u"x }"_s, 3, u"no opening"_s);
        row("lone opening brace", u"x {"_s, 3, u"never closed"_s);
        row("no upstream", u"x {inst.master.version}"_s, 3, u"no upstream"_s);
        row("no upstream's upstream", u"x {inst.master.master.version}"_s, 3, u"no upstream"_s, 2);
        row("no environment", u"x {inst.server.environment.env_name}"_s, 3, u"no environment"_s, 2);
        row("no own directory", u"x {inst.local_pgdata}"_s, 3, u"empty"_s);
        row("no position", u"x {inst.xlog_pos}"_s, 3, u"not known"_s, 2);
        row("single quote open", u"x 'a"_s, 3, u"never closed"_s);
        row("double quote open", u"x \"a"_s, 4, u"never closed"_s);
        row("substitution open", u"x $(a"_s, 5, u"never closed"_s);
        row("parameter open", u"x ${{a"_s, 3, u"never closed"_s);
        row("backquote open", u"x `a"_s, 3, u"never closed"_s);
        row("stray parenthesis", u"x )"_s, 3, u"no opening"_s);
        row("here-document", u"x <<E\n{pgdata}\nE\n"_s, 3, u"Here-documents"_s);
        row("value in backquotes", u"x `ls {pgdata}`"_s, 7, u"backquotes"_s);
        row("value in parameter", u"x ${{y:-{pgdata}}}"_s, 9, u"inside ${"_s);
        row("after a backslash", u"x \\{pgdata}"_s, 4, u"backslash"_s);
        row("after a dollar", u"x ${pgdata}"_s, 4, u"dollar"_s);
        row("after a dollar in quotes", u"x \"${pgdata}\""_s, 5, u"dollar"_s);
        row("after a tilde", u"x ~{inst.herd.base_name}"_s, 4, u"tilde"_s);
        row("as a program", u"{pgdata}/bin/y"_s, 1, u"which program"_s);
        row("as a program after an assignment", u"A=b {pgdata}"_s, 5, u"which program"_s);
        row("as a program after a redirection", u"2>/dev/null {pgdata}"_s, 13, u"which program"_s);
        row("as a program in a substitution", u"x $(\"{pgdata}\")"_s, 6, u"which program"_s);
        row("as a program after a keyword", u"if {pgdata}; then y; fi"_s, 4, u"which program"_s);
        row("as a program for sudo", u"sudo {pgdata}/x"_s, 6, u"which program"_s);
        row("inside a program's path", u"/opt/{pgdata}/bin/x"_s, 6, u"another program"_s);
        row("no digits in arithmetic", u"x $(({pgdata}))"_s, 6, u"digits"_s);
        row("case", u"case x in y) z;; esac"_s, 5, u"not supported"_s);
        row("bash arithmetic", u"((x))"_s, 1, u"Only some shells"_s);
        row("bash test", u"[[ a == b ]]"_s, 3, u"not supported"_s);
        row("function", u"x() {{ y; }}"_s, 2, u"functions"_s);
        row("dollar quote", u"x $'a'"_s, 3, u"different shells"_s);
        row("process substitution", u"x <(y)"_s, 3, u"Only some shells"_s);
        row("redirection without target", u"x >;y"_s, 4, u"no target"_s);
        row("trailing backslash", u"x \\"_s, 3, u"ends with a backslash"_s);
        row("empty", u" # nothing"_s, 10, u"empty"_s);
    }
    void refused()
    {
        QFETCH(QString, text);
        QFETCH(int, instance);
        QFETCH(int, position);
        QFETCH(QString, says);
        const auto built = build(text, instance);
        QVERIFY2(!built, built ? built->constData() : "");
        QCOMPARE(built.error().where, u"command template \"start\", character %1"_s.arg(position));
        QVERIFY2(built.error().text().contains(says), qPrintable(built.error().text()));
    }

    // What a value may not be, and where it nevertheless may.
    void hostileValues_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("possible");
        const auto row = [](const char* name, const QString& text, const QString& value, bool possible) {
            QTest::newRow(name) << text << value << possible;
        };
        row("option", u"x {pgdata}"_s, u"-D"_s, false);
        row("option in quotes", u"x \"\"'{pgdata}'"_s, u"-D"_s, false);
        row("option's value", u"x -D{pgdata}"_s, u"-D"_s, true);
        row("after the end of options", u"x -- {pgdata}"_s, u"-D"_s, true);
        row("end of options of another command", u"x -- ; y {pgdata}"_s, u"-D"_s, false);
        row("redirection", u"x >{pgdata}"_s, u"-D"_s, true);
        row("newline", u"x '{pgdata}'"_s, u"a\nb"_s, false);
        row("newline in comment", u"x # {pgdata}"_s, u"a\nb"_s, false);
        row("NUL", u"x {pgdata}"_s, u"a\0b"_s, false);
        row("half a pair", u"x {pgdata}"_s, u"a\xD800"_s, false);
        row("semicolon", u"x {pgdata}"_s, u"a;b"_s, true);
        row("semicolon for sh -c", u"sh -c 'ls {pgdata}'"_s, u"a;b"_s, false);
        row("semicolon for sh -c, glued options", u"/bin/sh -ec \"ls {pgdata}\""_s, u"a;b"_s, false);
        row("argument of sh -c", u"sh -c 'ls \"$1\"' x {pgdata}"_s, u"a;b"_s, true);
        row("semicolon for su", u"sudo su - postgres -c 'ls {pgdata}'"_s, u"a;b"_s, false);
        row("semicolon for su, long option", u"su --command='ls {pgdata}'"_s, u"a;b"_s, false);
        row("user of su", u"su {pgdata} -c ls"_s, u"a;b"_s, true);
        row("semicolon for ssh", u"ssh other ls {pgdata}"_s, u"a;b"_s, false);
        row("semicolon for eval", u"eval ls {pgdata}"_s, u"a;b"_s, false);
        row("blank for pg_ctl -o", u"/usr/bin/pg_ctl start -o '-c x={pgdata}'"_s, u"a b"_s, false);
        row("blank for pg_ctl -D", u"pg_ctl start -D {pgdata}"_s, u"a b"_s, true);
        row("quote for psql -c", u"psql -c \"select '{pgdata}'\""_s, u"a'b"_s, false);
        row("option within sh -c", u"sh -c 'ls {pgdata}'"_s, u"-R"_s, false);
        row("letters within sh -c", u"sh -c 'ls {pgdata}'"_s, u"/größe/字"_s, true);
        row("empty", u"x {pgdata}"_s, QString(), false);
    }
    void hostileValues()
    {
        QFETCH(QString, text);
        QFETCH(QString, value);
        QFETCH(bool, possible);
        InventoryRows rows = templateRows();
        rows.herds[0].dataDirectory = value;
        const auto built = build(text, 1, inventory(rows));
        QVERIFY2(built.has_value() == possible, built ? built->constData() : qPrintable(built.error().text()));
    }

    void nested()
    {
        const CommandTemplates templates({{u"base"_s, u"pg_ctlcluster {version.major} {inst.herd.base_name}"_s},
            {u"start"_s, u"{COMMANDS[base]} start"_s}, {u"quoted"_s, u"echo '{COMMANDS[start]}'"_s}, {u"a"_s, u"{COMMANDS[b]}"_s},
            {u"b"_s, u"x {COMMANDS[a]}"_s}, {u"lost"_s, u"x {COMMANDS[nowhere]}"_s}, {u"wrong"_s, u"x {COMMANDS[deep]}"_s},
            {u"deep"_s, u"abc {nothing}"_s}});
        const Inventory from = inventory();
        QCOMPARE(templates.build(u"start"_s, from, InstanceId(1)).value(), "pg_ctlcluster 9.6 main start");
        QCOMPARE(templates.build(u"quoted"_s, from, InstanceId(1)).value(), "echo 'pg_ctlcluster 9.6 main start'");
        QVERIFY(templates.build(u"a"_s, from, InstanceId(1)).error().text().contains(u"a > b > a"_s));
        QVERIFY(templates.build(u"lost"_s, from, InstanceId(1)).error().text().contains(u"nowhere"_s));
        QCOMPARE(templates.build(u"wrong"_s, from, InstanceId(1)).error().where, u"command template \"deep\", character 5"_s);
        QCOMPARE(templates.build(u"stop"_s, from, InstanceId(1)).error().kind, ErrorKind::NotFound);
        QCOMPARE(templates.build(u"start"_s, from, InstanceId(99)).error().kind, ErrorKind::NotFound);
        QVERIFY(templates.check(u"start"_s));
        QVERIFY(!templates.check(u"wrong"_s));
    }

    void growsOnlySoFar()
    {
        QMap<QString, QString> commands{{u"x0"_s, QString(100, u'a')}};
        for (int i = 1; i < 40; ++i)
            commands[u"x%1"_s.arg(i)] = u"{COMMANDS[x%1]}{COMMANDS[x%1]}"_s.arg(i - 1);
        const auto built = CommandTemplates(commands).build(u"x39"_s, inventory(), InstanceId(1));
        QVERIFY(!built);
        QVERIFY(built.error().text().contains(u"longer"_s));
    }

    void versions_data()
    {
        QTest::addColumn<QString>("version");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QByteArray>("command"); // "": refused
        QTest::newRow("15 major") << u"15"_s << u"{version.major}"_s << QByteArray("15");
        QTest::newRow("15 has no second part") << u"15"_s << u"{version[1]}"_s << QByteArray();
        QTest::newRow("15.4") << u"15.4"_s << u"{version.major} {version[0]}.{version[1]}"_s << QByteArray("15 15.4");
        QTest::newRow("16beta1") << u"16beta1"_s << u"{version.major}"_s << QByteArray("16");
        QTest::newRow("9 only") << u"9"_s << u"{version.major}"_s << QByteArray();
        QTest::newRow("9.6") << u"9.6"_s << u"{version.major}"_s << QByteArray("9.6");
        QTest::newRow("unknown") << QString() << u"{version.major}"_s << QByteArray();
        QTest::newRow("unknown, as text") << QString() << u"{inst.version}"_s << QByteArray();
        QTest::newRow("nonsense") << u"new; rm"_s << u"{version.major}"_s << QByteArray();
        QTest::newRow("nonsense, as text") << u"new; rm"_s << u"{inst.version}"_s << QByteArray("'new; rm'");
    }
    void versions()
    {
        QFETCH(QString, version);
        QFETCH(QString, text);
        QFETCH(QByteArray, command);
        InventoryRows rows = templateRows();
        rows.instances[0].version = version;
        const auto built = build(u"x "_s + text, 1, inventory(rows));
        QCOMPARE(built.has_value(), !command.isEmpty());
        if (built)
            QCOMPARE(*built, "x " + command);
    }

    void aSeenVersionCountsMore()
    {
        InventoryRows rows = templateRows();
        rows.instances[0].version = u"14.1"_s;
        auto seen = std::make_shared<Observation>();
        seen->instance = InstanceId(1);
        seen->version = PgVersion{15, 3, 0};
        const Inventory from(rows, {{InstanceId(1), seen}}, 1, {});
        QCOMPARE(build(u"x {version.major} {version[1]}"_s, 1, from).value(), "x 15 3");
    }

    void presets()
    {
        for (const CommandPreset& preset : commandPresets()) {
            const CommandTemplates templates(preset.commands);
            for (const QString& name : {u"base"_s, u"start"_s, u"stop"_s, u"reload"_s, u"promote"_s, u"init"_s}) {
                QVERIFY(templates.check(name));
                const auto built = templates.build(name, inventory(), InstanceId(1));
                QVERIFY2(built, qPrintable(preset.key + u' ' + name));
                QVERIFY(!built->contains("--force"));
            }
        }
        const auto build = [](qsizetype preset, const QString& name) {
            return CommandTemplates(commandPresets()[static_cast<size_t>(preset)].commands).build(name, inventory(), InstanceId(1)).value();
        };
        QCOMPARE(build(0, u"stop"_s), "pg_ctlcluster 9.6 main stop -m fast");
        QCOMPARE(build(0, u"init"_s), "pg_createcluster -p 5433 -d /data/trading 9.6 main");
        QCOMPARE(build(1, u"start"_s), "/usr/pgsql-9.6/bin/pg_ctl -D /data/trading -w -l /data/trading/pg_ctl.log start");
        QCOMPARE(build(1, u"stop"_s), "/usr/pgsql-9.6/bin/pg_ctl -D /data/trading -w -m fast stop");
        QCOMPARE(build(2, u"start"_s), "sudo -n systemctl start postgresql@9.6-main");
        QCOMPARE(build(2, u"promote"_s), "pg_ctlcluster 9.6 main promote");
        QCOMPARE(build(3, u"promote"_s), "/usr/pgsql-9.6/bin/pg_ctl -D /data/trading -w promote");
        QCOMPARE(build(4, u"reload"_s), "pg_ctl -D /data/trading reload");
    }

    void pythonSettings_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QMap<QString, QString>>("commands");
        using Commands = QMap<QString, QString>;
        QTest::newRow("a settings file") << uR"py(# Django's settings
SECRET_KEY = ''
HELP = """
COMMANDS = {'start': 'not this one'}
"""
COMMANDS = {
    'base': 'pg_ctlcluster {version[0]}.{version[1]} {inst.herd.base_name}',
    "start": '{COMMANDS[base]} start',   # a 'comment'
    'stop': '{COMMANDS[base]} '
            "stop -m fast",
    'reload': ('{COMMANDS[base]}'
               ' reload'),
    u'promote': '{COMMANDS[base]}' + \
                ' promote',
}
DATABASES = {'default': {'ENGINE': 'x'}}
COMMANDS['vacuum'] = 'vacuumdb'
)py"_s << Commands{{u"base"_s, u"pg_ctlcluster {version[0]}.{version[1]} {inst.herd.base_name}"_s},
            {u"start"_s, u"{COMMANDS[base]} start"_s}, {u"stop"_s, u"{COMMANDS[base]} stop -m fast"_s},
            {u"reload"_s, u"{COMMANDS[base]} reload"_s}, {u"promote"_s, u"{COMMANDS[base]} promote"_s},
            {u"vacuum"_s, u"vacuumdb"_s}};
        QTest::newRow("only the dictionary") << u"{'a': 'b'}\n"_s << Commands{{u"a"_s, u"b"_s}};
        QTest::newRow("empty") << u"COMMANDS = {}"_s << Commands{};
        QTest::newRow("escapes") << uR"({'a': 'x\'y\\z\n\t\x41\u00e4\101\q'})"_s << Commands{{u"a"_s, u"x'y\\z\n\tA\u00e4A\\q"_s}};
        QTest::newRow("raw") << uR"({'a': r'x\n\'y'})"_s << Commands{{u"a"_s, u"x\\n\\'y"_s}};
        QTest::newRow("triple") << u"{'a': '''x 'y'\nz\\\nw''', \"b\": \"\"\"\"q\"\"\"}"_s
                                << Commands{{u"a"_s, u"x 'y'\nzw"_s}, {u"b"_s, u"\"q"_s}};
        QTest::newRow("twice") << u"COMMANDS = {'a': 'b'}\nCOMMANDS = {'c': 'd'}"_s << Commands{{u"c"_s, u"d"_s}};
        QTest::newRow("line ends of Windows") << u"COMMANDS = {\r\n 'a': 'b',\r\n}\r\n"_s << Commands{{u"a"_s, u"b"_s}};
    }
    void pythonSettings()
    {
        QFETCH(QString, text);
        using Commands = QMap<QString, QString>;
        QFETCH(Commands, commands);
        const auto read = commandsFromPythonSettings(text);
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QCOMPARE(*read, commands);
    }

    void pythonSettingsRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("line");
        QTest::newRow("nothing") << u""_s << 1;
        QTest::newRow("no dictionary") << u"A = {}\nB = 'COMMANDS = {}'"_s << 1;
        QTest::newRow("a call") << u"COMMANDS = {\n 'a': os.system('x')}"_s << 2;
        QTest::newRow("a call alone") << u"COMMANDS = dict(a='b')"_s << 1;
        QTest::newRow("f-string") << u"COMMANDS = {'a': f'x'}"_s << 1;
        QTest::newRow("percent") << u"COMMANDS = {'a': 'x' % y}"_s << 1;
        QTest::newRow("a number") << u"COMMANDS = {'a': 1}"_s << 1;
        QTest::newRow("open") << u"COMMANDS = {'a': 'b',\n"_s << 2;
        QTest::newRow("open string") << u"COMMANDS = {\n\n'a': 'b\n}"_s << 3;
        QTest::newRow("NUL") << u"{'a': '\\0'}"_s << 1;
        QTest::newRow("half a pair") << u"{'a': '\\ud800'}"_s << 1;
        QTest::newRow("deep") << u"{'a': "_s + QString(100000, u'(') << 1;
        QTest::newRow("tail") << u"{'a': 'b'}; x()"_s << 1;
    }
    void pythonSettingsRefused()
    {
        QFETCH(QString, text);
        QFETCH(int, line);
        const auto read = commandsFromPythonSettings(text);
        QVERIFY(!read);
        QCOMPARE(read.error().where, u"line %1"_s.arg(line));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::CommandTemplatesTest)
#include "tst_commandtemplates.moc"
