#pragma once

#include "views/delegates/textcache.h"
#include "views/glyphs.h"

#include <QStyledItemDelegate>

namespace elephaas {

// Paints a row of a table: one tint over the whole row when selected with a mark at its edge, a frame around the current
// cell while the view has the focus, and muted text where the value is stale or unknown.
class RowDelegate : public QStyledItemDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RowDelegate)

public:
    explicit RowDelegate(QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    // One line, with marks in the place of what would break it or turn it around.
    QString displayText(const QVariant& value, const QLocale& locale) const override;

    // Height of a row for a font; every view of the program uses it.
    static int rowHeight(const QFontMetrics& metrics);

protected:
    // Paints what the cell says into `rect`, which already has its padding. The pen and the font are set.
    virtual void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const;
    void paintText(QPainter* painter, const QStyleOptionViewItem& option, const QRect& rect, const QString& text) const;
    // Shape, then the option's text in the shape's colour; muted: the shape pale and the text in the painter's pen.
    void paintState(QPainter* painter, const QStyleOptionViewItem& option, const QRect& rect, Glyph glyph, bool muted) const;

private:
    mutable TextCache m_texts;
};

// A state: shape, colour and text.
class StateDelegate final : public RowDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StateDelegate)

public:
    using RowDelegate::RowDelegate;

protected:
    void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const override;
};

// The worst state of what belongs to a row: shape, colour and text.
class HealthDelegate final : public RowDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HealthDelegate)

public:
    using RowDelegate::RowDelegate;

protected:
    void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const override;
};

// An environment: its badge.
class EnvironmentDelegate final : public RowDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EnvironmentDelegate)

public:
    using RowDelegate::RowDelegate;

protected:
    void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const override;
};

// A lag in MB: coloured and bold from the limit on.
class LagDelegate final : public RowDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LagDelegate)

public:
    using RowDelegate::RowDelegate;
    void setLimit(double megabytes) { m_limit = megabytes; }

protected:
    void paintContent(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index, const QRect& rect) const override;

private:
    double m_limit = 100.0;
};

} // namespace elephaas
