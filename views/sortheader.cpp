#include "views/sortheader.h"

#include "views/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace elephaas {

namespace {

constexpr int sidePadding = 8;
constexpr int arrowWidth = 8;

int positionOf(const std::vector<SortColumn>& keys, int column)
{
    const auto found = std::find_if(keys.begin(), keys.end(), [column](const SortColumn& key) { return key.column == column; });
    return found == keys.end() ? -1 : static_cast<int>(found - keys.begin());
}

void paintArrow(QPainter* painter, const QPointF& center, Qt::SortOrder order, const QColor& color)
{
    const qreal direction = order == Qt::AscendingOrder ? -1 : 1;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolyline(QPolygonF({center + QPointF(-3.2, -1.6 * direction), center + QPointF(0, 1.6 * direction),
        center + QPointF(3.2, -1.6 * direction)}));
    painter->restore();
}

} // namespace

SortHeader::SortHeader(QWidget* parent)
    : QHeaderView(Qt::Horizontal, parent)
{
    setSectionsClickable(true);
    setSectionsMovable(true);
    setHighlightSections(false);
    setDefaultAlignment(Qt::AlignLeading | Qt::AlignVCenter);
    setMinimumSectionSize(fontMetrics().averageCharWidth() * 4);
    setTextElideMode(Qt::ElideRight);
    setAccessibleName(tr("Columns"));
    connect(this, &QHeaderView::sectionClicked, this,
        [this](int column) { sortBy(column, m_modifiers.testFlag(Qt::ShiftModifier)); });
}

void SortHeader::setSortColumns(std::vector<SortColumn> keys)
{
    if (keys == m_keys)
        return;
    m_keys = std::move(keys);
    viewport()->update();
    Q_EMIT sortColumnsChanged(m_keys);
}

void SortHeader::sortBy(int column, bool add)
{
    std::vector<SortColumn> keys = m_keys;
    const int position = positionOf(keys, column);
    if (position >= 0 && (add || keys.size() == 1)) {
        Qt::SortOrder& order = keys[static_cast<size_t>(position)].order;
        order = order == Qt::AscendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder;
    } else if (add) {
        keys.push_back({column, Qt::AscendingOrder});
    } else {
        keys = {{column, Qt::AscendingOrder}};
    }
    setSortColumns(std::move(keys));
}

void SortHeader::mousePressEvent(QMouseEvent* event)
{
    m_modifiers = event->modifiers();
    QHeaderView::mousePressEvent(event);
}

void SortHeader::mouseReleaseEvent(QMouseEvent* event)
{
    m_modifiers = event->modifiers();
    QHeaderView::mouseReleaseEvent(event);
}

QSize SortHeader::sizeHint() const
{
    return {QHeaderView::sizeHint().width(), fontMetrics().height() + 12};
}

QSize SortHeader::sectionSizeFromContents(int logicalIndex) const
{
    const QString text = model() ? model()->headerData(logicalIndex, orientation()).toString() : QString();
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    return {QFontMetrics(bold).horizontalAdvance(text) + 2 * sidePadding + 2 * arrowWidth, fontMetrics().height() + 12};
}

void SortHeader::paintSection(QPainter* painter, const QRect& rect, int logicalIndex) const
{
    if (!rect.isValid() || !model())
        return;
    const SemanticColors& colors = semanticColors();
    painter->save();
    painter->fillRect(rect, palette().color(QPalette::Window));
    painter->setPen(colors.line);
    painter->drawLine(rect.bottomLeft(), rect.bottomRight());
    const bool rightToLeft = layoutDirection() == Qt::RightToLeft;
    const int border = rightToLeft ? rect.left() : rect.right();
    painter->drawLine(border, rect.top() + 6, border, rect.bottom() - 6);

    QRect content = rect.adjusted(sidePadding, 0, -sidePadding, 0);
    const int position = positionOf(m_keys, logicalIndex);
    const bool sorted = position >= 0;
    if (sorted) {
        const QString number = m_keys.size() > 1 ? QString::number(position + 1) : QString();
        const int numberWidth = number.isEmpty() ? 0 : fontMetrics().horizontalAdvance(number) + 1;
        const int width = arrowWidth + numberWidth;
        const int left = rightToLeft ? content.left() : content.right() + 1 - width;
        paintArrow(painter, QPointF(left + arrowWidth / 2.0, content.center().y() + 0.5), m_keys[static_cast<size_t>(position)].order,
            colors.accent);
        if (!number.isEmpty()) {
            QFont small = font();
            if (small.pointSizeF() > 0)
                small.setPointSizeF(small.pointSizeF() * 0.8);
            painter->setFont(small);
            painter->setPen(colors.accent);
            painter->drawText(QRect(left + arrowWidth, content.top(), numberWidth, content.height()), Qt::AlignCenter, number);
        }
        content.adjust(rightToLeft ? width + 4 : 0, 0, rightToLeft ? 0 : -width - 4, 0);
    }

    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter->setFont(bold);
    painter->setPen(sorted ? palette().color(QPalette::WindowText) : colors.muted);
    const QVariant wanted = model()->headerData(logicalIndex, Qt::Horizontal, Qt::TextAlignmentRole);
    const Qt::Alignment alignment = wanted.isValid() ? Qt::Alignment(wanted.toInt()) : defaultAlignment();
    const QString text = model()->headerData(logicalIndex, Qt::Horizontal).toString();
    painter->drawText(content, int(QStyle::visualAlignment(layoutDirection(), alignment) | Qt::TextSingleLine | Qt::AlignVCenter),
        QFontMetrics(bold).elidedText(text, Qt::ElideRight, content.width()));
    painter->restore();
}

} // namespace elephaas
