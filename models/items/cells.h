#pragma once

#include "models/domain/visibletext.h"
#include "models/items/roles.h"
#include "models/items/texts.h"

#include <QString>
#include <QVariant>

#include <optional>

// Small things that every table's cells need.
namespace elephaas {

// Turns an ascending result around for descending order.
inline int directed(int order, Qt::SortOrder direction)
{
    return direction == Qt::AscendingOrder ? order : -order;
}

// Texts; empty ones last in both directions.
inline int compareTexts(const QString& a, const QString& b, Qt::SortOrder direction)
{
    if (a.isEmpty() || b.isEmpty())
        return static_cast<int>(a.isEmpty()) - static_cast<int>(b.isEmpty());
    return directed(compareNatural(a, b), direction);
}

template <class T>
int compareValues(const T& a, const T& b, Qt::SortOrder direction)
{
    return a == b ? 0 : directed(a < b ? -1 : 1, direction);
}

// Unknown ones last in both directions.
template <class T>
int compareOptionals(const std::optional<T>& a, const std::optional<T>& b, Qt::SortOrder direction)
{
    if (!a || !b)
        return static_cast<int>(!a.has_value()) - static_cast<int>(!b.has_value());
    return compareValues(*a, *b, direction);
}

inline QVariant alignRight()
{
    return QVariant(static_cast<int>(Qt::AlignRight | Qt::AlignVCenter));
}

inline QVariant megabytes(const std::optional<qint64>& bytes)
{
    return bytes ? QVariant(static_cast<double>(*bytes) / bytesPerMegabyte) : QVariant();
}

// "MB lag: 0.41", for screen readers: says with words what a cell otherwise says by place and colour. The text with the
// same marks as the cell.
inline QString cellSentence(const QString& header, const QString& text)
{
    return header + QStringLiteral(": ") + visibleLine(text);
}

} // namespace elephaas
