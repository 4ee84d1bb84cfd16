#pragma once

#include "models/domain/deletion.h"
#include "models/services/inventoryservice.h"

#include <QDialog>

class QLabel;
class QPushButton;
class QTreeWidget;

namespace elephaas {

class MessageStrip;

// Names exactly what a deletion takes along, and deletes. Cancel is the default: Enter means Cancel wherever the focus is.
// Opened with open(); deletes itself. Stays open with the reason when the deletion fails. When the inventory changes while
// it is open, the list follows; a change of what goes along has to be confirmed anew.
class DeleteDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeleteDialog)

public:
    DeleteDialog(InventoryService& inventory, std::vector<RowKey> rows, QWidget* parent = nullptr);

Q_SIGNALS:
    void deleted(int rows); // those that were chosen

private:
    void build();
    void list(const DeletionEffects& effects);
    void inventoryChanged();
    void updateEditable();
    void remove();

    InventoryService& m_inventory;
    const std::vector<RowKey> m_rows;
    DeletionEffects m_effects;
    QLabel* m_heading;
    QTreeWidget* m_tree;
    MessageStrip* m_running;
    MessageStrip* m_strip;
    QPushButton* m_delete;
    QPushButton* m_cancel;
    bool m_busy = false;
};

} // namespace elephaas
