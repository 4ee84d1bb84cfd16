#include "dialogs/operationdialog.h"

#include "dialogs/helpdialog.h"
#include "dialogs/operation/operationreport.h"
#include "dialogs/operation/operationview.h"
#include "dialogs/parts/controls.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QPushButton>
#include <QShortcut>
#include <QTreeView>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

OperationDialog::OperationDialog(
    OperationService& operations, const QUuid& operation, QWidget* parent, std::shared_ptr<const Clock> clock)
    : OperationDialog([&operations, operation] { return operations.record(operation); }, operation, std::move(clock), parent)
{
    m_operations = &operations;
    askForWays();
    connect(&operations, &OperationService::stepChanged, this, &OperationDialog::noteChange);
    connect(&operations, &OperationService::operationFinished, this, &OperationDialog::noteFinished);
    connect(this, &OperationDialog::cancelRequested, &operations, &OperationService::cancel);
}

OperationDialog::OperationDialog(const OperationRecord& record, QWidget* parent)
    : OperationDialog([&record] { return &record; }, record.id, std::make_shared<SystemClock>(), parent)
{
    m_source = {}; // the record is the caller's and was copied
}

OperationDialog::OperationDialog(OperationService& operations, const OperationRecord& record, QWidget* parent)
    : OperationDialog(record, parent)
{
    m_operations = &operations;
    askForWays();
}

OperationDialog::OperationDialog(
    RecordSource source, const QUuid& operation, std::shared_ptr<const Clock> clock, QWidget* parent)
    : QDialog(parent)
    , m_operation(operation)
    , m_source(std::move(source))
    , m_view(new OperationView(std::move(clock), this))
    , m_writer([this](const QString& path, const Expected<void>& result) {
        if (result)
            m_strip->showText(Mark::Done, tr("Exported to %1").arg(inOneLine(path, 200)));
        else
            m_strip->showError(result.error());
    })
{
    const OperationRecord* record = m_source();
    build(record ? inOneLine(record->title, 200) : tr("Unknown operation"));
    if (record) {
        HelpDialog::offer(this, HelpDialog::pageOfOperation(record->kind));
        showRecord(*record);
    }
    // The names of steps are long, and their proof stands behind them.
    resize(m_view->namesSteps() ? QSize(1120, 620) : QSize(860, 560));
}

void OperationDialog::build(const QString& title)
{
    setObjectName(u"operationDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    setSizeGripEnabled(true);
    QLabel* heading = headingLabel(title, u"operationHeading"_s, this);

    const auto button = [this](const QString& text, const QString& name, const QString& accessible) { return plainButton(text, name, accessible, this); };
    m_copy = button(tr("Copy &report"), u"copyReportButton"_s, tr("Copy report"));
    m_copy->setToolTip(tr("Copies plan, times, results and output of every row as text"));
    m_export = button(tr("&Export…"), u"exportReportButton"_s, tr("Export report"));
    m_export->setToolTip(tr("Writes plan, reasons, times, results, proof and output to a file, as Markdown or JSON (Ctrl+E)"));
    m_strip = new MessageStrip(this);
    m_cancel = button(tr("&Cancel operation"), u"cancelOperationButton"_s, tr("Cancel operation"));
    m_cancel->setToolTip(tr("Starts nothing more and ends what can be ended safely"));
    m_undo = button(tr("&Take back…"), u"undoButton"_s, tr("Take back"));
    m_undo->hide();
    m_continue = button(tr("C&ontinue…"), u"continueButton"_s, tr("Continue"));
    m_continue->hide();
    m_close = button(tr("Send to &background"), u"closeButton"_s, tr("Send to background"));
    m_close->setToolTip(tr("Closes this dialog; the operation goes on"));

    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_copy);
    buttons->addWidget(m_export);
    buttons->addStretch(1);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_undo);
    buttons->addWidget(m_continue);
    buttons->addWidget(m_close);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addWidget(heading);
    column->addWidget(m_view, 1);
    column->addWidget(m_strip);
    column->addLayout(buttons);

    connect(m_copy, &QPushButton::clicked, this, [this] { copyReport(); });
    connect(m_export, &QPushButton::clicked, this, [this] { exportReport(); });
    auto* exportKey = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_E), this);
    exportKey->setObjectName(u"exportReportShortcut"_s);
    connect(exportKey, &QShortcut::activated, this, [this] { exportReport(); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { cancel(); });
    connect(m_undo, &QPushButton::clicked, this, [this] { Q_EMIT wayChosen(m_view->record(), Way::TakeBack); });
    connect(m_continue, &QPushButton::clicked, this, [this] { Q_EMIT wayChosen(m_view->record(), Way::Continue); });
    connect(m_close, &QPushButton::clicked, this, [this] { reject(); });
    connect(this, &QDialog::rejected, this, [this] {
        if (!m_isOver)
            Q_EMIT sentToBackground(m_operation);
    });
    m_flushTimer.setSingleShot(true);
    m_flushTimer.setInterval(100ms);
    connect(&m_flushTimer, &QTimer::timeout, this, [this] { flush(); });
    m_secondTimer.setInterval(200ms);
    connect(&m_secondTimer, &QTimer::timeout, this, [this] {
        m_view->tick();
        if (m_isOver && !m_view->countsDown())
            m_secondTimer.stop();
    });
    m_view->findChild<QTreeView*>(u"operationSteps"_s)->setFocus();
}

void OperationDialog::showRecord(const OperationRecord& record)
{
    m_view->setRecord(record);
    if (m_view->isFinished()) {
        showFinished();
        askForWays();
    } else {
        m_secondTimer.start();
    }
}

void OperationDialog::noteChange(const QUuid& operation, int step)
{
    if (operation != m_operation || m_isOver)
        return;
    m_changed.insert(step);
    if (!m_flushTimer.isActive())
        m_flushTimer.start();
}

void OperationDialog::noteFinished(const QUuid& operation)
{
    if (operation != m_operation)
        return;
    m_flushTimer.stop();
    const OperationRecord* record = m_source ? m_source() : nullptr;
    for (size_t step = 0; record && step < record->steps.size(); ++step)
        m_changed.insert(static_cast<int>(step)); // the end shows all, whatever was announced before
    flush();
}

void OperationDialog::flush()
{
    const std::set<int> changed = std::exchange(m_changed, {});
    const OperationRecord* record = m_source ? m_source() : nullptr;
    if (!record)
        return;
    m_view->update(*record, {changed.begin(), changed.end()});
    if (m_view->isFinished()) {
        showFinished();
        askForWays();
    }
}

void OperationDialog::cancel()
{
    m_cancel->setEnabled(false);
    m_cancel->setText(tr("Cancelling…"));
    m_cancel->setToolTip(tr("Waits for what is under way to end"));
    m_view->setCancelling();
    Q_EMIT cancelRequested(m_operation);
}

void OperationDialog::showFinished()
{
    m_isOver = true;
    m_view->tick();
    if (m_view->countsDown()) // also of one that is opened when it is over
        m_secondTimer.start();
    else
        m_secondTimer.stop();
    m_cancel->hide();
    m_close->setText(tr("C&lose"));
    m_close->setAccessibleName(tr("Close"));
    m_close->setToolTip({});
    m_close->setDefault(true);
}

void OperationDialog::exportReport()
{
    auto* chooser = new QFileDialog(this, tr("Export report"));
    chooser->setObjectName(u"exportReportDialog"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setAcceptMode(QFileDialog::AcceptSave);
    chooser->setNameFilters({tr("Markdown (*.md)"), tr("JSON (*.json)")});
    chooser->setDefaultSuffix(u"md"_s);
    const OperationRecord& record = m_view->record();
    chooser->selectFile(u"%1-%2.md"_s.arg(record.kind, record.started.toUTC().toString(u"yyyyMMdd-HHmmss"_s)));
    connect(chooser, &QFileDialog::filterSelected, chooser,
        [chooser](const QString& filter) { chooser->setDefaultSuffix(filter.contains(u"json"_s) ? u"json"_s : u"md"_s); });
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString& path) { m_writer.write(path, contentFor(path)); });
    chooser->open();
}

QByteArray OperationDialog::contentFor(const QString& path) const
{
    if (path.endsWith(u".json"_s, Qt::CaseInsensitive))
        return QJsonDocument(reportJson(m_view->record())).toJson();
    return reportMarkdown(m_view->record()).toUtf8();
}

// Only where something is left to do or to take back. A plan may be large, and what came after it is in the journal: both are read in the
// background.
void OperationDialog::askForWays()
{
    const OperationRecord& record = m_view->record();
    const bool open = record.state == OperationState::Failed || record.state == OperationState::Cancelled
        || record.state == OperationState::Indeterminate;
    if (open && m_operations)
        m_operations->waysOn(record, this, [this](const WaysOn& ways) { offerWays(ways); });
}

void OperationDialog::offerWays(const WaysOn& ways)
{
    const QString closed = m_operations->whyNotRunnable();
    const auto offer = [&](QPushButton* button, const QString& whyNot, const QString& toolTip) {
        const QString why = !closed.isEmpty() ? closed : whyNot;
        button->setEnabled(why.isEmpty());
        button->setToolTip((why.isEmpty() ? toolTip : why).toHtmlEscaped());
        button->show();
    };
    offer(m_undo, ways.whyNotTakeBack, tr("Looks at what holds now, and shows a plan that takes back what can be taken back"));
    offer(m_continue, ways.whyNotContinue, tr("Looks at what holds now, and shows the same plan again; what is done is skipped"));
}

void OperationDialog::copyReport() { QGuiApplication::clipboard()->setText(m_view->report()); }

} // namespace elephaas
