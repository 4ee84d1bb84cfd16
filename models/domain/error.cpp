#include "models/domain/error.h"

namespace elephaas {

QString Error::text() const
{
    QString out = where.isEmpty() ? what : where + QStringLiteral(": ") + what;
    if (!detail.isEmpty())
        out += u' ' + detail.trimmed();
    if (!remedy.isEmpty())
        out += u' ' + remedy;
    return out;
}

} // namespace elephaas
