#include "views/delegates/textcache.h"

#include <QFontMetrics>
#include <QPainter>
#include <QTextOption>

#include <algorithm>

namespace elephaas {

namespace {

constexpr size_t maxFonts = 6; // after a change of font or scale the old ones go
constexpr int maxTexts = 4000; // of one font: several screens full

QStaticText laidOut(const QString& text, const QPainter& painter, Qt::LayoutDirection direction)
{
    QStaticText result;
    result.setTextFormat(Qt::PlainText);
    QTextOption option;
    option.setTextDirection(direction);
    option.setWrapMode(QTextOption::NoWrap);
    result.setTextOption(option);
    result.setText(text);
    result.prepare(painter.transform(), painter.font());
    return result;
}

QString singleLine(QString text)
{
    for (QChar& c : text) {
        if (c == u'\n' || c == u'\r' || c == u'\t' || c == QChar::LineSeparator || c == QChar::ParagraphSeparator)
            c = u' ';
    }
    return text;
}

} // namespace

TextCache::Shelf& TextCache::shelfFor(const QFont& font, Qt::LayoutDirection direction)
{
    const auto known = std::find_if(m_shelves.begin(), m_shelves.end(),
        [&](const auto& shelf) { return shelf->direction == direction && shelf->font == font; });
    if (known != m_shelves.end())
        return **known;
    if (m_shelves.size() >= maxFonts)
        m_shelves.erase(m_shelves.begin());
    auto shelf = std::make_unique<Shelf>();
    shelf->font = font;
    shelf->direction = direction;
    shelf->entries.setMaxCost(maxTexts);
    m_shelves.push_back(std::move(shelf));
    return *m_shelves.back();
}

void TextCache::draw(QPainter* painter, const QRect& rect, Qt::Alignment alignment, Qt::LayoutDirection direction, const QString& text)
{
    if (text.isEmpty() || rect.width() <= 0)
        return;
    Shelf& shelf = shelfFor(painter->font(), direction);
    Entry* entry = shelf.entries.object(text);
    if (!entry) {
        entry = new Entry{laidOut(singleLine(text), *painter, direction), {}};
        shelf.entries.insert(text, entry);
    }
    const QStaticText* shown = &entry->text;
    if (shown->size().width() > rect.width()) {
        if (entry->fitted.width != rect.width()) {
            const QString elided = QFontMetrics(painter->font()).elidedText(singleLine(text), Qt::ElideRight, rect.width());
            entry->fitted = {rect.width(), laidOut(elided, *painter, direction)};
        }
        shown = &entry->fitted.text;
    }
    const QSizeF size = shown->size();
    qreal left = rect.left();
    if (alignment.testFlag(Qt::AlignRight))
        left = rect.left() + rect.width() - size.width();
    else if (alignment.testFlag(Qt::AlignHCenter))
        left = rect.left() + (rect.width() - size.width()) / 2;
    const qreal top = rect.top() + (rect.height() - size.height()) / 2;
    painter->drawStaticText(QPointF(qRound(left), qRound(top)), *shown);
}

} // namespace elephaas
