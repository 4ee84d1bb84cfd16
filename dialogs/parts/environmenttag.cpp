#include "dialogs/parts/environmenttag.h"

#include "dialogs/parts/plainlabel.h"
#include "dialogs/parts/tones.h"

#include <QApplication>
#include <QPainter>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

std::function<TagColors(const QString&)>& colorSource()
{
    static std::function<TagColors(const QString&)> source;
    return source;
}

TagColors colorsOf(const QString& environment)
{
    if (colorSource())
        return colorSource()(environment);
    const QPalette palette = QApplication::palette();
    return {toneBackground(Tone::Active, palette), toneColor(Tone::Active, palette), toneColor(Tone::Active, palette)};
}

} // namespace

void setEnvironmentTagColors(std::function<TagColors(const QString& environment)> colors) { colorSource() = std::move(colors); }

EnvironmentTag::EnvironmentTag(const QString& environment, QWidget* parent)
    : QWidget(parent)
    , m_text(inOneLine(environment, 32))
    , m_environment(environment)
{
    setObjectName(u"environmentTag"_s);
    //: %1 is the name of an environment
    setAccessibleName(tr("Environment %1").arg(m_text));
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.92);
    small.setWeight(QFont::DemiBold);
    setFont(small);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize EnvironmentTag::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_text) + 16, fontMetrics().height() + 6};
}

void EnvironmentTag::paintEvent(QPaintEvent*)
{
    const TagColors colors = colorsOf(m_environment);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colors.border);
    painter.setBrush(colors.background);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    painter.setPen(colors.text);
    painter.drawText(rect(), Qt::AlignCenter, m_text);
}

} // namespace elephaas
