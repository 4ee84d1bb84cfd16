#include "models/operations/replicationchecks.h"
#include "models/operations/replicationplanner.h"

#include "models/postgres/shellquote.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

QByteArray hasDatabaseScript(const QString& directory) { return QByteArray("[ -e " + shellQuote(QString(directory % u"/PG_VERSION")) + " ] || exit 1\n"); }

// Debian keeps the configuration outside the data directory; a new member gets its source's, so that it is as large.
Step copyConfiguration(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    const QString folder = plan.survey(source).configDirectory;
    const QString parent = folder.section(u'/', 0, -2);
    const QString name = folder.section(u'/', -1);
    const Survey& above = plan.survey(source);
    const QByteArray shell = plan.survey(instance).shell;
    Step step = plan.step(instance, Words::tr("Copy the configuration files of %1 to %2").arg(plan.name(source), plan.host(instance)));
    RelayScripts relay;
    relay.source = plan.step(source, {}).address.remote;
    // Without its end: -c and the script follow.
    const auto command = [](const QByteArray& line) { return line.endsWith(" -s") ? line.chopped(3) : line; };
    relay.sourceShell = command(above.shell);
    relay.shell = command(shell);
    relay.sourceScript = "exec tar -C " + shellQuote(parent) + " -cf - -- " + shellQuote(name) + " </dev/null\n";
    relay.script = shellVariable("folder", folder) + shellVariable("directory", plan.directory(instance)) + R"sh(
set -eu
umask 022
[ ! -e "$folder/postgresql.conf" ]
part=$folder.elephaas
rm -rf "$part"
mkdir -p "$part"
tar -C "$part" --strip-components=1 -xf -
quoted=$(printf '%s' "$directory" | sed "s/'/''/g")
sed "s/^[[:space:]]*data_directory[[:space:]]*=.*/#&/" "$part/postgresql.conf" >"$part/postgresql.conf.new"
printf "data_directory = '%s'\n" "$quoted" >>"$part/postgresql.conf.new"
cat "$part/postgresql.conf.new" >"$part/postgresql.conf"
rm "$part/postgresql.conf.new"
rmdir "$folder" 2>/dev/null || [ ! -e "$folder" ]
mv "$part" "$folder"
sync "$folder" 2>/dev/null || sync
)sh";
    step.action = relay;
    step.doneScript = "[ -e " + shellQuote(QString(folder % u"/postgresql.conf")) + " ] || exit 1\n";
    step.proofScript = step.doneScript;
    return step;
}

void addReplica(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    checkSource(plan, instance, source);
    checkClock(plan, instance);
    checkConnection(plan, instance, source);
    checkLeftovers(plan, instance);
    const Survey& seen = plan.survey(instance);
    const Survey& above = plan.survey(source);
    RebuildShape shape{.source = source, .method = plan.request().method, .isNew = true};
    if (!above.configDirectory.isEmpty() && seen.configDirectory.isEmpty()) {
        for (const Instance* one : {&instance, &source}) {
            if (plan.survey(*one).mayRelay == false)
                plan.block(instance, "account",
                    Words::tr("sudo on %1 allows \"/bin/sh -s\", but not \"/bin/sh -c\" with a script: the configuration files cannot be copied.").arg(plan.host(*one)),
                    {.measured = plan.survey(*one).remoteUser, .limit = {},
                        .cure = Words::tr("Allow it there, or copy %1 to its server and look again.").arg(above.configDirectory)});
        }
        shape.beforeStart = {plan.add(copyConfiguration(plan, instance, source))};
    }
    addRebuildSteps(plan, instance, shape);
}

void addHerd(PlanBuilder& plan, const Instance& instance)
{
    plan.warn(instance, "new-herd", Words::tr("No member of its herd runs as primary: an empty database cluster is made, and it becomes the primary."),
        {.measured = {}, .limit = {}, .cure = Words::tr("If the herd has data elsewhere, start or promote that member first.")});
    const auto init = plan.command(instance, u"init"_s);
    const auto start = plan.command(instance, u"start"_s);
    if (!init || !start)
        return;
    Step make = plan.step(instance, Words::tr("Make the database cluster %1").arg(plan.name(instance)));
    make.action = *init;
    make.doneScript = hasDatabaseScript(plan.directory(instance));
    make.proofScript = make.doneScript;
    make.timeout = plan.options().startTimeout;
    const int made = plan.add(std::move(make));
    Step run = plan.start(instance, *start);
    run.after = {made};
    const int running = plan.add(std::move(run));
    Step inventory = plan.setUpstream(instance, nullptr);
    inventory.after = {running};
    plan.add(std::move(inventory));
}

} // namespace

void planInitialise(PlanBuilder& plan, const Instance& instance)
{
    checkReach(plan, instance);
    if (plan.isBlocked(instance))
        return;
    checkSupervisor(plan, instance);
    const Survey& seen = plan.survey(instance);
    if (seen.hasDatabase == true || seen.answered)
        return plan.block(instance, "state", Words::tr("There is a database in its directory already: it is never initialised again."),
            {.measured = plan.directory(instance), .limit = {}, .cure = Words::tr("Use Rebuild to make it anew from another member.")});
    if (seen.exists == true && seen.isEmpty != true)
        return plan.block(instance, "directory", Words::tr("Its data directory is there and is not empty, but has no database."),
            {.measured = plan.directory(instance), .limit = Words::tr("missing or empty"), .cure = Words::tr("Look what it is, and move it away.")});
    if (seen.exists != false && seen.isEmpty != true)
        return plan.block(instance, "directory", Words::tr("Whether its data directory is missing or empty is not known."),
            {.measured = plan.directory(instance), .limit = Words::tr("missing or empty"), .cure = Words::tr("Check its access rights.")});
    plan.ok(instance, "directory", Words::tr("Its data directory is missing or empty."), {.measured = plan.directory(instance), .limit = {}, .cure = {}});
    if (const Instance* source = sourceFor(plan.request(), plan.inventory(), plan.facts(), instance))
        return addReplica(plan, instance, *source);
    // Nobody knows of those that could not be looked at: one of them may have the herd's data.
    for (const InstanceId id : plan.inventory().instancesOf(instance.herd)) {
        const Instance* member = plan.inventory().find(id);
        const Survey& other = plan.survey(*member);
        if (id == instance.id || (other.isComplete && other.hasDatabase == false))
            continue;
        plan.block(instance, "herd",
            other.isComplete ? Words::tr("%1 has a database, but does not run as primary.").arg(plan.name(*member))
                             : Words::tr("%1 could not be looked at: it may have the herd's data.").arg(plan.name(*member)),
            {.measured = {}, .limit = {}, .cure = Words::tr("Start it, so that a replica can be made of it.")}, Override::WithReason);
    }
    addHerd(plan, instance);
}

} // namespace elephaas
