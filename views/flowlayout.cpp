#include "views/flowlayout.h"

#include <QStyle>
#include <QWidget>

#include <algorithm>

namespace elephaas {

FlowLayout::FlowLayout(QWidget* parent, int spacing)
    : QLayout(parent)
{
    setContentsMargins(0, 0, 0, 0);
    setSpacing(spacing);
}

FlowLayout::~FlowLayout()
{
    while (QLayoutItem* item = takeAt(0))
        std::unique_ptr<QLayoutItem>{item}.reset();
}

void FlowLayout::addItem(QLayoutItem* item) { m_items.push_back(item); }

QLayoutItem* FlowLayout::itemAt(int index) const
{
    return index >= 0 && index < count() ? m_items[static_cast<size_t>(index)] : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index)
{
    if (index < 0 || index >= count())
        return nullptr;
    QLayoutItem* item = m_items[static_cast<size_t>(index)];
    m_items.erase(m_items.begin() + index);
    return item;
}

int FlowLayout::heightForWidth(int width) const { return arrange(QRect(0, 0, width, 0), false); }

QSize FlowLayout::sizeHint() const
{
    QSize size;
    for (const QLayoutItem* item : m_items) {
        if (item->isEmpty())
            continue;
        size.rwidth() += item->sizeHint().width() + spacing();
        size.setHeight(std::max(size.height(), item->sizeHint().height()));
    }
    const QMargins margins = contentsMargins();
    return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom());
}

QSize FlowLayout::minimumSize() const
{
    QSize size;
    for (const QLayoutItem* item : m_items) {
        if (!item->isEmpty())
            size = size.expandedTo(item->minimumSize());
    }
    const QMargins margins = contentsMargins();
    return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom());
}

void FlowLayout::setGeometry(const QRect& rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int FlowLayout::arrange(const QRect& rect, bool apply) const
{
    const QMargins margins = contentsMargins();
    const QRect area = rect.marginsRemoved(margins);
    const Qt::LayoutDirection direction = parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight;
    int y = area.top();
    size_t next = 0;
    while (next < m_items.size()) {
        std::vector<QLayoutItem*> line;
        int width = 0;
        int height = 0;
        for (; next < m_items.size(); ++next) {
            QLayoutItem* item = m_items[next];
            if (item->isEmpty())
                continue;
            const int needed = item->sizeHint().width() + (line.empty() ? 0 : spacing());
            if (!line.empty() && width + needed > area.width())
                break;
            width += needed;
            height = std::max(height, item->sizeHint().height());
            line.push_back(item);
        }
        int x = area.left();
        int spare = std::max(0, area.width() - width);
        for (QLayoutItem* item : line) {
            QSize size = item->sizeHint();
            if (item->expandingDirections().testFlag(Qt::Horizontal)) {
                size.rwidth() += spare;
                spare = 0;
            }
            size.setWidth(std::min(size.width(), area.width()));
            if (apply) {
                const QRect place(QPoint(x, y + (height - size.height()) / 2), size);
                item->setGeometry(QStyle::visualRect(direction, area, place));
            }
            x += size.width() + spacing();
        }
        if (!line.empty())
            y += height + spacing();
    }
    return std::max(0, y - spacing() - rect.top()) + margins.bottom();
}

} // namespace elephaas
