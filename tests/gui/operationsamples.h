#pragma once

#include "models/operations/plan.h"
#include "models/ports/operationjournal.h"

namespace elephaas {

// A plan for the three members of herd 1 of the sample rows.
inline Plan samplePlan(const QString& kind, bool isProtected)
{
    using namespace Qt::Literals::StringLiterals;
    Plan plan;
    plan.id = QUuid::createUuid();
    plan.kind = kind;
    plan.title = kind.left(1).toUpper() + kind.mid(1) + u" 3 instances"_s;
    plan.basedOn = 7;
    plan.created = QDateTime(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC);
    for (int i = 0; i < 3; ++i) {
        const QString host = u"db%1"_s.arg(i + 1);
        plan.steps.push_back({.id = i,
            .title = kind.left(1).toUpper() + kind.mid(1) + u" trading on "_s + host,
            .target = u"trading on "_s + host,
            .instance = InstanceId(i + 1),
            .server = ServerId(i + 1),
            .address = {.remote = {.host = host, .user = u"postgres"_s}},
            .action = RunCommand{"pg_ctlcluster 15 trading " + kind.toUtf8() + (kind == u"stop"_s ? " -m fast" : "")}});
    }
    if (isProtected) {
        for (int i = 0; i < 3; ++i) {
            plan.findings.push_back({.severity = Severity::Warning,
                .code = FindingCode::ProtectedEnvironment,
                .target = u"trading on db%1"_s.arg(i + 1),
                .text = u"Belongs to the protected environment prod."_s,
                .instance = InstanceId(i + 1),
                .environment = u"prod"_s});
        }
        plan.findings.push_back({.severity = Severity::Warning,
            .code = FindingCode::PrimaryWithReplicas,
            .target = u"trading on db1"_s,
            .text = u"Is a primary with 2 streaming replicas."_s,
            .measured = u"2 streaming replicas, seen 2026-03-01 11:59:58 UTC"_s,
            .limit = u"no streaming replica"_s,
            .cure = u"Fail over first, if the service has to go on."_s,
            .instance = InstanceId(1)});
    }
    return plan;
}

inline OperationRecord sampleRecord(OperationState state, int steps = 12)
{
    using namespace Qt::Literals::StringLiterals;
    const bool running = state == OperationState::Running;
    OperationRecord record;
    record.id = QUuid::createUuid();
    record.kind = u"restart"_s;
    record.title = u"Restart %1 instances"_s.arg(steps);
    record.operatorName = u"ada"_s;
    record.clientHost = u"desk7"_s;
    record.state = state;
    record.started = QDateTime::currentDateTimeUtc().addSecs(-17);
    if (!running)
        record.ended = record.started.addMSecs(16400);
    for (int i = 0; i < steps; ++i) {
        StepRecord step;
        step.number = i;
        step.target = u"trading on db%1"_s.arg(i + 1);
        step.title = u"Restart "_s + step.target;
        step.command = u"pg_ctlcluster 15 trading stop -m fast"_s;
        step.started = record.started.addMSecs(i * 300);
        step.ended = step.started.addMSecs(2100 + 130 * i);
        step.state = StepState::Succeeded;
        step.message = u"Accepts connections, timeline 4."_s;
        step.output = "waiting for server to shut down.... done\nserver stopped\n";
        if (i == 8) {
            step.state = StepState::Indeterminate;
            step.message = u"The link was lost after the command was sent."_s;
        } else if (i % 5 == 3) {
            step.state = StepState::Failed;
            step.message = u"The start command ended with status 1."_s;
            step.output = "pg_ctl: could not start server\n\x1b[31mExamine the log output.\x1b[0m\n";
        } else if (i % 7 == 5) {
            step.state = StepState::Skipped;
            step.message = u"Was running already."_s;
        }
        if (running && i > steps / 2) {
            step.state = i < steps - 2 ? StepState::Running : StepState::Pending;
            step.message.clear();
            step.ended = {};
            if (step.state == StepState::Pending) {
                step.started = {};
                step.output.clear();
            }
        }
        record.steps.push_back(step);
    }
    return record;
}

// What a console left open when it ended in the middle of a rebuild.
inline OperationRecord sampleUnfinished()
{
    using namespace Qt::Literals::StringLiterals;
    Plan plan{.id = QUuid::createUuid(), .kind = u"rebuild"_s, .title = u"Rebuild trading on db2"_s, .herds = {HerdId(1)}};
    for (const QString& title : {u"Stop trading on db2"_s, u"Copy trading on db1 to trading on db2, beside"_s,
             u"Swap the copy of trading on db2 in; its old data are kept aside"_s, u"Start trading on db2"_s, u"Wait until trading on db2 streams"_s}) {
        Step step{.id = static_cast<int>(plan.steps.size()), .title = title, .target = u"trading on db2"_s, .instance = InstanceId(2),
            .server = ServerId(2), .address = {.remote = {.host = u"db2"_s}, .port = 5432, .dataDirectory = u"/var/lib/postgresql/trading"_s, .baseName = u"trading"_s},
            .action = RunScript{.script = "exit 0\n"}};
        if (step.id > 0)
            step.after = {step.id - 1};
        if (step.id == 1 || step.id == 2) {
            step.doneScript = "exit 0\n";
            step.undo = Undo{.title = u"Take back: "_s + title, .action = RunScript{.script = "exit 0\n"}};
        }
        plan.steps.push_back(std::move(step));
    }
    OperationRecord record{.id = plan.id, .kind = plan.kind, .title = plan.title, .operatorName = u"ada"_s, .clientHost = u"laptop7"_s,
        .started = QDateTime(QDate(2026, 3, 1), QTime(11, 20), Qt::UTC), .plan = plan.toJson()};
    for (const Step& step : plan.steps) {
        const bool ended = step.id < 2;
        record.steps.push_back({.number = step.id, .title = step.title, .target = step.target, .instance = step.instance,
            .state = ended ? StepState::Succeeded : step.id == 2 ? StepState::Running : StepState::Pending,
            .started = step.id <= 2 ? record.started.addSecs(60 * step.id) : QDateTime(),
            .ended = ended ? record.started.addSecs(60 * step.id + 30) : QDateTime()});
    }
    return record;
}

} // namespace elephaas
