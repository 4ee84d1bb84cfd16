#include "views/delegates/operationdelegate.h"

#include "models/items/operationtreemodel.h"
#include "views/theme.h"

#include <QPainter>

namespace elephaas {

void OperationDelegate::paintContent(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    switch (static_cast<OperationTreeModel::Column>(index.column())) {
    case OperationTreeModel::Column::State: {
        const QVariant operation = index.data(OperationTreeModel::OperationStateRole);
        if (index.data(OperationTreeModel::StepWarningRole).toBool())
            return paintState(painter, option, rect, Glyph::Warning, false);
        const Glyph glyph = operation.isValid() ? glyphFor(operation.value<OperationState>())
                                                : glyphFor(index.data(OperationTreeModel::StepStateRole).value<StepState>());
        return paintState(painter, option, rect, glyph, false);
    }
    case OperationTreeModel::Column::Progress:
        return paintProgress(painter, option, index, rect);
    case OperationTreeModel::Column::Title:
    case OperationTreeModel::Column::Duration:
    case OperationTreeModel::Column::Started:
    case OperationTreeModel::Column::Operator:
    case OperationTreeModel::Column::Message:
        return paintText(painter, option, rect, option.text);
    }
}

void OperationDelegate::paintProgress(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const
{
    const int total = index.data(OperationTreeModel::TotalStepsRole).toInt();
    const int done = index.data(OperationTreeModel::DoneStepsRole).toInt();
    const int failed = index.data(OperationTreeModel::FailedStepsRole).toInt();
    if (total <= 0)
        return;
    const SemanticColors& colors = semanticColors();
    const qreal width = qMin(80, rect.width() / 2);
    const QRectF bar(option.direction == Qt::RightToLeft ? rect.right() + 1 - width : rect.left(), rect.center().y() - 2.5, width, 6);
    painter->setRenderHint(QPainter::Antialiasing);
    const QColor pen = painter->pen().color();
    painter->setPen(Qt::NoPen);
    painter->setBrush(colors.line);
    painter->drawRoundedRect(bar, 3, 3);
    const bool runs = index.data(OperationTreeModel::OperationStateRole).value<OperationState>() == OperationState::Running;
    QRectF filled = bar;
    filled.setWidth(bar.width() * done / total);
    if (option.direction == Qt::RightToLeft)
        filled.moveRight(bar.right());
    painter->setBrush(failed > 0 ? colors.offline : runs ? colors.accent : colors.online);
    painter->drawRoundedRect(filled, 3, 3);
    painter->setPen(pen);
    const int shift = int(width) + 8;
    paintText(painter, option,
        option.direction == Qt::RightToLeft ? rect.adjusted(0, 0, -shift, 0) : rect.adjusted(shift, 0, 0, 0), option.text);
}

} // namespace elephaas
