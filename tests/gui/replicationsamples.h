#pragma once

#include "models/operations/plan.h"

namespace elephaas {

// A rebuild of instance 2 of the sample rows (trading on db2) from instance 1, with a bit of everything: each weight of check, each kind of
// action, guards, proofs and an undo.
inline Plan sampleRebuild()
{
    using namespace Qt::Literals::StringLiterals;
    const QString target = u"trading on db2"_s;
    const auto finding = [&](Severity severity, const QString& check, const QString& text, const QString& measured = {}, const QString& limit = {},
                             const QString& cure = {}, Override how = Override::Never) {
        return Finding{.severity = severity, .code = FindingCode::Check, .target = target, .text = text, .measured = measured, .limit = limit,
            .cure = cure, .instance = InstanceId(2), .check = check, .override_ = how};
    };
    const auto step = [&](const QString& title, Action action) {
        return Step{.title = title, .target = target, .instance = InstanceId(2), .server = ServerId(2),
            .address = {.remote = {.host = u"db2"_s, .user = u"postgres"_s}}, .action = std::move(action)};
    };
    Plan plan;
    plan.id = QUuid::createUuid();
    plan.kind = u"rebuild"_s;
    plan.title = u"Rebuild trading on db2 from trading on db1"_s;
    plan.basedOn = 7;
    plan.created = QDateTime(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC);
    plan.findings = {finding(Severity::Ok, u"reach"_s, u"SSH works, and every program is there."_s),
        finding(Severity::Ok, u"system-identifier"_s, u"Is of the same origin as trading on db1."_s, u"7301234567890123457"_s, u"7301234567890123457"_s),
        finding(Severity::Warning, u"erased"_s, u"What is in its data directory now is erased, after the new one streams."_s,
            u"/var/lib/postgresql/15/trading"_s),
        finding(Severity::Blocker, u"wal-senders"_s, u"trading on db1 has no WAL sender left."_s, u"10 of 10 in use"_s, u"2 free"_s,
            u"Raise max_wal_senders and restart it."_s, Override::WithReason),
        finding(Severity::Unknown, u"space"_s, u"Whether there is room for a copy is not known."_s),
        finding(Severity::Blocker, u"settings"_s, u"As a standby it would not start: settings are smaller there."_s,
            u"max_connections 100 (needs 200), max_worker_processes 8 (needs 16)"_s, u"at least the primary's"_s,
            u"Raise them; they are read at its next start."_s, Override::WithReason),
        finding(Severity::Ok, u"version"_s, u"Has the same major version as trading on db1."_s, u"15.4"_s, u"15.4"_s)};
    Finding other = finding(Severity::Ok, u"upstream"_s, u"Runs, as primary."_s);
    other.target = u"trading on db1"_s;
    other.instance = InstanceId(1);
    plan.findings.push_back(other);

    plan.steps.push_back(step(u"Stop trading on db2"_s, RunCommand{"pg_ctlcluster 15 trading stop -m fast"}));
    plan.steps.back().precondition = Condition::PostmasterRuns;
    plan.steps.back().onUnmet = OnUnmet::Skip;
    plan.steps.back().postcondition = Condition::StoppedCleanly;
    plan.steps.push_back(step(u"Ask pg_rewind whether trading on db2 can be rewound"_s, AskScript{"exec /bin/sh -s", "pg_rewind --dry-run\n"}));
    plan.steps.back().after = {0};
    plan.steps.push_back(step(u"Rewind trading on db2"_s,
        RunScript{"exec runuser -u postgres -- /bin/sh -s", "set -eu\npg_rewind -D '/var/lib/postgresql/15/trading' \\\n  --source-server='host=db1'\n"}));
    plan.steps.back().after = {1};
    plan.steps.back().guard = Guard{1, true};
    plan.steps.back().proofScript = "test -e backup_label.rewound\n";
    plan.steps.push_back(step(u"Bring trading on db2 up to date in place"_s,
        RelayScripts{.source = {.host = u"db1"_s, .user = u"postgres"_s}, .sourceScript = "rsync --server --sender\n", .script = "rsync --server\n"}));
    plan.steps.back().after = {1};
    plan.steps.back().guard = Guard{1, false};
    plan.steps.back().undo = Undo{.title = u"Put the old data of trading on db2 back"_s, .action = RunScript{"exec /bin/sh -s", "mv old now\n"}};
    plan.steps.push_back(step(u"See trading on db2 stream from trading on db1"_s, WaitUntil{}));
    plan.steps.back().after = {2, 3};
    plan.steps.back().postcondition = Condition::Streaming;
    plan.steps.back().upstream = FollowedUpstream{.address = {.remote = {.host = u"db1"_s}}, .instance = InstanceId(1), .followerName = u"db2"_s};
    plan.steps.push_back(step(u"Inventory: trading on db2 follows trading on db1"_s, SetUpstream{InstanceId(1)}));
    plan.steps.back().after = {4};
    plan.steps.back().onFailure = OnFailure::Continue;
    for (size_t i = 0; i < plan.steps.size(); ++i)
        plan.steps[i].id = static_cast<int>(i);
    return plan;
}

// The same without anything that blocks.
inline Plan sampleRunnableRebuild()
{
    Plan plan = sampleRebuild();
    std::erase_if(plan.findings, [](const Finding& finding) { return finding.severity == Severity::Blocker; });
    return plan;
}

} // namespace elephaas
