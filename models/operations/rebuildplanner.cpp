#include "models/domain/visibletext.h"
#include "models/operations/replicationchecks.h"
#include "models/operations/replicationplanner.h"
#include "models/postgres/conninfo.h"
#include "models/postgres/inplacescripts.h"

#include <QDir>

#include <algorithm>
#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

// Which rungs of the ladder are climbed, in this order: a rewind, then one that takes all data anew.
struct Ladder {
    bool rewind = false;
    bool copy = false;
    bool inPlace = false;
    bool isEmpty() const { return !rewind && !copy && !inPlace; }
};

// Whether one lies in the other or is it.
bool isWithin(const QString& path, const QString& folder) { return QString(path % u'/').startsWith(QString(folder % u'/')); }

// What is reached through links is renamed and removed: only what is known to the letter, and apart from any data directory.
QStringList whyNotSwappable(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    QStringList why;
    QStringList paths;
    for (const SurveyedTablespace& one : plan.survey(source).tablespaces)
        paths << one.path;
    if (const QString& wal = plan.survey(instance).walLink; !wal.isEmpty())
        paths << wal;
    for (const QString& path : std::as_const(paths)) {
        if (path.isEmpty())
            why << Words::tr("a tablespace of %1 is in a place whose name is no exact text").arg(plan.name(source));
        else if (!path.startsWith(u'/') || path == "/"_L1 || QDir::cleanPath(path) != path || path.contains(u'\n'))
            why << Words::tr("the link to %1 is not a plain absolute path").arg(visibleText(path));
        else if (std::ranges::count(paths, path) > 1)
            why << Words::tr("%1 serves two links").arg(path);
        for (const Instance* one : {&instance, &source}) {
            const QString directory = plan.directory(*one);
            if (path.startsWith(u'/') && !directory.isEmpty() && (isWithin(path, directory) || isWithin(directory, path)))
                why << Words::tr("%1 and the data directory %2 lie within one another").arg(path, directory);
        }
    }
    why.removeDuplicates();
    return why;
}

// The reasons are told for each rung, whether or not another one will do.
Ladder ladderOf(PlanBuilder& plan, const Instance& instance, const RebuildShape& shape)
{
    const bool any = shape.method == RebuildMethod::Automatic;
    const auto tell = [&](const char* check, bool wanted, const QStringList& why, const QString& can, const QString& cannot, const QString& cure) {
        if (why.isEmpty())
            plan.ok(instance, check, can);
        else if (wanted)
            plan.block(instance, check, cannot, {.measured = why.join(u"; "_s), .limit = {}, .cure = cure});
        else
            plan.warn(instance, check, cannot, {.measured = why.join(u"; "_s), .limit = {}, .cure = cure});
        return why.isEmpty();
    };
    Ladder ladder;
    if (!shape.isNew && (any || shape.method == RebuildMethod::Rewind))
        ladder.rewind = tell("rewind", shape.method == RebuildMethod::Rewind, whyNotRewindable(plan, instance, shape.source),
            Words::tr("Can be rewound, as far as can be told; pg_rewind is asked again when it is stopped."), Words::tr("Cannot be rewound."),
            Words::tr("Turn on wal_log_hints on all members; let the replication user read files (pg_rewind's manual page)."));
    if (any || shape.method == RebuildMethod::Copy) {
        const QStringList why = whyNotCopyable(plan, instance, shape.source) + whyNotSwappable(plan, instance, shape.source);
        const bool last = any && !whyNotInPlace(plan, instance, shape.source).isEmpty();
        ladder.copy = tell("copy", !any || (last && !ladder.rewind), why, Words::tr("A copy can be made beside its data directory and swapped in."),
            Words::tr("No copy can be made beside its data directory."), Words::tr("Rebuild it in place, with rsync."));
    }
    if (shape.method == RebuildMethod::InPlace || (any && !ladder.copy)) {
        const QStringList why = whyNotInPlace(plan, instance, shape.source);
        ladder.inPlace = tell("in-place", !any, why, Words::tr("Its data directory can be brought up to date in place, with rsync."),
            Words::tr("It cannot be brought up to date in place."), Words::tr("Install rsync on both servers."));
    }
    return ladder;
}

void checkRoom(PlanBuilder& plan, const Instance& instance, const RebuildShape& shape)
{
    const auto needed = bytesToCopy(plan, shape.source);
    const auto& free = plan.survey(instance).freeBytes;
    if (!needed || !free)
        return plan.unknown(instance, "space", Words::tr("Whether there is room for a copy is not known."));
    const PlanBuilder::Measure measure{.measured = Words::tr("%1 free").arg(bytesText(*free)), .limit = Words::tr("%1 needed").arg(bytesText(*needed)), .cure = {}};
    if (*free >= *needed + *needed / 20)
        plan.ok(instance, "space", Words::tr("There is room for a copy beside its data directory."), measure);
}

RebuildPlaces placesFor(const PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    RebuildPlaces places{.key = plan.key(), .directory = plan.directory(instance), .major = plan.version(source).value_or(PgVersion{}).major()};
    for (const SurveyedTablespace& one : plan.survey(source).tablespaces)
        places.outside.push_back({QString(u"pg_tblspc/"_s % QString::number(one.oid)), one.path});
    if (const QString wal = plan.survey(instance).walLink; !wal.isEmpty())
        places.outside.push_back({plan.versionFacts(source).walDirectory, wal});
    return places;
}

CopySource copySource(const PlanBuilder& plan, const Instance& instance, const QString& program, const QString& conninfo, const RebuildPlaces& places)
{
    const SurveyedProgram found = plan.survey(instance).programs.value(program);
    const PgVersion version = PgVersion::parse(found.version).value_or(plan.version(instance).value_or(PgVersion{15, 0, 0}));
    return {found.path, conninfo, QStringList{places.directory, places.old(), places.kept()}, !version.atLeast(10)};
}

// A copy is not the standby that it will be: neither synchronous_standby_names nor somebody who looks at the followers shall take it for one.
QString copyConninfo(const QString& standby)
{
    auto info = Conninfo::parse(standby);
    if (!info)
        return standby;
    info->set(u"application_name"_s, u"pg_basebackup"_s);
    return info->text();
}

RewindOptions rewindOptions(const PlanBuilder& plan, const Instance& instance)
{
    const VersionFacts facts = plan.versionFacts(instance);
    const Survey& seen = plan.survey(instance);
    RewindOptions options{.recoversCrash = facts.rewindRestoresWal,
        .restoresWal = facts.rewindRestoresWal && seen.hasRestoreCommand != false,
        .takesConfigFile = facts.rewindTakesConfigFile};
    if (!seen.configDirectory.isEmpty())
        options.configFile = QString(seen.configDirectory % u"/postgresql.conf"_s);
    if (seen.hasRestoreCommand != true) {
        options.psql = seen.programs.value(u"psql"_s).path;
        options.controldata = seen.programs.value(u"pg_controldata"_s).path;
        options.facts = facts;
    }
    return options;
}

// Everything between the stop and the start, for one rung after the other.
class RebuildSteps final {
public:
    RebuildSteps(PlanBuilder& plan, const Instance& instance, const RebuildShape& shape, StandbySettings settings)
        : m_plan(plan)
        , m_instance(instance)
        , m_shape(shape)
        , m_settings(std::move(settings))
        , m_places(placesFor(plan, instance, shape.source))
        , m_name(plan.name(instance))
    {
        m_settings.secretFolders = QStringList{m_places.directory, m_places.old(), m_places.kept()};
    }

    const RebuildPlaces& places() const { return m_places; }

    // The steps of a rewind; remembers which one decides whether another rung is needed.
    void rewind(std::vector<int> after)
    {
        Step checkpoint = m_plan.checkpoint(m_shape.source);
        checkpoint.after = after;
        after = {m_plan.add(std::move(checkpoint))};
        const CopySource source = copySource(m_plan, m_instance, u"pg_rewind"_s, rewindInfo(), m_places);
        const RewindOptions options = rewindOptions(m_plan, m_instance);

        Step ask = m_plan.step(m_instance, Words::tr("Ask pg_rewind whether %1 can be rewound").arg(m_name));
        ask.action = AskScript{ask.shell, canRewindScript(m_places, source, options)};
        ask.timeout = m_plan.options().copyTimeout;
        ask.after = after;
        const int asked = m_plan.add(std::move(ask));

        Step rewind = m_plan.script(m_instance, Words::tr("Rewind %1 and configure it to follow %2").arg(m_name, m_plan.name(m_shape.source)), rewindScript(m_places, source, options, settingsFor(m_places.directory)));
        rewind.doneScript = rewoundScript(m_places);
        rewind.proofScript = rewind.doneScript;
        rewind.precondition = Condition::PostmasterGone;
        rewind.timeout = m_plan.options().copyTimeout;
        rewind.after = {asked};
        rewind.guard = Guard{asked, true};
        rewind.noReturn = true; // what only the target had is gone
        const int rewound = m_plan.add(std::move(rewind));
        m_before = Guard{rewound, false};
        m_ends.push_back(rewound);
    }

    // A copy beside; it may be made while the instance still runs.
    int copy(std::vector<int> after)
    {
        const CopySource source = copySource(m_plan, m_instance, u"pg_basebackup"_s, copyConninfo(m_settings.conninfo), m_places);
        Step copy = m_plan.script(m_instance, Words::tr("Copy %1 to %2, beside").arg(m_plan.name(m_shape.source), m_name), copyScript(m_places, source));
        copy.doneScript = copiedScript(m_places);
        copy.proofScript = copy.doneScript;
        copy.timeout = m_plan.options().copyTimeout;
        copy.after = std::move(after);
        copy.guard = m_before;
        copy.undo = Undo{Words::tr("Remove the copy for %1").arg(m_name), RunScript{copy.shell, removeCopyScript(m_places)}, Condition::None, Condition::None,
            copyRemovedScript(m_places)};
        const int copied = m_plan.add(std::move(copy));
        int last = copied;
        if (!m_shape.isNew) {
            Step carry = m_plan.script(m_instance, Words::tr("Keep the configuration files of %1").arg(m_name), carryConfigurationScript(m_places));
            carry.doneScript = carriedScript(m_places);
            carry.proofScript = carry.doneScript;
            carry.after = {copied};
            carry.guard = guardAfterCopy(copied);
            last = m_plan.add(std::move(carry));
        }
        return configure(m_places.copied(), {last}, guardAfterCopy(copied), swappedScript(m_places));
    }

    // Only what differs travels, through the console; the source is in backup mode meanwhile.
    void inPlace(std::vector<int> after)
    {
        const Instance& source = m_shape.source;
        const InPlaceSource from{m_plan.directory(source), m_plan.psqlCommand(source), m_plan.versionFacts(source)};
        const auto relay = [&](const QString& title, const QByteArray& send, const QByteArray& receive) {
            Step step = m_plan.step(m_instance, title);
            // Without its end: -c and the script follow.
            const auto command = [](const QByteArray& line) { return line.endsWith(" -s") ? line.chopped(3) : line; };
            step.action = RelayScripts{m_plan.step(source, {}).address.remote, command(m_plan.step(source, {}).shell), send, command(step.shell), receive};
            step.precondition = Condition::PostmasterGone;
            step.doneScript = completedScript(m_places);
            step.timeout = m_plan.options().copyTimeout;
            step.after = std::move(after);
            step.guard = m_before;
            return step;
        };
        Step data = relay(Words::tr("Bring %1 up to date with %2, in place").arg(m_name, m_plan.name(source)), sendScript(m_places, from),
            receiveScript(m_places, from.facts, !m_shape.isNew && !m_plan.survey(m_instance).configurationFiles.isEmpty()));
        data.proofScript = receivedScript(m_places);
        data.noReturn = true;
        const int moved = m_plan.add(std::move(data));
        after = {moved};
        Step control = relay(Words::tr("Complete %1 with the control file and the backup label").arg(m_name), sendControlScript(m_places, from),
            receiveControlScript(m_places, from.facts, m_plan.survey(m_instance).programs.value(u"pg_controldata"_s).path));
        control.proofScript = completedScript(m_places);
        const int complete = m_plan.add(std::move(control));
        m_ends.push_back(configure(m_places.directory, {complete}, guardAfterCopy(complete)));
        m_backup = from;
    }

    void swap(const std::vector<int>& after, std::optional<Guard> guard)
    {
        Step swap = m_plan.script(m_instance,
            m_shape.isNew ? Words::tr("Put the copy of %1 in place").arg(m_name) : Words::tr("Swap the copy of %1 in; its old data are kept aside").arg(m_name), swapScript(m_places));
        swap.precondition = Condition::PostmasterGone;
        swap.doneScript = swappedScript(m_places);
        swap.proofScript = swap.doneScript;
        swap.after = after;
        swap.oneOf = after;
        swap.guard = guard;
        if (!m_shape.isNew)
            swap.undo = Undo{Words::tr("Put the old data of %1 back").arg(m_name), RunScript{swap.shell, swapBackScript(m_places)},
                Condition::PostmasterGone, Condition::None, swappedBackScript(m_places), swapBegunScript(m_places)};
        m_ends.push_back(m_plan.add(std::move(swap)));
    }

    void finish(const Action& start, const Action& stop)
    {
        Step started = m_plan.start(m_instance, start);
        started.after = m_ends;
        started.oneOf = m_ends;
        started.after.insert(started.after.end(), m_shape.beforeStart.begin(), m_shape.beforeStart.end());
        started.timeout = m_plan.options().startTimeout + m_plan.options().streamTimeout; // the WAL of a long copy is replayed first
        started.undo = Undo{Words::tr("Stop %1").arg(m_name), stop, Condition::PostmasterRuns, Condition::StoppedCleanly, {}};
        const int running = m_plan.add(std::move(started));
        Step stream = m_plan.stream(m_instance, m_shape.source);
        stream.after = {running};
        const int streams = m_plan.add(std::move(stream));
        Step inventory = m_plan.setUpstream(m_instance, &m_shape.source);
        inventory.after = {streams};
        m_plan.add(std::move(inventory));
        Step cleanUp = m_plan.script(m_instance,
            m_shape.isNew ? Words::tr("Clean up on %1").arg(m_plan.host(m_instance)) : Words::tr("Remove the old data of %1").arg(m_name), cleanUpScript(m_places));
        cleanUp.proofScript = cleanedUpScript(m_places);
        cleanUp.timeout = m_plan.options().stopTimeout * 4; // a large directory
        cleanUp.after = {streams};
        cleanUp.noReturn = true;
        cleanUp.erasesTraces = true;
        m_plan.add(std::move(cleanUp));
        if (m_backup) {
            Step forget = m_plan.script(m_shape.source, Words::tr("Remove the backup's label and slot on %1").arg(m_plan.name(m_shape.source)),
                forgetBackupScript(m_places, *m_backup));
            forget.proofScript = backupForgottenScript(m_places, *m_backup);
            forget.after = {streams};
            forget.erasesTraces = true;
            m_plan.add(std::move(forget));
        }
    }

    std::optional<Guard> guardOfSecondRung() const { return m_before; }

private:
    QString rewindInfo() const
    {
        const auto* trials = m_plan.facts().trialOf(m_instance.id, m_shape.source.id);
        return trials ? trials->ordinaryInfo : QString();
    }

    std::optional<Guard> guardAfterCopy(int copied) const { return m_before ? std::optional(Guard{copied, true}) : std::nullopt; }

    StandbySettings settingsFor(const QString& directory) const
    {
        StandbySettings settings = m_settings;
        settings.dataDirectory = directory;
        return settings;
    }

    int configure(const QString& directory, std::vector<int> after, std::optional<Guard> guard, const QByteArray& done = {})
    {
        const StandbySettings settings = settingsFor(directory);
        Step configure = m_plan.configure(m_instance, m_shape.source, settings);
        configure.doneScript = done;
        // In its place, a server that was started since must not become a standby by its next start.
        if (directory == m_places.directory) {
            configure.precondition = Condition::PostmasterGone;
            configure.doneScript = configure.proofScript;
        }
        configure.after = std::move(after);
        configure.guard = guard;
        return m_plan.add(std::move(configure));
    }

    PlanBuilder& m_plan;
    const Instance& m_instance;
    const RebuildShape& m_shape;
    StandbySettings m_settings;
    const RebuildPlaces m_places;
    const QString m_name;
    std::optional<Guard> m_before; // of the rung that comes after a rewind
    std::vector<int> m_ends; // the last step of each rung
    std::optional<InPlaceSource> m_backup; // what the source has to be rid of at the end
};

void checkTogether(PlanBuilder& plan, const Instance& instance, const Instance& source)
{
    checkClock(plan, instance);
    checkVersion(plan, instance, source);
    checkConnection(plan, instance, source);
    checkLeftovers(plan, instance);
    checkSlotOf(plan, instance, source);
    checkAsFollower(plan, instance, source);
    const Survey& above = plan.survey(source);
    for (const SurveyedTablespace& one : above.tablespaces) {
        plan.warn(instance, "tablespace", Words::tr("A tablespace of %1 is copied to the same path here.").arg(plan.name(source)),
            {.measured = one.path, .limit = {}, .cure = Words::tr("Its room there is not checked: look at it.")});
    }
}

} // namespace

void addRebuildSteps(PlanBuilder& plan, const Instance& instance, const RebuildShape& shape)
{
    if (plan.directory(instance).contains(u'\n'))
        return plan.block(instance, "directory", Words::tr("The name of its data directory has a line feed: it cannot be named safely."),
            {.measured = visibleText(plan.directory(instance)), .limit = {}, .cure = Words::tr("Move it to a directory with a plain name.")});
    const Ladder ladder = ladderOf(plan, instance, shape);
    if (ladder.copy)
        checkRoom(plan, instance, shape);
    auto settings = plan.standbySettings(instance, shape.source, plan.directory(instance));
    const auto stop = plan.command(instance, u"stop"_s);
    const auto start = plan.command(instance, u"start"_s);
    if (ladder.isEmpty() || !settings || !stop || !start)
        return;
    // Before anything is copied: from then on the WAL is kept that the new one will need.
    std::vector<int> first;
    if (const QString slot = plan.survey(instance).primarySlotName; isSlotName(slot)) {
        settings->slotName = slot;
        first = {plan.add(plan.keepSlot(shape.source, slot))};
    }
    RebuildSteps steps(plan, instance, shape, std::move(*settings));
    const auto addLook = [&] {
        if (steps.places().outside.empty())
            return first;
        Step look = plan.script(instance, Words::tr("Look at the places of tablespaces and WAL on %1").arg(plan.host(instance)), lookOutsideScript(steps.places()));
        look.after = first;
        return std::vector{plan.add(std::move(look))};
    };
    const auto addStop = [&](std::vector<int> after) {
        Step step = plan.stop(instance, *stop);
        // A later try finds a new instance there, which needs no stop.
        step.doneScript = "{ " + swappedScript(steps.places()).trimmed().replace("|| exit 1", "") + "; } || { "
            + rewoundScript(steps.places()).trimmed().replace("|| exit 1", "") + "; } || exit 1\n";
        step.after = std::move(after);
        return plan.add(std::move(step));
    };
    if (ladder.rewind) {
        steps.rewind({addStop(first)});
        if (ladder.copy)
            steps.swap({steps.copy({})}, steps.guardOfSecondRung());
        else if (ladder.inPlace)
            steps.inPlace({});
    } else if (ladder.inPlace) {
        steps.inPlace(shape.isNew ? std::vector<int>() : std::vector{addStop(first)});
    } else if (ladder.copy) {
        // Copied while it still runs: down only for the swap.
        // But what is demoted is stopped first: nobody shall write what is lost.
        const bool stopFirst = plan.request().kind == ReplicationKind::Demote;
        const int copied = steps.copy(stopFirst ? std::vector{addStop(addLook())} : first); // a copy looks by itself
        steps.swap(shape.isNew || stopFirst ? std::vector{copied} : std::vector{addStop({copied})}, std::nullopt);
    }
    steps.finish(*start, *stop);
}

void planRebuild(PlanBuilder& plan, const Instance& instance)
{
    const Instance* source = sourceFor(plan.request(), plan.inventory(), plan.facts(), instance);
    checkReach(plan, instance);
    if (!source)
        return plan.block(instance, "upstream", Words::tr("There is no other running primary in its herd to rebuild it from."),
            {.measured = {}, .limit = {}, .cure = Words::tr("Start or promote one, or choose a member to copy from.")});
    checkSource(plan, instance, *source);
    if (plan.isBlocked(instance))
        return;
    const Survey& seen = plan.survey(instance);
    checkSupervisor(plan, instance);
    if (seen.answered && seen.inRecovery == false)
        plan.block(instance, "state", Words::tr("It is a primary that runs."), {.measured = {}, .limit = {}, .cure = Words::tr("Demote it: that rebuilds it, too.")});
    else if (seen.hasDatabase != true && seen.exists != false && seen.isEmpty != true)
        plan.block(instance, "directory", Words::tr("Its data directory is not known to be missing or empty, but has no database."),
            {.measured = plan.directory(instance), .limit = Words::tr("missing or empty"),
                .cure = Words::tr("Check the data directory in the inventory; look what is there, and move it away.")});
    else if (seen.hasDatabase != true)
        plan.warn(instance, "state", Words::tr("There is no database in its directory: it is made anew."), {.measured = plan.directory(instance), .limit = {}, .cure = {}});
    else
        plan.warn(instance, "erased", Words::tr("What is in its data directory now is erased, after the new one streams."),
            {.measured = plan.directory(instance), .limit = {}, .cure = {}});
    if (seen.hasDatabase == true) {
        checkSystemIdentifier(plan, instance, *source);
        checkPosition(plan, instance, *source, true);
    }
    checkSettings(plan, instance, *source);
    checkFollowers(plan, instance);
    checkTogether(plan, instance, *source);
    addRebuildSteps(plan, instance, {.source = *source, .method = plan.request().method});
}

void planDemote(PlanBuilder& plan, const Instance& instance)
{
    const Instance* source = sourceFor(plan.request(), plan.inventory(), plan.facts(), instance);
    const Instance* leader = seenLeaderOf(plan.inventory(), plan.facts(), instance.herd, {});
    checkReach(plan, instance);
    if (plan.isBlocked(instance))
        return;
    checkSupervisor(plan, instance);
    const Survey& seen = plan.survey(instance);
    if (seen.answered && seen.inRecovery == true)
        return plan.block(instance, "state", Words::tr("It is a replica already."));
    if (!seen.answered)
        return plan.block(instance, "state", Words::tr("It does not run: there is nothing to demote."),
            {.measured = seen.controlState, .limit = {}, .cure = Words::tr("Use Rebuild.")});
    if (!source || !seenLeaderOf(plan.inventory(), plan.facts(), instance.herd, instance.id))
        return plan.block(instance, "only-primary", Words::tr("It is the herd's only primary."),
            {.measured = {}, .limit = {}, .cure = Words::tr("Fail over to a replica instead.")});
    if (leader && leader->id == instance.id && !seen.followers.empty())
        return plan.block(instance, "leader", Words::tr("It leads the herd: members follow it."),
            {.measured = QString::number(seen.followers.size()), .limit = u"0"_s, .cure = Words::tr("Let them follow %1 first.").arg(plan.name(*source))});
    if (!seen.followers.empty())
        plan.block(instance, "followers", Words::tr("It still has followers."),
            {.measured = QString::number(seen.followers.size()), .limit = u"0"_s, .cure = Words::tr("Let them follow %1 first.").arg(plan.name(*source))});
    checkSource(plan, instance, *source);
    if (plan.isBlocked(instance))
        return;
    plan.warn(instance, "erased", Words::tr("What was written to it since it parted from %1 is lost.").arg(plan.name(*source)),
        {.measured = plan.directory(instance), .limit = {}, .cure = Words::tr("Save it before, if somebody needs it.")});
    checkSystemIdentifier(plan, instance, *source);
    tellPosition(plan, instance, *source);
    checkSettings(plan, instance, *source);
    checkTogether(plan, instance, *source);
    addRebuildSteps(plan, instance, {.source = *source, .method = plan.request().method});
}

} // namespace elephaas
