#pragma once

#include <QString>

#include <compare>
#include <optional>

namespace elephaas {

// A position in the write-ahead log, in bytes from 0/0 (PostgreSQL manual, "pg_lsn Type").
struct Lsn {
    quint64 value = 0;

    constexpr auto operator<=>(const Lsn&) const = default;

    // Accepts "X/Y" with 1 to 8 hexadecimal digits on each side; nothing else.
    static std::optional<Lsn> parse(QStringView text);
    QString toString() const;
};

// Bytes from `b` to `a`; negative when `a` is behind `b`.
constexpr qint64 operator-(Lsn a, Lsn b) { return static_cast<qint64>(a.value - b.value); }

} // namespace elephaas
