#include "views/lagplot.h"

#include "views/theme.h"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace elephaas {

namespace {

// A break in the line: longer than this without a sample, nothing is known in between.
constexpr qint64 gapMs = 5 * 60 * 1000;

QString megabytes(double value) { return LagPlot::tr("%1 MB").arg(QLocale().toString(value, 'f', 2)); }

QString span(qint64 ms)
{
    const qint64 seconds = ms / 1000;
    if (seconds < 120)
        return LagPlot::tr("%n s", "span of time in seconds", int(seconds));
    return LagPlot::tr("%n min", "span of time in minutes", int(seconds / 60));
}

} // namespace

LagPlot::LagPlot(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("lagPlot"));
    setAccessibleName(tr("Lag over time"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    describe();
}

void LagPlot::setSamples(std::vector<LagSample> samples, double limitMegabytes)
{
    if (samples == m_samples && limitMegabytes == m_limit)
        return;
    m_samples = std::move(samples);
    m_limit = limitMegabytes;
    describe();
    update();
}

QSize LagPlot::sizeHint() const { return {fontMetrics().averageCharWidth() * 30, fontMetrics().height() * 5}; }

QSize LagPlot::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * 14, fontMetrics().height() * 5}; }

void LagPlot::describe()
{
    if (m_samples.empty()) {
        setAccessibleDescription(tr("No lag was observed since the console started."));
        return;
    }
    const auto [least, most] = std::minmax_element(m_samples.begin(), m_samples.end(),
        [](const LagSample& a, const LagSample& b) { return a.megabytes < b.megabytes; });
    setAccessibleDescription(tr("Now %1; least %2, most %3 in the last %4.", "lag over time")
                                 .arg(megabytes(m_samples.back().megabytes), megabytes(least->megabytes),
                                     megabytes(most->megabytes), span(m_samples.back().atMs - m_samples.front().atMs)));
    setToolTip(accessibleDescription());
}

void LagPlot::paintEvent(QPaintEvent* /*event*/)
{
    const SemanticColors& colors = semanticColors();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont small = font();
    if (small.pointSizeF() > 0)
        small.setPointSizeF(small.pointSizeF() * 0.88);
    painter.setFont(small);
    const QFontMetrics metrics(small);

    painter.setPen(colors.line);
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    if (m_samples.size() < 2) {
        painter.setPen(colors.muted);
        painter.drawText(rect().adjusted(10, 4, -10, -4), int(Qt::AlignCenter) | int(Qt::TextWordWrap),
            m_samples.empty() ? tr("No lag observed yet") : tr("One value so far: %1").arg(megabytes(m_samples.front().megabytes)));
        return;
    }

    double most = 0.0;
    for (const LagSample& sample : m_samples)
        most = std::max(most, sample.megabytes);
    const double top = std::max(most * 1.15, 0.1);
    const QRectF area = QRectF(rect()).adjusted(8, metrics.height() + 6, -8, -6);
    const qint64 begin = m_samples.front().atMs;
    const double length = double(std::max<qint64>(m_samples.back().atMs - begin, 1));
    const auto point = [&](const LagSample& sample) {
        return QPointF(area.left() + area.width() * double(sample.atMs - begin) / length,
            area.bottom() - area.height() * sample.megabytes / top);
    };

    painter.setPen(colors.muted);
    painter.drawText(QRectF(area.left(), 4, area.width(), metrics.height()), int(Qt::AlignLeading | Qt::AlignVCenter),
        tr("most %1", "the largest lag in a plot").arg(megabytes(most)));
    painter.drawText(QRectF(area.left(), 4, area.width(), metrics.height()), int(Qt::AlignTrailing | Qt::AlignVCenter),
        tr("last %1", "the span of time that a plot shows: last 5 min").arg(span(m_samples.back().atMs - begin)));

    painter.setPen(QPen(colors.line, 1));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    if (m_limit < top) {
        const qreal y = area.bottom() - area.height() * m_limit / top;
        painter.setPen(QPen(colors.warning, 1, Qt::DashLine));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    }

    QPainterPath line;
    const LagSample* before = nullptr;
    for (const LagSample& sample : m_samples) {
        const QPointF place = point(sample);
        if (!before || sample.atMs - before->atMs > gapMs)
            line.moveTo(place);
        else
            line.lineTo(place);
        before = &sample;
    }
    const QColor stroke = m_samples.back().megabytes >= m_limit ? colors.warning : colors.accent;
    QColor fill = stroke;
    fill.setAlphaF(0.14F);
    QPainterPath under = line;
    under.lineTo(area.right(), area.bottom());
    under.lineTo(area.left(), area.bottom());
    under.closeSubpath();
    painter.fillPath(under, fill);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(stroke, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(line);
    painter.setBrush(stroke);
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(point(m_samples.back()), 2.6, 2.6);
}

} // namespace elephaas
