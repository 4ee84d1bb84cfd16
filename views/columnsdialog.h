#pragma once

#include <QDialog>
#include <QPointer>

class QListWidget;
class QPushButton;

namespace elephaas {

class DataTable;

// Which columns a table shows and in which order; by keyboard: Space chooses, Alt+Up and Alt+Down move. Works on the table
// at once; Cancel puts everything back.
class ColumnsDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ColumnsDialog)

public:
    explicit ColumnsDialog(DataTable* table, QWidget* parent);

    void reject() override;

private:
    void fill();
    void adopt();
    void move(int by);
    void showState();

    struct Before {
        int column;
        bool hidden;
    };
    QPointer<DataTable> m_table;
    std::vector<Before> m_before; // in visual order
    QListWidget* m_list;
    QPushButton* m_up;
    QPushButton* m_down;
    bool m_filling = false;
};

} // namespace elephaas
