#include "dialogs/operationdialog.h"
#include "dialogs/unfinisheddialog.h"
#include "tests/gui/dialogfixture.h"
#include "tests/gui/operationsamples.h"
#include "tests/unit/operations/fakejournal.h"

#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QTreeWidget>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// The first two steps hold, the third does not, nobody knows of the rest.
class Looker final : public StepExecutor {
public:
    StepResult execute(const Step&, const StepContext&) override { return {StepState::Succeeded, u"done"_s}; }
    StepResult inspect(const Step& step, std::stop_token) override
    {
        ++m_looks;
        if (step.id < 2)
            return {StepState::Succeeded, u"<b>The copy is complete.</b>"_s};
        if (step.id == 2)
            return {StepState::Failed, u"The copy is still beside."_s};
        return {StepState::Indeterminate, {}};
    }
    int looks() const { return m_looks; }

private:
    std::atomic<int> m_looks = 0;
};

struct Left {
    explicit Left(std::vector<OperationRecord> records, bool readOnly = false)
    {
        fixture.restart({.readOnly = readOnly});
        operations = std::make_unique<OperationService>(executor, journal, *fixture.service, nullptr, std::make_shared<SystemClock>(),
            OperationService::Options{.operatorName = u"ada"_s, .clientHost = u"desk"_s, .batchInterval = std::chrono::milliseconds(10)});
        for (const OperationRecord& record : records)
            static_cast<void>(journal->begin(record));
        std::optional<std::vector<OperationRecord>> found;
        operations->unfinished(operations.get(), [&](const auto& left) { found = left.value(); });
        [&] { QTRY_VERIFY(found); }();
        if (found->empty())
            return;
        dialog = new UnfinishedDialog(*operations, *found);
        dialog->show();
        QObject::connect(dialog, &UnfinishedDialog::wayChosen, dialog,
            [this](const OperationRecord& record, Way way) { chosen.emplace_back(record.id, way); });
    }
    ~Left() { delete dialog; }
    QTreeWidget* steps() const { return child<QTreeWidget>(dialog, "unfinishedSteps"); }
    QString cell(int step, int column) const { return steps()->topLevelItem(step)->text(column); }
    QPushButton* button(const char* name) const { return child<QPushButton>(dialog, name); }

    DialogFixture fixture;
    std::shared_ptr<Looker> executor = std::make_shared<Looker>();
    std::shared_ptr<tests::FakeJournal> journal = std::make_shared<tests::FakeJournal>();
    std::unique_ptr<OperationService> operations;
    QPointer<UnfinishedDialog> dialog;
    std::vector<std::pair<QUuid, Way>> chosen;
};

OperationRecord oldFormat()
{
    OperationRecord record = sampleUnfinished();
    record.id = QUuid::createUuid();
    record.title = u"Stop <i>tools</i> on db1"_s;
    record.plan = {{u"format"_s, 1}};
    return record;
}

} // namespace

class UnfinishedDialogTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsWhatHoldsNow()
    {
        Left left({sampleUnfinished()});
        QCOMPARE(offence(left.dialog), QString());
        QCOMPARE(left.steps()->topLevelItemCount(), 5);
        QTRY_VERIFY(left.cell(4, 2).startsWith(u"not known ("_s));
        QTRY_VERIFY(left.cell(0, 2).startsWith(u"holds ("_s));
        QTRY_VERIFY(left.cell(2, 2).startsWith(u"does not hold ("_s));
        QCOMPARE(left.cell(1, 3), u"<b>The copy is complete.</b>"_s);
        QVERIFY(left.steps()->topLevelItem(1)->toolTip(3).isEmpty()); // it would be read as mark-up
        QCOMPARE(left.cell(2, 0), u"Swap the copy of trading on db2 in; its old data are kept aside"_s);
        QVERIFY(child<QLabel>(left.dialog, "unfinishedAbout")->text().contains(u"ada"_s));
        QVERIFY(!child<QListWidget>(left.dialog, "unfinishedList")->isVisible()); // there is one only
        QTRY_VERIFY(left.button("lookAgainButton")->isEnabled());
        const int before = left.executor->looks();
        left.button("lookAgainButton")->click();
        QTRY_COMPARE(left.executor->looks(), before + 5);
    }

    // The clean-up took away what would tell that the rest was done.
    void whatTheRecordAloneTells()
    {
        OperationRecord record = sampleUnfinished();
        Plan plan = *Plan::fromJson(record.plan);
        plan.steps[3].erasesTraces = true;
        record.plan = plan.toJson();
        record.steps[2].state = StepState::Succeeded;
        record.steps[3].state = StepState::Running;
        record.steps[3].started = record.started.addSecs(99);
        Left left({record});
        QTRY_VERIFY(left.button("lookAgainButton")->isEnabled());
        QVERIFY(left.cell(0, 2).startsWith(u"holds ("_s));
        QTRY_COMPARE(left.cell(2, 2), u"done, as recorded"_s); // looked at, it does not hold
        QVERIFY(left.cell(3, 2).startsWith(u"not known ("_s)); // the clean-up itself
    }

    void waysOn()
    {
        const OperationRecord record = sampleUnfinished();
        Left left({record});
        QVERIFY(!left.button("continueButton")->isEnabled()); // its plan is still to be read
        QVERIFY(!left.button("continueButton")->toolTip().isEmpty());
        QTRY_VERIFY(left.button("continueButton")->isEnabled());
        left.button("continueButton")->click();
        left.button("undoButton")->click();
        QCOMPARE(left.chosen, (std::vector{std::pair{record.id, Way::Continue}, std::pair{record.id, Way::TakeBack}}));
        QVERIFY(left.dialog); // decided only when it has begun
        QCOMPARE(left.journal->find(record.id)->state, OperationState::Running);
    }

    void markedAsHandled()
    {
        const OperationRecord record = sampleUnfinished();
        Left left({record, oldFormat()});
        QVERIFY(child<QListWidget>(left.dialog, "unfinishedList")->isVisible());
        typeInto(left.dialog, "handledNote", u"rebuilt by hand"_s);
        left.button("handledButton")->click();
        QTRY_COMPARE(left.journal->find(record.id)->state, OperationState::Indeterminate);
        QVERIFY(left.journal->find(record.id)->message.endsWith(u"Marked as handled by ada: rebuilt by hand"_s));
        QTRY_COMPARE(child<QListWidget>(left.dialog, "unfinishedList")->count(), 1);
        // The other one's plan is of an earlier version.
        QTRY_VERIFY(child<QLabel>(left.dialog, "unfinishedWays")->text().contains(u"earlier version"_s));
        QVERIFY(left.button("undoButton")->toolTip().contains(u"earlier version"_s));
        QVERIFY(!left.button("continueButton")->isEnabled());
        QVERIFY(!left.button("undoButton")->isEnabled());
        QVERIFY(child<QLabel>(left.dialog, "unfinishedWays")->text().contains(u"earlier version"_s));
        QVERIFY(child<QLineEdit>(left.dialog, "handledNote")->text().isEmpty());
        left.button("handledButton")->click();
        QTRY_VERIFY(!left.dialog); // nothing is left to decide
    }

    void somebodyElseDecided()
    {
        const OperationRecord record = sampleUnfinished();
        Left left({record});
        QVERIFY(left.journal->finish(record.id, OperationState::Indeterminate, u"by bob"_s, QDateTime::currentDateTimeUtc()));
        left.button("handledButton")->click();
        QTRY_VERIFY(left.button("handledButton")->isEnabled());
        QCOMPARE(left.journal->find(record.id)->message, u"by bob"_s);
    }

    void readOnlyDecidesNothing()
    {
        Left left({sampleUnfinished()}, true);
        for (const char* name : {"continueButton", "undoButton", "handledButton"})
            QVERIFY(!left.button(name)->isEnabled());
        QVERIFY(child<QLabel>(left.dialog, "unfinishedWays")->text().contains(u"read-only"_s));
    }

    // The same ways from the details of an operation that ended badly in this session.
    void operationDialogOffersThem_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<bool>("offered");
        QTest::newRow("failed") << int(OperationState::Failed) << true;
        QTest::newRow("cancelled") << int(OperationState::Cancelled) << true;
        QTest::newRow("indeterminate") << int(OperationState::Indeterminate) << true;
        QTest::newRow("succeeded") << int(OperationState::Succeeded) << false;
        QTest::newRow("warning") << int(OperationState::Warning) << false;
    }
    void operationDialogOffersThem()
    {
        QFETCH(int, state);
        QFETCH(bool, offered);
        Left left({});
        OperationRecord record = sampleUnfinished();
        record.state = OperationState(state);
        record.ended = record.started.addSecs(99);
        record.steps[2].state = StepState::Failed;
        const std::unique_ptr<OperationDialog> dialog(new OperationDialog(*left.operations, record));
        dialog->show();
        std::vector<std::pair<QUuid, Way>> chosen;
        connect(dialog.get(), &OperationDialog::wayChosen, this, [&](const OperationRecord& of, Way way) { chosen.emplace_back(of.id, way); });
        // Asked later than the dialog did, and so answered later.
        bool answered = false;
        left.operations->waysOn(record, this, [&](const WaysOn&) { answered = true; });
        QTRY_VERIFY(answered);
        for (const char* name : {"continueButton", "undoButton"}) {
            auto* button = child<QPushButton>(dialog.get(), name);
            QCOMPARE(button->isVisible(), offered);
            if (offered)
                button->click();
        }
        QCOMPARE(chosen.size(), offered ? 2u : 0u);
        QCOMPARE(offence(dialog.get()), QString());
    }

    // Gone on with already: not from here again, and the tool tip says why.
    void continuedIsNotOfferedAgain()
    {
        Left left({});
        OperationRecord record = sampleUnfinished();
        record.state = OperationState::Failed;
        record.ended = record.started.addSecs(99);
        QVERIFY(left.journal->begin(record));
        OperationRecord next = sampleUnfinished();
        next.id = QUuid::createUuid();
        next.state = OperationState::Failed;
        next.operatorName = u"<b>bob</b>"_s;
        next.plan[u"continues"_s] = record.id.toString(QUuid::WithoutBraces);
        QVERIFY(left.journal->begin(next));
        const std::unique_ptr<OperationDialog> dialog(new OperationDialog(*left.operations, record));
        dialog->show();
        auto* button = child<QPushButton>(dialog.get(), "continueButton");
        QTRY_VERIFY(button->isVisible());
        QVERIFY(!button->isEnabled());
        QVERIFY2(button->toolTip().contains(u"&lt;b&gt;bob&lt;/b&gt; went on with it"_s), qPrintable(button->toolTip()));
    }
};

} // namespace elephaas

QTEST_MAIN(elephaas::UnfinishedDialogTest)
#include "tst_dialog_unfinished.moc"
