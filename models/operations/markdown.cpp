#include "models/operations/markdown.h"

#include "models/domain/visibletext.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas::markdown {

QString text(const QString& plain)
{
    const QString line = visibleLine(plain);
    QString escaped;
    escaped.reserve(line.size());
    for (qsizetype i = 0; i < line.size(); ++i) {
        const QChar c = line.at(i);
        // The rest of ASCII punctuation means nothing inside a line that begins with other words.
        const bool isMarkup = u"\\`*_[]<>|~&#!@"_s.contains(c);
        // What would become a link by itself.
        const bool isLink = (c == u':' && line.mid(i, 3) == "://"_L1) || (c == u'.' && i >= 3 && line.mid(i - 3, 3).compare("www"_L1, Qt::CaseInsensitive) == 0);
        if (isMarkup || isLink)
            escaped += u'\\';
        escaped += c;
    }
    return escaped;
}

QString code(const QString& visible)
{
    qsizetype longest = 0;
    qsizetype run = 0;
    for (const QChar c : visible) {
        run = c == u'`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const QString fence(std::max<qsizetype>(3, longest + 1), u'`');
    QString body = visible;
    if (!body.endsWith(u'\n'))
        body += u'\n';
    return fence + u'\n' + body + fence + u'\n';
}

QString code(QByteArrayView bytes) { return code(visibleText(bytes)); }

QString row(const QStringList& cells) { return u"| "_s + cells.join(u" | "_s) + u" |\n"_s; }

QString headerRow(const QStringList& titles)
{
    return row(titles) + u'|' + u" --- |"_s.repeated(titles.size()) + u'\n';
}

} // namespace elephaas::markdown
