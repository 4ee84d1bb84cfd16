#include "models/domain/pgversion.h"

#include <array>

namespace elephaas {

std::optional<PgVersion> PgVersion::parse(QStringView text)
{
    text = text.trimmed();
    std::array<int, 3> parts{};
    size_t part = 0;
    qsizetype i = 0;
    while (part < parts.size()) {
        const qsizetype start = i;
        int value = 0;
        while (i < text.size() && text[i] >= u'0' && text[i] <= u'9' && i - start < 6) {
            value = value * 10 + (text[i].unicode() - u'0');
            ++i;
        }
        if (i == start)
            return std::nullopt;
        parts[part++] = value;
        if (i >= text.size() || text[i] != u'.')
            break;
        ++i;
    }
    if (i < text.size() && !text[i].isLetter() && !text[i].isSpace() && text[i] != u'+')
        return std::nullopt;
    return PgVersion{parts[0], parts[1], parts[2]};
}

std::optional<PgVersion> PgVersion::fromNumber(int serverVersionNum)
{
    if (serverVersionNum < 80000)
        return std::nullopt;
    if (serverVersionNum < 100000)
        return PgVersion{serverVersionNum / 10000, serverVersionNum / 100 % 100, serverVersionNum % 100};
    return PgVersion{serverVersionNum / 10000, serverVersionNum % 10000, 0};
}

QString PgVersion::major() const
{
    return first >= 10 ? QString::number(first) : QString::number(first) + u'.' + QString::number(second);
}

QString PgVersion::toString() const
{
    const QString two = QString::number(first) + u'.' + QString::number(second);
    return first >= 10 ? two : two + u'.' + QString::number(third);
}

} // namespace elephaas
