#pragma once

#include "models/domain/error.h"

#include <QJsonObject>
#include <QString>
#include <QVarLengthArray>

#include <functional>
#include <optional>

namespace elephaas {

// Reads the fields of one JSON object. The first problem of a whole document is kept in `problem`, with the path to it; after that
// everything reads as missing.
class JsonReader final {
public:
    using Problem = std::optional<Error>;

    JsonReader(const QJsonValue& value, QString path, Problem& problem);

    const QString& path() const { return m_path; }
    QString pathOf(const QString& field) const { return m_path + u'.' + field; }

    bool has(const QString& field);
    bool isNull(const QString& field);
    QJsonValue value(const QString& field);
    std::optional<QString> text(const QString& field);
    QString requiredText(const QString& field); // not empty
    std::optional<qint64> integer(const QString& field, qint64 least, qint64 most);
    std::optional<bool> boolean(const QString& field);
    void forEach(const QString& field, const std::function<void(const QJsonValue&, const QString& path)>& element);

    // Complains about fields that nobody asked for.
    void finish();
    void complain(const QString& path, const QString& what);

private:
    QJsonObject m_object;
    QString m_path;
    Problem& m_problem;
    QVarLengthArray<QString, 12> m_read; // fields that were asked for and are there
};

} // namespace elephaas
