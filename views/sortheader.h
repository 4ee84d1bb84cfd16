#pragma once

#include <QHeaderView>

#include <vector>

namespace elephaas {

struct SortColumn {
    int column = 0;
    Qt::SortOrder order = Qt::AscendingOrder;
    bool operator==(const SortColumn&) const = default;
};

// A table's header with several sort keys: a click sorts by one column (again: the other way round), Shift+click adds a key.
// The keys show as arrows, numbered when there are several. It only tells what is wanted; sorting is the proxy's.
class SortHeader final : public QHeaderView {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SortHeader)

public:
    explicit SortHeader(QWidget* parent = nullptr);

    const std::vector<SortColumn>& sortColumns() const { return m_keys; }
    void setSortColumns(std::vector<SortColumn> keys);
    // What a click does, also for the keyboard. `add`: as with Shift.
    void sortBy(int column, bool add);

    QSize sizeHint() const override;

Q_SIGNALS:
    void sortColumnsChanged(const std::vector<elephaas::SortColumn>& keys);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void paintSection(QPainter* painter, const QRect& rect, int logicalIndex) const override;
    QSize sectionSizeFromContents(int logicalIndex) const override;

private:
    std::vector<SortColumn> m_keys;
    Qt::KeyboardModifiers m_modifiers;
};

} // namespace elephaas
