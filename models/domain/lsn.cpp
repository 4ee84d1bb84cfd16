#include "models/domain/lsn.h"

namespace elephaas {

namespace {

std::optional<quint64> hexHalf(QStringView text)
{
    if (text.isEmpty() || text.size() > 8)
        return std::nullopt;
    quint64 value = 0;
    for (const QChar c : text) {
        const char16_t u = c.unicode();
        quint64 digit = 0;
        if (u >= u'0' && u <= u'9')
            digit = u - u'0';
        else if (u >= u'a' && u <= u'f')
            digit = u - u'a' + 10U;
        else if (u >= u'A' && u <= u'F')
            digit = u - u'A' + 10U;
        else
            return std::nullopt;
        value = value * 16 + digit;
    }
    return value;
}

} // namespace

std::optional<Lsn> Lsn::parse(QStringView text)
{
    const auto slash = text.indexOf(u'/');
    if (slash < 0)
        return std::nullopt;
    const auto high = hexHalf(text.first(slash));
    const auto low = hexHalf(text.sliced(slash + 1));
    if (!high || !low)
        return std::nullopt;
    return Lsn{(*high << 32U) | *low};
}

QString Lsn::toString() const
{
    return QString::number(value >> 32U, 16).toUpper() + u'/' + QString::number(value & 0xFFFFFFFFU, 16).toUpper();
}

} // namespace elephaas
