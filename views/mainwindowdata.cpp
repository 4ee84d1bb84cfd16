#include "views/mainwindow.h"

#include "models/domain/visibletext.h"
#include "models/items/drpairtablemodel.h"
#include "models/items/operationtreemodel.h"
#include "models/items/texts.h"
#include "views/actions.h"
#include "views/banner.h"
#include "views/constellationview.h"
#include "views/datatable.h"
#include "views/detailspanel.h"
#include "views/edgeframe.h"
#include "views/filterbar.h"
#include "views/operationspage.h"
#include "views/operationspanel.h"
#include "views/pagetabs.h"
#include "views/startpage.h"
#include "views/statusstrip.h"
#include "views/tablepage.h"

#include <QApplication>
#include <QLocale>
#include <QStackedWidget>
#include <QTreeView>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr std::array pageActions{ActionId::PageInstances, ActionId::PageHerds, ActionId::PageServers, ActionId::PageEnvironments,
    ActionId::PageDrPairs, ActionId::PageOperations};
constexpr size_t operationsListed = 5;
constexpr int treeDelayMs = 100; // at the start

bool isEmpty(const Inventory& inventory)
{
    return inventory.environments().empty() && inventory.herds().empty() && inventory.servers().empty() && inventory.instances().empty();
}

// What stands beside the title of a message: where, in the other side's words, and what now.
QString circumstancesOf(const Error& error)
{
    QStringList lines;
    if (!error.where.isEmpty() && !error.detail.isEmpty())
        lines << MainWindow::tr("%1: %2", "where, the other side's words").arg(error.where, error.detail);
    else if (!error.where.isEmpty() || !error.detail.isEmpty())
        lines << error.where + error.detail;
    if (!error.remedy.isEmpty())
        lines << error.remedy;
    return visibleText(lines.join(u'\n'));
}

} // namespace

void MainWindow::setInventory(const InventoryPtr& snapshot, const DifferencePtr& difference)
{
    m_snapshot = snapshot;
    m_summary.apply(snapshot, difference.get());
    if (difference)
        m_lagHistory.add(*snapshot, difference->instances.changed);
    else
        m_lagHistory.addAll(*snapshot);
    const int current = m_tabs->currentIndex();
    for (int page = 0; page < operationsPageNumber; ++page) {
        TablePage* made = m_pages.at(static_cast<size_t>(page));
        if (!made)
            continue;
        // What nobody looks at is brought up to date when somebody does.
        bool& stale = m_pageStale.at(static_cast<size_t>(page));
        if (page == current) {
            made->model()->apply(snapshot, stale ? nullptr : difference);
            stale = false;
        } else {
            stale = true;
        }
    }
    // The rows first: at the start they are painted before the tree is made, later a key that was pressed has its turn in between.
    m_treeDifference = m_treeFilled && !m_treeTimer.isActive() ? difference : nullptr;
    if (!m_treeTimer.isActive())
        m_treeTimer.start(m_treeFilled ? 0 : treeDelayMs);
    m_filterBar->setSnapshot(snapshot, difference.get());
    m_strip->setCounts(m_summary.counts());
    showStartPage();
    showCounts();
    subjectMayHaveChanged();
    if (!m_visibleTimer.isActive())
        m_visibleTimer.start();
}

void MainWindow::setStatus(const InventoryService::Status& status, const QString& whyNotEditable, const QString& whyNotRunnable)
{
    if (status.connection == InventoryService::Connection::Live)
        m_bannerClosed = false; // the next loss is news again
    m_status = status;
    m_whyNotEditable = whyNotEditable;
    m_whyNotRunnable = whyNotRunnable;
    m_strip->setStatus(status, whyNotEditable);
    const QString name = status.info.description;
    setWindowTitle(name.isEmpty() ? tr("ElepHaaS") : tr("%1 - ElepHaaS", "inventory - program").arg(visibleLine(name)));
    showConnection();
    showStartPage();
    tick();
    refreshActions();
}

void MainWindow::setLimits(const ItemLimits& limits)
{
    m_limits = limits;
    m_summary.setLimits(limits);
    m_strip->setCounts(m_summary.counts());
    m_tree->model()->setLimits(limits);
    for (TablePage* page : m_pages) {
        if (page)
            page->setLimits(limits);
    }
    subjectMayHaveChanged();
}

void MainWindow::setAliases(const SeenAliasesPtr& aliases)
{
    m_aliases = aliases;
    for (TablePage* page : m_pages) {
        if (auto* pairs = page ? qobject_cast<DrPairTableModel*>(page->model()) : nullptr)
            pairs->setAliases(aliases);
    }
}

void MainWindow::setProbeProgress(int done, int total) { m_strip->setProbeProgress(done, total); }

void MainWindow::putOperation(const OperationRecord& operation)
{
    const bool isNew = !m_operations->record(operation.id);
    m_operations->put(operation);
    const bool runs = operation.state == OperationState::Running;
    for (const StepRecord& step : operation.steps) {
        if (!step.instance)
            continue;
        if (runs)
            m_busy.insert(*step.instance);
        else
            m_busy.remove(*step.instance);
    }
    if (isNew && runs) {
        if (!m_operationsSeen) {
            m_operationsSeen = true;
            (*m_actions)[ActionId::ShowOperations]->setChecked(true);
        }
        m_operationsPanel->reveal(operation.id);
    }
    subjectMayHaveChanged();
}

void MainWindow::updateOperationStep(const QUuid& operation, const StepRecord& step)
{
    m_operations->updateStep(operation, step);
    if (m_tabs->currentIndex() == operationsPageNumber)
        subjectMayHaveChanged();
}

void MainWindow::putHistory(const std::vector<OperationRecord>& operations)
{
    m_operations->putHistory(operations);
    subjectMayHaveChanged();
}

void MainWindow::showNotice(const QString& title, const QString& text)
{
    m_notice->showMessage(Banner::Kind::Warning, title, text);
}

void MainWindow::showNotice(const Error& error)
{
    m_notice->showMessage(Banner::Kind::Error, visibleText(error.what), circumstancesOf(error));
}

void MainWindow::setFilterText(const QString& text) { m_filterBar->setText(text); }

void MainWindow::refreshAppearance()
{
    m_strip->setStatus(m_status, m_whyNotEditable);
    m_strip->setCounts(m_summary.counts());
    showConnection();
    for (QWidget* widget : findChildren<QWidget*>())
        widget->update();
    subjectMayHaveChanged();
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_strip)
        QTimer::singleShot(0, this, &MainWindow::refreshAppearance);
    else if (event->type() == QEvent::WindowStateChange)
        saveSoon();
}

void MainWindow::showPage(int page)
{
    (*m_actions)[pageActions.at(static_cast<size_t>(page))]->setChecked(true);
    if (TablePage* made = tablePage(page)) {
        bool& stale = m_pageStale.at(static_cast<size_t>(page));
        if (stale)
            made->model()->apply(m_snapshot, nullptr);
        stale = false;
        made->model()->tick();
        made->proxy()->setFilter(m_filterBar->filter());
    } else {
        operationsPage()->proxy()->setWords(m_filterBar->filter().text);
    }
    showEmptyText();
    showCounts();
    subjectMayHaveChanged();
    m_visibleTimer.start();
}

void MainWindow::applyFilter()
{
    const int page = m_tabs->currentIndex();
    if (TablePage* made = tablePage(page))
        made->proxy()->setFilter(m_filterBar->filter());
    else
        operationsPage()->proxy()->setWords(m_filterBar->filter().text);
    showEmptyText();
    showCounts();
    subjectMayHaveChanged();
}

void MainWindow::focusFromTree(const std::optional<TreeFocus>& focus, std::optional<InstanceId> instance)
{
    m_subjectFromTree = focus.has_value() || instance.has_value();
    m_filterBar->setFocusOn(focus);
    m_subjectFromTree = focus.has_value() || instance.has_value();
    if (instance && m_tabs->currentIndex() == 0) {
        tablePage(0)->choose(instance->value);
        m_subjectFromTree = true; // the tree has the keyboard; the table only follows
    }
    subjectMayHaveChanged();
}

const Subject& MainWindow::subject()
{
    if (!m_subjectStale)
        return m_subject;
    m_subjectStale = false;
    if (m_subjectFromTree) {
        const QModelIndex index = m_tree->tree()->currentIndex();
        if (index.isValid()) {
            const QModelIndex first = index.siblingAtColumn(0);
            m_subject = makeSubject(*m_snapshot, first.data(KindRole).value<ItemKind>(), {first.data(IdRole).toLongLong()}, true);
            return m_subject;
        }
    }
    if (TablePage* page = tablePage(m_tabs->currentIndex()))
        m_subject = makeSubject(*m_snapshot, page->kind(), page->selectedIds(), false);
    else
        m_subject = {};
    return m_subject;
}

void MainWindow::subjectMayHaveChanged()
{
    m_subjectStale = true;
    m_subjectTimer.start();
}

std::vector<Fact> MainWindow::lastOperationsOf(const Subject& subject) const
{
    std::vector<Fact> facts;
    const QSet<InstanceId> wanted(subject.instances.begin(), subject.instances.end());
    for (int row = 0; row < m_operations->rowCount() && facts.size() < operationsListed; ++row) {
        const OperationRecord& operation = *m_operations->recordAt(m_operations->index(row, 0));
        for (const StepRecord& step : operation.steps) {
            if (!step.instance || !wanted.contains(*step.instance))
                continue;
            // Of one instance its own step tells more than the whole.
            const bool single = wanted.size() == 1;
            facts.push_back({.label = QLocale().toString(operation.started.toLocalTime(), QLocale::ShortFormat),
                .value = single ? visibleText(step.message.isEmpty() ? step.title : step.message) : visibleLine(operation.title),
                .toolTip = visibleLine(operation.title),
                .tone = Fact::Tone::Normal,
                .glyph = single ? glyphFor(step.state) : glyphFor(operation.state)});
            break;
        }
    }
    return facts;
}

void MainWindow::showDetails()
{
    if (m_details->isHidden())
        return;
    const QDateTime now = m_clock->now();
    if (m_tabs->currentIndex() == operationsPageNumber && !m_subjectFromTree) {
        const OperationRecord* operation = m_operations->record(operationsPage()->currentOperation());
        if (!operation)
            return m_details->showNothing();
        m_details->showFacts(operationFacts(*operation, now));
        m_details->showLag(false, {}, 0);
        m_details->showOperations({});
        return m_details->showActions(false);
    }
    const Subject& chosen = subject();
    if (chosen.isEmpty())
        return m_details->showNothing();
    m_details->showFacts(subjectFacts(*m_snapshot, chosen, now, m_limits));
    const Instance* instance = chosen.kind == ItemKind::Instance && chosen.ids.size() == 1 ? m_snapshot->find(InstanceId(chosen.ids.front())) : nullptr;
    m_details->showLag(instance && instance->upstream, instance ? m_lagHistory.of(instance->id) : std::vector<LagSample>{}, m_limits.lagMb);
    m_details->showOperations(lastOperationsOf(chosen));
    m_details->showActions(true);
}

void MainWindow::showCounts()
{
    if (!m_restored)
        return;
    const QLocale locale;
    DataTable* table = currentTable();
    table->describe();
    const int shown = table->model()->rowCount();
    const TablePage* page = m_pages.at(static_cast<size_t>(m_tabs->currentIndex()));
    const int total = page ? page->model()->rowCount() : m_operations->rowCount();
    QString text = shown == total ? tr("%n rows", nullptr, total) : tr("%1 of %2", "visible rows, all rows").arg(locale.toString(shown), locale.toString(total));
    if (const int selected = table->selectedRowCount(); selected > 0)
        text += tr(", %n selected", "rows", selected);
    m_tabs->setWord(text);
}

void MainWindow::showEmptyText()
{
    DataTable* table = currentTable();
    if (m_tabs->currentIndex() == operationsPageNumber)
        return;
    if (!m_snapshot->asOf().isValid())
        table->setEmptyText(tr("Reading the inventory…"), {});
    else if (m_filterBar->isActive())
        table->setEmptyText(tr("No row matches the filter"), tr("Clear all filters with Ctrl+Shift+F, or change the text with Ctrl+F."));
    else if (m_tabs->currentIndex() == 4)
        table->setEmptyText(tr("No DR pair"), tr("A herd with a primary and an online replica makes one."));
    else
        table->setEmptyText(tr("Nothing here yet"), tr("Add to the inventory in the menu Edit, or import one in the menu Console."));
}

void MainWindow::showConnection()
{
    const auto age = [this] { return m_status.currentAt.isValid() ? ageText(m_status.currentAt.msecsTo(m_clock->now())) : QString(); };
    if (m_treeTimer.isActive() && !m_treeFilled)
        return; // the first rows are painted first, without anything that moves them
    if (m_status.connection == InventoryService::Connection::Lost && !m_bannerClosed) {
        const Error error = m_status.error.value_or(Error{.what = tr("The inventory is lost.")});
        QString text = circumstancesOf(error);
        if (!age().isEmpty())
            text += (text.isEmpty() ? QString() : u"\n"_s) + tr("What is shown is %1 old; it is tried again by itself.", "age").arg(age());
        return m_connectionBanner->showMessage(Banner::Kind::Error, visibleText(error.what), text, tr("Retry now"));
    }
    if (m_status.connection == InventoryService::Connection::Opening && m_status.fromOfflineCopy && m_treeFilled) {
        return m_connectionBanner->showMessage(Banner::Kind::Information, tr("Offline copy"),
            age().isEmpty() ? tr("This is the last known inventory; the live one is being opened.")
                            : tr("This is the inventory as of %1 ago; the live one is being opened.", "age").arg(age()));
    }
    if (m_status.connection == InventoryService::Connection::Live && m_status.writeError && !m_bannerClosed) {
        return m_connectionBanner->showMessage(Banner::Kind::Warning, tr("What was seen could not be written"), visibleText(m_status.writeError->text()));
    }
    m_connectionBanner->hide();
}

void MainWindow::showEnvironment()
{
    // The one environment that is looked at: of the selection, else of the focus or the filter.
    std::optional<EnvironmentId> environment;
    bool one = true;
    const auto consider = [&](const std::optional<EnvironmentId>& id) {
        if (!id || (environment && *environment != *id))
            one = false;
        else
            environment = id;
    };
    for (const InstanceId id : subject().instances) {
        const Instance* instance = m_snapshot->find(id);
        const Herd* herd = instance ? m_snapshot->find(instance->herd) : nullptr;
        consider(herd ? herd->environment : std::nullopt);
        if (!one)
            break;
    }
    if (subject().instances.empty()) {
        const InstanceFilter filter = m_filterBar->filter();
        if (filter.environment)
            environment = filter.environment;
        else if (filter.herd) {
            if (const Herd* herd = m_snapshot->find(*filter.herd))
                environment = herd->environment;
        }
    }
    const Environment* row = one && environment ? m_snapshot->find(*environment) : nullptr;
    const QString name = row ? row->name : QString();
    if (name == m_edge->environment())
        return;
    m_edge->setEnvironment(name);
    m_strip->setEnvironment(name);
}

void MainWindow::showStartPage()
{
    const bool nothing = m_snapshot->asOf().isValid() && isEmpty(*m_snapshot) && m_status.connection == InventoryService::Connection::Live;
    if (nothing && m_centre->count() == 1)
        m_centre->addWidget(new StartPage(*m_actions, m_centre));
    const int wanted = nothing ? 1 : 0;
    if (m_centre->currentIndex() == wanted)
        return;
    const bool hadFocus = !focusWidget() || m_centre->isAncestorOf(focusWidget());
    m_centre->setCurrentIndex(wanted);
    if (hadFocus)
        focusCentre();
    showEmptyText();
}

void MainWindow::announceVisible()
{
    TablePage* page = tablePage(m_tabs->currentIndex());
    if (!isVisible())
        return;
    if (!page) { // operations
        Q_EMIT visiblePairsChanged({});
        return;
    }
    const Subject seen = makeSubject(*m_snapshot, page->kind(), page->visibleIds(), false);
    Q_EMIT visibleInstancesChanged(seen.instances);
    std::vector<HerdId> pairs;
    if (page->kind() == ItemKind::DrPair) {
        for (const qint64 id : seen.ids)
            pairs.emplace_back(id);
    }
    Q_EMIT visiblePairsChanged(pairs);
}

void MainWindow::tick()
{
    if (TablePage* page = m_pages.at(static_cast<size_t>(m_tabs->currentIndex())))
        page->model()->tick();
    m_tree->model()->tick();
    m_operations->tick();
    const QDateTime now = m_clock->now();
    m_strip->setAge(now, m_summary.newest(), m_summary.seenBefore(now.addSecs(-m_limits.freshFor.count())));
    showConnection();
    if (m_subject.ids.size() <= 1) // of many nothing shows an age
        showDetails();
}

} // namespace elephaas
