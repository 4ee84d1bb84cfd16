#include "models/postgres/commandpresets.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Tr {
    Q_DECLARE_TR_FUNCTIONS(elephaas::CommandPresets)
};

// pg_createcluster and pg_ctlcluster (postgresql-common). Never --force: it falls through to an immediate shutdown.
QMap<QString, QString> debian()
{
    return {
        {u"base"_s, u"pg_ctlcluster {version.major} {inst.herd.base_name}"_s},
        {u"start"_s, u"{COMMANDS[base]} start"_s},
        {u"stop"_s, u"{COMMANDS[base]} stop -m fast"_s},
        {u"reload"_s, u"{COMMANDS[base]} reload"_s},
        {u"promote"_s, u"{COMMANDS[base]} promote"_s},
        {u"init"_s, u"pg_createcluster -p {inst.port} -d {pgdata} {version.major} {inst.herd.base_name}"_s},
    };
}

// Without -l the new postmaster would keep the connection's output open, and the command would never end. -w is the default
// only since 10. initdb leaves the port to the configuration.
QMap<QString, QString> pgCtl(const QString& directory)
{
    return {
        {u"base"_s, directory + u"pg_ctl -D {pgdata}"_s},
        {u"start"_s, u"{COMMANDS[base]} -w -l {pgdata}/pg_ctl.log start"_s},
        {u"stop"_s, u"{COMMANDS[base]} -w -m fast stop"_s},
        {u"reload"_s, u"{COMMANDS[base]} reload"_s},
        {u"promote"_s, u"{COMMANDS[base]} -w promote"_s},
        {u"init"_s,
            directory
                + u"initdb -D {pgdata} --auth-local=peer --auth-host=md5 && echo 'port = {inst.port}' >>{pgdata}/postgresql.conf"_s},
    };
}

// `systemd` starts, stops and reloads; what it has no verb for is `rest`'s.
QMap<QString, QString> withSystemd(const QString& unit, QMap<QString, QString> rest)
{
    rest[u"control"_s] = rest[u"base"_s];
    for (const QString& name : {u"promote"_s, u"init"_s})
        rest[name].replace(u"{COMMANDS[base]}"_s, u"{COMMANDS[control]}"_s);
    rest[u"base"_s] = u"sudo -n systemctl"_s;
    for (const QString& verb : {u"start"_s, u"stop"_s, u"reload"_s})
        rest[verb] = u"{COMMANDS[base]} "_s + verb + u' ' + unit;
    return rest;
}

} // namespace

std::vector<CommandPreset> commandPresets()
{
    const QString pgdg = u"/usr/pgsql-{version.major}/bin/"_s;
    return {
        {u"debian"_s, Tr::tr("Debian and Ubuntu"), Tr::tr("pg_ctlcluster; the herd's base name is the cluster name."), debian()},
        {u"pgdg"_s, Tr::tr("Red Hat with PGDG packages"), Tr::tr("pg_ctl in /usr/pgsql-VERSION/bin."), pgCtl(pgdg)},
        {u"systemd"_s, Tr::tr("systemd with sudo, Debian's units"),
            Tr::tr("The remote user may run \"sudo -n systemctl\" for the units postgresql@VERSION-NAME."),
            withSystemd(u"postgresql@{version.major}-{inst.herd.base_name}"_s, debian())},
        {u"systemd-pgdg"_s, Tr::tr("systemd with sudo, PGDG's units"),
            Tr::tr("The remote user may run \"sudo -n systemctl\" for the units postgresql-VERSION."),
            withSystemd(u"postgresql-{version.major}"_s, pgCtl(pgdg))},
        {u"pg_ctl"_s, Tr::tr("Plain pg_ctl"), Tr::tr("pg_ctl and initdb are found by the remote user's PATH."), pgCtl({})},
    };
}

} // namespace elephaas
