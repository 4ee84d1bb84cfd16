#include "models/exchange/jsonreader.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonValue>

namespace elephaas {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(ImportDocument)
};

} // namespace

JsonReader::JsonReader(const QJsonValue& value, QString path, Problem& problem)
    : m_object(value.toObject())
    , m_path(std::move(path))
    , m_problem(problem)
{
    if (!value.isObject())
        complain(m_path, Text::tr("An object is expected here."));
}

void JsonReader::complain(const QString& path, const QString& what)
{
    if (!m_problem)
        m_problem = Error{.kind = ErrorKind::InvalidInput, .what = what, .where = path};
}

bool JsonReader::has(const QString& field)
{
    if (m_problem || !m_object.contains(field))
        return false;
    if (!m_read.contains(field))
        m_read.append(field);
    return true;
}

bool JsonReader::isNull(const QString& field) { return has(field) && m_object.value(field).isNull(); }

QJsonValue JsonReader::value(const QString& field)
{
    return has(field) ? m_object.value(field) : QJsonValue(QJsonValue::Undefined);
}

std::optional<QString> JsonReader::text(const QString& field)
{
    const QJsonValue found = value(field);
    if (found.isUndefined())
        return std::nullopt;
    if (!found.isString()) {
        complain(pathOf(field), Text::tr("A text is expected here."));
        return std::nullopt;
    }
    const QString result = found.toString();
    if (result.contains(QChar(u'\0')))
        complain(pathOf(field), Text::tr("The text contains a NUL character."));
    return result.isNull() ? QStringLiteral("") : result;
}

QString JsonReader::requiredText(const QString& field)
{
    const QString result = text(field).value_or(QString());
    if (result.isEmpty())
        complain(pathOf(field), Text::tr("A text that is not empty is required here."));
    return result;
}

std::optional<qint64> JsonReader::integer(const QString& field, qint64 least, qint64 most)
{
    const QJsonValue found = value(field);
    if (found.isUndefined())
        return std::nullopt;
    const qint64 number = found.toInteger(least - 1);
    if (!found.isDouble() || number < least || number > most) {
        complain(pathOf(field), Text::tr("A whole number from %1 to %2 is expected here.").arg(least).arg(most));
        return std::nullopt;
    }
    return number;
}

std::optional<bool> JsonReader::boolean(const QString& field)
{
    const QJsonValue found = value(field);
    if (found.isUndefined())
        return std::nullopt;
    if (!found.isBool()) {
        complain(pathOf(field), Text::tr("true or false is expected here."));
        return std::nullopt;
    }
    return found.toBool();
}

void JsonReader::forEach(
    const QString& field, const std::function<void(const QJsonValue&, const QString& path)>& element)
{
    const QJsonValue found = value(field);
    if (found.isUndefined())
        return;
    if (!found.isArray()) {
        complain(pathOf(field), Text::tr("A list is expected here."));
        return;
    }
    const QJsonArray all = found.toArray();
    for (qsizetype i = 0; i < all.size() && !m_problem; ++i)
        element(all[i], pathOf(field) + u'[' + QString::number(i) + u']');
}

void JsonReader::finish()
{
    if (m_problem || m_read.size() == m_object.size())
        return;
    for (auto it = m_object.constBegin(); it != m_object.constEnd(); ++it) {
        if (!m_read.contains(it.key()))
            complain(pathOf(it.key().left(80)), Text::tr("Unknown field."));
    }
}

} // namespace elephaas
