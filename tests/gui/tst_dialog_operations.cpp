#include "dialogs/deletedialog.h"
#include "dialogs/hostkeydialog.h"
#include "dialogs/operationdialog.h"
#include "dialogs/reviewdialog.h"
#include "models/operations/lifecycle.h"
#include "tests/gui/dialogfixture.h"
#include "tests/gui/operationsamples.h"
#include "tests/unit/operations/fakejournal.h"

#include <QCheckBox>
#include <QClipboard>
#include <QFile>
#include <QFileDialog>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QListWidget>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTreeView>
#include <QTreeWidget>

#include <condition_variable>
#include <mutex>


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

void press(QWidget* dialog, const char* button) { QTest::mouseClick(child(dialog, button), Qt::LeftButton); }

// The tree as indented text.
QString textOf(const QTreeWidget* tree)
{
    QString text;
    for (int i = 0; i < tree->topLevelItemCount(); ++i) {
        const QTreeWidgetItem* top = tree->topLevelItem(i);
        text += top->text(0) + u'\n';
        for (int j = 0; j < top->childCount(); ++j)
            text += u"  "_s + top->child(j)->text(0) + u'\n';
    }
    return text;
}

struct ManualClock final : Clock {
    QDateTime time = QDateTime(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC);
    QDateTime now() const override { return time; }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
};

// Prints and waits for its gate; the step of instance 3 ends with a warning.
class GatedExecutor final : public StepExecutor {
public:
    StepResult execute(const Step& step, const StepContext& context) override
    {
        context.emitEvent(StepCommand{step.id, "start it"});
        context.emitEvent(StepOutput{step.id, OutputStream::Output, "first line\nsecond line\n"});
        std::unique_lock lock(m_mutex);
        if (!m_wake.wait(lock, context.cancel, [this] { return m_open; }))
            return {StepState::Cancelled, u"Ended by cancel."_s};
        return {StepState::Succeeded, u"Runs."_s, step.instance == InstanceId(3)};
    }
    void open()
    {
        const std::lock_guard lock(m_mutex);
        m_open = true;
        m_wake.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    bool m_open = false;
};

// The real service over the sample inventory, with a plan under way.
struct RunningOperation {
    RunningOperation()
        : operations(executor, std::make_shared<tests::FakeJournal>(), *fixture.service, nullptr, std::make_shared<SystemClock>(),
              {.operatorName = u"ada"_s, .clientHost = u"desk"_s, .batchInterval = std::chrono::milliseconds(10)})
    {
        const std::vector<InstanceId> ids{InstanceId(1), InstanceId(2), InstanceId(3)};
        const auto plan = planLifecycle(
            LifecycleKind::Start, *fixture.service->snapshot(), ids,
            [](const QString&, InstanceId) -> Expected<QByteArray> { return QByteArray("start it"); }, {}, {},
            QDateTime::currentDateTimeUtc());
        if (plan)
            id = operations.run(*plan).value_or(QUuid());
    }

    DialogFixture fixture;
    std::shared_ptr<GatedExecutor> executor = std::make_shared<GatedExecutor>();
    OperationService operations;
    QUuid id;
};

QString messageOf(const QWidget* dialog)
{
    QString text;
    for (const QLabel* label : dialog->findChildren<QLabel*>()) {
        if (label->objectName().startsWith(u"message"_s) && label->isVisible())
            text += label->text() + u'\n';
    }
    return text;
}

} // namespace

class OperationDialogsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void deletionNamesWhatGoesWithIt_data();
    void deletionNamesWhatGoesWithIt();
    void enterNeverDeletes();
    void deletes();
    void deletionFailureIsShown();
    void deletionFollowsTheInventory();
    void deletionSaysWhyItMayNot();

    void reviewShowsEveryCommand();
    void enterCancelsADangerousPlan();
    void enterRunsAPlainPlan();
    void protectedEnvironmentsWantAName();
    void severalHerdsWantTheEnvironmentsName();
    void blockedPlansCannotRun();
    void reviewCopiesAndExports();

    void operationShowsEveryRow();
    void theOutageIsShown();
    void operationIsFastAtFiveHundredRows();
    void operationCancelAndBackground();
    void operationSaysHowItEnded();
    void operationIsExported();
    void operationShowsHostileOutput();
    void operationFollowsTheRealService();
    void operationCancelsTheRealService();

    void hostKeyIsRejectedByDefault();
    void hostKeyIsAcceptedOnlyOnPurpose();
    void everyControlIsNamed();
};

void OperationDialogsTest::deletionNamesWhatGoesWithIt_data()
{
    QTest::addColumn<std::vector<RowKey>>("rows");
    QTest::addColumn<QString>("heading");
    QTest::addColumn<QString>("tree");
    QTest::newRow("environment") << std::vector<RowKey>{EnvironmentId(1)} << u"Delete environment prod?"_s
                                 << u"Deleted\n  prod\nHerds left without environment: 2\n  trading\n  tools\n"
                                    "Servers left without environment: 3\n  db1\n  db2\n  db3\n"_s;
    QTest::newRow("herd") << std::vector<RowKey>{HerdId(1)} << u"Delete herd trading?"_s
                          << u"Deleted\n  trading\nInstances deleted with it: 3\n  trading on db1\n  trading on db2\n  trading on db3\n"_s;
    QTest::newRow("server") << std::vector<RowKey>{ServerId(1)} << u"Delete server db1?"_s
                            << u"Deleted\n  db1\nInstances deleted with it: 2\n  trading on db1\n  tools on db1\n"
                               "Replicas left without upstream, then shown as primaries: 1\n  trading on db2\n"_s;
    QTest::newRow("instance") << std::vector<RowKey>{InstanceId(2)} << u"Delete instance trading on db2?"_s
                              << u"Deleted\n  trading on db2\nReplicas left without upstream, then shown as primaries: 1\n  trading on db3\n"_s;
    QTest::newRow("nothing with it") << std::vector<RowKey>{ServerId(5)} << u"Delete server new1?"_s
                                     << u"Deleted\n  new1\nNothing else goes or changes with it\n"_s;
    QTest::newRow("many") << std::vector<RowKey>{InstanceId(1), InstanceId(2), InstanceId(3)} << u"Delete 3 instances?"_s
                          << u"Deleted\n  trading on db1\n  trading on db2\n  trading on db3\nNothing else goes or changes with it\n"_s;
    QTest::newRow("hostile") << std::vector<RowKey>{HerdId(4)} << u"Delete herd <b>loose</b>?"_s
                             << u"Deleted\n  <b>loose</b>\nNothing else goes or changes with it\n"_s;
}

void OperationDialogsTest::deletionNamesWhatGoesWithIt()
{
    QFETCH(std::vector<RowKey>, rows);
    QFETCH(QString, heading);
    QFETCH(QString, tree);
    DialogFixture f;
    const auto dialog = opened(new DeleteDialog(*f.service, rows));
    QCOMPARE(child<QLabel>(dialog, "deleteHeading")->text(), heading);
    QCOMPARE(textOf(child<QTreeWidget>(dialog, "deletionTree")), tree);
    QCOMPARE(offence(dialog), QString());
    delete dialog;
}

void OperationDialogsTest::enterNeverDeletes()
{
    DialogFixture f;
    for (const char* focus : {"cancelButton", "deleteButton", "deletionTree"}) {
        const auto dialog = opened(new DeleteDialog(*f.service, {HerdId(1)}));
        child(dialog, focus)->setFocus();
        QSignalSpy rejected(dialog, &QDialog::rejected);
        QTest::keyClick(child(dialog, focus), Qt::Key_Return);
        QTRY_COMPARE(rejected.count(), 1);
        QTRY_VERIFY(!dialog);
    }
    QCOMPARE(f.appliedCount(), 0u);
}

void OperationDialogsTest::deletes()
{
    DialogFixture f;
    const auto dialog = opened(new DeleteDialog(*f.service, {HerdId(1), InstanceId(1)}));
    QSignalSpy deleted(dialog, &DeleteDialog::deleted);
    child(dialog, "deleteButton")->setFocus();
    QTest::keyClick(child(dialog, "deleteButton"), Qt::Key_Space);
    QTRY_COMPARE(deleted.count(), 1);
    QTRY_VERIFY(!dialog);
    const ChangeSet changes = f.state->applied.at(0);
    QCOMPARE(changes.size(), 2u);
    QVERIFY(std::holds_alternative<Remove<InstanceId>>(changes[0])); // before the herd takes it along
    QVERIFY(std::holds_alternative<Remove<HerdId>>(changes[1]));
}

void OperationDialogsTest::deletionFailureIsShown()
{
    DialogFixture f;
    f.state->applyError = Error{ErrorKind::PermissionDenied, u"You may not delete."_s, u"ele_herd"_s, u"permission denied"_s, u"Ask."_s};
    const auto dialog = opened(new DeleteDialog(*f.service, {HerdId(1)}));
    press(dialog, "deleteButton");
    QTRY_VERIFY(messageOf(dialog).contains(u"You may not delete."_s));
    QVERIFY(messageOf(dialog).contains(u"permission denied"_s));
    QVERIFY(dialog->isVisible());
    QVERIFY(child(dialog, "deleteButton")->isEnabled());
    delete dialog;
}

void OperationDialogsTest::deletionFollowsTheInventory()
{
    DialogFixture f;
    const auto dialog = opened(new DeleteDialog(*f.service, {ServerId(5)}));
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) { rows.instances[4].server = ServerId(5); }));
    QVERIFY(textOf(child<QTreeWidget>(dialog, "deletionTree")).contains(u"trading-stage on new1"_s));
    QVERIFY(messageOf(dialog).contains(u"changed meanwhile"_s));
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) { rows.servers.pop_back(); }));
    QVERIFY(!child(dialog, "deleteButton")->isEnabled());
    QVERIFY(messageOf(dialog).contains(u"Somebody else deleted"_s));
    delete dialog;
}

void OperationDialogsTest::deletionSaysWhyItMayNot()
{
    DialogFixture f;
    f.restart({.readOnly = true});
    const auto dialog = opened(new DeleteDialog(*f.service, {ServerId(5)}));
    QVERIFY(!child(dialog, "deleteButton")->isEnabled());
    QVERIFY(child(dialog, "deleteButton")->toolTip().contains(u"read-only"_s));
    QVERIFY(messageOf(dialog).contains(u"read-only"_s));
    delete dialog;
}

void OperationDialogsTest::reviewShowsEveryCommand()
{
    DialogFixture f;
    Plan plan = samplePlan(u"stop"_s, true);
    plan.steps[1].action = RestartInstance{"stop it; \x1b[2J", "start it"};
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    const QString commands = child<QPlainTextEdit>(dialog, "reviewCommands")->toPlainText();
    QVERIFY(commands.contains(u"# Stop trading on db1 (postgres@db1)\npg_ctlcluster 15 trading stop -m fast"_s));
    QVERIFY(commands.contains(u"stop it; \u241B[2J\n"_s));
    QVERIFY(commands.indexOf(u"\nstart it\n"_s) > commands.indexOf(u"stop it"_s));
    QCOMPARE(child<QListWidget>(dialog, "reviewTargets")->count(), 3);
    QCOMPARE(child<QListWidget>(dialog, "reviewTargets")->item(2)->text(), u"trading on db3"_s);
    const auto* findings = child<QTreeWidget>(dialog, "reviewFindings");
    QCOMPARE(findings->topLevelItemCount(), 2); // a target, and the whole plan: the protected environment is said once
    QCOMPARE(findings->topLevelItem(0)->text(0), u"trading on db1 – warnings: 1"_s);
    QVERIFY(findings->topLevelItem(0)->child(0)->text(1).contains(u"2 streaming replicas"_s));
    QCOMPARE(findings->topLevelItem(1)->childCount(), 1);
    QCOMPARE(findings->topLevelItem(1)->child(0)->text(1), u"Targets in the protected environment prod: 3."_s);
    // The list is frozen: the inventory may change.
    QVERIFY(f.changeElsewhere([](InventoryRows& rows) { rows.instances.clear(); }));
    QCOMPARE(child<QListWidget>(dialog, "reviewTargets")->count(), 3);
    delete dialog;
}

void OperationDialogsTest::enterCancelsADangerousPlan()
{
    DialogFixture f;
    // Stop of a primary outside any protected environment.
    for (const char* focus : {"runButton", "cancelButton", "reviewTargets", "reviewCommands"}) {
        const auto dialog = opened(new ReviewDialog(samplePlan(u"stop"_s, false), *f.service->snapshot()));
        QVERIFY(dialog->isDangerous());
        QSignalSpy approved(dialog, &ReviewDialog::approved);
        QSignalSpy rejected(dialog, &QDialog::rejected);
        child(dialog, focus)->setFocus();
        QTest::keyClick(child(dialog, focus), Qt::Key_Return);
        QTRY_COMPARE(rejected.count(), 1);
        QCOMPARE(approved.count(), 0);
        QTRY_VERIFY(!dialog);
    }
}

void OperationDialogsTest::enterRunsAPlainPlan()
{
    DialogFixture f;
    const Plan plan = samplePlan(u"reload"_s, false);
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QVERIFY(!dialog->isDangerous());
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(approved.count(), 1);
    QCOMPARE(approved.at(0).at(0).value<Plan>(), plan);
}

void OperationDialogsTest::protectedEnvironmentsWantAName()
{
    DialogFixture f;
    const auto dialog = opened(new ReviewDialog(samplePlan(u"reload"_s, true), *f.service->snapshot()));
    QVERIFY(dialog->isDangerous());
    QCOMPARE(dialog->namesToType().size(), 1u);
    QCOMPARE(dialog->namesToType()[0].toType, u"trading"_s);
    QCOMPARE(dialog->focusWidget()->objectName(), u"typedName"_s);
    QVERIFY(!child(dialog, "runButton")->isEnabled());
    QVERIFY(child(dialog, "runButton")->toolTip().contains(u"trading"_s));
    QTest::keyClicks(dialog->focusWidget(), u"trade"_s);
    QVERIFY(!child(dialog, "runButton")->isEnabled());
    QCOMPARE(noteOf(dialog, "typedName"), u"That is not the name."_s);
    typeInto(dialog, "typedName", u"trading"_s);
    QVERIFY(child(dialog, "runButton")->isEnabled());
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    QTest::keyClick(dialog, Qt::Key_R, Qt::AltModifier);
    QTRY_COMPARE(approved.count(), 1);
}

void OperationDialogsTest::severalHerdsWantTheEnvironmentsName()
{
    DialogFixture f;
    Plan plan = samplePlan(u"reload"_s, true);
    plan.findings[0].instance = InstanceId(4); // of herd tools
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QCOMPARE(dialog->namesToType().size(), 1u);
    QCOMPARE(dialog->namesToType()[0].toType, u"prod"_s);
    delete dialog;
}

void OperationDialogsTest::blockedPlansCannotRun()
{
    DialogFixture f;
    Plan plan = samplePlan(u"start"_s, false);
    plan.findings.push_back({.severity = Severity::Blocker,
        .code = FindingCode::CommandNotBuildable,
        .target = u"trading on db2"_s,
        .text = u"Template start, character 3: the version is missing."_s,
        .instance = InstanceId(2)});
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QVERIFY(!child(dialog, "runButton")->isEnabled());
    QVERIFY(!child(dialog, "runButton")->toolTip().isEmpty());
    QSignalSpy approved(dialog, &ReviewDialog::approved);
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return);
    QTRY_VERIFY(!dialog);
    QCOMPARE(approved.count(), 0);
}

void OperationDialogsTest::reviewCopiesAndExports()
{
    DialogFixture f;
    const Plan plan = samplePlan(u"stop"_s, true);
    const auto dialog = opened(new ReviewDialog(plan, *f.service->snapshot()));
    QTest::keyClick(dialog, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), plan.toMarkdown());

    const QTemporaryDir folder;
    const auto exportTo = [&](const QString& name) {
        dialog->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(dialog));
        QTest::keyClick(dialog, Qt::Key_E, Qt::ControlModifier);
        auto* chooser = child<QFileDialog>(dialog, "exportPlanDialog");
        QVERIFY(QTest::qWaitForWindowExposed(chooser));
        Q_EMIT chooser->fileSelected(folder.filePath(name));
        chooser->close();
        QTRY_VERIFY(messageOf(dialog).contains(name));
        QTRY_VERIFY(!dialog->findChild<QFileDialog*>());
    };
    exportTo(u"plan.txt"_s);
    QFile text(folder.filePath(u"plan.txt"_s));
    QVERIFY(text.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(text.readAll()), plan.toText());
    exportTo(u"plan.md"_s);
    QFile markdown(folder.filePath(u"plan.md"_s));
    QVERIFY(markdown.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(markdown.readAll()), plan.toMarkdown());
    exportTo(u"plan.json"_s);
    QFile json(folder.filePath(u"plan.json"_s));
    QVERIFY(json.open(QIODevice::ReadOnly));
    const auto read = Plan::fromJson(QJsonDocument::fromJson(json.readAll()).object());
    QVERIFY(read);
    QCOMPARE(*read, plan);
    exportTo(u"missing/folder/plan.txt"_s);
    QVERIFY(messageOf(dialog).contains(u"could not be written"_s));
    delete dialog;
}

void OperationDialogsTest::operationShowsEveryRow()
{
    OperationRecord record = sampleRecord(OperationState::Running, 12);
    auto clock = std::make_shared<ManualClock>();
    record.started = clock->time;
    record.steps[8].started = clock->time;
    OperationDialog dialog([&record] { return &record; }, record.id, clock, nullptr);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    const auto* table = child<QTreeView>(&dialog, "operationSteps");
    QCOMPARE(table->model()->rowCount(), 12);
    QCOMPARE(table->model()->index(3, 0).data().toString(), u"failed"_s);
    QCOMPARE(table->model()->index(3, 1).data().toString(), u"trading on db4"_s);
    QCOMPARE(table->model()->index(3, 3).data().toString(), u"The start command ended with status 1."_s);
    QCOMPARE(table->model()->index(11, 0).data().toString(), u"waiting"_s);
    QCOMPARE(child<QProgressBar>(&dialog, "operationProgress")->value(), 7);
    QCOMPARE(child<QLabel>(&dialog, "operationCounts")->text(), u"1 failed, 1 with a warning, 5 done, 3 running, 2 waiting"_s);

    clock->time = clock->time.addSecs(65);
    record.steps[8].state = StepState::Succeeded;
    record.steps[8].ended = clock->time;
    record.steps[8].message = u"Accepts connections."_s;
    dialog.noteChange(record.id, 8);
    QTRY_COMPARE(table->model()->index(8, 0).data().toString(), u"done"_s);
    QCOMPARE(table->model()->index(8, 2).data().toString().trimmed(), u"1 min 05 s"_s);
    QTRY_COMPARE(child<QLabel>(&dialog, "operationElapsed")->text(), u"Elapsed 1 min 05 s"_s);

    child<QCheckBox>(&dialog, "problemsOnly")->setChecked(true);
    QCOMPARE(table->model()->rowCount(), 2); // the failed one and the warning
    QCOMPARE(offence(&dialog), QString());
}

// How long nobody could write, while it lasts and afterwards; of two herds the one that waits longest. After an unknown end it is not known.
void OperationDialogsTest::theOutageIsShown()
{
    OperationRecord record = sampleRecord(OperationState::Running, 12);
    auto clock = std::make_shared<ManualClock>();
    record.started = clock->time;
    OperationDialog dialog([&record] { return &record; }, record.id, clock, nullptr);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    const auto* outage = child<QLabel>(&dialog, "operationOutage");
    QVERIFY(!outage->isVisible());
    const auto writesStop = [&](size_t step, int milliseconds) {
        record.steps[step].state = StepState::Running;
        record.steps[step].writesStopped = clock->time.addMSecs(-milliseconds);
        dialog.noteChange(record.id, static_cast<int>(step));
    };
    writesStop(8, 1200);
    writesStop(9, 400);
    QTRY_COMPARE(outage->text(), u"No writes for 1.2 s"_s);
    QVERIFY(outage->isVisible());
    record.steps[8].state = StepState::Succeeded;
    record.steps[8].ended = clock->time;
    dialog.noteChange(record.id, 8);
    QTRY_COMPARE(outage->text(), u"No writes for 0.4 s"_s); // the other one
    const auto* oldAnswers = child<QLabel>(&dialog, "operationOldAnswers");
    QVERIFY(!oldAnswers->isVisible());
    for (const auto& [step, seconds] : {std::pair<size_t, int>{6, 30}, {7, 5}}) {
        record.steps[step].oldAnswersUntil = clock->time.addSecs(seconds);
        dialog.noteChange(record.id, static_cast<int>(step));
    }
    QTRY_COMPARE(oldAnswers->text(), u"Old DNS answers for 30 more second(s)"_s);
    record.steps[9].state = StepState::Succeeded;
    record.steps[9].ended = clock->time;
    dialog.noteChange(record.id, 9);
    QTRY_COMPARE(outage->text(), u"Each of 2 herds could not be written to for 1.2 s at most."_s);
    record.steps[9].state = StepState::Indeterminate;
    dialog.noteChange(record.id, 9);
    QTRY_COMPARE(outage->text(), u"No writes were possible for 1.2 s."_s);
    record.state = OperationState::Indeterminate;
    record.ended = clock->time;
    dialog.noteFinished(record.id);
    QVERIFY(!outage->isVisible());
    clock->time = clock->time.addMSecs(29500); // it goes on after the end
    QTRY_COMPARE(oldAnswers->text(), u"Old DNS answers for 1 more second(s)"_s);
    QVERIFY(oldAnswers->isVisible());
    clock->time = clock->time.addSecs(1);
    QTRY_VERIFY(!oldAnswers->isVisible());
    // Opened when it was over already.
    record.steps[6].oldAnswersUntil = clock->time.addSecs(3);
    OperationDialog later([&record] { return &record; }, record.id, clock, nullptr);
    later.setAttribute(Qt::WA_DeleteOnClose, false);
    later.show();
    const auto* stillOld = child<QLabel>(&later, "operationOldAnswers");
    QTRY_VERIFY(stillOld->isVisible());
    clock->time = clock->time.addSecs(3);
    QTRY_VERIFY(!stillOld->isVisible());
    QVERIFY(messageOf(&dialog).contains(u"No writes were possible for 1.2 s."_s));
}

void OperationDialogsTest::operationIsFastAtFiveHundredRows()
{
    OperationRecord record = sampleRecord(OperationState::Running, 500);
    OperationDialog dialog([&record] { return &record; }, record.id, std::make_shared<ManualClock>(), nullptr);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowExposed(&dialog));
    QSignalSpy repaints(child<QTreeView>(&dialog, "operationSteps")->model(), &QAbstractItemModel::dataChanged);
    // Every step says something fifty times in a row: the model hears of it a few times only.
    for (int round = 0; round < 50; ++round) {
        for (int step = 0; step < 500; ++step) {
            record.steps[static_cast<size_t>(step)].output = QByteArray::number(round);
            dialog.noteChange(record.id, step);
        }
    }
    QCOMPARE(repaints.count(), 0);
    QTRY_VERIFY(repaints.count() > 0);
    QVERIFY2(repaints.count() <= 600, qPrintable(QString::number(repaints.count()))); // one signal, split by the proxy at most per row
    const auto* model = child<QTreeView>(&dialog, "operationSteps")->model();
    QCOMPARE(model->index(490, 3).data().toString(), u"49"_s);
}

void OperationDialogsTest::operationCancelAndBackground()
{
    OperationRecord record = sampleRecord(OperationState::Running);
    const auto source = [&record] { return &record; };
    auto* cancelled = new OperationDialog(source, record.id, std::make_shared<ManualClock>(), nullptr);
    QPointer<OperationDialog> dialog = opened(cancelled);
    QSignalSpy asked(cancelled, &OperationDialog::cancelRequested);
    press(cancelled, "cancelOperationButton");
    QCOMPARE(asked.count(), 1);
    QVERIFY(!child(cancelled, "cancelOperationButton")->isEnabled());
    QVERIFY(child<QLabel>(cancelled, "operationCounts")->text().startsWith(u"Cancelling…"_s));
    QVERIFY(cancelled->isVisible());

    QSignalSpy background(cancelled, &OperationDialog::sentToBackground);
    QTest::keyClick(cancelled, Qt::Key_Escape);
    QCOMPARE(background.count(), 1);
    QTRY_VERIFY(!dialog);
}

void OperationDialogsTest::operationSaysHowItEnded()
{
    OperationRecord record = sampleRecord(OperationState::Running, 12);
    auto* raw = new OperationDialog([&record] { return &record; }, record.id, std::make_shared<ManualClock>(), nullptr);
    QPointer<OperationDialog> dialog = opened(raw);
    QSignalSpy background(raw, &OperationDialog::sentToBackground);
    const QUuid id = record.id;
    record = sampleRecord(OperationState::Indeterminate, 12);
    record.id = id;
    dialog->noteFinished(id);
    const QString said = messageOf(dialog);
    QVERIFY2(said.contains(u"not everything is known: 1 failed, 1 with unknown outcome, 1 with a warning, 9 done"_s), qPrintable(said));
    QVERIFY(said.contains(u"trading on db4: The start command ended with status 1."_s));
    QVERIFY(said.contains(u"trading on db9: The link was lost"_s));
    const auto* model = child<QTreeView>(dialog, "operationSteps")->model();
    QCOMPARE(model->index(0, 0).data().toString(), u"failed"_s); // first
    QCOMPARE(model->index(1, 0).data().toString(), u"outcome unknown"_s);
    QVERIFY(!child(dialog, "cancelOperationButton")->isVisible());
    press(dialog, "copyReportButton");
    const QString report = QGuiApplication::clipboard()->text();
    QVERIFY(report.contains(u"[outcome unknown] Restart trading on db9"_s));
    QVERIFY(report.contains(u"    | pg_ctl: could not start server"_s));
    QTest::keyClick(dialog->focusWidget(), Qt::Key_Return); // Close is the default now
    QTRY_VERIFY(!dialog);
    QCOMPARE(background.count(), 0);
}

void OperationDialogsTest::operationIsExported()
{
    OperationRecord record = sampleRecord(OperationState::Failed, 4);
    record.steps[0].title = u"Stop | <b>x</b> `y`\n# Not a heading"_s;
    record.steps[3].output = "````\n# not a heading\n"; // it must not end the block
    Plan plan = samplePlan(u"stop"_s, false);
    plan.findings.push_back({.severity = Severity::Blocker, .target = u"trading on db2"_s, .text = u"Blocked."_s, .override_ = Override::WithReason,
        .reason = u"ann said so"_s});
    record.plan = plan.toJson();
    const auto dialog = opened(new OperationDialog(record));
    const QTemporaryDir folder;
    const auto exported = [&](const QString& name) {
        dialog->activateWindow();
        if (!QTest::qWaitForWindowActive(dialog))
            qFatal("the dialog is not active");
        QTest::keyClick(dialog, Qt::Key_E, Qt::ControlModifier);
        auto* chooser = child<QFileDialog>(dialog, "exportReportDialog");
        Q_EMIT chooser->fileSelected(folder.filePath(name));
        chooser->close();
        QFile file(folder.filePath(name));
        if (!QTest::qWaitFor([&] { return messageOf(dialog).contains(name); }) || !file.open(QIODevice::ReadOnly))
            qFatal("nothing was written");
        if (!QTest::qWaitFor([&] { return !dialog->template findChild<QFileDialog*>(); }))
            qFatal("the chooser stays");
        return file.readAll();
    };
    const QString markdown = QString::fromUtf8(exported(u"report.md"_s));
    for (const QString& part : {u"# Restart 4 instances\n"_s, u"- By: ada\n"_s, u"- Blocker passed over: trading on db2: Blocked. Reason: ann said so\n"_s,
             u"Stop \\| \\<b\\>x\\</b\\> \\`y\\`\u240A\\# Not a heading"_s, u"\n`````\n````\n# not a heading\n`````\n"_s, u"## The plan, as approved\n"_s,
             u"pg_ctlcluster 15 trading stop -m fast"_s})
        QVERIFY2(markdown.contains(part), qPrintable(part + u"\n--- is not in ---\n"_s + markdown));
    const QJsonObject json = QJsonDocument::fromJson(exported(u"report.json"_s)).object();
    QCOMPARE(json[u"state"_s].toString(), u"failed"_s);
    QCOMPARE(json[u"steps"_s].toArray().size(), 4);
    const auto read = Plan::fromJson(json[u"plan"_s].toObject());
    QVERIFY(read);
    QCOMPARE(*read, plan);
    delete dialog;
}

void OperationDialogsTest::operationShowsHostileOutput()
{
    OperationRecord record = sampleRecord(OperationState::Failed, 4);
    record.title = u"Restart <b>x</b>\nagain"_s;
    record.steps[3].target = u"<img src=x> on db"_s;
    record.steps[3].output = QByteArray("\x1b[31mred\x1b[0m \xff <i>x</i>\n");
    OperationDialog dialog(record);
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    child<QCheckBox>(&dialog, "showOutput")->setChecked(true);
    const QString output = child<QPlainTextEdit>(&dialog, "stepOutput")->toPlainText();
    QVERIFY2(output.contains(u"\u241B[31mred\u241B[0m \\xFF <i>x</i>"_s), qPrintable(output));
    QVERIFY(!dialog.windowTitle().contains(u'\n'));
    QCOMPARE(offence(&dialog), QString());
    const auto* model = child<QTreeView>(&dialog, "operationSteps")->model();
    QVERIFY(!model->index(0, 3).data(Qt::ToolTipRole).toString().contains(u'<'));
}

void OperationDialogsTest::operationFollowsTheRealService()
{
    RunningOperation running;
    QVERIFY(!running.id.isNull());
    const auto dialog = opened(new OperationDialog(running.operations, running.id));
    const auto* model = child<QTreeView>(dialog, "operationSteps")->model();
    QCOMPARE(model->rowCount(), 3);
    QTRY_COMPARE(model->index(0, 3).data().toString(), u"second line"_s);
    QTRY_COMPARE(model->index(0, 0).data().toString(), u"running"_s);
    running.executor->open();
    QTRY_VERIFY(messageOf(dialog).contains(u"1 with a warning, 2 done"_s));
    QCOMPARE(child<QProgressBar>(dialog, "operationProgress")->value(), 3);
    QVERIFY(!child(dialog, "cancelOperationButton")->isVisible());
    delete dialog;
}

void OperationDialogsTest::operationCancelsTheRealService()
{
    RunningOperation running;
    const auto dialog = opened(new OperationDialog(running.operations, running.id));
    QSignalSpy finished(&running.operations, &OperationService::operationFinished);
    press(dialog, "cancelOperationButton");
    QTRY_COMPARE(finished.count(), 1);
    QTRY_VERIFY(messageOf(dialog).contains(u"Cancelled after"_s));
    // Going away while something runs never ends it.
    RunningOperation other;
    const auto background = opened(new OperationDialog(other.operations, other.id));
    background->close();
    QTRY_VERIFY(!background);
    QCOMPARE(other.operations.runningCount(), 1);
    other.executor->open();
    QTRY_COMPARE(other.operations.runningCount(), 0);
    delete dialog;
}

void OperationDialogsTest::hostKeyIsRejectedByDefault()
{
    const HostKeyQuestion question{u"<b>db1</b>:2222"_s, u"ssh-ed25519"_s, u"SHA256:abc"_s};
    for (const int key : {Qt::Key_Return, Qt::Key_Escape}) {
        const auto dialog = opened(new HostKeyDialog(question));
        QCOMPARE(offence(dialog), QString());
        QSignalSpy answered(dialog, &HostKeyDialog::answered);
        QTest::keyClick(dialog->focusWidget(), static_cast<Qt::Key>(key));
        QTRY_VERIFY(!dialog);
        QCOMPARE(answered.count(), 1);
        QCOMPARE(answered.at(0).at(0).toBool(), false);
    }
    const auto focused = opened(new HostKeyDialog(question));
    QSignalSpy answered(focused, &HostKeyDialog::answered);
    child(focused, "acceptKeyButton")->setFocus();
    QTest::keyClick(child(focused, "acceptKeyButton"), Qt::Key_Return); // Enter rejects even there
    QTRY_COMPARE(answered.count(), 1);
    QCOMPARE(answered.at(0).at(0).toBool(), false);
    const auto closed = opened(new HostKeyDialog(question));
    QSignalSpy closing(closed, &HostKeyDialog::answered);
    closed->close();
    QTRY_COMPARE(closing.count(), 1);
    QCOMPARE(closing.at(0).at(0).toBool(), false);
}

void OperationDialogsTest::hostKeyIsAcceptedOnlyOnPurpose()
{
    const auto dialog = opened(new HostKeyDialog({u"db1"_s, u"ecdsa-sha2-nistp256"_s, u"SHA256:abc"_s}));
    QCOMPARE(child<QLineEdit>(dialog, "fingerprint")->text(), u"SHA256:abc"_s);
    QVERIFY(child<QLineEdit>(dialog, "checkCommand")->text().contains(u"ssh_host_ecdsa_key.pub"_s));
    press(dialog, "copyFingerprintButton");
    QCOMPARE(QGuiApplication::clipboard()->text(), u"SHA256:abc"_s);
    QSignalSpy answered(dialog, &HostKeyDialog::answered);
    QTest::keyClick(dialog, Qt::Key_A, Qt::AltModifier);
    QTRY_COMPARE(answered.count(), 1);
    QCOMPARE(answered.at(0).at(0).toBool(), true);
}

void OperationDialogsTest::everyControlIsNamed()
{
    DialogFixture f;
    const auto review = opened(new ReviewDialog(samplePlan(u"stop"_s, true), *f.service->snapshot()));
    QCOMPARE(offence(review), QString());
    delete review;
}

} // namespace elephaas

QTEST_MAIN(elephaas::OperationDialogsTest)
#include "tst_dialog_operations.moc"
