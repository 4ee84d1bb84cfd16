#pragma once

#include "app/adapters/inventory/storetext.h"
#include "models/domain/error.h"

#include <QDateTime>
#include <QLocale>

namespace elephaas {

// Why a herd cannot be locked now. What is not known is left out.
inline Error lockedBy(const QString& who, const QString& what, const QDateTime& since)
{
    const QString name = who.isEmpty() ? StoreText::tr("Somebody") : who;
    Error error{.kind = ErrorKind::Busy, .what = {}, .remedy = StoreText::tr("Wait until that has ended.")};
    if (since.isValid()) {
        const QString time = QLocale().toString(since.toLocalTime(), QLocale::ShortFormat);
        error.what = what.isEmpty() ? StoreText::tr("%1 has worked on this herd since %2.").arg(name, time)
                                    : StoreText::tr("%1 has worked on this herd since %2: %3.").arg(name, time, what);
    } else {
        error.what = what.isEmpty() ? StoreText::tr("%1 works on this herd.").arg(name)
                                    : StoreText::tr("%1 works on this herd: %2.").arg(name, what);
    }
    return error;
}

} // namespace elephaas
