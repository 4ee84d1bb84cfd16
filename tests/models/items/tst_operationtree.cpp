#include "models/items/operationtreemodel.h"

#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

class OperationTreeTest final : public QObject {
    Q_OBJECT

    static OperationRecord copying()
    {
        OperationRecord record{.id = QUuid::createUuid(), .title = u"Rebuild"_s, .reason = u"patch day"_s, .started = QDateTime::currentDateTimeUtc()};
        for (int i = 0; i < 3; ++i)
            record.steps.push_back({.number = i, .title = u"Step %1"_s.arg(i), .target = u"h on db%1"_s.arg(i)});
        return record;
    }

private Q_SLOTS:
    // The operation's own row says how far its only running step is: also where its steps are folded away.
    void theRunningStepSpeaks()
    {
        OperationTreeModel model(std::make_shared<SystemClock>());
        OperationRecord record = copying();
        model.put(record);
        const QModelIndex row = model.index(0, int(OperationTreeModel::Column::Message));
        QCOMPARE(row.data().toString(), u"patch day"_s);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        const auto toldOf = [&](const QModelIndex& index) {
            const QList<QVariantList> all(changed.begin(), changed.end());
            changed.clear();
            return std::ranges::any_of(all, [&](const QVariantList& one) {
                return one[0].toModelIndex().parent() == index.parent() && one[0].toModelIndex().row() <= index.row()
                    && one[0].toModelIndex().column() <= index.column() && one[1].toModelIndex().column() >= index.column();
            });
        };
        const auto step = [&](int number, StepState state, const QString& message) {
            record.steps[size_t(number)].state = state;
            record.steps[size_t(number)].message = message;
            model.updateStep(record.id, record.steps[size_t(number)]);
        };
        step(0, StepState::Running, u"1.2 GB of 3.4 GB"_s);
        QCOMPARE(row.data().toString(), u"1.2 GB of 3.4 GB"_s);
        QVERIFY(toldOf(row));
        step(0, StepState::Running, u"1.3 GB of 3.4 GB"_s);
        QCOMPARE(row.data().toString(), u"1.3 GB of 3.4 GB"_s);
        QVERIFY(toldOf(row)); // though no count moved
        step(0, StepState::Running, u"1.3 GB of 3.4 GB"_s);
        QVERIFY(!toldOf(row));
        step(1, StepState::Running, u"Sent."_s); // none speaks for both
        QCOMPARE(row.data().toString(), u"patch day"_s);
        step(1, StepState::Failed, u"No room."_s);
        QCOMPARE(row.data().toString(), u"h on db1: No room."_s); // what failed says most
        record.state = OperationState::Failed;
        record.message = u"1 failed"_s;
        record.steps[1].state = StepState::Succeeded;
        model.put(record);
        QCOMPARE(row.data().toString(), u"1 failed"_s); // over: nothing runs, whatever the step's row says
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::OperationTreeTest)
#include "tst_operationtree.moc"
