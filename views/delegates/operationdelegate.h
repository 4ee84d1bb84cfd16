#pragma once

#include "views/delegates/rowdelegate.h"

namespace elephaas {

// State and progress of operations and steps: a shape with its text, and a bar with its numbers.
class OperationDelegate final : public RowDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationDelegate)

public:
    using RowDelegate::RowDelegate;

protected:
    void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const override;

private:
    void paintProgress(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const;
};

} // namespace elephaas
