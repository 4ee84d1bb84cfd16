#include "models/postgres/shellquote.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

QByteArray shellQuote(QStringView value)
{
    if (isPlainShellText(value))
        return value.toUtf8();
    QByteArray quoted = value.toUtf8();
    quoted.replace('\'', "'\\''");
    return '\'' + quoted + '\'';
}

bool isShellWord(QStringView value)
{
    return !value.contains(u'\0') && value.isValidUtf16();
}

bool isPlainShellText(QStringView value)
{
    const auto plain = [](QChar c) {
        const char16_t u = c.unicode();
        return (u >= u'a' && u <= u'z') || (u >= u'A' && u <= u'Z') || (u >= u'0' && u <= u'9')
            || u"_./:@%+-"_s.contains(c);
    };
    return !value.isEmpty() && std::all_of(value.begin(), value.end(), plain);
}

} // namespace elephaas
