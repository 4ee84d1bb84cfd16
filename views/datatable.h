#pragma once

#include "views/sortheader.h"

#include <QTableView>

#include <span>

class QSettings;

namespace elephaas {

// A column as a page wants it at first; the user's choice is remembered.
struct ColumnSetup {
    int column = 0;
    QString key; // stable name for the settings
    int characters = 12; // width
    bool visible = true;
};

// A table of many rows that changes while it is read: uniform rows, no sizes computed from contents, columns that can be
// chosen, moved and sorted by several keys, all of it remembered. An empty table says why it is empty.
class DataTable final : public QTableView {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DataTable)

public:
    DataTable(const QString& name, QWidget* parent);

    // After the model was set.
    void setUpColumns(std::vector<ColumnSetup> columns);
    const std::vector<ColumnSetup>& columns() const { return m_columns; }
    SortHeader* header() const { return m_header; }

    void saveState(QSettings& settings) const;
    // Unknown or missing entries are passed over.
    void restoreState(const QSettings& settings);
    void resetColumns();

    // Rows of the selection, ascending. Walks the ranges: cheap also for a hundred thousand scattered rows.
    std::vector<int> selectedRowNumbers() const;
    int selectedRowCount() const;

    // What an empty table says; plain text.
    void setEmptyText(const QString& title, const QString& hint);
    // Says the empty text to screen readers when there is no row; to be called when rows came or went.
    void describe();

    // The selected rows (all, if none is) in the order and with the columns that are shown.
    QString asText() const; // tab-separated, with a line of titles
    QString asCsv() const; // RFC 4180

    int firstVisibleRow() const;
    int lastVisibleRow() const;

Q_SIGNALS:
    void activatedRow(int row); // Enter or double click
    void leftUpwards(); // Up in the first row: towards the filter
    void stateChanged(); // columns, widths or sorting: to be remembered
    void viewportRowsChanged();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    std::vector<int> shownColumns() const;
    std::vector<int> rowsToCopy() const;
    void adoptFont();

    SortHeader* m_header;
    std::vector<ColumnSetup> m_columns;
    QString m_emptyTitle;
    QString m_emptyHint;
    bool m_restoring = false;
};

} // namespace elephaas
