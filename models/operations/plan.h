#pragma once

#include "models/domain/error.h"
#include "models/domain/id.h"
#include "models/operations/replicationrequest.h"
#include "models/ports/dnsdirectory.h"
#include "models/ports/remoteshell.h"

#include <QByteArray>
#include <QCoreApplication>
#include <QDateTime>
#include <QJsonObject>
#include <QString>
#include <QUuid>

#include <chrono>
#include <optional>
#include <set>
#include <variant>
#include <vector>

namespace elephaas {

// What was looked at before the plan was made, or shown with it. Blocker: the plan may not run as it is. Unknown: could not
// be measured; never the same as ok.
enum class Severity { Ok, Warning, Blocker, Unknown };

// Findings that the program itself acts upon; the rest is text for people.
enum class FindingCode {
    Other,
    PrimaryWithReplicas, // stop or restart interrupts streaming replicas and writers: asks again
    ProtectedEnvironment, // `environment` has to be typed, or its herd's name
    CommandNotBuildable, // template or inventory lacks something
    Check, // one of the pre-flight list; `check` names it
};

// How a blocker may be passed over: never, or singly with a reason that a person types.
enum class Override { Never, WithReason };

struct Finding {
    Severity severity = Severity::Ok;
    FindingCode code = FindingCode::Other;
    QString target; // "trading on db1"; "" when it is about the whole plan
    QString text; // a sentence: "Is the primary of 2 streaming replicas."
    QString measured = {}; // "2 streaming replicas"
    QString limit = {}; // what it was compared with; may be empty
    QString cure = {}; // what would mend it; may be empty
    std::optional<InstanceId> instance = {};
    QString environment = {};
    QString check = {}; // the name of the check, never translated: "system-identifier"
    Override override_ = Override::Never;
    // `measured` tells how a look failed, in whatever words that came: no measure of what is at stake, and another time it may fail in others.
    bool measuredIsFailure = false;
    QString reason = {}; // typed by the person who passes over the blocker; it then no longer keeps the plan from running
    bool operator==(const Finding&) const = default;
};

// How an instance is found on its server: everything a probe needs, so that a plan read back from the journal can be looked at
// and continued without the inventory it came from.
struct InstanceAddress {
    RemoteTarget remote = {};
    int port = 5432;
    QString dataDirectory = {};
    QString baseName = {};
    QString version = {}; // the inventory's text; may be empty
    bool operator==(const InstanceAddress&) const = default;
};

// Facts about one instance that a step waits for or starts from. Evaluated on observations: conditions.h.
enum class Condition {
    None, // always holds
    PostmasterGone, // no postmaster runs, however it ended
    PostmasterRuns, // a postmaster runs; it need not accept connections
    AcceptsConnections, // answers SQL, or is a standby that reached consistency
    StoppedCleanly, // no postmaster, and the control file says "shut down" or "shut down in recovery"
    Restarted, // accepts connections, and the postmaster's start time is not the one from before the step
    Reloaded, // pg_conf_load_time() moved since before the step
    Promoted, // accepts connections and is out of recovery
    // Runs as a standby, its WAL receiver streams where that can be asked, and the step's upstream shows it in state "streaming"
    // (pg_stat_replication). A row in state "startup" or "catchup" is not attached yet.
    Streaming,
};

// One command given to the remote user's shell.
struct RunCommand {
    QByteArray command;
    // The data directory of the server that it starts: it is waited for no longer than until that one says that it is ready (startScript()).
    QString starts = {};
    bool operator==(const RunCommand&) const = default;
};
// Stop (when a postmaster runs), proof that it is down, start. One step, because the half of it is never wanted: a cancel
// that comes after the instance went down still starts it again.
struct RestartInstance {
    QByteArray stop;
    QByteArray start;
    bool operator==(const RestartInstance&) const = default;
};
// Sends nothing: waits until the step's postcondition holds.
struct WaitUntil {
    bool operator==(const WaitUntil&) const = default;
};
// A script for POSIX sh, handed whole to the command line `shell` (which may change the account) as its standard input: nothing of it
// runs before all of it has arrived.
struct RunScript {
    QByteArray shell = "exec /bin/sh -s";
    QByteArray script = {};
    // Done twice it is the same as done once, and all that it does is to ask the instance for something: it may go to a shell that is kept open.
    bool mayRepeat = false;
    bool operator==(const RunScript&) const = default;
};
// A script that changes nothing and answers a question by its exit status. 0, yes: the step succeeds. 1, no: it is skipped, with the
// script's last line as the reason. Anything else: it fails.
struct AskScript {
    QByteArray shell = "exec /bin/sh -s";
    QByteArray script = {};
    bool operator==(const AskScript&) const = default;
};
// Two scripts at once, each one's standard output being the other's standard input; the bytes pass through the console. The step's own
// server runs `script`, `source` the other one. Both have to end with status 0.
struct RelayScripts {
    RemoteTarget source = {};
    QByteArray sourceShell = "exec /bin/sh"; // gets -c and the script
    QByteArray sourceScript = {};
    QByteArray shell = "exec /bin/sh";
    QByteArray script = {};
    // They talk to each other, and no data moves: ended in the middle, each would stay where it is. Once they were sent, a cancel waits for their end.
    bool isConversation = false;
    int sourcePort = 0; // of the source's instance, where the source's script stops it
    bool operator==(const RelayScripts&) const = default;
};
// Writes into the inventory whom the step's instance follows; nobody: a primary.
struct SetUpstream {
    std::optional<InstanceId> upstream = {};
    bool operator==(const SetUpstream&) const = default;
};
// Lets an alias of the DNS point elsewhere; done already where it does. Rehearsed: only whether that would be accepted is found out.
struct ChangeAlias {
    DnsChange change = {};
    bool rehearse = false;
    bool operator==(const ChangeAlias&) const = default;
};
// Sends nothing: waits until every name server of the zone answers with the target.
struct AwaitAlias {
    QString name = {};
    QString target = {};
    bool operator==(const AwaitAlias&) const = default;
};
using Action = std::variant<RunCommand, RestartInstance, WaitUntil, RunScript, AskScript, RelayScripts, SetUpstream, ChangeAlias, AwaitAlias>;

// For Condition::Streaming: where the instance has to show up, and under which application_name.
struct FollowedUpstream {
    InstanceAddress address = {};
    std::optional<InstanceId> instance = {};
    QString followerName = {};
    // Two members may have the same name, and a row may be of yesterday: where these are known, the row has to be of one of them (client_addr), …
    QStringList followerAddresses = {};
    // … and the instance's own receiver has to be connected to one of these, on that port, as far as it tells.
    QStringList senderHosts = {};
    int senderPort = 0;
    bool operator==(const FollowedUpstream&) const = default;
};

// A step that runs only when another one, which comes before it, ended in a certain way. Otherwise it is skipped: as if answered no
// where the way that it belongs to is not open, as not needed where another way worked. A step that was not needed satisfies no guard.
struct Guard {
    int step = 0;
    // True: when it succeeded or was done already. False: when it was answered no, or failed, which then counts as handled if this one
    // (or what in turn handles this one's failure) ends well.
    bool succeeded = true;
    bool operator==(const Guard&) const = default;
};

// What takes a step back. It runs as a step of its own, under the same rules.
struct Undo {
    QString title; // "Put the old data directory back"
    Action action = WaitUntil{};
    Condition precondition = Condition::None;
    Condition postcondition = Condition::None;
    QByteArray proofScript = {};
    QByteArray question = {}; // whether there is anything to take back, where how the step ended is not known; "": its doneScript tells
    bool operator==(const Undo&) const = default;
};

// What happens to the rest of the plan when a step fails, ends indeterminate or is cancelled.
// StopDependants: what comes `after` it is not run, the rest goes on. Continue: dependants run all the same.
// StopPlan: nothing more is handed out.
enum class OnFailure { StopDependants, Continue, StopPlan };

// What to do when the precondition does not hold although the postcondition does not either.
// Fail: the step fails and nothing is sent. Skip: nothing to do, a warning. Wait: somebody else is at it already (a server
// that is starting up): nothing is sent, the postcondition is waited for.
enum class OnUnmet { Fail, Skip, Wait };

struct Step {
    int id = 0; // position in the plan, from 0
    QString title; // "Stop trading on db1"
    QString target; // "trading on db1"
    std::optional<InstanceId> instance = {};
    std::optional<ServerId> server = {};
    InstanceAddress address = {};
    Action action = WaitUntil{};
    std::vector<int> after = {}; // ids of the steps that must have ended well before
    // Ends of several ways, of which one must have been gone to its end: succeeded, or done already. A step of a way that was not needed ended
    // well, but does not count. Empty: no such ways.
    std::vector<int> oneOf = {};
    Condition precondition = Condition::None;
    OnUnmet onUnmet = OnUnmet::Fail;
    Condition postcondition = Condition::None;
    std::chrono::milliseconds timeout{300000}; // of the whole step: probes, command and the wait for its proof
    OnFailure onFailure = OnFailure::StopDependants;
    std::optional<FollowedUpstream> upstream = {};
    std::optional<Guard> guard = {};
    // Scripts for `/bin/sh -s` under the same account as the action's (the step's `shell` where the action has none). Exit 0: yes, 1: no,
    // anything else: not known; the last line of output is the reason.
    QByteArray shell = "exec /bin/sh -s";
    QByteArray doneScript = {}; // asked first: the step's work was done already, by an earlier try; it is skipped without a warning
    QByteArray proofScript = {}; // asked after the action, besides the postcondition
    // Ends an outage that nobody began: when the primary that was lost was last seen to answer, UTC; may be invalid.
    QDateTime silentSince = {};
    // The action's script ends with the proof: status 0 tells what proofScript and postcondition would, which
    // are asked where the status is another one, or not known.
    bool provesItself = false;
    std::optional<Undo> undo = {};
    bool noReturn = false; // once it may have acted, nothing from before it can be taken back
    // Removes what tells that the steps before it were done. Once it may have acted, the record's word for them counts: a continuation leaves
    // them out.
    bool erasesTraces = false;
    bool operator==(const Step&) const = default;

    // Every command line that the step may send, in order; empty when it sends none.
    std::vector<QByteArray> commands() const;
};

struct PlanLimits {
    int parallel = 16; // steps of this plan at once; the runner's own limits hold as well
    int perServer = 4;
    int perSource = 2; // relays that read from one host
    int stopAfterFailures = 0; // hand out nothing more after so many failed steps; 0: never
    bool operator==(const PlanLimits&) const = default;
};

// What an operation will do: a value that is shown, exported, approved, journalled and compared. Running it is PlanRunner's.
struct Plan {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Plan)
public:
    QUuid id; // becomes the operation's id: a plan runs once
    QString kind; // "start", "stop", "restart", "reload", "promote", "demote", "rebuild", "remaster", "initialise", "switchover", "failover", "refresh-dns", "undo"
    QString title; // "Restart 3 instances"
    std::optional<QUuid> continues = {}; // the operation whose plan this is, tried again or taken back
    // What a person wanted, where the plan changes who follows whom: kept when it is tried again or taken back, so that the state can be
    // held against it then. Plans of earlier versions have none.
    std::optional<ReplicationRequest> request = {};
    quint64 basedOn = 0; // revision of the inventory snapshot it was made from
    QDateTime created = {}; // UTC
    std::vector<HerdId> herds = {}; // which it changes: locked while it runs
    std::vector<Step> steps = {};
    std::vector<Finding> findings = {};
    PlanLimits limits = {};
    bool operator==(const Plan&) const = default;

    // For people, as plain text; control characters of hostile names and commands are made visible.
    QString toText() const;
    // A document of its own, or a part of one with a heading of this level. Whatever names and scripts hold stays text.
    QString toMarkdown(int level = 1) const;
    QJsonObject toJson() const;
    // InvalidInput names the field that is missing or wrong.
    static Expected<Plan> fromJson(const QJsonObject& json);

    // "" when the plan can run; else why not: a blocker, a dependency on a step that does not exist or comes later, no steps.
    QString whyNotRunnable() const;
    bool needsConfirmation() const; // a finding worse than ok
    std::set<QString> environmentsToType() const; // of its ProtectedEnvironment findings
};

// The words used in JSON and in the journal: "warning", "accepts-connections", …
QString keyOf(Severity severity);
QString keyOf(FindingCode code);
QString keyOf(Condition condition);
QString keyOf(OnFailure policy);
QString keyOf(OnUnmet policy);
QString keyOf(Override how);

} // namespace elephaas
