#include "views/wraplabel.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>
#include <QStyle>
#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace elephaas {

namespace {

constexpr int fewestCharacters = 8;

} // namespace

WrapLabel::WrapLabel(QWidget* parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

int WrapLabel::layOut(int width, QPainter* painter) const
{
    QString shown = text();
    shown.replace(u'\n', QChar::LineSeparator);
    QTextLayout layout(shown, font());
    QTextOption option(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeading));
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(layoutDirection());
    layout.setTextOption(option);
    layout.beginLayout();
    qreal height = 0;
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(std::max(1, width));
        line.setPosition(QPointF(0, height));
        height += line.height();
    }
    layout.endLayout();
    if (painter)
        layout.draw(painter, QPointF(0, 0));
    return static_cast<int>(std::ceil(height));
}

int WrapLabel::heightForWidth(int width) const { return std::max(layOut(width, nullptr), fontMetrics().height()); }

QSize WrapLabel::sizeHint() const
{
    const int wanted = fontMetrics().horizontalAdvance(text()) + 2;
    const int width = std::clamp(wanted, minimumSizeHint().width(), fontMetrics().averageCharWidth() * 40);
    return {width, heightForWidth(width)};
}

QSize WrapLabel::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * fewestCharacters, fontMetrics().height()}; }

void WrapLabel::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
    layOut(width(), &painter);
}

void WrapLabel::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    connect(menu->addAction(tr("&Copy")), &QAction::triggered, this, [this] { QApplication::clipboard()->setText(text()); });
    menu->popup(event->globalPos());
}

} // namespace elephaas
