#pragma once

#include <QCache>
#include <QFont>
#include <QStaticText>

#include <memory>
#include <vector>

class QPainter;
class QRect;

namespace elephaas {

// Draws the texts of cells from kept layouts. Laying a text out costs ten times what drawing it does, and a table paints some
// five hundred cells whenever a key is typed into the filter; most of them say what others said before.
class TextCache final {
public:
    // One line in the painter's font and pen, elided at the right to fit; `alignment` is visual (left, right, centre) and
    // vertically centred. Line breaks show as blanks.
    void draw(QPainter* painter, const QRect& rect, Qt::Alignment alignment, Qt::LayoutDirection direction, const QString& text);

private:
    struct Fitted {
        int width = -1; // of the room it was elided for
        QStaticText text;
    };
    struct Entry {
        QStaticText text;
        Fitted fitted; // the last elided form: columns change their widths seldom
    };
    struct Shelf { // one per font: a table has two or three
        QFont font;
        Qt::LayoutDirection direction = Qt::LeftToRight;
        QCache<QString, Entry> entries;
    };

    Shelf& shelfFor(const QFont& font, Qt::LayoutDirection direction);
    std::vector<std::unique_ptr<Shelf>> m_shelves;
};

} // namespace elephaas
