#include "dialogs/operation/operationview.h"

#include "dialogs/operation/stepmodel.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/operationwords.h"
#include "dialogs/parts/plainlabel.h"
#include "models/domain/visibletext.h"

#include <QCheckBox>
#include <QEvent>
#include <QHeaderView>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QScrollBar>
#include <QSplitter>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

OperationView::OperationView(std::shared_ptr<const Clock> clock, QWidget* parent)
    : QWidget(parent)
    , m_clock(std::move(clock))
    , m_model(new StepModel(this))
    , m_proxy(new StepProxy(this))
    , m_by(plainLabel({}, u"operationBy"_s, this))
    , m_bar(new QProgressBar(this))
    , m_counts(plainLabel({}, u"operationCounts"_s, this))
    , m_elapsed(plainLabel({}, u"operationElapsed"_s, this))
    , m_outage(plainLabel({}, u"operationOutage"_s, this))
    , m_oldAnswers(plainLabel({}, u"operationOldAnswers"_s, this))
    , m_problemsOnly(new QCheckBox(tr("&Problems only"), this))
    , m_showOutput(new QCheckBox(tr("Show &output"), this))
    , m_table(new QTreeView(this))
    , m_output(new QPlainTextEdit(this))
    , m_summary(new MessageStrip(this))
{
    setObjectName(u"operationView"_s);
    build();
    connect(m_problemsOnly, &QCheckBox::toggled, this, [this](bool on) { m_proxy->setProblemsOnly(on); });
    connect(m_showOutput, &QCheckBox::toggled, this, [this](bool on) {
        m_output->setVisible(on);
        showOutput();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] { showOutput(); });
    connect(m_table, &QTreeView::doubleClicked, this, [this] { m_showOutput->setChecked(!m_showOutput->isChecked()); });
    connect(m_table, &QTreeView::pressed, this, [this] { m_userChose = true; });
}

void OperationView::build()
{
    makeMuted(m_by);
    m_bar->setObjectName(u"operationProgress"_s);
    m_bar->setAccessibleName(tr("Progress of the whole operation"));
    //: progress bar: finished of all
    m_bar->setFormat(tr("%v of %m"));
    m_elapsed->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_outage->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    QFont bold = m_outage->font();
    bold.setBold(true);
    m_outage->setFont(bold);
    m_outage->hide();
    m_oldAnswers->setToolTip(tr("How long resolvers may still answer with where a name pointed before: its time to live"));
    m_oldAnswers->hide();
    m_problemsOnly->setObjectName(u"problemsOnly"_s);
    m_problemsOnly->setAccessibleName(tr("Problems only: hide what is done and what is waiting"));
    m_showOutput->setObjectName(u"showOutput"_s);
    m_showOutput->setAccessibleName(tr("Show the full output of the chosen row"));

    m_proxy->setSourceModel(m_model);
    m_table->setObjectName(u"operationSteps"_s);
    m_table->setAccessibleName(tr("What happens on each instance"));
    m_table->setModel(m_proxy);
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setAlternatingRowColors(true);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // the plan's order, until somebody asks for another
    m_table->setTabKeyNavigation(false);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    QHeaderView* header = m_table->header();
    header->setStretchLastSection(true);
    const int unit = fontMetrics().averageCharWidth();
    header->resizeSection(static_cast<int>(StepModel::Column::State), unit * 22);
    header->resizeSection(static_cast<int>(StepModel::Column::Time), unit * 13);

    m_output->setObjectName(u"stepOutput"_s);
    nameEditor(m_output, tr("Command and full output of the chosen row"));
    m_output->setReadOnly(true);
    m_output->setTabChangesFocus(true);
    m_output->setFont(fixedFont());
    m_output->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_output->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_output->hide();

    auto* split = new QSplitter(Qt::Vertical, this);
    split->setObjectName(u"operationSplit"_s);
    split->setChildrenCollapsible(false);
    split->addWidget(m_table);
    split->addWidget(m_output);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);

    auto* counts = new QHBoxLayout;
    counts->addWidget(m_counts, 1);
    counts->addWidget(m_outage);
    counts->addSpacing(12);
    counts->addWidget(m_oldAnswers);
    counts->addSpacing(12);
    counts->addWidget(m_elapsed);
    auto* switches = new QHBoxLayout;
    switches->addWidget(m_problemsOnly);
    switches->addSpacing(12);
    switches->addWidget(m_showOutput);
    switches->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_by);
    column->addWidget(m_bar);
    column->addLayout(counts);
    column->addWidget(m_summary);
    column->addLayout(switches);
    column->addWidget(split, 1);
}

void OperationView::setRecord(const OperationRecord& record)
{
    m_record = record;
    m_model->setSteps(record.steps);
    m_table->header()->resizeSection(static_cast<int>(StepModel::Column::Target), fontMetrics().averageCharWidth() * (m_model->namesSteps() ? 52 : 36));
    const QString started = QLocale().toString(record.started.toLocalTime(), QLocale::ShortFormat);
    m_by->setText(record.operatorName.isEmpty() ? tr("Started %1").arg(started)
                                                : tr("Started %1 by %2").arg(started, inOneLine(record.operatorName)));
    showTotals(record);
    if (m_model->rowCount() > 0 && !m_table->currentIndex().isValid())
        m_table->setCurrentIndex(m_proxy->index(0, 0));
    showOutput();
    tick();
}

void OperationView::update(const OperationRecord& record, const std::vector<int>& changedSteps)
{
    m_record = record;
    m_model->updateSteps(record.steps, changedSteps);
    showTotals(record);
    showOutput();
    showElapsed();
}

void OperationView::setCancelling()
{
    m_cancelling = true;
    showTotals(m_record);
}

void OperationView::tick()
{
    m_model->tick(m_clock->now());
    showElapsed();
}

void OperationView::showTotals(const OperationRecord& record)
{
    const OperationCounts counts = countSteps(record);
    m_bar->setRange(0, std::max(1, counts.total));
    m_bar->setValue(counts.ended());
    const bool finished = record.state != OperationState::Running;
    const QString sentence = sentenceOf(counts);
    m_counts->setText(m_cancelling && !finished ? tr("Cancelling… %1").arg(sentence) : sentence);
    m_counts->setVisible(!finished); // the summary says both again
    m_elapsed->setVisible(!finished);
    if (finished && !m_finished)
        showSummary(record);
    m_finished = finished;
}

void OperationView::showSummary(const OperationRecord& record)
{
    QStringList problems;
    if (const QString remark = remarkOf(record); !remark.isEmpty())
        problems << remark;
    if (const QString outage = outageText(); !outage.isEmpty())
        problems << outage;
    int named = 0;
    for (const StepRecord& step : record.steps) {
        if (!isProblem(step.state) || named >= 4)
            continue;
        ++named;
        const QString line = StepModel::lastLineOf(step);
        //: %1 an instance, %2 what happened to it
        problems << tr("%1: %2").arg(inOneLine(step.target), line.isEmpty() ? nameOf(step.state, step.warning) : inOneLine(line, 200));
    }
    const int more = countSteps(record).problems() - named;
    if (more > 0)
        problems << tr("… and %n more", nullptr, more);
    m_summary->showText(markOf(record.state), summaryOf(record), problems.join(u'\n'));
    if (named > 0 && !m_userChose) {
        m_table->sortByColumn(static_cast<int>(StepModel::Column::State), Qt::AscendingOrder); // failures first
        m_table->setCurrentIndex(m_proxy->index(0, 0));
        m_table->scrollToTop();
    }
}

void OperationView::showElapsed()
{
    const QDateTime end = m_record.ended.isValid() ? m_record.ended : m_clock->now();
    const qint64 ms = m_record.started.isValid() ? m_record.started.msecsTo(end) : 0;
    m_elapsed->setText(tr("Elapsed %1").arg(durationText(std::chrono::milliseconds(std::max<qint64>(0, ms)))));
    showOutage();
}

// Of several herds the longest; as long as one cannot be written to, of those. Where a step ended in another way than well, nobody here knows whether it can.
QString OperationView::outageText() const
{
    qint64 longest = -1;
    bool runs = false;
    int ended = 0;
    for (const StepRecord& step : m_record.steps) {
        const bool over = hasEnded(step.state);
        if (!step.writesStopped.isValid() || (over && (runs || step.state != StepState::Succeeded)))
            continue;
        if (!over && !std::exchange(runs, true))
            longest = -1;
        ended += over ? 1 : 0;
        longest = std::max(longest, step.writesStopped.msecsTo(over ? step.ended : m_clock->now()));
    }
    if (longest < 0)
        return {};
    const QString time = durationText(std::chrono::milliseconds(longest));
    if (runs)
        return tr("No writes for %1").arg(time);
    return ended > 1 ? tr("Each of %1 herds could not be written to for %2 at most.").arg(ended).arg(time) : tr("No writes were possible for %1.").arg(time);
}

void OperationView::showOutage()
{
    const QString text = outageText();
    m_outage->setText(text);
    m_outage->setVisible(!text.isEmpty() && !m_finished);
    const QString oldAnswers = oldAnswersText();
    m_oldAnswers->setText(oldAnswers);
    m_oldAnswers->setVisible(!oldAnswers.isEmpty());
}

// Of several names the last one to be forgotten.
QString OperationView::oldAnswersText() const
{
    QDateTime until;
    for (const StepRecord& step : m_record.steps) {
        if (step.oldAnswersUntil.isValid() && (!until.isValid() || step.oldAnswersUntil > until))
            until = step.oldAnswersUntil;
    }
    const qint64 left = until.isValid() ? m_clock->now().msecsTo(until) : 0;
    return left > 0 ? tr("Old DNS answers for %n more second(s)", nullptr, static_cast<int>((left + 999) / 1000)) : QString();
}

int OperationView::chosenStep() const
{
    const QModelIndex index = m_table->currentIndex();
    return index.isValid() ? index.data(StepModel::StepRole).toInt() : -1;
}

void OperationView::showOutput()
{
    if (!m_output->isVisibleTo(this))
        return;
    const int chosen = chosenStep();
    QString text;
    if (chosen >= 0 && static_cast<size_t>(chosen) < m_record.steps.size()) {
        const StepRecord& step = m_record.steps[static_cast<size_t>(chosen)];
        QStringList parts;
        if (!step.command.isEmpty())
            parts << u"$ "_s + visibleText(step.command);
        if (!step.output.isEmpty())
            parts << visibleText(step.output);
        if (!step.message.isEmpty())
            parts << u"— "_s + visibleText(step.message);
        text = parts.isEmpty() ? tr("Nothing was sent to %1 yet.").arg(inOneLine(step.target)) : parts.join(u'\n');
    }
    if (text == m_shownOutput)
        return;
    QScrollBar* bar = m_output->verticalScrollBar();
    const bool follows = bar->value() == bar->maximum();
    const int place = bar->value();
    m_shownOutput = text;
    m_output->setPlainText(text);
    bar->setValue(follows ? bar->maximum() : place);
}

bool OperationView::namesSteps() const { return m_model->namesSteps(); }

QString OperationView::report() const { return reportOf(m_record); }

void OperationView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        m_table->viewport()->update();
}

} // namespace elephaas
