#pragma once

#include <QString>

#include <compare>
#include <optional>

namespace elephaas {

// A PostgreSQL release, compared part by part. Before 10 the major version has two parts (9.6), since then one
// (PostgreSQL manual, "Versioning Policy").
struct PgVersion {
    int first = 0;
    int second = 0;
    int third = 0;

    constexpr auto operator<=>(const PgVersion&) const = default;

    // Accepts "15", "15.20", "9.6", "9.6.24", also with a tail that starts with a letter, a blank or a "+"
    // ("16beta1", "15.4 (Debian …)"). Empty or anything else: no version.
    static std::optional<PgVersion> parse(QStringView text);
    // From server_version_num: 90624, 150020.
    static std::optional<PgVersion> fromNumber(int serverVersionNum);

    // "9.6" or "15".
    QString major() const;
    // "9.6.24" or "15.20"; "15" when only the major is known is shown as "15.0".
    QString toString() const;
    // At least this major release: 9.6 is written (9, 6), 13 is written (13).
    constexpr bool atLeast(int major, int minorOfNine = 0) const
    {
        return first != major ? first > major : (first >= 10 || second >= minorOfNine);
    }
};

} // namespace elephaas
