#include "views/mainwindow.h"

#include "views/actions.h"
#include "views/constellationview.h"
#include "views/datatable.h"
#include "views/filterbar.h"
#include "views/operationspage.h"
#include "views/pagetabs.h"
#include "views/tablepage.h"

#include <QCloseEvent>
#include <QSettings>
#include <QSplitter>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

void MainWindow::saveSoon()
{
    if (m_restored && !m_saveTimer.isActive())
        m_saveTimer.start();
}

void MainWindow::saveState()
{
    m_saveTimer.stop();
    if (!m_settings || !m_restored)
        return;
    QSettings& settings = *m_settings;
    settings.setValue(u"window/geometry"_s, saveGeometry());
    settings.setValue(u"window/columns"_s, m_columns->saveState());
    settings.setValue(u"window/rows"_s, m_rows->saveState());
    settings.setValue(u"window/page"_s, m_tabs->currentIndex());
    settings.setValue(u"window/byServer"_s, (*m_actions)[ActionId::GroupByServer]->isChecked());
    settings.setValue(u"window/tree"_s, (*m_actions)[ActionId::ShowTree]->isChecked());
    settings.setValue(u"window/details"_s, (*m_actions)[ActionId::ShowDetails]->isChecked());
    m_filterBar->saveState(settings);
    for (const TablePage* page : m_pages) {
        if (page)
            page->table()->saveState(settings);
    }
    if (m_operationsPage)
        m_operationsPage->table()->saveState(settings);
}

void MainWindow::restoreState()
{
    if (m_settings) {
        const QSettings& settings = *m_settings;
        restoreGeometry(settings.value(u"window/geometry"_s).toByteArray());
        m_columns->restoreState(settings.value(u"window/columns"_s).toByteArray());
        m_rows->restoreState(settings.value(u"window/rows"_s).toByteArray());
        // A splitter's state knows about hidden children too; what is shown is the actions' word.
        for (QSplitter* splitter : {m_columns, m_rows}) {
            splitter->setChildrenCollapsible(false);
            splitter->setHandleWidth(5);
        }
        if (settings.value(u"window/byServer"_s).toBool()) {
            (*m_actions)[ActionId::GroupByServer]->setChecked(true);
            m_tree->setGrouping(ConstellationModel::Grouping::ByServer);
        }
        (*m_actions)[ActionId::ShowTree]->setChecked(settings.value(u"window/tree"_s, true).toBool());
        (*m_actions)[ActionId::ShowDetails]->setChecked(settings.value(u"window/details"_s, true).toBool());
        const int page = settings.value(u"window/page"_s).toInt();
        m_tabs->setCurrentIndex(page >= 0 && page < pageCount ? page : 0);
        m_filterBar->restoreState(settings);
    }
    m_restored = true;
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    saveState();
    QMainWindow::closeEvent(event);
}

} // namespace elephaas
