// What is asked, shown and confirmed before replication is changed.
#include "dialogs/planningdialog.h"
#include "dialogs/replicationdialog.h"
#include "dialogs/reviewdialog.h"
#include "models/postgres/rebuildwork.h"
#include "tests/gui/dialogfixture.h"
#include "tests/gui/operationsamples.h"
#include "tests/gui/replicationsamples.h"
#include "tests/support/timescale.h"

#include <QCheckBox>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QRadioButton>
#include <QTreeWidget>

#include <ctime>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

template <class Dialog>
QPointer<Dialog> opened(Dialog* dialog)
{
    dialog->open();
    if (!QTest::qWaitForWindowActive(dialog))
        qFatal("the dialog does not show");
    return dialog;
}

// The tree as indented text, folded rows included.
QString textOf(const QTreeWidgetItem* item, int depth)
{
    QStringList cells;
    for (int i = 0; i < item->columnCount(); ++i)
        cells << item->text(i);
    while (!cells.isEmpty() && cells.last().isEmpty())
        cells.removeLast();
    QString text = QString(depth * 2, u' ') + cells.join(u" | "_s) + u'\n';
    for (int i = 0; i < item->childCount(); ++i)
        text += textOf(item->child(i), depth + 1);
    return text;
}

QString stripOf(const QWidget* dialog)
{
    QString text;
    for (const QLabel* label : dialog->findChildren<QLabel*>()) {
        if (label->objectName().startsWith(u"message"_s) && label->isVisible())
            text += label->text() + u'\n';
    }
    return text;
}

// What this thread has computed so far: how busy the machine is beside it does not count.
qint64 workedMs()
{
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return spent.tv_sec * 1000 + spent.tv_nsec / 1000000;
}

// Answers when the test says so.
struct Planner {
    QPointer<QObject> context;
    std::function<void(Expected<Plan>)> done;
    int asked = 0;
    ReviewDialog::Replan replan()
    {
        return [this](QObject* of, std::function<void(Expected<Plan>)> whenDone) {
            ++asked;
            context = of;
            done = std::move(whenDone);
        };
    }
    void answer(const Expected<Plan>& plan) { std::exchange(done, {})(plan); }
};

const ReplicationRequest rebuildTwo{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(2)}};

} // namespace

class ReplicationDialogsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findingsAreGroupedTheWorstFirst();
    void everyStepIsToldInWords();
    void proofsAreShownOnDemand();
    void whatManyScriptsShareIsFolded();
    void eachBlockerWantsItsOwnReason();
    void aHardBlockerCannotBePassedOver();
    void enterCancelsWhatChangesData_data();
    void enterCancelsWhatChangesData();
    void consequenceIsShownAsPlainText();
    void theSameStateRuns();
    void measuredValuesMayMove();
    void anotherStateIsRefusedAndShownAnew();
    void enterDoesNotRunWhatChanged();
    void namesAreTypedAgainForANewPlan();
    void failureToLookAgainIsShown();
    void closingStopsLooking();
    void hostileFindingsStayText();
    void manyTargetsOpenSoon();

    void upstreamIsChosenByKeyboard();
    void circlesAreRefusedWithTheReason();
    void rebuildAsksHowAndFromWhom();
    void initialiseOfANewHerdAsksNothing();
    void severalHerdsHaveNoCommonSource();
    void switchoverAsksWhoTakesOver();
    void severalHerdsFailOverAsOne();
    void whatIsDrainedIsNamed();
    void planningCanBeCancelled();
    void everyControlIsNamed();
};

void ReplicationDialogsTest::findingsAreGroupedTheWorstFirst()
{
    DialogFixture f;
    const auto dialog = opened(new ReviewDialog(sampleRebuild(), *f.service->snapshot()));
    const auto* tree = child<QTreeWidget>(dialog, "reviewFindings");
    QString text;
    for (int i = 0; i < tree->topLevelItemCount(); ++i)
        text += textOf(tree->topLevelItem(i), 0);
    QCOMPARE(text,
        u"trading on db2 – blockers: 2, unknown: 1, warnings: 1, ok: 3\n"
        "  blocker: wal-senders | trading on db1 has no WAL sender left. | 10 of 10 in use | 2 free | Raise max_wal_senders and restart it.\n"
        "  blocker: settings | As a standby it would not start: settings are smaller there. | max_connections 100 (needs 200), "
        "max_worker_processes 8 (needs 16) | at least the primary's | Raise them; they are read at its next start.\n"
        "  unknown: space | Whether there is room for a copy is not known.\n"
        "  warning: erased | What is in its data directory now is erased, after the new one streams. | /var/lib/postgresql/15/trading\n"
        "  Checks that are ok: 3\n"
        "    ok: reach | SSH works, and every program is there.\n"
        "    ok: system-identifier | Is of the same origin as trading on db1. | 7301234567890123457 | 7301234567890123457\n"
        "    ok: version | Has the same major version as trading on db1. | 15.4 | 15.4\n"
        "trading on db1 – ok: 1\n"
        "  Checks that are ok: 1\n"
        "    ok: upstream | Runs, as primary.\n"_s);
    QVERIFY(tree->topLevelItem(0)->isExpanded());
    QVERIFY(!tree->topLevelItem(0)->child(4)->isExpanded());
    QVERIFY(!tree->topLevelItem(1)->isExpanded());
    QCOMPARE(tree->topLevelItem(0)->child(0)->data(0, Qt::AccessibleTextRole).toString(),
        u"blocker: trading on db2: trading on db1 has no WAL sender left. Check: wal-senders. Measured: 10 of 10 in use. Limit: 2 free. "
        "Raise max_wal_senders and restart it."_s);
    QVERIFY(!tree->topLevelItem(0)->child(0)->icon(0).isNull());
    delete dialog;
}

void ReplicationDialogsTest::everyStepIsToldInWords()
{
    DialogFixture f;
    const auto dialog = opened(new ReviewDialog(sampleRebuild(), *f.service->snapshot()));
    const auto* steps = child<QListWidget>(dialog, "reviewTargets");
    QCOMPARE(steps->count(), 6);
    QCOMPARE(steps->item(2)->text(), u"3. Rewind trading on db2"_s);
    const QString text = child<QPlainTextEdit>(dialog, "reviewCommands")->toPlainText();
    for (const QString& part : {u"# 1. Stop trading on db2 (postgres@db2)\n# Skipped unless a postmaster runs. Done when no postmaster runs, and "
                                "the control file says “shut down”.\npg_ctlcluster 15 trading stop -m fast\n"_s,
             u"# 3. Rewind trading on db2\n# After step 2. Only if step 2 succeeded. Done when its proof script says so.\n"
             "# On postgres@db2, given to: exec runuser -u postgres -- /bin/sh -s\nset -eu\npg_rewind -D '/var/lib/postgresql/15/trading' \\\n"
             "  --source-server='host=db1'\n"_s,
             u"Only if step 2 was skipped or failed."_s, u"Can be taken back: Put the old data of trading on db2 back."_s,
             u"# On postgres@db1, given to: exec /bin/sh\nrsync --server --sender\n# On postgres@db2, given to: exec /bin/sh\nrsync --server\n"_s,
             u"it streams, seen as db2 at db1, port 5432"_s, u"Inventory: trading on db2 follows trading on db1 from now on."_s})
        QVERIFY2(text.contains(part), qPrintable(part + u"\n--- is not in ---\n"_s + text));
    delete dialog;
}

void ReplicationDialogsTest::proofsAreShownOnDemand()
{
    DialogFixture f;
    const auto dialog = opened(new ReviewDialog(sampleRebuild(), *f.service->snapshot()));
    const auto* commands = child<QPlainTextEdit>(dialog, "reviewCommands");
    QVERIFY(!commands->toPlainText().contains(u"backup_label.rewound"_s));
    QTest::keyClick(dialog, Qt::Key_P, Qt::AltModifier);
    QTRY_VERIFY(child<QCheckBox>(dialog, "showProofs")->isChecked());
    QVERIFY(commands->toPlainText().contains(u"backup_label.rewound"_s));
    QVERIFY(commands->toPlainText().contains(u"mv old now"_s));
    delete dialog;
}

void ReplicationDialogsTest::whatManyScriptsShareIsFolded()
{
    DialogFixture f;
    Plan plan = sampleRebuild();
    const auto plain = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QVERIFY(!child<QCheckBox>(plain, "wholeScripts")->isVisible());
    delete plain;
    const auto script = std::ranges::find_if(plan.steps, [](const Step& step) { return std::holds_alternative<RunScript>(step.action); });
    QVERIFY(script != plan.steps.end());
    const QByteArray special = "special=1\n";
    std::get<RunScript>(script->action).script = special + sharedWorkScript().toByteArray() + "begin_work\n";
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    const auto* commands = child<QPlainTextEdit>(dialog, "reviewCommands");
    const QString shared = u"end_earlier() {"_s;
    QVERIFY(!commands->toPlainText().contains(shared));
    QVERIFY2(commands->toPlainText().contains(u"lines of functions that stand in many scripts\nbegin_work"_s)
            || commands->toPlainText().contains(u"line(s) of functions that stand in many scripts\nbegin_work"_s),
        qPrintable(commands->toPlainText()));
    QVERIFY(plan.toText().contains(shared)); // copies are whole
    QTest::keyClick(dialog, Qt::Key_W, Qt::AltModifier);
    QTRY_VERIFY(child<QCheckBox>(dialog, "wholeScripts")->isChecked());
    QVERIFY(commands->toPlainText().contains(shared));
    QVERIFY(child<QCheckBox>(dialog, "wholeScripts")->isVisible());
    delete dialog;
}

void ReplicationDialogsTest::eachBlockerWantsItsOwnReason()
{
    DialogFixture f;
    const Plan plan = sampleRebuild();
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    auto* run = child<QPushButton>(dialog, "runButton");
    QCOMPARE(dialog->focusWidget()->objectName(), u"overrideReason"_s);
    QVERIFY(!run->isEnabled());
    QVERIFY(run->toolTip().contains(u"WAL sender"_s));
    typeInto(dialog, "overrideReason", u"  x "_s); // too short to be one
    QVERIFY(!run->isEnabled());
    typeInto(dialog, "overrideReason", u"a sender ends at noon"_s);
    QVERIFY(!run->isEnabled());
    QVERIFY(run->toolTip().contains(u"settings are smaller"_s)); // one reason is not good for all
    typeInto(dialog, "overrideReason2", u"raised in the file"_s);
    QVERIFY(run->isEnabled());
    typeInto(dialog, "overrideReason", {});
    QVERIFY(!run->isEnabled());
    typeInto(dialog, "overrideReason", u"a sender ends at noon"_s);
    QTest::keyClick(dialog, Qt::Key_R, Qt::AltModifier);
    QTRY_COMPARE(approved.count(), 1);
    Plan expected = plan;
    expected.findings[3].reason = u"a sender ends at noon"_s;
    expected.findings[5].reason = u"raised in the file"_s;
    QCOMPARE(approved.at(0).at(0).value<Plan>(), expected);
    QCOMPARE(expected.whyNotRunnable(), QString());
}

void ReplicationDialogsTest::aHardBlockerCannotBePassedOver()
{
    DialogFixture f;
    Plan plan = sampleRebuild();
    plan.findings[5].override_ = Override::Never;
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QVERIFY(!dialog->findChild<QLineEdit*>());
    QVERIFY(!child(dialog, "runButton")->isEnabled());
    QVERIFY(child(dialog, "runButton")->toolTip().contains(u"settings are smaller"_s));
    QVERIFY(stripOf(dialog).contains(u"This cannot be run"_s));
    delete dialog;
}

void ReplicationDialogsTest::enterCancelsWhatChangesData_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("dangerous");
    QTest::newRow("promote") << u"promote"_s << true;
    QTest::newRow("demote") << u"demote"_s << true;
    QTest::newRow("rebuild") << u"rebuild"_s << true;
    QTest::newRow("initialise") << u"initialise"_s << true;
    QTest::newRow("remaster") << u"remaster"_s << false;
    QTest::newRow("what takes back") << u"undo"_s << true;
    QTest::newRow("what goes on") << u"remaster, continued"_s << true;
}

void ReplicationDialogsTest::enterCancelsWhatChangesData()
{
    QFETCH(QString, kind);
    QFETCH(bool, dangerous);
    DialogFixture f;
    Plan plan = sampleRunnableRebuild();
    plan.kind = kind.section(u',', 0, 0);
    if (kind.contains(u','))
        plan.continues = QUuid::createUuid();
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QCOMPARE(dialog->isDangerous(), dangerous);
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    QSignalSpy rejected(dialog, &QDialog::rejected);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(rejected.count(), dangerous ? 1 : 0);
    QCOMPARE(approved.count(), dangerous ? 0 : 1);
}

void ReplicationDialogsTest::consequenceIsShownAsPlainText()
{
    DialogFixture f;
    const QString hostile = u"Erases <b>all</b> of it.\x1b[2J"_s;
    const auto dialog = opened(new ReviewDialog(sampleRunnableRebuild(), *f.service->snapshot(), {.consequence = hostile, .replan = {}}));
    QCOMPARE(child<QLabel>(dialog, "reviewConsequence")->text(), u"Erases <b>all</b> of it.\u241B[2J"_s);
    QCOMPARE(child<QLabel>(dialog, "reviewConsequence")->textFormat(), Qt::PlainText);
    delete dialog;
}

void ReplicationDialogsTest::theSameStateRuns()
{
    DialogFixture f;
    Planner planner;
    const Plan plan = sampleRunnableRebuild();
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    auto* run = child<QPushButton>(dialog, "runButton");
    run->click();
    QCOMPARE(planner.asked, 1);
    QCOMPARE(approved.count(), 0);
    QVERIFY(dialog->isLooking());
    QVERIFY(!run->isEnabled());
    QCOMPARE(run->text(), u"Looking again…"_s);
    planner.answer(plan);
    QCOMPARE(approved.count(), 1);
    QCOMPARE(approved.at(0).at(0).value<Plan>(), plan);
    QTRY_VERIFY(!dialog);
}

void ReplicationDialogsTest::measuredValuesMayMove()
{
    DialogFixture f;
    Planner planner;
    const Plan plan = sampleRunnableRebuild();
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    child<QPushButton>(dialog, "runButton")->click();
    Plan now = plan;
    now.created = plan.created.addSecs(60);
    now.basedOn = plan.basedOn + 9;
    now.findings[0].measured = u"another value"_s;
    now.findings[0].text = u"In other words."_s;
    planner.answer(now);
    QCOMPARE(approved.count(), 1);
    QCOMPARE(approved.at(0).at(0).value<Plan>(), plan); // what was read is what runs
}

void ReplicationDialogsTest::anotherStateIsRefusedAndShownAnew()
{
    DialogFixture f;
    Planner planner;
    const Plan plan = sampleRebuild();
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    typeInto(dialog, "overrideReason", u"a sender ends at noon"_s);
    typeInto(dialog, "overrideReason2", u"raised in the file"_s);
    child<QPushButton>(dialog, "runButton")->click();
    Plan now = plan;
    now.findings[5].severity = Severity::Ok; // the settings were raised
    now.findings[5].override_ = Override::Never;
    now.findings[0].severity = Severity::Warning;
    now.steps[2].action = RunCommand{"another command"};
    planner.answer(now);
    QCOMPARE(approved.count(), 0);
    QVERIFY(dialog);
    QVERIFY(!dialog->isLooking());
    const QString strip = stripOf(dialog);
    for (const QString& part : {u"The state changed since you looked"_s, u"Step 3 is done in another way: Rewind trading on db2"_s,
             u"Now: [warning] trading on db2: SSH works, and every program is there. (was: ok)"_s,
             u"Now: [ok] trading on db2: As a standby it would not start: settings are smaller there. (was: blocker)"_s})
        QVERIFY2(strip.contains(part), qPrintable(strip));
    QVERIFY(child<QPlainTextEdit>(dialog, "reviewCommands")->toPlainText().contains(u"another command"_s));
    // The reason for the blocker that is still there was kept; the other one has none to be asked for.
    QCOMPARE(child<QLineEdit>(dialog, "overrideReason")->text(), u"a sender ends at noon"_s);
    QVERIFY(!dialog->findChild<QLineEdit*>(u"overrideReason2"_s));
    child<QPushButton>(dialog, "runButton")->click();
    QCOMPARE(planner.asked, 2);
    planner.answer(now);
    QCOMPARE(approved.count(), 1);
    now.findings[3].reason = u"a sender ends at noon"_s;
    QCOMPARE(approved.at(0).at(0).value<Plan>(), now);
}

void ReplicationDialogsTest::enterDoesNotRunWhatChanged()
{
    DialogFixture f;
    Planner planner;
    Plan plan = sampleRunnableRebuild();
    plan.kind = u"remaster"_s; // Enter runs it
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    QSignalSpy rejected(dialog, &QDialog::rejected);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QCOMPARE(planner.asked, 1);
    plan.steps.pop_back();
    planner.answer(plan);
    QVERIFY(!dialog->isDangerous());
    QCOMPARE(dialog->focusWidget()->objectName(), u"cancelButton"_s);
    QVERIFY(child<QPushButton>(dialog, "cancelButton")->isDefault());
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(rejected.count(), 1);
    QCOMPARE(planner.asked, 1);
    QCOMPARE(approved.count(), 0);
}

void ReplicationDialogsTest::namesAreTypedAgainForANewPlan()
{
    DialogFixture f;
    Planner planner;
    Plan plan = samplePlan(u"promote"_s, true);
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    typeInto(dialog, "typedName", u"trading"_s);
    child<QPushButton>(dialog, "runButton")->click();
    Plan now = plan;
    now.steps.pop_back();
    planner.answer(now);
    QCOMPARE(child<QLineEdit>(dialog, "typedName")->text(), QString());
    QVERIFY(!child(dialog, "runButton")->isEnabled());
    QCOMPARE(child<QListWidget>(dialog, "reviewTargets")->count(), 2);
    QVERIFY(stripOf(dialog).contains(u"Step no longer needed or possible: Promote trading on db3"_s));
    delete dialog;
}

void ReplicationDialogsTest::failureToLookAgainIsShown()
{
    DialogFixture f;
    Planner planner;
    const auto dialog = opened(new ReviewDialog(sampleRunnableRebuild(), *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    child<QPushButton>(dialog, "runButton")->click();
    planner.answer(fail({.kind = ErrorKind::NotFound, .what = u"An instance is no longer in the inventory."_s, .where = u"instance 2"_s}));
    QVERIFY(stripOf(dialog).contains(u"no longer in the inventory"_s));
    QCOMPARE(approved.count(), 0);
    QVERIFY(child(dialog, "runButton")->isEnabled()); // it may be tried again
    delete dialog;
}

void ReplicationDialogsTest::closingStopsLooking()
{
    DialogFixture f;
    Planner planner;
    const auto dialog = opened(new ReviewDialog(sampleRunnableRebuild(), *f.service->snapshot(), {.consequence = {}, .replan = planner.replan()}));
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    child<QPushButton>(dialog, "runButton")->click();
    QVERIFY(planner.context);
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(!dialog);
    QVERIFY(!planner.context); // nobody waits any more
    QCOMPARE(approved.count(), 0);
}

void ReplicationDialogsTest::hostileFindingsStayText()
{
    DialogFixture f;
    Plan plan = sampleRunnableRebuild();
    plan.findings[0].target = u"<img src=x> on\nfoo\x1b[31m"_s;
    plan.findings[0].measured = QString(5000, u'x');
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    const auto* tree = child<QTreeWidget>(dialog, "reviewFindings");
    QString all;
    for (int i = 0; i < tree->topLevelItemCount(); ++i)
        all += textOf(tree->topLevelItem(i), 0);
    QVERIFY(all.contains(u"<img src=x> on"_s));
    QVERIFY(!all.contains(u'\x1b'));
    QVERIFY(all.size() < 3000);
    QCOMPARE(offence(dialog), QString());
    delete dialog;
}

void ReplicationDialogsTest::manyTargetsOpenSoon()
{
    DialogFixture f;
    constexpr int count = 10000;
    Plan plan = samplePlan(u"reload"_s, true);
    plan.steps.resize(1, plan.steps.front());
    plan.findings.clear();
    for (int i = 0; i < count; ++i) {
        const QString target = u"trading on host%1"_s.arg(i);
        plan.steps.resize(static_cast<size_t>(i) + 1, plan.steps.front());
        plan.steps.back().id = i;
        plan.steps.back().target = target;
        plan.findings.push_back({.severity = Severity::Warning, .code = FindingCode::ProtectedEnvironment, .target = target,
            .text = u"Belongs to the protected environment prod."_s, .instance = InstanceId(i + 1), .environment = u"prod"_s});
        if (i % 10 == 0)
            plan.findings.push_back({.severity = Severity::Warning, .code = FindingCode::PrimaryWithReplicas, .target = target,
                .text = u"Is a primary with 2 streaming replicas."_s, .instance = InstanceId(i + 1)});
    }
    const auto replan = [plan](QObject*, const std::function<void(Expected<Plan>)>& done) { done(plan); };
    qint64 begun = workedMs();
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot(), {.consequence = {}, .replan = replan}));
    QVERIFY2(workedMs() - begun < 5000 * tests::timeScale, qPrintable(QString::number(workedMs() - begun)));
    typeInto(dialog, "typedName", dialog->namesToType().front().toType);
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    begun = workedMs();
    child<QPushButton>(dialog, "runButton")->click();
    QVERIFY2(workedMs() - begun < 1000 * tests::timeScale, qPrintable(QString::number(workedMs() - begun)));
    QCOMPARE(approved.count(), 1);
}

void ReplicationDialogsTest::upstreamIsChosenByKeyboard()
{
    DialogFixture f;
    const ReplicationRequest request{.kind = ReplicationKind::Remaster, .instances = {InstanceId(3)}};
    const auto dialog = opened(new ReplicationDialog(request, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QSignalSpy chosen(dialog, &ReplicationDialog::chosen);
    QCOMPARE(child<QLabel>(dialog, "replicationHeading")->text(), u"Whom shall trading on db3 follow?"_s);
    auto* members = child<QTreeWidget>(dialog, "upstreamMembers");
    QCOMPARE(members->topLevelItemCount(), 3);
    QCOMPARE(members->topLevelItem(1)->text(5), u"followed now"_s);
    QVERIFY(members->topLevelItem(0)->isSelected()); // the first one that is not followed already
    members->clearSelection();
    QVERIFY(!child(dialog, "planButton")->isEnabled());
    QVERIFY(child(dialog, "planButton")->toolTip().contains(u"Choose"_s));
    QTest::keyClick(members, Qt::Key_Down);
    QTest::keyClick(members, Qt::Key_Up);
    QVERIFY(child(dialog, "planButton")->isEnabled());
    QTest::keyClick(members, Qt::Key_Return);
    QTRY_COMPARE(chosen.count(), 1);
    ReplicationRequest expected = request;
    expected.upstream = InstanceId(1);
    QCOMPARE(chosen.at(0).at(0).value<ReplicationRequest>(), expected);
}

void ReplicationDialogsTest::circlesAreRefusedWithTheReason()
{
    DialogFixture f; // db3 follows db2
    const ReplicationRequest request{.kind = ReplicationKind::Remaster, .instances = {InstanceId(2)}};
    const auto dialog = opened(new ReplicationDialog(request, *f.service->snapshot(), std::make_shared<SystemClock>()));
    auto* members = child<QTreeWidget>(dialog, "upstreamMembers");
    QVERIFY(!members->topLevelItem(0)->isDisabled());
    for (const int row : {1, 2}) {
        QVERIFY(members->topLevelItem(row)->isDisabled());
        QVERIFY(!(members->topLevelItem(row)->flags() & Qt::ItemIsSelectable));
        QVERIFY2(members->topLevelItem(row)->text(5).contains(u"would be a circle"_s), qPrintable(members->topLevelItem(row)->text(5)));
        QVERIFY(members->topLevelItem(row)->data(0, Qt::AccessibleTextRole).toString().contains(u"would be a circle"_s));
    }
    delete dialog;
}

void ReplicationDialogsTest::rebuildAsksHowAndFromWhom()
{
    DialogFixture f;
    const auto dialog = opened(new ReplicationDialog(rebuildTwo, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QSignalSpy chosen(dialog, &ReplicationDialog::chosen);
    QVERIFY(child<QRadioButton>(dialog, "method-automatic")->isChecked());
    auto* members = child<QTreeWidget>(dialog, "upstreamMembers");
    QCOMPARE(members->topLevelItem(0)->text(0), u"The herd's leader"_s);
    QCOMPARE(members->topLevelItem(0)->text(5), u"now trading on db1"_s);
    QVERIFY(members->topLevelItem(0)->isSelected());
    QVERIFY(members->topLevelItem(2)->isDisabled()); // itself
    QTest::keyClick(dialog, Qt::Key_I, Qt::AltModifier);
    QTRY_VERIFY(child<QRadioButton>(dialog, "method-in-place")->isChecked());
    members->setFocus();
    QTest::keyClick(members, Qt::Key_Down);
    QTest::keyClick(dialog, Qt::Key_L, Qt::AltModifier);
    QTRY_COMPARE(chosen.count(), 1);
    ReplicationRequest expected = rebuildTwo;
    expected.method = RebuildMethod::InPlace;
    expected.upstream = InstanceId(1);
    QCOMPARE(chosen.at(0).at(0).value<ReplicationRequest>(), expected);

    const auto again = opened(new ReplicationDialog(rebuildTwo, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QSignalSpy plain(again, &ReplicationDialog::chosen);
    QTest::keyClick(again->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(plain.count(), 1);
    QCOMPARE(plain.at(0).at(0).value<ReplicationRequest>(), rebuildTwo); // the leader, by the ladder
}

void ReplicationDialogsTest::initialiseOfANewHerdAsksNothing()
{
    DialogFixture f;
    const ReplicationRequest request{.kind = ReplicationKind::Initialise, .instances = {InstanceId(4)}}; // alone in its herd
    const auto dialog = opened(new ReplicationDialog(request, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QVERIFY(!dialog->findChild<QTreeWidget*>());
    QVERIFY(child<QLabel>(dialog, "sourceText")->text().contains(u"no other member"_s));
    QSignalSpy chosen(dialog, &ReplicationDialog::chosen);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(chosen.count(), 1);
    QCOMPARE(chosen.at(0).at(0).value<ReplicationRequest>(), request);
}

void ReplicationDialogsTest::severalHerdsHaveNoCommonSource()
{
    DialogFixture f;
    const ReplicationRequest request{.kind = ReplicationKind::Rebuild, .instances = {InstanceId(2), InstanceId(5)}};
    const auto dialog = opened(new ReplicationDialog(request, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QVERIFY(!dialog->findChild<QTreeWidget*>());
    QVERIFY(child<QLabel>(dialog, "sourceText")->text().contains(u"2 herds"_s));
    QVERIFY(child(dialog, "planButton")->isEnabled());
    QCOMPARE(offence(dialog), QString());
    delete dialog;
}

void ReplicationDialogsTest::switchoverAsksWhoTakesOver()
{
    DialogFixture f;
    const ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(3)}, .oldPrimary = OldPrimary::Rejoin};
    const auto dialog = opened(new ReplicationDialog(request, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QSignalSpy chosen(dialog, &ReplicationDialog::chosen);
    auto* members = child<QTreeWidget>(dialog, "upstreamMembers");
    QCOMPARE(members->topLevelItemCount(), 3);
    QVERIFY(members->topLevelItem(2)->isSelected());
    QVERIFY(child<QRadioButton>(dialog, "oldPrimary-rejoin")->isChecked());
    QCOMPARE(offence(dialog), QString());
    QTest::keyClick(members, Qt::Key_Up);
    QTest::keyClick(dialog, Qt::Key_F, Qt::AltModifier);
    QTRY_VERIFY(child<QRadioButton>(dialog, "oldPrimary-leave-off")->isChecked());
    QSignalSpy remembered(dialog, &ReplicationDialog::oldPrimaryRemembered);
    QTest::keyClick(dialog, Qt::Key_R, Qt::AltModifier);
    QTRY_VERIFY(child<QCheckBox>(dialog, "rememberOldPrimary")->isChecked());
    QTest::keyClick(dialog, Qt::Key_L, Qt::AltModifier);
    QTRY_COMPARE(chosen.count(), 1);
    QCOMPARE(remembered.count(), 1);
    const ReplicationRequest expected{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = OldPrimary::LeaveOff};
    QCOMPARE(chosen.at(0).at(0).value<ReplicationRequest>(), expected);
    QCOMPARE(remembered.at(0).at(0).value<ReplicationRequest>(), expected);
}

void ReplicationDialogsTest::severalHerdsFailOverAsOne()
{
    DialogFixture f;
    const ReplicationRequest request{.kind = ReplicationKind::Failover, .instances = {InstanceId(2), InstanceId(5)}};
    const auto dialog = opened(new ReplicationDialog(request, *f.service->snapshot(), std::make_shared<SystemClock>()));
    QVERIFY(!dialog->findChild<QTreeWidget*>());
    QVERIFY(!dialog->findChild<QWidget*>(u"oldPrimaryChoices"_s)); // it is lost
    const QString text = child<QLabel>(dialog, "sourceText")->text();
    QVERIFY2(text.contains(u"2 herds"_s) && text.contains(u"trading on db2"_s) && text.contains(u"trading-stage on stage1"_s), qPrintable(text));
    QSignalSpy chosen(dialog, &ReplicationDialog::chosen);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(chosen.count(), 1);
    QCOMPARE(chosen.at(0).at(0).value<ReplicationRequest>(), request);
}

// Of one herd a member is chosen, on another server; of several each pair is named.
void ReplicationDialogsTest::whatIsDrainedIsNamed()
{
    DialogFixture f;
    const InventoryPtr inventory = f.service->snapshot();
    const auto serverOf = [&](int instance) { return inventory->find(InstanceId(instance))->server; };
    ReplicationRequest request{.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .drained = {serverOf(1), serverOf(3)}};
    const auto one = opened(new ReplicationDialog(request, *inventory, std::make_shared<SystemClock>()));
    QVERIFY(one->windowTitle().startsWith(u"Drain db1"_s));
    auto* members = child<QTreeWidget>(one, "upstreamMembers");
    QVERIFY(members->topLevelItem(1)->isSelected());
    const QTreeWidgetItem* drained = members->topLevelItem(2);
    QVERIFY(drained->isDisabled() || !(drained->flags() & Qt::ItemIsSelectable));
    QVERIFY(drained->text(5).contains(u"is drained"_s));
    QCOMPARE(offence(one), QString());
    delete one;
    request = {.kind = ReplicationKind::Switchover, .instances = {InstanceId(2), InstanceId(5)}, .drained = {serverOf(1), serverOf(4)}};
    const auto several = opened(new ReplicationDialog(request, *inventory, std::make_shared<SystemClock>()));
    const QString text = child<QLabel>(several, "sourceText")->text();
    QVERIFY2(text.contains(u"trading on db1 \u2192 trading on db2"_s), qPrintable(text));
    delete several;
}

void ReplicationDialogsTest::planningCanBeCancelled()
{
    const auto dialog = opened(new PlanningDialog(u"Rebuild"_s, u"Looking at db1, <b>db2</b>…"_s));
    QVERIFY(!dialog->isModal() || dialog->windowModality() == Qt::WindowModal); // opened() makes it so; it is shown with show()
    QCOMPARE(child<QLabel>(dialog, "planningText")->text(), u"Looking at db1, <b>db2</b>…"_s);
    QCOMPARE(offence(dialog), QString());
    QSignalSpy cancelled(dialog, &PlanningDialog::cancelled);
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_COMPARE(cancelled.count(), 1);
    QTRY_VERIFY(!dialog);
    const auto other = opened(new PlanningDialog(u"Rebuild"_s, u"Looking at db1…"_s));
    QSignalSpy none(other, &PlanningDialog::cancelled);
    other->finish();
    QTRY_VERIFY(!other);
    QCOMPARE(none.count(), 0);
}

void ReplicationDialogsTest::everyControlIsNamed()
{
    DialogFixture f;
    const QList<QDialog*> dialogs{new ReviewDialog(sampleRebuild(), *f.service->snapshot(), {.consequence = u"Erases."_s, .replan = {}}),
        new ReplicationDialog(rebuildTwo, *f.service->snapshot(), std::make_shared<SystemClock>()),
        new ReplicationDialog({.kind = ReplicationKind::Remaster, .instances = {InstanceId(3)}}, *f.service->snapshot(), std::make_shared<SystemClock>())};
    for (QDialog* dialog : dialogs) {
        dialog->show();
        QVERIFY(QTest::qWaitForWindowExposed(dialog));
        QCOMPARE(offence(dialog), QString());
        delete dialog;
    }
}

} // namespace elephaas

QTEST_MAIN(elephaas::ReplicationDialogsTest)
#include "tst_dialog_replication.moc"
