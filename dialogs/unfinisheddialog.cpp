#include "dialogs/unfinisheddialog.h"

#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/operationwords.h"
#include "dialogs/parts/plainlabel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

enum Column { StepColumn, RecordedColumn, NowColumn, SeenColumn, ColumnCount };

QString timeText(const QDateTime& time) { return QLocale().toString(time.toLocalTime(), QLocale::ShortFormat); }

Mark nowMark(StepState state)
{
    switch (state) {
    case StepState::Succeeded: return Mark::Done;
    case StepState::Failed: return Mark::Failed;
    case StepState::Pending:
    case StepState::Running:
    case StepState::Skipped:
    case StepState::Cancelled:
    case StepState::Indeterminate: break;
    }
    return Mark::Unknown;
}

} // namespace

UnfinishedDialog::UnfinishedDialog(
    OperationService& operations, std::vector<OperationRecord> records, QWidget* parent, std::shared_ptr<const Clock> clock)
    : QDialog(parent)
    , m_operations(operations)
    , m_clock(std::move(clock))
    , m_records(std::move(records))
{
    build();
    for (const OperationRecord& record : m_records)
        m_list->addItem(inOneLine(record.title, 200));
    m_list->setVisible(m_records.size() > 1);
    connect(m_list, &QListWidget::currentRowChanged, this, &UnfinishedDialog::showChosen);
    connect(&m_operations, &OperationService::operationResolved, this,
        [this](const OperationRecord& record) { forget(record.id); });
    m_list->setCurrentRow(0);
}

void UnfinishedDialog::build()
{
    setObjectName(u"unfinishedDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Unfinished operations"));
    setSizeGripEnabled(true);
    QLabel* heading = headingLabel(tr("The console ended before these operations did"), u"unfinishedHeading"_s, this);
    m_list = new QListWidget(this);
    m_list->setObjectName(u"unfinishedList"_s);
    m_list->setAccessibleName(tr("Unfinished operations"));
    m_list->setMaximumHeight(m_list->fontMetrics().height() * 6);
    m_about = wrappedLabel({}, u"unfinishedAbout"_s, this);
    m_steps = new QTreeWidget(this);
    m_steps->setObjectName(u"unfinishedSteps"_s);
    m_steps->setAccessibleName(tr("Steps: what was recorded, and what holds now"));
    m_steps->setColumnCount(ColumnCount);
    m_steps->setHeaderLabels({tr("Step"), tr("Recorded"), tr("Now"), tr("What was seen")});
    m_steps->setRootIsDecorated(false);
    m_steps->setUniformRowHeights(true);
    m_steps->setAlternatingRowColors(true);
    m_steps->header()->resizeSection(StepColumn, 330);
    m_steps->header()->resizeSection(RecordedColumn, 165);
    m_steps->header()->resizeSection(NowColumn, 170);
    m_ways = wrappedLabel({}, u"unfinishedWays"_s, this);
    makeMuted(m_ways);
    m_strip = new MessageStrip(this);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addWidget(heading);
    column->addWidget(m_list);
    column->addWidget(m_about);
    column->addWidget(m_steps, 1);
    column->addWidget(m_ways);
    column->addWidget(m_strip);
    column->addWidget(makeDecision());
    resize(940, 560);
    m_steps->setFocus();
}

QWidget* UnfinishedDialog::makeDecision()
{
    auto* box = new QWidget(this);
    const auto button = [this, box](const QString& text, const QString& name, const QString& accessible) {
        auto* made = new QPushButton(text, box);
        made->setObjectName(name);
        made->setAccessibleName(accessible);
        made->setAutoDefault(false);
        return made;
    };
    m_look = button(tr("&Look again"), u"lookAgainButton"_s, tr("Look again"));
    m_look->setToolTip(tr("Asks the hosts once more what holds"));
    m_undo = button(tr("&Take back…"), u"undoButton"_s, tr("Take back"));
    m_continue = button(tr("&Continue…"), u"continueButton"_s, tr("Continue"));
    auto* later = button(tr("&Decide later"), u"laterButton"_s, tr("Decide later"));
    m_note = new QLineEdit(box);
    m_note->setObjectName(u"handledNote"_s);
    m_note->setAccessibleName(tr("Note for the record"));
    m_note->setPlaceholderText(tr("What was done about it, for the record"));
    m_note->setMaxLength(500);
    m_handled = button(tr("&Mark as handled"), u"handledButton"_s, tr("Mark as handled"));
    m_handled->setToolTip(tr("Changes nothing on the hosts; it is not asked about again"));

    auto* note = new QHBoxLayout;
    note->addWidget(m_note, 1);
    note->addWidget(m_handled);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_look);
    buttons->addStretch(1);
    buttons->addWidget(m_undo);
    buttons->addWidget(m_continue);
    buttons->addWidget(later);
    auto* rows = new QVBoxLayout(box);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(10);
    rows->addLayout(note);
    rows->addLayout(buttons);

    connect(m_look, &QPushButton::clicked, this, [this] { look(); });
    connect(m_undo, &QPushButton::clicked, this, [this] { choose(Way::TakeBack); });
    connect(m_continue, &QPushButton::clicked, this, [this] { choose(Way::Continue); });
    connect(m_handled, &QPushButton::clicked, this, [this] { markHandled(); });
    connect(later, &QPushButton::clicked, this, [this] { reject(); });
    return box;
}

const OperationRecord* UnfinishedDialog::chosen() const
{
    const int row = m_list->currentRow();
    return row >= 0 && static_cast<size_t>(row) < m_records.size() ? &m_records[static_cast<size_t>(row)] : nullptr;
}

void UnfinishedDialog::choose(const QUuid& operation)
{
    const auto it = std::ranges::find(m_records, operation, &OperationRecord::id);
    if (it != m_records.end())
        m_list->setCurrentRow(static_cast<int>(it - m_records.begin()));
}

void UnfinishedDialog::showChosen()
{
    const OperationRecord* record = chosen();
    if (!record)
        return;
    m_strip->clear();
    m_note->clear();
    const QString begun = tr("Begun %1 by %2 on %3.").arg(timeText(record->started), inOneLine(record->operatorName), inOneLine(record->clientHost));
    m_about->setText(m_records.size() > 1 ? begun : QString(inOneLine(record->title, 200) % u"\n"_s % begun));
    showWays();
    askForWays();
    showSteps();
    if (!m_seen.contains(record->id))
        look();
}

void UnfinishedDialog::showSteps()
{
    const OperationRecord* record = chosen();
    m_steps->clear();
    for (const StepRecord& step : record->steps) {
        auto* item = new QTreeWidgetItem(m_steps);
        item->setText(StepColumn, inOneLine(step.title.isEmpty() ? step.target : step.title, 200));
        item->setText(RecordedColumn, nameOf(step.state, step.warning));
        item->setIcon(RecordedColumn, markIcon(markOf(step.state, step.warning), palette()));
        showStep(step.number);
    }
    if (m_steps->topLevelItemCount() > 0)
        m_steps->setCurrentItem(m_steps->topLevelItem(0));
}

void UnfinishedDialog::showStep(int step)
{
    QTreeWidgetItem* item = m_steps->topLevelItem(step);
    const OperationRecord* record = chosen();
    if (!item || !record)
        return;
    const auto all = m_seen.find(record->id);
    const bool isSeen = all != m_seen.end() && all->second.contains(step);
    if (!isSeen) {
        item->setText(NowColumn, m_looking ? tr("looking…") : tr("not known"));
        item->setIcon(NowColumn, markIcon(m_looking ? Mark::Running : Mark::Unknown, palette()));
        item->setText(SeenColumn, {});
        return;
    }
    const StepInspection& seen = all->second.at(step);
    const StepResult& result = seen.result;
    const QString time = QLocale().toString(seen.at.toLocalTime().time(), QLocale::ShortFormat);
    // What would tell was removed since: the record does.
    const auto ways = m_waysOn.find(record->id);
    const bool isRecorded = result.state != StepState::Succeeded && ways != m_waysOn.end() && ways->second.doneByRecord.contains(step);
    if (isRecorded) {
        const bool wasNeeded = record->steps[static_cast<size_t>(step)].state != StepState::Skipped;
        item->setIcon(NowColumn, markIcon(Mark::Done, palette()));
        item->setText(NowColumn, wasNeeded ? tr("done, as recorded") : tr("not needed, as recorded"));
        item->setText(SeenColumn, tr("What would tell was removed by a later step."));
        return;
    }
    item->setIcon(NowColumn, markIcon(nowMark(result.state), palette()));
    item->setText(NowColumn,
        result.state == StepState::Succeeded    ? tr("holds (%1)").arg(time)
            : result.state == StepState::Failed ? tr("does not hold (%1)").arg(time)
                                                : tr("not known (%1)").arg(time));
    item->setText(SeenColumn, inOneLine(result.message, 400));
}

// A plan may be large, and what came after it is in the journal: both are read in the background.
void UnfinishedDialog::askForWays()
{
    const OperationRecord* record = chosen();
    if (!m_waysOn.contains(record->id))
        m_operations.waysOn(*record, this, [this, id = record->id](const WaysOn& ways) { takeWays(id, ways); });
}

void UnfinishedDialog::takeWays(const QUuid& operation, const WaysOn& ways)
{
    m_waysOn.insert_or_assign(operation, ways);
    const OperationRecord* record = chosen();
    if (!record || record->id != operation)
        return;
    showWays();
    for (const StepRecord& step : record->steps)
        showStep(step.number);
}

void UnfinishedDialog::showWays()
{
    const OperationRecord* record = chosen();
    const QString closed = m_operations.whyNotRunnable();
    const auto known = m_waysOn.find(record->id);
    const QString pending = tr("Its plan is being read.");
    const auto offer = [&](QPushButton* button, const QString& whyNot, const QString& toolTip) {
        const QString why = !closed.isEmpty() ? closed : whyNot;
        button->setEnabled(why.isEmpty());
        button->setToolTip((why.isEmpty() ? toolTip : why).toHtmlEscaped());
    };
    const bool isKnown = known != m_waysOn.end();
    offer(m_continue, isKnown ? known->second.whyNotContinue : pending, tr("Looks at what holds now, and shows the same plan again; what is done is skipped"));
    offer(m_undo, isKnown ? known->second.whyNotTakeBack : pending, tr("Looks at what holds now, and shows a plan that takes back what can be taken back"));
    m_handled->setEnabled(closed.isEmpty());
    m_note->setEnabled(closed.isEmpty());
    QStringList reasons;
    if (!closed.isEmpty())
        reasons << closed;
    if (isKnown && !known->second.whyNotContinue.isEmpty())
        reasons << tr("It cannot be continued: %1").arg(inOneLine(known->second.whyNotContinue, 400));
    if (isKnown && !known->second.whyNotTakeBack.isEmpty())
        reasons << tr("It cannot be taken back: %1").arg(inOneLine(known->second.whyNotTakeBack, 400));
    m_ways->setText(reasons.join(u'\n'));
    m_ways->setVisible(!reasons.isEmpty());
}

void UnfinishedDialog::look()
{
    const OperationRecord* record = chosen();
    if (!record)
        return;
    m_looking = std::make_unique<QObject>();
    m_seen[record->id].clear();
    const auto begun = m_operations.inspect(
        *record, m_looking.get(), [this, id = record->id](const StepInspection& seen) { take(id, seen); });
    if (!begun)
        m_looking.reset();
    m_look->setEnabled(!m_looking);
    for (const StepRecord& step : record->steps)
        showStep(step.number);
}

void UnfinishedDialog::take(const QUuid& operation, const StepInspection& seen)
{
    m_seen[operation][seen.step] = seen;
    const OperationRecord* record = chosen();
    if (!record || record->id != operation)
        return;
    showStep(seen.step);
    if (m_seen[operation].size() >= record->steps.size())
        m_look->setEnabled(true);
}

void UnfinishedDialog::choose(Way way)
{
    if (const OperationRecord* record = chosen())
        Q_EMIT wayChosen(*record, way);
}

void UnfinishedDialog::markHandled()
{
    const OperationRecord* record = chosen();
    if (!record)
        return;
    const QString note = m_note->text().trimmed();
    const QString who = m_operations.operatorName();
    const QString message = tr("The console ended before this operation did. ")
        + (note.isEmpty() ? tr("Marked as handled by %1.").arg(who) : tr("Marked as handled by %1: %2").arg(who, note));
    m_handled->setEnabled(false);
    m_operations.resolve(record->id, message, this, [this, id = record->id](const Expected<OperationRecord>& resolved) {
        if (resolved)
            return; // told by the signal
        m_strip->showError(resolved.error());
        m_handled->setEnabled(true);
    });
}

// Decided, here or by a plan that goes on with it.
void UnfinishedDialog::forget(const QUuid& operation)
{
    const auto it = std::ranges::find(m_records, operation, &OperationRecord::id);
    if (it == m_records.end())
        return;
    const int row = static_cast<int>(it - m_records.begin());
    const bool wasChosen = row == m_list->currentRow();
    {
        const QSignalBlocker quiet(m_list);
        m_records.erase(it);
        delete m_list->takeItem(row);
    }
    if (m_records.empty()) {
        accept();
        return;
    }
    m_list->setVisible(m_records.size() > 1);
    if (wasChosen)
        showChosen();
}

} // namespace elephaas
