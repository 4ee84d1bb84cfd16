#include "app/console.h"

#include "app/headless.h"
#include "app/plandesk.h"
#include "app/platform/colorscheme.h"
#include "app/starttrace.h"
#include "dialogs/aboutdialog.h"
#include "dialogs/deletedialog.h"
#include "dialogs/environmentdialog.h"
#include "dialogs/helpdialog.h"
#include "dialogs/herddialog.h"
#include "dialogs/hostkeydialog.h"
#include "dialogs/instancedialog.h"
#include "dialogs/operationdialog.h"
#include "dialogs/parts/environmenttag.h"
#include "dialogs/preferencesdialog.h"
#include "dialogs/serverdialog.h"
#include "dialogs/shortcutsdialog.h"
#include "dialogs/unfinisheddialog.h"
#include "models/exchange/exportdocument.h"
#include "models/exchange/importdocument.h"
#include "models/exchange/planimport.h"
#include "views/actions.h"
#include "views/environmentbadge.h"
#include "views/mainwindow.h"
#include "views/theme.h"

#include <QApplication>
#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QTimer>

#include <algorithm>
#include <utility>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

constexpr int historyLength = 500;

// The row form of a kind; `id` unset adds.
QDialog* makeForm(ItemKind kind, std::optional<qint64> id, InventoryService& inventory, QWidget* parent)
{
    const auto key = [&]<class Key>(Key) { return id ? std::optional(Key(*id)) : std::nullopt; };
    switch (kind) {
    case ItemKind::Environment:
        return new EnvironmentDialog(inventory, key(EnvironmentId()), parent);
    case ItemKind::Herd:
        return new HerdDialog(inventory, key(HerdId()), parent);
    case ItemKind::Server:
        return new ServerDialog(inventory, key(ServerId()), parent);
    case ItemKind::Instance:
        return new InstanceDialog(inventory, key(InstanceId()), parent);
    case ItemKind::DrPair:
    case ItemKind::None:
        break;
    }
    return nullptr;
}

} // namespace

Console::Console(Setup setup)
    : m_settings(std::move(setup.settings))
    , m_commandLine(setup.commandLine)
    , m_libraries(std::move(setup.libraries))
    , m_hostKeys(std::move(setup.hostKeys))
    , m_results(
          [](std::vector<std::function<void()>> results) {
              for (const auto& result : results)
                  result();
          },
          0ms)
{
    applyColorScheme(m_commandLine.theme == CommandLine::Theme::Dark ? ColorScheme::Dark : ColorScheme::Light);
    m_session = std::make_unique<Session>(std::move(setup.ports), std::move(setup.session));
    m_session->start(); // the rows are read while the window is made; nothing of it arrives before the event loop runs
    setEnvironmentTagColors([](const QString& name) {
        const BadgeColors colors = environmentColors(name, isProtectedEnvironment(name));
        return TagColors{colors.background, colors.text, colors.border};
    });
    m_window = std::make_unique<MainWindow>(m_session->clock(), m_settings.get());
    m_planDesk = std::make_unique<PlanDesk>(*m_session, *m_window, [this] {
        if (m_hostKeys)
            m_hostKeys->askAgain();
    });
    connectData();
    connectIntents();
    connectHostKeys();
    connectNames();
    applyLimits();
    if (!m_commandLine.filter.isEmpty())
        m_window->setFilterText(m_commandLine.filter);
    m_window->installEventFilter(this);
    if (m_commandLine.theme == CommandLine::Theme::Auto)
        followDesktop();
}

Console::~Console()
{
    m_workers.clear();
    // Whoever waits for an answer about a host key gets none any more, so that its worker can end.
    for (const auto& pending : m_questions)
        pending->answer(false);
    m_planDesk.reset();
    m_window.reset();
    m_session.reset();
}

void Console::start()
{
    StartTrace::installWhenAsked(m_window.get(), [this] { return !m_window->snapshot()->instances().empty(); });
    m_window->show();
    takeHistory();
    if (!m_commandLine.screenshotFile.isEmpty())
        saveScreenshot();
}

void Console::connectData()
{
    InventoryService& inventory = m_session->inventory();
    OperationService& operations = m_session->operations();
    connect(&inventory, &InventoryService::snapshotChanged, m_window.get(), &MainWindow::setInventory);
    const auto showStatus = [this] {
        const InventoryService& now = m_session->inventory();
        m_window->setStatus(now.status(), now.whyNotEditable(), m_session->operations().whyNotRunnable());
    };
    connect(&inventory, &InventoryService::statusChanged, m_window.get(), showStatus);
    connect(&m_session->probes(), &ProbeService::progress, m_window.get(), &MainWindow::setProbeProgress);
    connect(m_session.get(), &Session::settingsChanged, this, &Console::applyLimits);
    connect(m_session.get(), &Session::settingsHaveProblems, m_window.get(), [this](const QStringList& problems) {
        m_window->showNotice(tr("Some team settings cannot be used"), problems.join(u'\n'));
    });
    connect(m_session.get(), &Session::secretNotKept, m_window.get(), [this](const Error& why) {
        m_window->showNotice(tr("The secret of the DNS key is known only until the console is closed"), why.text());
    });
    const auto put = [this](const QUuid& id) {
        if (const OperationRecord* record = m_session->operations().record(id))
            m_window->putOperation(*record);
    };
    connect(&operations, &OperationService::operationStarted, m_window.get(), put);
    connect(&operations, &OperationService::operationFinished, m_window.get(), put);
    connect(&operations, &OperationService::stepChanged, m_window.get(), [this](const QUuid& id, int step) {
        const OperationRecord* record = m_session->operations().record(id);
        if (record && step >= 0 && static_cast<size_t>(step) < record->steps.size())
            m_window->updateOperationStep(id, record->steps[static_cast<size_t>(step)]);
    });
    connect(&operations, &OperationService::operationResolved, m_window.get(), [this](const OperationRecord& record) {
        m_unfinished.erase(record.id);
        m_window->putOperation(record);
    });
    connect(&operations, &OperationService::journalFailed, m_window.get(),
        [this](const QUuid&, const Error& error) { m_window->showNotice(error); });
    showStatus();
}

void Console::connectIntents()
{
    MainWindow* window = m_window.get();
    connect(window, &MainWindow::lifecycleRequested, m_planDesk.get(), &PlanDesk::lifecycle);
    connect(window, &MainWindow::replicationRequested, m_planDesk.get(), &PlanDesk::replication);
    connect(m_planDesk.get(), &PlanDesk::approved, this, &Console::runPlan);
    connect(window, &MainWindow::refreshRequested, this, &Console::refresh);
    connect(window, &MainWindow::addRequested, this, &Console::add);
    connect(window, &MainWindow::editRequested, this, &Console::edit);
    connect(window, &MainWindow::deleteRequested, this, &Console::remove);
    connect(window, &MainWindow::operationDetailsRequested, this, &Console::showOperation);
    connect(window, &MainWindow::cancelOperationRequested, this, [this](const QUuid& id) { m_session->operations().cancel(id); });
    connect(window, &MainWindow::importRequested, this, &Console::importDocument);
    connect(window, &MainWindow::exportRequested, this, &Console::exportInventory);
    connect(window, &MainWindow::helpRequested, this, [this](const QString& page) { HelpDialog::openAt(page, m_window.get()); });
    connect(window, &MainWindow::shortcutsRequested, this, [this] {
        QList<QAction*> actions;
        for (const ActionId id : m_window->actions().all())
            actions.append(m_window->actions()[id]);
        (new ShortcutsDialog(actions, m_window.get()))->open();
    });
    connect(window, &MainWindow::aboutRequested, this, [this] { (new AboutDialog(m_libraries, m_window.get()))->open(); });
    connect(window, &MainWindow::preferencesRequested, this, &Console::showPreferences);
    connect(window, &MainWindow::retryRequested, this, [this] { m_session->inventory().reload(); });
    connect(window, &MainWindow::visibleInstancesChanged, this,
        [this](const std::vector<InstanceId>& visible) { m_session->probes().setVisible(visible); });
}

// Where names point is asked while the pairs are looked at, when they come into view, and as often as servers are.
void Console::connectNames()
{
    const auto read = [this] { m_session->readNames(m_pairsInView); };
    connect(&m_session->names(), &NameService::seenChanged, m_window.get(), &MainWindow::setAliases);
    connect(m_window.get(), &MainWindow::visiblePairsChanged, this, [this, read](const std::vector<HerdId>& pairs) {
        if (std::exchange(m_pairsInView, pairs) != pairs)
            read();
    });
    connect(&m_session->operations(), &OperationService::operationFinished, this, read);
    connect(m_session.get(), &Session::settingsChanged, this, read);
    connect(&m_session->probes(), &ProbeService::progress, this, [read](int done, int total) {
        if (total > 0 && done == total)
            read();
    });
}

void Console::connectHostKeys()
{
    if (!m_hostKeys)
        return;
    connect(m_hostKeys.get(), &HostKeyBridge::asked, this, [this](const HostKeyBridge::PendingPtr& pending) {
        m_questions.push_back(pending);
        askNextHostKey();
    });
}

// One question at a time; those that nobody waits for any more are passed over.
void Console::askNextHostKey()
{
    while (!m_question && !m_questions.empty()) {
        const HostKeyBridge::PendingPtr pending = m_questions.front();
        if (pending->isAbandoned()) {
            m_questions.pop_front();
            continue;
        }
        auto* dialog = new HostKeyDialog(pending->question(), m_window.get());
        m_question = dialog;
        connect(dialog, &HostKeyDialog::answered, this, [this, pending](bool accepted) {
            pending->answer(accepted);
            m_question = nullptr;
            std::erase(m_questions, pending);
            askNextHostKey();
        });
        dialog->open();
    }
}

void Console::followDesktop()
{
    m_desktop = std::make_unique<DesktopColorScheme>();
    connect(m_desktop.get(), &DesktopColorScheme::preferred, this, [this](bool dark) {
        applyColorScheme(dark ? ColorScheme::Dark : ColorScheme::Light);
        m_window->refreshAppearance();
    });
    m_desktop->start();
}

void Console::applyLimits()
{
    const TeamSettings& settings = m_session->settings();
    ItemLimits limits;
    limits.lagMb = settings.lagWarningMegabytes;
    limits.freshFor = std::max(limits.freshFor, std::chrono::seconds(3 * settings.probeIntervalSeconds));
    setProtectedEnvironments([settings](const QString& name) { return settings.isProtected(name); });
    m_window->setLimits(limits);
    m_window->refreshAppearance();
}

void Console::runPlan(const Plan& plan)
{
    if (m_hostKeys)
        m_hostKeys->askAgain();
    const auto operation = m_session->operations().run(plan);
    if (operation)
        showOperation(*operation);
    else
        m_window->showNotice(operation.error());
}

void Console::showOperation(const QUuid& operation)
{
    OperationService& operations = m_session->operations();
    if (operations.record(operation)) {
        auto* dialog = new OperationDialog(operations, operation, m_window.get(), m_session->clock());
        connectWays(dialog);
        dialog->show();
        return;
    }
    if (!m_unfinished.contains(operation))
        return showRecord(operation);
    operations.unfinished(m_window.get(), [this, operation](const Expected<std::vector<OperationRecord>>& records) {
        if (!records)
            m_window->showNotice(records.error());
        else if (std::ranges::find(*records, operation, &OperationRecord::id) != records->end())
            decide(*records, operation, true);
        else
            showRecord(operation); // somebody decided meanwhile
    });
}

void Console::showRecord(const QUuid& operation)
{
    m_session->operations().fetch(operation, m_window.get(), [this](const Expected<OperationRecord>& record) {
        if (!record) {
            m_window->showNotice(record.error());
            return;
        }
        auto* dialog = new OperationDialog(m_session->operations(), *record, m_window.get());
        connectWays(dialog);
        dialog->show();
    });
}

void Console::refresh(const std::vector<InstanceId>& instances)
{
    if (m_hostKeys)
        m_hostKeys->askAgain();
    if (instances.empty()) {
        m_session->inventory().reload();
        m_session->probes().probeAll();
    } else {
        m_session->probes().probe(instances);
    }
}

void Console::add(ItemKind kind)
{
    if (QDialog* form = makeForm(kind, std::nullopt, m_session->inventory(), m_window.get()))
        form->open();
}

void Console::edit(ItemKind kind, qint64 id)
{
    if (QDialog* form = makeForm(kind, id, m_session->inventory(), m_window.get()))
        form->open();
}

void Console::remove(ItemKind kind, const std::vector<qint64>& ids)
{
    std::vector<RowKey> rows;
    for (const qint64 id : ids) {
        switch (kind) {
        case ItemKind::Environment:
            rows.emplace_back(EnvironmentId(id));
            break;
        case ItemKind::Herd:
            rows.emplace_back(HerdId(id));
            break;
        case ItemKind::Server:
            rows.emplace_back(ServerId(id));
            break;
        case ItemKind::Instance:
            rows.emplace_back(InstanceId(id));
            break;
        case ItemKind::DrPair:
        case ItemKind::None:
            break;
        }
    }
    if (!rows.empty())
        (new DeleteDialog(m_session->inventory(), std::move(rows), m_window.get()))->open();
}

// Runs `work` on a thread of its own; what it returns is called in the GUI thread.
void Console::inBackground(std::function<std::function<void()>()> work)
{
    m_workers.emplace_back([this, work = std::move(work)] { m_results.post(work()); });
}

void Console::importDocument()
{
    auto* chooser = new QFileDialog(m_window.get(), tr("Import an inventory document"), QDir::homePath(), tr("Inventory documents (*.json)"));
    chooser->setObjectName(u"importFileDialog"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setFileMode(QFileDialog::ExistingFile);
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString& file) {
        const InventoryPtr present = m_session->inventory().snapshot();
        inBackground([this, file, present]() -> std::function<void()> {
            const auto changes = readDocumentFile(file).and_then([](const QByteArray& bytes) { return parseDocument(bytes); }).and_then([&](const ImportDocument& document) {
                return planImport(document, *present);
            });
            return [this, file, changes] { reviewImport(file, changes); };
        });
    });
    chooser->open();
}

void Console::reviewImport(const QString& file, Expected<ChangeSet> changes)
{
    if (!changes) {
        m_window->showNotice(changes.error());
        return;
    }
    if (changes->empty()) {
        m_window->showNotice(tr("Nothing to import"), importSummary(*changes));
        return;
    }
    auto* question = new QMessageBox(QMessageBox::Question, tr("Import %1").arg(QDir(file).dirName()), importSummary(*changes),
        QMessageBox::NoButton, m_window.get());
    question->setObjectName(u"importQuestion"_s);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setTextFormat(Qt::PlainText);
    question->setInformativeText(tr("Nothing is removed. The import happens as a whole or not at all."));
    QPushButton* import = question->addButton(tr("&Import"), QMessageBox::AcceptRole);
    question->addButton(QMessageBox::Cancel);
    connect(question, &QMessageBox::buttonClicked, this, [this, question, import, changes](QAbstractButton* button) {
        if (button != static_cast<QAbstractButton*>(import))
            return;
        m_session->inventory().apply(*changes, m_window.get(), [this](const Expected<AppliedChanges>& applied) {
            if (applied)
                m_session->probes().probeAll();
            else
                m_window->showNotice(applied.error());
        });
        question->close();
    });
    question->open();
}

void Console::exportInventory()
{
    auto* chooser = new QFileDialog(m_window.get(), tr("Export the inventory"), QDir::homePath(), tr("Inventory documents (*.json)"));
    chooser->setObjectName(u"exportFileDialog"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setAcceptMode(QFileDialog::AcceptSave);
    chooser->setDefaultSuffix(u"json"_s);
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString& file) {
        const InventoryPtr present = m_session->inventory().snapshot();
        inBackground([this, file, present]() -> std::function<void()> {
            const auto written = writeDocumentFile(file, exportDocument(*present));
            return [this, file, written] {
                if (written)
                    m_window->showNotice(tr("Exported"), tr("The whole inventory was written to %1.").arg(file));
                else
                    m_window->showNotice(written.error());
            };
        });
    });
    chooser->open();
}

void Console::showPreferences()
{
    auto* dialog = new PreferencesDialog(m_session->inventory(), m_session->secrets(), m_window.get());
    connect(dialog, &PreferencesDialog::saved, m_session.get(), &Session::readSettings);
    connect(dialog, &PreferencesDialog::secretTyped, m_session.get(), &Session::keepSecret);
    dialog->open();
}

void Console::takeHistory()
{
    m_session->operations().history(historyLength, m_window.get(), [this](const Expected<std::vector<OperationRecord>>& records) {
        if (records)
            m_window->putHistory(*records);
        else
            m_window->showNotice(records.error());
    });
    takeUnfinished();
}

void Console::takeUnfinished()
{
    m_session->operations().unfinished(m_window.get(), [this](const Expected<std::vector<OperationRecord>>& records) {
        if (!records || records->empty())
            return;
        for (const OperationRecord& record : *records)
            m_unfinished.insert(record.id);
        m_window->showNotice(tr("%n operation(s) did not come to an end before the console was closed", nullptr, static_cast<int>(records->size())),
            tr("What to do about them is asked in a dialog; the Operations page shows it again."));
        decide(*records, {}, false);
    });
}

template <class Dialog>
void Console::connectWays(Dialog* dialog)
{
    connect(dialog, &Dialog::wayChosen, m_planDesk.get(),
        [this, dialog](const OperationRecord& record, Way way) { m_planDesk->wayChosen(record, way, dialog); });
}

// At the start it does not take the keyboard away from the window.
void Console::decide(const std::vector<OperationRecord>& records, const QUuid& chosen, bool activate)
{
    if (!m_unfinishedDialog) {
        auto* dialog = new UnfinishedDialog(m_session->operations(), records, m_window.get(), m_session->clock());
        connectWays(dialog);
        m_unfinishedDialog = dialog;
    }
    m_unfinishedDialog->setAttribute(Qt::WA_ShowWithoutActivating, !activate);
    if (!chosen.isNull())
        m_unfinishedDialog->choose(chosen);
    m_unfinishedDialog->show();
    if (activate) {
        m_unfinishedDialog->raise();
        m_unfinishedDialog->activateWindow(); // it may have been shown behind, at the start
    }
}

bool Console::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_window.get() && event->type() == QEvent::Close && m_session->operations().runningCount() > 0) {
        event->ignore();
        askBeforeClosing();
        return true;
    }
    return QObject::eventFilter(watched, event);
}

// What runs is neither forgotten nor torn off: the window stays until its end is known and in the journal.
void Console::askBeforeClosing()
{
    if (m_closeQuestion) {
        m_closeQuestion->raise();
        return;
    }
    const int running = m_session->operations().runningCount();
    auto* question = new QMessageBox(QMessageBox::Warning, tr("Operations are running"), tr("%n operation(s) are running.", nullptr, running),
        QMessageBox::NoButton, m_window.get());
    m_closeQuestion = question;
    question->setObjectName(u"closeQuestion"_s);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setTextFormat(Qt::PlainText);
    question->setInformativeText(tr("If they are cancelled, no further step begins, and what was sent already may still take effect. "
                                    "The window closes when the end of each is known."));
    QPushButton* cancel = question->addButton(tr("&Cancel them and close"), QMessageBox::DestructiveRole);
    QPushButton* stay = question->addButton(tr("&Keep the window open"), QMessageBox::RejectRole);
    question->setDefaultButton(stay);
    question->setEscapeButton(stay);
    connect(question, &QMessageBox::buttonClicked, this, [this, cancel](const QAbstractButton* button) {
        if (button == cancel)
            closeWhenAllHasEnded();
    });
    question->open();
}

void Console::closeWhenAllHasEnded()
{
    OperationService& operations = m_session->operations();
    if (!std::exchange(m_closing, true)) {
        connect(&operations, &OperationService::operationFinished, m_window.get(), [this] {
            if (m_session->operations().runningCount() == 0)
                m_window->close();
        }, Qt::QueuedConnection);
    }
    for (const QUuid& id : operations.operations())
        operations.cancel(id);
    if (operations.runningCount() == 0)
        m_window->close();
}

// Waits until the first round of probes is over, or there is nothing to probe, then a moment for the last paint.
void Console::saveScreenshot()
{
    auto* deadline = new QTimer(this);
    deadline->setSingleShot(true);
    const auto shoot = [this] {
        m_window->repaint();
        const bool saved = m_window->grab().save(m_commandLine.screenshotFile);
        if (!saved)
            std::fprintf(stderr, "elephaas: %s cannot be written.\n", qPrintable(m_commandLine.screenshotFile));
        QCoreApplication::exit(saved ? 0 : 1);
    };
    connect(deadline, &QTimer::timeout, this, shoot);
    deadline->start(60s);
    connect(&m_session->probes(), &ProbeService::progress, deadline, [deadline](int done, int total) {
        if (total > 0 && done == total)
            deadline->start(1s);
    });
    connect(&m_session->inventory(), &InventoryService::snapshotChanged, deadline, [deadline](const InventoryPtr& snapshot) {
        if (snapshot->instances().empty())
            deadline->start(1s);
    });
}

} // namespace elephaas
