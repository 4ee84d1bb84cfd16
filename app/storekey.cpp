#include "app/storekey.h"

#include <QFileInfo>
#include <QRegularExpression>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

QString localInventoryKey(const QString& file)
{
    const QFileInfo info(file);
    const QString canonical = info.canonicalFilePath();
    return u"file:"_s + (canonical.isEmpty() ? info.absoluteFilePath() : canonical);
}

QString sharedInventoryKey(const QString& connection, const QString& schema)
{
    // Keyword/value form with optional quotes, and the password of the URI form (PostgreSQL manual, "Connection Strings").
    static const QRegularExpression keyword(uR"((^|\s)password\s*=\s*('(\\.|[^'\\])*'|(\\.|[^\s\\])*))"_s);
    static const QRegularExpression uri(uR"(^(postgres(?:ql)?://[^:/@]*):[^@]*@)"_s);
    static const QRegularExpression parameter(uR"(([?&])password=[^&]*)"_s);
    QString key = connection;
    key.remove(keyword).replace(uri, u"\\1@"_s).replace(parameter, u"\\1"_s);
    return u"postgresql:"_s + key.simplified() + u'#' + schema;
}

} // namespace elephaas
