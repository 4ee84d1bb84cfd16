#pragma once

#include "models/domain/entities.h"
#include "models/ports/inventorystore.h"

#include <QString>
#include <QVariant>

#include <span>

namespace elephaas {

// How the rows of the inventory lie in its four tables: one description that both stores read and write by.

enum class RowKind { Environment, Herd, Server, Instance };

// One column besides the key and the two dates, which triggers fill.
template <class Row>
struct Field {
    QLatin1StringView column;
    const char* title; // for people, translated with context "InventoryStore"
    QVariant (*value)(const Row&);
    void (*assign)(Row&, const QVariant&);
    int StoreLimits::*limit = nullptr; // of text columns
    bool observed = false; // probes and agents write it all the time: no reason for a conflict unless the edit changes it
};

template <class Row>
struct Table; // RowKind kind; QLatin1StringView name, key; std::span<const Field<Row>> fields();

template <>
struct Table<Environment> {
    static constexpr RowKind kind = RowKind::Environment;
    static constexpr QLatin1StringView name{"ele_environment"};
    static constexpr QLatin1StringView key{"environment_id"};
    static std::span<const Field<Environment>> fields();
};

template <>
struct Table<Herd> {
    static constexpr RowKind kind = RowKind::Herd;
    static constexpr QLatin1StringView name{"ele_herd"};
    static constexpr QLatin1StringView key{"herd_id"};
    static std::span<const Field<Herd>> fields();
};

template <>
struct Table<Server> {
    static constexpr RowKind kind = RowKind::Server;
    static constexpr QLatin1StringView name{"ele_server"};
    static constexpr QLatin1StringView key{"server_id"};
    static std::span<const Field<Server>> fields();
};

template <>
struct Table<Instance> {
    static constexpr RowKind kind = RowKind::Instance;
    static constexpr QLatin1StringView name{"ele_instance"};
    static constexpr QLatin1StringView key{"instance_id"};
    static std::span<const Field<Instance>> fields();
};

// "herd \"trading\"", "instance 17": how an error names the row.
QString rowLabel(const Environment& row);
QString rowLabel(const Herd& row);
QString rowLabel(const Server& row);
QString rowLabel(const Instance& row);
QString rowLabel(RowKind kind, qint64 id);

QString fieldTitle(const char* title);

// "2026-11-23"; anything else (PostgreSQL knows infinity and years BC): invalid.
QDate isoDate(QStringView text);

// "instance_id, herd_id, …, created_dt, modified_dt": the order that readRow() expects.
template <class Row>
QString columnList()
{
    QString list = Table<Row>::key;
    for (const Field<Row>& field : Table<Row>::fields())
        list += QLatin1StringView(", ") + field.column;
    return list + QLatin1StringView(", created_dt, modified_dt");
}

// `value(i)` gives the i-th column of columnList().
template <class Row, class Values>
Row readRow(const Values& value)
{
    Row row;
    int i = 0;
    row.id = decltype(row.id)(value(i++).toLongLong());
    for (const Field<Row>& field : Table<Row>::fields())
        field.assign(row, value(i++));
    row.created = isoDate(value(i++).toString());
    row.modified = isoDate(value(i++).toString());
    return row;
}

} // namespace elephaas
