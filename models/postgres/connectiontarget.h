#pragma once

#include <QString>

#include <optional>

namespace elephaas {

// Where a libpq connection string points (PostgreSQL manual, "Connection Strings").
struct ConnectionTarget {
    QString host; // name, address or socket directory; "" when none is given
    std::optional<int> port; // unset when none is given: the default, 5432
    bool operator==(const ConnectionTarget&) const = default;
};

// Keyword/value strings and URIs. Forgiving, because secrets may have been cut out of it. A list of several hosts names no one.
ConnectionTarget connectionTarget(const QString& text);

// The value of a setting as it stands in recovery.conf or postgresql.conf after the equals sign: perhaps quoted, perhaps with a comment.
QString configurationValue(const QString& text);

} // namespace elephaas
