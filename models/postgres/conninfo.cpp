#include "models/postgres/conninfo.h"

#include <QCoreApplication>
#include <QUrl>
#include <QUrlQuery>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Conninfo)
};

Error notUnderstood(const QString& what)
{
    return {.kind = ErrorKind::InvalidInput, .what = Words::tr("The connection string cannot be read."), .where = {}, .detail = what};
}

bool isBlank(QChar c) { return c == u' ' || c == u'\t' || c == u'\n' || c == u'\r' || c == u'\f' || c == u'\v'; }

Expected<Conninfo> fromUri(const QString& text)
{
    const QUrl url(text, QUrl::StrictMode);
    if (!url.isValid())
        return fail(notUnderstood(url.errorString()));
    Conninfo info;
    info.set(u"user"_s, url.userName(QUrl::FullyDecoded));
    info.set(u"host"_s, url.host(QUrl::FullyDecoded));
    if (url.port() > 0)
        info.set(u"port"_s, QString::number(url.port()));
    const QString database = url.path(QUrl::FullyDecoded);
    info.set(u"dbname"_s, database.mid(1));
    const auto items = QUrlQuery(url).queryItems(QUrl::FullyDecoded);
    for (const auto& [key, value] : items)
        info.set(key, value);
    return info;
}

QString quoted(const QString& value)
{
    const bool plain = !value.isEmpty() && std::ranges::none_of(value, [](QChar c) { return isBlank(c) || c == u'\'' || c == u'\\'; });
    if (plain)
        return value;
    QString text = value;
    text.replace(u'\\', u"\\\\"_s).replace(u'\'', u"\\'"_s);
    return QString(u'\'' % text % u'\'');
}

} // namespace

Expected<Conninfo> Conninfo::parse(const QString& text)
{
    if (text.startsWith("postgres://"_L1) || text.startsWith("postgresql://"_L1))
        return fromUri(text);
    Conninfo info;
    qsizetype at = 0;
    const auto skipBlanks = [&] {
        while (at < text.size() && isBlank(text[at]))
            ++at;
    };
    while (skipBlanks(), at < text.size()) {
        const qsizetype begin = at;
        while (at < text.size() && !isBlank(text[at]) && text[at] != u'=')
            ++at;
        const QString keyword = text.sliced(begin, at - begin);
        skipBlanks();
        if (keyword.isEmpty() || at >= text.size() || text[at] != u'=')
            return fail(notUnderstood(Words::tr("\"%1\" has no value.").arg(keyword)));
        ++at;
        skipBlanks();
        QString value;
        const bool inQuotes = at < text.size() && text[at] == u'\'';
        bool closed = !inQuotes;
        at += inQuotes ? 1 : 0;
        for (; at < text.size(); ++at) {
            if (inQuotes ? text[at] == u'\'' : isBlank(text[at])) {
                closed = true;
                at += inQuotes ? 1 : 0;
                break;
            }
            if (text[at] == u'\\' && at + 1 < text.size())
                ++at;
            value += text[at];
        }
        if (!closed)
            return fail(notUnderstood(Words::tr("The quotes of \"%1\" are not closed.").arg(keyword)));
        info.set(keyword, value);
    }
    return info;
}

QString Conninfo::value(const QString& keyword) const
{
    const auto found = std::ranges::find(m_values, keyword, &std::pair<QString, QString>::first);
    return found == m_values.end() ? QString() : found->second;
}

bool Conninfo::has(const QString& keyword) const
{
    return std::ranges::any_of(m_values, [&](const auto& pair) { return pair.first == keyword; });
}

void Conninfo::set(const QString& keyword, const QString& value)
{
    const auto found = std::ranges::find(m_values, keyword, &std::pair<QString, QString>::first);
    if (value.isEmpty()) {
        if (found != m_values.end())
            m_values.erase(found);
    } else if (found != m_values.end()) {
        found->second = value;
    } else {
        m_values.emplace_back(keyword, value);
    }
}

QString Conninfo::text() const
{
    QStringList parts;
    for (const auto& [keyword, value] : m_values)
        parts << QString(keyword % u'=' % quoted(value));
    return parts.join(u' ');
}

} // namespace elephaas
