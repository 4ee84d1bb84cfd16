#include "views/glyphs.h"

#include "views/theme.h"

#include <QPainter>
#include <QPainterPath>

namespace elephaas {

namespace {

// All shapes are drawn in a square of 16 units, as the icons are.
constexpr qreal unit = 16.0;

void drawMark(QPainter* painter, QChar mark, const QColor& color)
{
    QFont font = painter->font();
    font.setPixelSize(11);
    font.setBold(true);
    painter->setFont(font);
    painter->setPen(color);
    painter->drawText(QRectF(0, 0, unit, unit), Qt::AlignCenter, mark);
}

void drawDiamond(QPainter* painter, const QColor& color, QChar mark)
{
    const QPolygonF diamond({{8, 0.9}, {15.1, 8}, {8, 15.1}, {0.9, 8}});
    painter->setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolygon(diamond);
    drawMark(painter, mark, color);
}

void drawSquare(QPainter* painter, const QColor& color)
{
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    painter->drawRoundedRect(QRectF(2, 2, 12, 12), 2, 2);
    painter->setBrush(Qt::NoBrush);
}

} // namespace

Glyph glyphFor(Liveness liveness)
{
    switch (liveness) {
    case Liveness::Unknown:
        return Glyph::Unknown;
    case Liveness::Online:
        return Glyph::Online;
    case Liveness::Offline:
        return Glyph::Offline;
    case Liveness::Unreachable:
        return Glyph::Unreachable;
    }
    Q_UNREACHABLE();
}

Glyph glyphFor(Health health)
{
    switch (health) {
    case Health::Empty:
        return Glyph::Pending;
    case Health::Good:
        return Glyph::Online;
    case Health::Unknown:
        return Glyph::Unknown;
    case Health::Lagging:
    case Health::NotStreaming:
    case Health::RoleConflict:
        return Glyph::Warning;
    case Health::Unreachable:
        return Glyph::Unreachable;
    case Health::Offline:
    case Health::TwoPrimaries:
        return Glyph::Offline;
    }
    Q_UNREACHABLE();
}

Glyph glyphFor(StepState state)
{
    switch (state) {
    case StepState::Pending:
        return Glyph::Pending;
    case StepState::Running:
        return Glyph::Running;
    case StepState::Succeeded:
        return Glyph::Succeeded;
    case StepState::Skipped:
        return Glyph::Skipped;
    case StepState::Failed:
        return Glyph::Failed;
    case StepState::Cancelled:
        return Glyph::Cancelled;
    case StepState::Indeterminate:
        return Glyph::Indeterminate;
    }
    Q_UNREACHABLE();
}

Glyph glyphFor(OperationState state)
{
    switch (state) {
    case OperationState::Running:
        return Glyph::Running;
    case OperationState::Succeeded:
        return Glyph::Succeeded;
    case OperationState::Warning:
        return Glyph::Warning;
    case OperationState::Failed:
        return Glyph::Failed;
    case OperationState::Cancelled:
        return Glyph::Cancelled;
    case OperationState::Indeterminate:
        return Glyph::Indeterminate;
    }
    Q_UNREACHABLE();
}

QColor glyphColor(Glyph glyph)
{
    const SemanticColors& colors = semanticColors();
    switch (glyph) {
    case Glyph::Online:
    case Glyph::Succeeded:
        return colors.online;
    case Glyph::Offline:
    case Glyph::Failed:
        return colors.offline;
    case Glyph::Unreachable:
    case Glyph::Indeterminate:
        return colors.unreachable;
    case Glyph::Unknown:
    case Glyph::Pending:
    case Glyph::Skipped:
    case Glyph::Cancelled:
        return colors.unknown;
    case Glyph::Running:
        return colors.running;
    case Glyph::Warning:
        return colors.warning;
    }
    Q_UNREACHABLE();
}

void paintGlyph(QPainter* painter, const QRectF& rect, Glyph glyph, const QColor& color, const QColor& ground)
{
    const qreal side = qMin(rect.width(), rect.height());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(rect.center() - QPointF(side / 2, side / 2));
    painter->scale(side / unit, side / unit);
    painter->setBrush(Qt::NoBrush);
    const QPen line(color, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    const QPen cut(ground, 1.9, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter->setPen(line);
    switch (glyph) {
    case Glyph::Online:
        painter->setPen(Qt::NoPen);
        painter->setBrush(color);
        painter->drawEllipse(QRectF(2.4, 2.4, 11.2, 11.2));
        break;
    case Glyph::Offline:
        drawSquare(painter, color);
        painter->setPen(cut);
        painter->drawLine(QPointF(5.2, 8), QPointF(10.8, 8));
        break;
    case Glyph::Unreachable:
        drawDiamond(painter, color, u'!');
        break;
    case Glyph::Unknown: {
        QPen dashed(color, 1.4, Qt::CustomDashLine, Qt::FlatCap);
        dashed.setDashPattern({2.2, 1.6});
        painter->setPen(dashed);
        painter->drawEllipse(QRectF(1.6, 1.6, 12.8, 12.8));
        drawMark(painter, u'?', color);
        break;
    }
    case Glyph::Pending:
        painter->drawEllipse(QRectF(3, 3, 10, 10));
        break;
    case Glyph::Running:
        painter->drawEllipse(QRectF(2.4, 2.4, 11.2, 11.2));
        painter->setPen(Qt::NoPen);
        painter->setBrush(color);
        painter->drawPie(QRectF(4.6, 4.6, 6.8, 6.8), -90 * 16, 180 * 16);
        break;
    case Glyph::Succeeded:
        painter->setPen(QPen(color, 2.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPolyline(QPolygonF({{2.8, 8.6}, {6.3, 12}, {13.2, 4.4}}));
        break;
    case Glyph::Skipped:
        painter->drawPolyline(QPolygonF({{3.5, 4}, {7.5, 8}, {3.5, 12}}));
        painter->drawPolyline(QPolygonF({{8.5, 4}, {12.5, 8}, {8.5, 12}}));
        break;
    case Glyph::Failed:
        drawSquare(painter, color);
        painter->setPen(cut);
        painter->drawLine(QPointF(5.6, 5.6), QPointF(10.4, 10.4));
        painter->drawLine(QPointF(10.4, 5.6), QPointF(5.6, 10.4));
        break;
    case Glyph::Cancelled:
        painter->drawEllipse(QRectF(2.4, 2.4, 11.2, 11.2));
        painter->drawLine(QPointF(4.6, 11.4), QPointF(11.4, 4.6));
        break;
    case Glyph::Indeterminate:
        drawDiamond(painter, color, u'?');
        break;
    case Glyph::Warning: {
        painter->drawPolygon(QPolygonF({{8, 2}, {14.6, 13.8}, {1.4, 13.8}}));
        painter->drawLine(QPointF(8, 6.4), QPointF(8, 9.6));
        painter->drawPoint(QPointF(8, 11.8));
        break;
    }
    }
    painter->restore();
}

} // namespace elephaas
