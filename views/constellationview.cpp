#include "views/constellationview.h"

#include "models/domain/visibletext.h"
#include "views/actions.h"
#include "views/delegates/treedelegate.h"
#include "views/togglebutton.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QScopedValueRollback>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Herds are opened at the start only where all of it fits a glance.
constexpr int openedAtFirst = 60;

} // namespace

ConstellationView::ConstellationView(const Actions& actions, std::shared_ptr<const Clock> clock, QWidget* parent)
    : QWidget(parent)
    , m_model(new ConstellationModel(std::move(clock), this))
    , m_tree(new QTreeView(this))
{
    setObjectName(u"constellation"_s);
    setAccessibleName(tr("Constellation"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);

    auto* top = new QHBoxLayout;
    top->setContentsMargins(10, 5, 8, 5);
    top->setSpacing(0);
    m_heading = new QLabel(tr("Constellation"), this);
    m_heading->setObjectName(u"constellationHeading"_s);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_heading->setFont(bold);
    top->addWidget(m_heading);
    top->addStretch(1);
    for (const auto& [id, name, text] : {std::tuple{ActionId::GroupByHerd, u"groupByHerd"_s, tr("Herds", "grouping of the tree")},
             std::tuple{ActionId::GroupByServer, u"groupByServer"_s, tr("Servers", "grouping of the tree")}}) {
        auto* button = new ToggleButton(this);
        button->setObjectName(name);
        button->setDefaultAction(actions[id]);
        button->setText(text);
        button->setAccessibleName(plainActionText(*actions[id]));
        button->setToolButtonStyle(Qt::ToolButtonTextOnly);
        button->setFocusPolicy(Qt::TabFocus);
        top->addWidget(button);
    }
    layout->addLayout(top);

    m_tree->setObjectName(u"constellationTree"_s);
    m_tree->setAccessibleName(tr("Constellation"));
    m_tree->setModel(m_model);
    m_tree->setItemDelegate(new TreeDelegate(m_tree));
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setExpandsOnDoubleClick(true);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setMinimumSectionSize(16);
    m_tree->header()->setSectionResizeMode(int(ConstellationModel::Column::Name), QHeaderView::Stretch);
    m_tree->header()->setSectionResizeMode(int(ConstellationModel::Column::Detail), QHeaderView::Fixed);
    m_tree->header()->setSectionResizeMode(int(ConstellationModel::Column::State), QHeaderView::Fixed);
    m_tree->installEventFilter(this);
    adoptFont();
    layout->addWidget(m_tree, 1);
    setFocusProxy(m_tree);

    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
        if (!m_quiet)
            announce(current);
    });
    connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex& index) { announce(index); });
}

ConstellationView::~ConstellationView() { m_tree->selectionModel()->disconnect(this); }

void ConstellationView::adoptFont()
{
    const QFontMetrics metrics = fontMetrics();
    m_tree->setIndentation(metrics.averageCharWidth() * 2);
    m_tree->header()->resizeSection(int(ConstellationModel::Column::Detail), metrics.averageCharWidth() * 7 + 12);
    m_tree->header()->resizeSection(int(ConstellationModel::Column::State), metrics.averageCharWidth() * 2 + metrics.ascent() + 16);
}

void ConstellationView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // In a narrow tree the names come first; the rest is in the tool tips and in the table.
    const bool narrow = width() < fontMetrics().averageCharWidth() * 34;
    m_heading->setVisible(!narrow);
    if (m_tree->isColumnHidden(int(ConstellationModel::Column::Detail)) != narrow)
        m_tree->setColumnHidden(int(ConstellationModel::Column::Detail), narrow);
}

void ConstellationView::apply(const InventoryPtr& snapshot, const DifferencePtr& difference)
{
    const QScopedValueRollback quiet(m_quiet, true);
    m_model->apply(snapshot, difference);
    if (!m_expanded && m_model->rowCount() > 0)
        expandAtFirst();
}

void ConstellationView::expandAtFirst()
{
    m_expanded = true;
    m_tree->expandToDepth(m_model->snapshot() && m_model->snapshot()->instances().size() <= openedAtFirst ? 8 : 0);
}

void ConstellationView::setGrouping(ConstellationModel::Grouping grouping)
{
    if (grouping == m_model->grouping())
        return;
    const QScopedValueRollback quiet(m_quiet, true);
    const QModelIndex current = m_tree->currentIndex();
    const auto kind = current.data(KindRole).value<ItemKind>();
    const qint64 id = current.data(IdRole).toLongLong();
    m_model->setGrouping(grouping);
    expandAtFirst();
    if (current.isValid())
        showCurrent(kind, id);
}

void ConstellationView::clearCurrent()
{
    const QScopedValueRollback quiet(m_quiet, true);
    m_tree->selectionModel()->clear();
}

void ConstellationView::showCurrent(ItemKind kind, qint64 id)
{
    const QModelIndex index = m_model->indexOf(kind, id);
    if (!index.isValid())
        return;
    const QScopedValueRollback quiet(m_quiet, true);
    m_tree->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_tree->scrollTo(index);
}

void ConstellationView::announce(const QModelIndex& given)
{
    if (!given.isValid())
        return Q_EMIT focusChosen(std::nullopt, std::nullopt);
    const QModelIndex index = given.siblingAtColumn(0);
    const auto kind = index.data(KindRole).value<ItemKind>();
    const qint64 id = index.data(IdRole).toLongLong();
    const InventoryPtr& snapshot = m_model->snapshot();
    const auto focus = [](ItemKind of, qint64 key, const QString& name) {
        return std::optional(TreeFocus{.kind = of, .id = key, .name = visibleLine(name)});
    };
    switch (kind) {
    case ItemKind::Environment:
        if (id == 0)
            return Q_EMIT focusChosen(TreeFocus{.withoutEnvironment = true, .name = index.data().toString()}, std::nullopt);
        return Q_EMIT focusChosen(focus(kind, id, index.data(EnvironmentNameRole).toString()), std::nullopt);
    case ItemKind::Herd:
        if (const Herd* herd = snapshot->find(HerdId(id)))
            return Q_EMIT focusChosen(focus(kind, id, herd->name), std::nullopt);
        break;
    case ItemKind::Server:
        if (const Server* server = snapshot->find(ServerId(id)))
            return Q_EMIT focusChosen(focus(kind, id, server->hostName), std::nullopt);
        break;
    case ItemKind::Instance:
        if (const Instance* instance = snapshot->find(InstanceId(id))) {
            const Herd* herd = snapshot->find(instance->herd);
            const Server* server = snapshot->find(instance->server);
            if (m_model->grouping() == ConstellationModel::Grouping::ByHerd && herd)
                return Q_EMIT focusChosen(focus(ItemKind::Herd, herd->id.value, herd->name), instance->id);
            if (m_model->grouping() == ConstellationModel::Grouping::ByServer && server)
                return Q_EMIT focusChosen(focus(ItemKind::Server, server->id.value, server->hostName), instance->id);
        }
        break;
    case ItemKind::None:
    case ItemKind::DrPair:
        break;
    }
    Q_EMIT focusChosen(std::nullopt, kind == ItemKind::Instance ? std::optional(InstanceId(id)) : std::nullopt);
}

bool ConstellationView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_tree && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Escape) {
            clearCurrent();
            Q_EMIT focusChosen(std::nullopt, std::nullopt);
            return true;
        }
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && m_tree->currentIndex().isValid()) {
            Q_EMIT nodeEdited();
            return true;
        }
    }
    if (watched == m_tree && (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange))
        adoptFont();
    return QWidget::eventFilter(watched, event);
}

} // namespace elephaas
