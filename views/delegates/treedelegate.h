#pragma once

#include "views/delegates/rowdelegate.h"

namespace elephaas {

// A node of the constellation: environments as badges, herds and servers with their symbol, instances with the shape of
// their state; roll-ups at the end of the line.
class TreeDelegate final : public RowDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TreeDelegate)

public:
    using RowDelegate::RowDelegate;

protected:
    void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const override;

private:
    void paintName(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const;
    void paintRollUp(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const;
};

} // namespace elephaas
