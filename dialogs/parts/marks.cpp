#include "dialogs/parts/marks.h"

#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>

namespace elephaas {

namespace {

// All paths live in a square of 16 x 16.
void paintDisc(QPainter& painter, const QColor& color)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawEllipse(QRectF(1.5, 1.5, 13, 13));
}

void paintRing(QPainter& painter, const QColor& color)
{
    painter.setPen(QPen(color, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(QRectF(2.25, 2.25, 11.5, 11.5));
}

void paintStroke(QPainter& painter, const QColor& color, std::initializer_list<QPointF> points)
{
    QPolygonF line;
    for (const QPointF& point : points)
        line << point;
    painter.setPen(QPen(color, 1.7, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
}

void paintDot(QPainter& painter, const QColor& color, QPointF at)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawEllipse(at, 1.05, 1.05);
}

void paintTriangle(QPainter& painter, const QColor& color, const QColor& ink)
{
    QPainterPath path;
    path.moveTo(8, 2);
    path.lineTo(14.6, 13.6);
    path.lineTo(1.4, 13.6);
    path.closeSubpath();
    painter.setPen(QPen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(color);
    painter.drawPath(path);
    paintStroke(painter, ink, {{8, 6.4}, {8, 9.6}});
    paintDot(painter, ink, {8, 11.9});
}

void paintQuestion(QPainter& painter, const QColor& color)
{
    QPainterPath hook;
    hook.moveTo(6.1, 6.3);
    hook.cubicTo(6.1, 4.2, 9.9, 4.2, 9.9, 6.4);
    hook.cubicTo(9.9, 7.8, 8, 7.7, 8, 9.3);
    painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(hook);
    paintDot(painter, color, {8, 11.5});
}

void paintLock(QPainter& painter, const QColor& color)
{
    painter.setPen(QPen(color, 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawArc(QRectF(5, 2, 6, 8), 0, 180 * 16);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRoundedRect(QRectF(3, 7, 10, 7), 1.4, 1.4);
}

void paintKey(QPainter& painter, const QColor& color)
{
    painter.setPen(QPen(color, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(QPointF(5, 8), 3, 3);
    paintStroke(painter, color, {{8, 8}, {14, 8}, {14, 10.6}});
    paintStroke(painter, color, {{11.4, 8}, {11.4, 10}});
}

class MarkEngine final : public QIconEngine {
public:
    MarkEngine(Mark mark, const QColor& color, const QColor& ink)
        : m_mark(mark)
        , m_color(color)
        , m_ink(ink)
    {
    }

    QIconEngine* clone() const override { return new MarkEngine(*this); }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap image(size);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return image;
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (mode == QIcon::Disabled)
            painter->setOpacity(0.5);
        const double side = std::min(rect.width(), rect.height());
        painter->translate(rect.center().x() + 0.5 - side / 2, rect.center().y() + 0.5 - side / 2);
        painter->scale(side / 16, side / 16);
        draw(*painter);
        painter->restore();
    }

private:
    void draw(QPainter& painter) const
    {
        switch (m_mark) {
        case Mark::None:
            return;
        case Mark::Pending:
            paintRing(painter, m_color);
            return;
        case Mark::Running:
            paintRing(painter, m_color);
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_color);
            painter.drawPie(QRectF(4.2, 4.2, 7.6, 7.6), 90 * 16, -225 * 16);
            return;
        case Mark::Done:
            paintDisc(painter, m_color);
            paintStroke(painter, m_ink, {{4.7, 8.3}, {7, 10.6}, {11.3, 5.8}});
            return;
        case Mark::Skipped:
            paintRing(painter, m_color);
            paintStroke(painter, m_color, {{5.1, 8.2}, {7.1, 10.2}, {10.9, 6}});
            return;
        case Mark::Warning:
            paintTriangle(painter, m_color, m_ink);
            return;
        case Mark::Failed:
            paintDisc(painter, m_color);
            paintStroke(painter, m_ink, {{5.5, 5.5}, {10.5, 10.5}});
            paintStroke(painter, m_ink, {{10.5, 5.5}, {5.5, 10.5}});
            return;
        case Mark::Cancelled:
            paintRing(painter, m_color);
            paintStroke(painter, m_color, {{4.4, 11.6}, {11.6, 4.4}});
            return;
        case Mark::Unknown:
            paintRing(painter, m_color);
            paintQuestion(painter, m_color);
            return;
        case Mark::Info:
            paintDisc(painter, m_color);
            paintDot(painter, m_ink, {8, 4.9});
            paintStroke(painter, m_ink, {{8, 7.7}, {8, 11.2}});
            return;
        case Mark::Lock:
            paintLock(painter, m_color);
            return;
        case Mark::Key:
            paintKey(painter, m_color);
            return;
        }
    }

    Mark m_mark;
    QColor m_color;
    QColor m_ink;
};

} // namespace

Tone toneOf(Mark mark)
{
    switch (mark) {
    case Mark::None:
    case Mark::Pending:
    case Mark::Cancelled:
    case Mark::Lock:
    case Mark::Key:
        return Tone::Neutral;
    case Mark::Running:
    case Mark::Info:
        return Tone::Active;
    case Mark::Done:
    case Mark::Skipped:
        return Tone::Good;
    case Mark::Warning:
    case Mark::Unknown:
        return Tone::Attention;
    case Mark::Failed:
        return Tone::Bad;
    }
    Q_UNREACHABLE();
}

QIcon markIcon(Mark mark, const QPalette& palette)
{
    if (mark == Mark::None)
        return {};
    return QIcon(new MarkEngine(mark, toneColor(toneOf(mark), palette), isDark(palette) ? QColor(0x1b, 0x1e, 0x23) : QColor(Qt::white)));
}

} // namespace elephaas
