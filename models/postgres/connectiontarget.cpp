#include "models/postgres/connectiontarget.h"

#include <QUrl>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

std::optional<int> portNumber(const QString& text)
{
    bool ok = false;
    const int port = text.toInt(&ok);
    return ok && port > 0 && port <= 65535 ? std::optional(port) : std::nullopt;
}

ConnectionTarget target(const QString& host, const QString& address, const QString& port)
{
    const QString& chosen = host.isEmpty() ? address : host;
    if (chosen.contains(u','))
        return {};
    return {chosen, portNumber(port)};
}

ConnectionTarget fromUri(const QString& text)
{
    QString rest = text.sliced(text.indexOf(u"://"_s) + 3);
    const auto question = rest.indexOf(u'?');
    const QString query = question < 0 ? QString() : rest.sliced(question + 1);
    rest = rest.first(question < 0 ? rest.size() : question);
    rest = rest.first(rest.indexOf(u'/') < 0 ? rest.size() : rest.indexOf(u'/'));
    rest = rest.sliced(rest.lastIndexOf(u'@') + 1);
    QString host = rest;
    QString port;
    const auto colon = rest.lastIndexOf(u':');
    if (colon > rest.lastIndexOf(u']')) {
        host = rest.first(colon);
        port = rest.sliced(colon + 1);
    }
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.sliced(1, host.size() - 2);
    QString address;
    for (const QString& part : query.split(u'&', Qt::SkipEmptyParts)) {
        const QString value = part.sliced(part.indexOf(u'=') + 1);
        if (part.startsWith(u"host="_s))
            host = value;
        else if (part.startsWith(u"hostaddr="_s))
            address = value;
        else if (part.startsWith(u"port="_s))
            port = value;
    }
    return target(QUrl::fromPercentEncoding(host.toUtf8()), address, port);
}

// The value at `i`, which ends up behind it.
QString keywordValue(const QString& text, qsizetype& i)
{
    QString value;
    const bool quoted = i < text.size() && text[i] == u'\'';
    if (quoted)
        ++i;
    for (; i < text.size(); ++i) {
        if (quoted ? text[i] == u'\'' : text[i].isSpace())
            break;
        if (text[i] == u'\\' && i + 1 < text.size())
            ++i;
        value += text[i];
    }
    if (quoted)
        ++i;
    return value;
}

} // namespace

ConnectionTarget connectionTarget(const QString& text)
{
    const QString trimmed = text.trimmed();
    if (trimmed.startsWith(u"postgres://"_s) || trimmed.startsWith(u"postgresql://"_s))
        return fromUri(trimmed);
    QString host;
    QString address;
    QString port;
    for (qsizetype i = 0; i < trimmed.size();) {
        QString keyword;
        while (i < trimmed.size() && trimmed[i] != u'=' && !trimmed[i].isSpace())
            keyword += trimmed[i++];
        while (i < trimmed.size() && trimmed[i].isSpace())
            ++i;
        if (i >= trimmed.size() || trimmed[i] != u'=')
            continue;
        ++i;
        while (i < trimmed.size() && trimmed[i].isSpace())
            ++i;
        const QString value = keywordValue(trimmed, i);
        if (keyword == u"host")
            host = value;
        else if (keyword == u"hostaddr")
            address = value;
        else if (keyword == u"port")
            port = value;
    }
    return target(host, address, port);
}

QString configurationValue(const QString& text)
{
    const QString trimmed = text.trimmed();
    if (!trimmed.startsWith(u'\''))
        return trimmed.section(u'#', 0, 0).trimmed();
    QString value;
    for (qsizetype i = 1; i < trimmed.size(); ++i) {
        if (trimmed[i] == u'\'') {
            if (i + 1 >= trimmed.size() || trimmed[i + 1] != u'\'')
                break;
            ++i;
        } else if (trimmed[i] == u'\\' && i + 1 < trimmed.size()) {
            ++i;
        }
        value += trimmed[i];
    }
    return value;
}

} // namespace elephaas
