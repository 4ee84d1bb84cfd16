#include "views/togglebutton.h"

#include "views/theme.h"

#include <QStyleOptionToolButton>
#include <QStylePainter>

namespace elephaas {

ToggleButton::ToggleButton(QWidget* parent)
    : QToolButton(parent)
{
}

void ToggleButton::paintEvent(QPaintEvent* /*event*/)
{
    QStylePainter painter(this);
    QStyleOptionToolButton option;
    initStyleOption(&option);
    if (isChecked()) {
        const bool light = currentColorScheme() == ColorScheme::Light;
        option.palette.setColor(QPalette::Button, light ? QColor(0xbd, 0xd7, 0xf7) : QColor(0x2c, 0x55, 0x8c));
    }
    painter.drawComplexControl(QStyle::CC_ToolButton, option);
}

} // namespace elephaas
