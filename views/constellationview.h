#pragma once

#include "models/items/constellationmodel.h"
#include "views/filterbar.h"

#include <QWidget>

class QLabel;
class QTreeView;

namespace elephaas {

class Actions;

// The constellation as a tree with the switch for its grouping. The current node is what the tables focus on.
class ConstellationView final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ConstellationView)

public:
    ConstellationView(const Actions& actions, std::shared_ptr<const Clock> clock, QWidget* parent = nullptr);

    ~ConstellationView() override;

    QTreeView* tree() const { return m_tree; }
    ConstellationModel* model() const { return m_model; }

    void apply(const InventoryPtr& snapshot, const DifferencePtr& difference);
    void setGrouping(ConstellationModel::Grouping grouping);
    // No node is current any more; nothing is signalled.
    void clearCurrent();
    // Makes the node current without signalling, where the grouping shows it.
    void showCurrent(ItemKind kind, qint64 id);

Q_SIGNALS:
    // By the user; `kind` None: none. An instance comes with its herd or server as focus and itself as `instance`.
    void focusChosen(const std::optional<elephaas::TreeFocus>& focus, std::optional<elephaas::InstanceId> instance);
    void nodeEdited(); // Enter

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void announce(const QModelIndex& index);
    void expandAtFirst();
    void adoptFont();

    ConstellationModel* m_model;
    QLabel* m_heading;
    QTreeView* m_tree;
    bool m_quiet = false;
    bool m_expanded = false;
};

} // namespace elephaas
