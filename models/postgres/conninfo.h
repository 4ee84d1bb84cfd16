#pragma once

#include "models/domain/error.h"

#include <QString>

#include <utility>
#include <vector>

namespace elephaas {

// A libpq keyword/value connection string (PostgreSQL manual, "Connection Strings"), in its order. Of a keyword that comes twice the last one
// holds, as in libpq.
class Conninfo final {
public:
    Conninfo() = default;
    // InvalidInput for what is neither keyword/value text nor a URI of one host.
    static Expected<Conninfo> parse(const QString& text);

    QString value(const QString& keyword) const;
    bool has(const QString& keyword) const;
    // In its old place where it was there; an empty value removes it.
    void set(const QString& keyword, const QString& value);
    void remove(const QString& keyword) { set(keyword, {}); }
    // Each value quoted where it needs to be.
    QString text() const;
    bool operator==(const Conninfo&) const = default;

private:
    std::vector<std::pair<QString, QString>> m_values;
};

} // namespace elephaas
