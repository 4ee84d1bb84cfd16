#include "views/delegates/treedelegate.h"

#include "models/items/constellationmodel.h"
#include "views/environmentbadge.h"
#include "views/icons.h"
#include "views/theme.h"

#include <QPainter>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int gap = 6;

QColor mutedColor() { return semanticColors().muted; }

// The part of `rect` after `width` and a gap, in reading direction.
QRect after(const QRect& rect, int width, Qt::LayoutDirection direction)
{
    return direction == Qt::RightToLeft ? rect.adjusted(0, 0, -width - gap, 0) : rect.adjusted(width + gap, 0, 0, 0);
}

QRect leading(const QRect& rect, int width, Qt::LayoutDirection direction)
{
    return {direction == Qt::RightToLeft ? rect.right() + 1 - width : rect.left(), rect.top(), width, rect.height()};
}

} // namespace

void TreeDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    switch (static_cast<ConstellationModel::Column>(index.column())) {
    case ConstellationModel::Column::Name:
        return paintName(painter, option, index, rect.adjusted(-gap, 0, gap, 0));
    case ConstellationModel::Column::Detail:
        painter->setPen(semanticColors().muted);
        return paintText(painter, option, rect, option.text);
    case ConstellationModel::Column::State:
        return paintRollUp(painter, option, index, rect);
    }
}

void TreeDelegate::paintName(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const auto kind = index.data(KindRole).value<ItemKind>();
    const int side = option.fontMetrics.ascent() + 1;
    const QRect symbol = leading(rect, side, option.direction);
    switch (kind) {
    case ItemKind::Environment:
        if (const QString name = index.data(EnvironmentNameRole).toString(); !name.isEmpty()) {
            paintEnvironmentBadge(painter, rect, name, option.font);
            return;
        }
        painter->setPen(semanticColors().muted);
        return paintText(painter, option, rect, option.text);
    case ItemKind::Herd:
    case ItemKind::Server: {
        static const QIcon herd = symbolIcon(u"herd"_s, mutedColor);
        static const QIcon server = symbolIcon(u"server"_s, mutedColor);
        (kind == ItemKind::Herd ? herd : server).paint(painter, QRect(symbol.left(), symbol.center().y() - side / 2, side, side));
        painter->setPen(option.palette.color(QPalette::Active, QPalette::Text));
        return paintText(painter, option, after(rect, side, option.direction), option.text);
    }
    case ItemKind::Instance: {
        const QVariant liveness = index.data(LivenessRole);
        if (liveness.isValid()) {
            const Glyph glyph = glyphFor(liveness.value<Liveness>());
            const QRectF place = QRectF(symbol).adjusted(1, 1, -1, -1);
            const QVariant freshness = index.data(FreshnessRole);
            painter->setOpacity(freshness.isValid() && freshness.value<Freshness>() != Freshness::Fresh ? 0.6 : 1.0);
            paintGlyph(painter, place, glyph, glyphColor(glyph), option.palette.color(QPalette::Base));
            painter->setOpacity(1.0);
        }
        return paintText(painter, option, after(rect, side, option.direction), option.text);
    }
    case ItemKind::None:
    case ItemKind::DrPair:
        return paintText(painter, option, rect, option.text);
    }
}

void TreeDelegate::paintRollUp(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const QVariant health = index.data(HealthRole);
    if (!health.isValid() || health.value<Health>() == Health::Empty)
        return;
    const auto worst = health.value<Health>();
    const bool group = index.data(KindRole).value<ItemKind>() != ItemKind::Instance;
    if (worst == Health::Good || (!group && glyphFor(worst) != Glyph::Warning))
        return; // what is well is quiet; a member's own shape stands before its name
    const Glyph glyph = glyphFor(worst);
    const int side = option.fontMetrics.ascent();
    const QRect symbol = leading(rect, side, option.direction);
    paintGlyph(painter, QRectF(symbol), glyph, glyphColor(glyph), option.palette.color(QPalette::Base));
    // As many as are so bad; the rest is told by the tool tip and the pages.
    const int count = index.data(WorstCountRole).toInt();
    if (group && count > 0) {
        painter->setPen(glyphColor(glyph));
        const QRect number = option.direction == Qt::RightToLeft ? rect.adjusted(0, 0, -side - 3, 0) : rect.adjusted(side + 3, 0, 0, 0);
        painter->drawText(number, int(Qt::AlignVCenter | Qt::AlignLeading) | Qt::TextSingleLine, QLocale().toString(count));
    }
}

} // namespace elephaas
