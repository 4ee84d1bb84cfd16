#pragma once

#include "models/domain/error.h"

#include <QString>
#include <QVariant>

#include <vector>

namespace elephaas {

using SqlRow = std::vector<QVariant>;
using SqlRows = std::vector<SqlRow>;

// What the two stores share of a database connection, for the writes that are the same on both. Values are always bound.
// All calls block and belong to the thread that owns the connection.
class SqlSession {
public:
    virtual ~SqlSession() = default;
    // `sql` has one "?" for each value and no other question mark.
    virtual Expected<SqlRows> run(const QString& sql, const std::vector<QVariant>& values) = 0;
    // Begins a transaction that may write.
    virtual Expected<void> begin() = 0;
    // When the link is lost meanwhile nobody knows whether the transaction counts; the error says so.
    virtual Expected<void> commit() = 0;
    virtual void rollback() = 0;
    // The table's name, quoted, with its schema where there is one.
    virtual QString table(QLatin1StringView name) const = 0;
    // Appended to a select by key so that nobody changes the row before the transaction ends; may be empty.
    virtual QString rowLock() const = 0;
    // How many rows one insert should carry: more than 1 where a round trip is what costs.
    virtual int rowsPerInsert() const = 0;
};

// Ends the transaction when it was not committed.
class SqlTransaction final {
public:
    explicit SqlTransaction(SqlSession& session)
        : m_session(session)
    {
    }
    ~SqlTransaction()
    {
        if (m_open)
            m_session.rollback();
    }
    SqlTransaction(const SqlTransaction&) = delete;
    SqlTransaction& operator=(const SqlTransaction&) = delete;

    Expected<void> begin()
    {
        Expected<void> begun = m_session.begin();
        m_open = begun.has_value();
        return begun;
    }
    Expected<void> commit()
    {
        m_open = false;
        Expected<void> committed = m_session.commit();
        if (!committed)
            m_session.rollback(); // SQLite keeps a transaction open whose commit broke a deferred foreign key
        return committed;
    }

private:
    SqlSession& m_session;
    bool m_open = false;
};

// A boolean column as either database gives it.
inline bool sqlBool(const QVariant& value)
{
    return value.typeId() == QMetaType::QString ? value.toString() == QLatin1StringView("t") : value.toBool();
}

} // namespace elephaas
