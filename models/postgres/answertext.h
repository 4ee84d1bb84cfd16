#pragma once

#include <QByteArray>
#include <QString>

#include <limits>
#include <optional>
#include <utility>

// How the answers of the scripts for servers are read: resources/probe. Everything in them is hostile. Any thread.
namespace elephaas {

// The first word, and what follows its blank.
[[nodiscard]] std::pair<QByteArray, QByteArray> firstWord(QByteArrayView line);

// Text that the script has `written` (common.sh): behind "=" as it is, else in hexadecimal, perhaps followed by a dot.
[[nodiscard]] QByteArray writtenBytes(const QByteArray& written);
// The same as text. Databases may have any encoding: what is no UTF-8 is taken for Latin 1.
[[nodiscard]] QString writtenText(const QByteArray& written);

// Nothing when it is no number, or none of type T.
template <class T>
[[nodiscard]] std::optional<T> integerOf(const QByteArray& text, int base = 10)
{
    bool ok = false;
    const qlonglong value = text.toLongLong(&ok, base);
    if (!ok || value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
        return std::nullopt;
    return static_cast<T>(value);
}

} // namespace elephaas
