#pragma once

#include <QFrame>
#include <QString>

#include <vector>

class QLabel;
class QPushButton;
class QTableWidget;

namespace elephaas {

// What somebody else changed while a form was open, side by side, and the two ways on.
class ConflictPanel final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ConflictPanel)

public:
    struct Line {
        QString field;
        QString before; // as the form read it
        QString mine; // as it stands in the form
        QString theirs; // as the inventory has it now
    };

    explicit ConflictPanel(QWidget* parent = nullptr);

    void showConflict(const std::vector<Line>& lines);
    void showDeleted(const QString& headline);
    bool isActive() const { return !isHidden(); }

Q_SIGNALS:
    void takeTheirs();
    void keepMine();

private:
    QLabel* m_headline;
    QLabel* m_explanation;
    QTableWidget* m_table;
    QPushButton* m_theirs;
    QPushButton* m_mine;
};

} // namespace elephaas
