#include "models/operations/continuation.h"

#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

const QDateTime now(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC);

Step script(const QString& title) { return {.title = title, .instance = InstanceId(1), .action = RunScript{.script = title.toUtf8()}}; }

Step undoable(const QString& title)
{
    Step step = script(title);
    step.undo = Undo{u"undo "_s + title, RunScript{.script = "back"}, Condition::PostmasterGone, Condition::None, "proof"};
    return step;
}

// States: one letter a step. s succeeded, d skipped as done, n answered no, f failed, r was under way, i indeterminate, c cancelled, x skipped as not needed, o skipped by an
// earlier version, . never ran
OperationRecord recordOf(std::vector<Step> steps, const QByteArray& states, const QString& kind = u"rebuild"_s)
{
    Plan plan{.id = QUuid::createUuid(), .kind = kind, .title = u"Rebuild x"_s, .herds = {HerdId(3)}};
    OperationRecord record{.id = plan.id, .kind = kind, .title = plan.title, .started = now.addSecs(-60)};
    for (size_t i = 0; i < steps.size(); ++i) {
        steps[i].id = static_cast<int>(i);
        StepRecord seen{.number = static_cast<int>(i), .title = steps[i].title, .started = now};
        switch (states[static_cast<qsizetype>(i)]) {
        case 's': seen.state = StepState::Succeeded; break;
        case 'd': seen.state = StepState::Skipped; seen.skip = SkipReason::Done; break;
        case 'n': seen.state = StepState::Skipped; seen.skip = SkipReason::No; break;
        case 'o': seen.state = StepState::Skipped; break;
        case 'x': seen.state = StepState::Skipped; seen.skip = SkipReason::NotNeeded; break;
        case 'f': seen.state = StepState::Failed; break;
        case 'r': seen.state = StepState::Running; break;
        case 'c': seen.state = StepState::Cancelled; break;
        case 'i': seen.state = StepState::Indeterminate; break;
        default: seen.state = StepState::Pending; seen.started = {};
        }
        record.steps.push_back(seen);
    }
    plan.steps = std::move(steps);
    record.plan = plan.toJson();
    return record;
}

QStringList titles(const Expected<Plan>& plan)
{
    if (!plan)
        return {u"no: "_s + plan.error().what};
    QStringList all;
    for (const Step& step : plan->steps) {
        QString after;
        for (const int id : step.after)
            after += u" >%1"_s.arg(id);
        all << step.title + after + (step.guard ? u" ?%1"_s.arg(step.guard->step) : QString());
    }
    return all;
}

} // namespace

class ContinuationTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void samePlanAgain()
    {
        Step second = script(u"b"_s);
        second.after = {0};
        second.guard = Guard{0, true};
        second.doneScript = "done?";
        const OperationRecord record = recordOf({script(u"a"_s), second}, "sf");
        const auto next = continuationOf(record, now);
        QVERIFY(next);
        QVERIFY(next->id != record.id && !next->id.isNull());
        QCOMPARE(*next->continues, record.id);
        QCOMPARE(next->kind, u"rebuild"_s);
        QCOMPARE(next->herds, std::vector{HerdId(3)});
        QCOMPARE(titles(next), QStringList({u"a"_s, u"b >0 ?0"_s}));
        QVERIFY(next->needsConfirmation() && next->whyNotRunnable().isEmpty());
        QCOMPARE(next->steps[1].doneScript, QByteArray("done?"));
        // Again: the title does not grow.
        OperationRecord again = record;
        again.id = next->id;
        again.plan = next->toJson();
        QCOMPARE(continuationOf(again, now)->title, next->title);
    }

    // A restart leaves nothing behind that would tell a second try that it was done.
    void whatCannotTellThatItWasDoneIsNotDoneTwice()
    {
        const auto restart = [](const QString& title) {
            Step step = script(title);
            step.postcondition = Condition::Restarted;
            return step;
        };
        Step after = restart(u"c"_s);
        after.after = {0, 1};
        Step fallback = script(u"instead of a"_s);
        fallback.guard = Guard{0, false};
        Step then = script(u"e"_s);
        then.guard = Guard{0, true};
        then.after = {2};
        const auto next = continuationOf(recordOf({restart(u"a"_s), restart(u"b"_s), after, fallback, then}, "sf..."), now);
        QCOMPARE(titles(next), QStringList({u"b"_s, u"c >0"_s, u"e >1"_s}));
        QVERIFY(next->whyNotRunnable().isEmpty());
        QVERIFY(!continuationOf(recordOf({restart(u"a"_s), restart(u"b"_s)}, "ss"), now));
    }

    // Once the clean-up has run, nothing on the servers tells that the rebuild was done: it must not be done twice.
    void whatWasCleanedUpIsNotDoneAgain_data()
    {
        QTest::addColumn<QByteArray>("states");
        QTest::addColumn<QStringList>("left");
        const QStringList all{u"stop"_s, u"rewind >0"_s, u"copy ?1"_s, u"start >1 >2"_s, u"stream >3"_s, u"inventory >4"_s, u"clean up >4"_s, u"forget >4"_s};
        QTest::newRow("the clean-up worked") << QByteArray("ssxssfss") << QStringList{u"inventory"_s};
        QTest::newRow("the clean-up failed half way") << QByteArray("ssxssffs") << QStringList{u"inventory"_s, u"clean up"_s};
        QTest::newRow("the clean-up was under way") << QByteArray("ssxsssr.") << QStringList{u"inventory"_s, u"clean up"_s, u"forget"_s};
        QTest::newRow("only the source forgot") << QByteArray("ssxsss.s") << QStringList{u"inventory"_s, u"clean up"_s};
        QTest::newRow("nothing was cleaned up") << QByteArray("ssxsf...") << all;
    }
    void whatWasCleanedUpIsNotDoneAgain()
    {
        QFETCH(QByteArray, states);
        QFETCH(QStringList, left);
        std::vector<Step> steps;
        for (const QString& title : {u"stop"_s, u"rewind"_s, u"copy"_s, u"start"_s, u"stream"_s, u"inventory"_s, u"clean up"_s, u"forget"_s})
            steps.push_back(script(title));
        steps[1].after = {0};
        steps[2].guard = Guard{1, false};
        steps[3].after = steps[3].oneOf = {1, 2};
        steps[4].after = {3};
        for (size_t i = 5; i < 8; ++i)
            steps[i].after = {4};
        steps[6].erasesTraces = steps[7].erasesTraces = true;
        const OperationRecord record = recordOf(steps, states);
        const auto next = continuationOf(record, now);
        QCOMPARE(titles(next), left);
        QVERIFY(next->whyNotRunnable().isEmpty());
        const bool cleaned = left.size() < 8;
        QCOMPARE(waysOn(record).doneByRecord, cleaned ? std::set({0, 1, 2, 3, 4}) : std::set<int>());
    }

    void noWayOn_data()
    {
        QTest::addColumn<QByteArray>("plan");
        QTest::addColumn<QString>("word");
        QTest::newRow("none") << QByteArray("{}") << u"does not hold its plan"_s;
        QTest::newRow("first format") << QByteArray(R"({"format":1,"steps":[]})") << u"earlier version"_s;
        QTest::newRow("newer format") << QByteArray(R"({"format":9})") << u"missing or wrong"_s;
        QTest::newRow("damaged") << QByteArray(R"({"format":2,"id":7})") << u"missing or wrong"_s;
    }
    void noWayOn()
    {
        QFETCH(QByteArray, plan);
        QFETCH(QString, word);
        OperationRecord record = recordOf({script(u"a"_s)}, "f");
        record.plan = QJsonDocument::fromJson(plan).object();
        for (const auto& way : {continuationOf(record, now), undoOf(record, now)}) {
            QVERIFY(!way);
            QVERIFY2(way.error().what.contains(word), qPrintable(way.error().what));
        }
        QVERIFY(waysOn(record).whyNotContinue.contains(word) && waysOn(record).whyNotTakeBack.contains(word));
    }

    void undo_data()
    {
        QTest::addColumn<OperationRecord>("record");
        QTest::addColumn<QStringList>("undo");
        const auto row = [](const char* name, std::vector<Step> steps, const QByteArray& states, QStringList expected) {
            QTest::newRow(name) << recordOf(std::move(steps), states) << std::move(expected);
        };
        Step sure = undoable(u"swap"_s);
        sure.doneScript = "done?";
        Step cleanUp = script(u"clean up"_s);
        cleanUp.noReturn = true;
        Step promote = script(u"promote"_s);
        promote.postcondition = Condition::Promoted;
        row("the last first", {undoable(u"copy"_s), script(u"configure"_s), undoable(u"swap"_s), undoable(u"start"_s)}, "sssf",
            {u"undo swap"_s, u"undo copy >0"_s});
        row("whether it was done is asked", {undoable(u"copy"_s), sure}, "sr",
            {u"Ask whether this was done: swap"_s, u"undo swap >0 ?0"_s, u"undo copy >1"_s});
        row("not without a way to ask", {undoable(u"copy"_s), undoable(u"swap"_s)}, "si", {u"undo copy"_s});
        row("nothing was done", {undoable(u"copy"_s), sure}, "n.", {u"no: Nothing that this operation did can be taken back."_s});
        row("what was done before is not its own", {undoable(u"copy"_s)}, "d", {u"no: Nothing that this operation did can be taken back."_s});
        row("no way back", {undoable(u"swap"_s), cleanUp}, "si", {u"no: There is no way back after this: clean up"_s});
        row("no way back after the half of it", {undoable(u"swap"_s), cleanUp}, "sc", {u"no: There is no way back after this: clean up"_s});
        row("that did not begin", {undoable(u"swap"_s), cleanUp}, "s.", {u"undo swap"_s});
        row("what came after it", {undoable(u"swap"_s), cleanUp, undoable(u"b"_s)}, "sss", {u"undo b"_s});
        row("a promote that was sent", {undoable(u"stop"_s), promote}, "sr", {u"no: There is no way back after this: promote"_s});
        row("a promote that was not", {undoable(u"stop"_s), promote}, "s.", {u"undo stop"_s});
    }
    void undo()
    {
        QFETCH(OperationRecord, record);
        QFETCH(QStringList, undo);
        const auto back = undoOf(record, now);
        QCOMPARE(titles(back), undo);
        if (!back)
            return;
        QVERIFY(back->whyNotRunnable().isEmpty());
        QCOMPARE(back->kind, u"undo"_s);
        QCOMPARE(*back->continues, record.id);
        QCOMPARE(back->herds, std::vector{HerdId(3)});
        const Step& last = back->steps.back();
        QCOMPARE(last.precondition, Condition::PostmasterGone);
        QCOMPARE(last.proofScript, QByteArray("proof"));
        QVERIFY(last.doneScript.isEmpty() && !last.undo && last.instance == InstanceId(1));
    }

    // Half of it may be what has to be taken back, and is not all that its doneScript asks for.
    void undoAsksItsOwnQuestion()
    {
        Step swap = undoable(u"swap"_s);
        swap.doneScript = "all?";
        swap.undo->question = "any?";
        const auto back = undoOf(recordOf({swap}, "f"), now);
        QVERIFY(back);
        QCOMPARE(std::get<AskScript>(back->steps.front().action).script, QByteArray("any?"));
        QCOMPARE(Plan::fromJson(back->toJson())->steps, back->steps);
        const auto whole = Plan::fromJson(QJsonObject(recordOf({swap}, "f").plan));
        QVERIFY(whole);
        QCOMPARE(whole->steps.front().undo->question, QByteArray("any?"));
    }

    // What one target cannot go back from keeps no other one from it, nor is one taken back after the other.
    void undoOfSeveralTargets()
    {
        const auto on = [](qint64 instance, Step step) {
            step.title += u" %1"_s.arg(instance);
            step.instance = InstanceId(instance);
            return step;
        };
        Step cleanUp = script(u"clean up"_s);
        cleanUp.noReturn = true;
        const auto back = undoOf(recordOf({on(1, undoable(u"copy"_s)), on(1, undoable(u"swap"_s)), on(1, cleanUp), on(2, undoable(u"copy"_s)),
                                     on(2, undoable(u"swap"_s)), on(2, cleanUp), on(3, undoable(u"copy"_s))},
                                     "ssssf.s"), now);
        QCOMPARE(titles(back), QStringList({u"undo copy"_s, u"undo copy"_s}));
        QCOMPARE(back->steps[0].instance, InstanceId(3));
        QCOMPARE(back->steps[1].instance, InstanceId(2));
        QVERIFY(back->whyNotRunnable().isEmpty());
        QCOMPARE(std::ranges::count_if(back->findings, [](const Finding& one) { return one.text.contains(u"clean up 1"_s); }), 1);
    }

    // Found in the wanted state by the second try: the first one did it.
    void undoOfWhatWasFoundDone()
    {
        OperationRecord record = recordOf({undoable(u"copy"_s), undoable(u"start"_s), script(u"b"_s)}, "dof");
        QCOMPARE(titles(undoOf(record, now)), QStringList(u"no: Nothing that this operation did can be taken back."_s));
        Plan plan = *Plan::fromJson(record.plan);
        plan.continues = QUuid::createUuid();
        record.plan = plan.toJson();
        QCOMPARE(titles(undoOf(record, now)), QStringList({u"undo start"_s, u"undo copy >0"_s}));
    }

    void superseded_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("state");
        QTest::addColumn<bool>("continues");
        QTest::addColumn<qint64>("target"); // instance 7 has a step in both: the source
        QTest::addColumn<QByteArray>("steps");
        QTest::addColumn<QString>("why");
        const QString dealt = u"dealt with since: Rebuild x"_s;
        QTest::newRow("continued") << u"rebuild"_s << int(OperationState::Failed) << true << 1ll << QByteArray("fs") << u"ann went on with it"_s;
        QTest::newRow("continued, running") << u"rebuild"_s << int(OperationState::Running) << true << 1ll << QByteArray("r.") << u"ann went on with it"_s;
        QTest::newRow("refused before its first step") << u"rebuild"_s << int(OperationState::Failed) << true << 1ll << QByteArray("..") << QString();
        QTest::newRow("taken back") << u"undo"_s << int(OperationState::Failed) << true << 1ll << QByteArray("fs") << u"began to take it back"_s;
        QTest::newRow("planned anew, and well") << u"rebuild"_s << int(OperationState::Succeeded) << false << 1ll << QByteArray("ss") << dealt;
        QTest::newRow("well, with a warning") << u"remaster"_s << int(OperationState::Warning) << false << 1ll << QByteArray("ss") << dealt;
        QTest::newRow("planned anew, and badly") << u"rebuild"_s << int(OperationState::Failed) << false << 1ll << QByteArray("fs") << QString();
        QTest::newRow("another one from the same source") << u"rebuild"_s << int(OperationState::Succeeded) << false << 2ll << QByteArray("ss") << QString();
        QTest::newRow("a restart") << u"restart"_s << int(OperationState::Succeeded) << false << 1ll << QByteArray("ss") << QString();
    }
    void superseded()
    {
        QFETCH(QString, kind);
        QFETCH(int, state);
        QFETCH(bool, continues);
        QFETCH(qint64, target);
        QFETCH(QByteArray, steps);
        QFETCH(QString, why);
        const auto about = [](const OperationRecord& record, InstanceId id) {
            Plan plan = *Plan::fromJson(record.plan);
            plan.request = ReplicationRequest{.kind = ReplicationKind::Rebuild, .instances = {id}};
            return plan;
        };
        Step source = script(u"checkpoint"_s);
        source.instance = InstanceId(7);
        Step own = script(u"a"_s);
        OperationRecord record = recordOf({own, source}, "fs");
        record.plan = about(record, InstanceId(1)).toJson();
        own.instance = InstanceId(target);
        OperationRecord later = recordOf({own, source}, steps, kind);
        Plan plan = about(later, InstanceId(target));
        if (continues)
            plan.continues = record.id;
        later.plan = plan.toJson();
        later.operatorName = u"ann"_s;
        later.state = OperationState(state);
        const std::vector all{later};
        QCOMPARE(isContinuedBy(record, later), continues && steps != "..");
        QVERIFY2(why.isEmpty() ? supersededBy(record, all).isEmpty() : supersededBy(record, all).contains(why), qPrintable(supersededBy(record, all)));
        QCOMPARE(waysOn(record, all).whyNotContinue, supersededBy(record, all));
    }

    void undoOfWhatWasContinued()
    {
        OperationRecord record = recordOf({undoable(u"copy"_s), script(u"b"_s)}, "df");
        Plan plan = *Plan::fromJson(record.plan);
        plan.continues = QUuid::createUuid();
        record.plan = plan.toJson();
        QCOMPARE(titles(undoOf(record, now)), QStringList(u"undo copy"_s));
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::ContinuationTest)
#include "tst_continuation.moc"
