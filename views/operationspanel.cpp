#include "views/operationspanel.h"

#include "models/domain/visibletext.h"
#include "views/actions.h"
#include "views/delegates/operationdelegate.h"
#include "views/icons.h"
#include "views/theme.h"

#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSplitter>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

OperationsPanel::OperationsPanel(const Actions& actions, OperationTreeModel* model, QWidget* parent)
    : QWidget(parent)
    , m_model(model)
    , m_counts(new QLabel(this))
    , m_tree(new QTreeView(this))
    , m_output(new QPlainTextEdit(this))
{
    setObjectName(u"operationsPanel"_s);
    setAccessibleName(tr("Operations"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);

    auto* top = new QHBoxLayout;
    top->setContentsMargins(10, 4, 8, 4);
    auto* heading = new QLabel(tr("Operations"), this);
    heading->setObjectName(u"operationsHeading"_s);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    heading->setFont(bold);
    m_counts->setObjectName(u"operationsCounts"_s);
    m_counts->setTextFormat(Qt::PlainText);
    top->addWidget(heading);
    top->addSpacing(8);
    top->addWidget(m_counts);
    top->addStretch(1);
    for (const auto& [id, name] : {std::pair{ActionId::OperationDetails, u"operationDetailsButton"_s}, std::pair{ActionId::CancelOperation, u"cancelOperationButton"_s}}) {
        auto* button = new QToolButton(this);
        button->setObjectName(name);
        QAction* action = actions[id];
        button->setDefaultAction(action);
        button->setText(plainActionText(*action));
        button->setAccessibleName(plainActionText(*action));
        connect(action, &QAction::changed, button, [button, action] { button->setText(plainActionText(*action)); });
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setFocusPolicy(Qt::TabFocus);
        top->addWidget(button);
    }
    auto* hide = new QToolButton(this);
    hide->setObjectName(u"hideOperations"_s);
    hide->setIcon(symbolIcon(u"close"_s));
    hide->setAutoRaise(true);
    hide->setToolTip(tr("Hide the operations (F9); what runs goes on"));
    hide->setAccessibleName(tr("Hide the operations"));
    hide->setFocusPolicy(Qt::TabFocus);
    connect(hide, &QToolButton::clicked, this, &OperationsPanel::hideRequested);
    top->addWidget(hide);
    layout->addLayout(top);

    m_tree->setObjectName(u"operationsTree"_s);
    m_tree->setAccessibleName(tr("Operations and their steps"));
    m_tree->setModel(m_model);
    m_tree->setItemDelegate(new OperationDelegate(m_tree));
    m_tree->setUniformRowHeights(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setExpandsOnDoubleClick(false);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setHeaderHidden(true);
    m_tree->header()->setStretchLastSection(true);
    m_tree->setColumnHidden(int(OperationTreeModel::Column::Operator), true);
    m_tree->setColumnHidden(int(OperationTreeModel::Column::Started), true);
    m_tree->installEventFilter(this);

    m_output->setObjectName(u"operationOutput"_s);
    m_output->setAccessibleName(tr("Output of the step"));
    m_output->setReadOnly(true);
    m_output->setTabChangesFocus(true);
    m_output->setUndoRedoEnabled(false);
    m_output->setFrameShape(QFrame::NoFrame);
    m_output->setPlaceholderText(tr("Choose a step: its command and its output are shown here."));
    m_output->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);

    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setObjectName(u"operationsSplitter"_s);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(1);
    splitter->addWidget(m_tree);
    splitter->addWidget(m_output);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    layout->addWidget(splitter, 1);
    setFocusProxy(m_tree);
    sizeColumns();

    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] {
        showOutput();
        Q_EMIT currentChanged();
    });
    connect(m_tree, &QTreeView::doubleClicked, this, &OperationsPanel::activated);
    connect(m_model, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& first, const QModelIndex& last) {
        const QModelIndex current = m_tree->currentIndex();
        if (current.isValid() && current.parent() == first.parent() && current.row() >= first.row() && current.row() <= last.row())
            showOutput();
        if (!first.parent().isValid()) {
            showCounts();
            Q_EMIT currentChanged();
        }
    });
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &OperationsPanel::showCounts);
    showCounts();
}

OperationsPanel::~OperationsPanel() { m_tree->selectionModel()->disconnect(this); }

void OperationsPanel::showEvent(QShowEvent* event)
{
    m_output->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont)); // now, because loading a font takes the start some time
    QWidget::showEvent(event);
}

void OperationsPanel::sizeColumns()
{
    const int character = fontMetrics().averageCharWidth();
    const auto width = [&](OperationTreeModel::Column column, int characters) {
        m_tree->header()->resizeSection(int(column), character * characters);
    };
    width(OperationTreeModel::Column::Title, 44);
    width(OperationTreeModel::Column::State, 21);
    width(OperationTreeModel::Column::Progress, 30);
    width(OperationTreeModel::Column::Duration, 10);
}

QUuid OperationsPanel::currentOperation() const
{
    const OperationRecord* operation = m_model->recordAt(m_tree->currentIndex());
    return operation ? operation->id : QUuid();
}

void OperationsPanel::reveal(const QUuid& operation)
{
    const QModelIndex index = m_model->indexOf(operation);
    if (!index.isValid())
        return;
    m_tree->setCurrentIndex(index);
    m_tree->expand(index);
    m_tree->scrollTo(index);
}

void OperationsPanel::showCounts()
{
    const int running = m_model->runningCount();
    m_counts->setText(running > 0 ? tr("%n running", "operations", running)
                                  : m_model->rowCount() == 0 ? tr("none in this run of the console") : tr("none running"));
    m_counts->setAccessibleName(m_counts->text());
    QPalette palette = m_counts->palette();
    palette.setColor(QPalette::WindowText, running > 0 ? semanticColors().running : semanticColors().muted);
    m_counts->setPalette(palette);
}

void OperationsPanel::showOutput()
{
    const StepRecord* step = m_model->stepAt(m_tree->currentIndex());
    QString text;
    if (step) {
        if (!step->command.isEmpty())
            text += u"$ "_s + visibleText(step->command) + u'\n';
        text += visibleText(QByteArrayView(step->output));
        if (!step->message.isEmpty())
            text += (text.isEmpty() || text.endsWith(u'\n') ? QString() : u"\n"_s) + visibleText(step->message);
    }
    if (text == m_shownOutput)
        return;
    // More of the same output: what is read stays where it is; who reads the end follows it.
    QScrollBar* bar = m_output->verticalScrollBar();
    const int place = bar->value();
    const bool follows = place == bar->maximum();
    m_shownOutput = text;
    m_output->setPlainText(text);
    bar->setValue(follows ? bar->maximum() : place);
}

bool OperationsPanel::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_tree && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && m_tree->currentIndex().isValid()) {
            Q_EMIT activated();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace elephaas
