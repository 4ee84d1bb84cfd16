#pragma once

#include <QByteArrayView>
#include <QString>

#include <libpq-fe.h>

#include <memory>
#include <optional>

namespace elephaas {

// One result of libpq, in text format.
class PgResult final {
public:
    explicit PgResult(PGresult* result)
        : m_result(result)
    {
    }
    int rows() const { return PQntuples(m_result.get()); }
    int columns() const { return PQnfields(m_result.get()); }
    bool isNull(int row, int column) const { return PQgetisnull(m_result.get(), row, column) != 0; }
    QByteArrayView bytes(int row, int column) const
    {
        return {PQgetvalue(m_result.get(), row, column), PQgetlength(m_result.get(), row, column)};
    }
    QString text(int row, int column) const { return QString::fromUtf8(bytes(row, column)); }
    // 0 when it is null or no number.
    qint64 number(int row, int column) const
    {
        const QByteArrayView digits = bytes(row, column);
        const bool negative = digits.startsWith('-');
        quint64 value = 0;
        for (const char digit : digits.sliced(negative ? 1 : 0)) {
            if (digit < '0' || digit > '9')
                return 0;
            value = value * 10 + quint64(digit - '0');
        }
        return negative ? -qint64(value) : qint64(value);
    }
    bool boolean(int row, int column) const { return bytes(row, column) == QByteArrayView("t"); }
    PGresult* get() const { return m_result.get(); }

private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> m_result;
};

} // namespace elephaas
