#include "views/delegates/rowdelegate.h"

#include "models/domain/visibletext.h"
#include "models/items/roles.h"
#include "views/environmentbadge.h"
#include "views/glyphs.h"
#include "views/theme.h"

#include <QApplication>
#include <QHeaderView>
#include <QPainter>
#include <QTableView>
#include <QTreeView>

namespace elephaas {

namespace {

constexpr int sidePadding = 8;
constexpr int markWidth = 3;

const QHeaderView* headerOf(const QWidget* view)
{
    if (const auto* table = qobject_cast<const QTableView*>(view))
        return table->horizontalHeader();
    if (const auto* tree = qobject_cast<const QTreeView*>(view))
        return tree->header();
    return nullptr;
}

bool isFirstVisible(const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const QHeaderView* header = headerOf(option.widget);
    if (!header)
        return index.column() == 0;
    for (int visual = header->visualIndex(index.column()) - 1; visual >= 0; --visual) {
        if (!header->isSectionHidden(header->logicalIndex(visual)))
            return false;
    }
    return true;
}

QColor mixed(const QColor& a, const QColor& b, float share)
{
    return QColor::fromRgbF(a.redF() * (1 - share) + b.redF() * share, a.greenF() * (1 - share) + b.greenF() * share,
        a.blueF() * (1 - share) + b.blueF() * share);
}

bool isMuted(const QModelIndex& index)
{
    const QVariant freshness = index.data(FreshnessRole);
    return freshness.isValid() && freshness.value<Freshness>() != Freshness::Fresh;
}

} // namespace

RowDelegate::RowDelegate(QObject* parent)
    : QStyledItemDelegate(parent)
{
}

int RowDelegate::rowHeight(const QFontMetrics& metrics) { return metrics.height() + 9; }

QSize RowDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QSize base = QStyledItemDelegate::sizeHint(option, index);
    return {base.width() + 2 * sidePadding, rowHeight(option.fontMetrics)};
}

QString RowDelegate::displayText(const QVariant& value, const QLocale& locale) const
{
    // The base class would make line separators of line breaks: two lines over each other.
    return visibleLine(value.typeId() == QMetaType::QString ? value.toString() : QStyledItemDelegate::displayText(value, locale));
}

void RowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    const bool focused = option.widget && option.widget->hasFocus();
    const QPalette::ColorGroup group = focused ? QPalette::Active : QPalette::Inactive;
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    QColor ground = option.palette.color(option.features.testFlag(QStyleOptionViewItem::Alternate) ? QPalette::AlternateBase : QPalette::Base);
    if (selected)
        ground = option.palette.color(group, QPalette::Highlight);
    else if (option.state.testFlag(QStyle::State_MouseOver))
        ground = mixed(ground, option.palette.color(QPalette::Highlight), 0.35F);
    option.palette.setColor(QPalette::Base, ground); // what cut-outs of glyphs show

    painter->save();
    painter->setLayoutDirection(option.direction);
    painter->fillRect(option.rect, ground);
    if (selected && isFirstVisible(option, index)) {
        const int left = option.direction == Qt::RightToLeft ? option.rect.right() + 1 - markWidth : option.rect.left();
        const QColor mark = focused ? semanticColors().accent : mixed(semanticColors().accent, ground, 0.4F);
        painter->fillRect(QRect(left, option.rect.top(), markWidth, option.rect.height()), mark);
    }
    painter->setFont(option.font);
    painter->setPen(isMuted(index) ? semanticColors().muted : option.palette.color(QPalette::Active, QPalette::Text));
    paintContent(painter, option, index, option.rect.adjusted(sidePadding, 0, -sidePadding, 0));
    if (focused && option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(QPen(semanticColors().accent, 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

void RowDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& /*index*/, const QRect& rect) const
{
    paintText(painter, option, rect, option.text);
}

void RowDelegate::paintText(QPainter* painter, const QStyleOptionViewItem& option, const QRect& rect, const QString& text) const
{
    const Qt::Alignment alignment = QStyle::visualAlignment(option.direction, option.displayAlignment);
    m_texts.draw(painter, rect, alignment, option.direction, text);
}

void RowDelegate::paintState(QPainter* painter, const QStyleOptionViewItem& option, const QRect& rect, Glyph glyph, bool muted) const
{
    const QColor ground = option.palette.color(QPalette::Base);
    const QColor color = glyphColor(glyph);
    const int side = option.fontMetrics.ascent() + 1;
    const bool rightToLeft = option.direction == Qt::RightToLeft;
    const QRect place(rightToLeft ? rect.right() + 1 - side : rect.left(), rect.top(), side, rect.height());
    paintGlyph(painter, QRectF(place), glyph, muted ? mixed(color, ground, 0.35F) : color, ground);
    if (!muted)
        painter->setPen(color);
    if (!muted && glyph == Glyph::Offline) {
        QFont strong = option.font;
        strong.setWeight(QFont::DemiBold);
        painter->setFont(strong);
    }
    const int shift = side + 6;
    paintText(painter, option, rect.adjusted(rightToLeft ? 0 : shift, 0, rightToLeft ? -shift : 0, 0), option.text);
}

void StateDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const QVariant liveness = index.data(LivenessRole);
    if (!liveness.isValid())
        return RowDelegate::paintContent(painter, option, index, rect);
    Glyph glyph = glyphFor(liveness.value<Liveness>());
    // It runs, but not as it should: never with the mark of what is well.
    if (const QVariant health = index.data(HealthRole); glyph == Glyph::Online && health.isValid() && isProblem(health.value<Health>()))
        glyph = Glyph::Warning;
    paintState(painter, option, rect, glyph, isMuted(index));
}

void HealthDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const QVariant health = index.data(HealthRole);
    if (!health.isValid() || health.value<Health>() == Health::Empty)
        return RowDelegate::paintContent(painter, option, index, rect);
    paintState(painter, option, rect, glyphFor(health.value<Health>()), false);
}

void EnvironmentDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const QString name = index.data(EnvironmentNameRole).toString();
    if (name.isEmpty())
        return RowDelegate::paintContent(painter, option, index, rect);
    paintEnvironmentBadge(painter, rect, name, option.font);
}

void LagDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const QVariant lag = index.data(SortRole);
    if (lag.isValid() && lag.toDouble() > m_limit && !isMuted(index)) {
        painter->setPen(semanticColors().warning);
        QFont strong = option.font;
        strong.setWeight(QFont::DemiBold);
        painter->setFont(strong);
    }
    paintText(painter, option, rect, option.text);
}

} // namespace elephaas
