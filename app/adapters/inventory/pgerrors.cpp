#include "app/adapters/inventory/pgerrors.h"

#include "app/adapters/inventory/storetext.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

Error describeFailure(const PgFailure& failure, const QString& where)
{
    Error error{.kind = ErrorKind::Internal, .what = {}, .where = where,
        .detail = failure.detail.isEmpty() ? failure.message : failure.message + u". "_s + failure.detail};
    const QByteArray& state = failure.state;
    const QByteArray group = state.left(2);
    if (state == "42501") {
        error.kind = ErrorKind::PermissionDenied;
        error.what = StoreText::tr("The database refused this to your account:");
        error.remedy = StoreText::tr("Ask the administrator of the inventory for the privilege.");
    } else if (state == "25006") {
        error.kind = ErrorKind::PermissionDenied;
        error.what = StoreText::tr("This server of the inventory takes no changes: it is a standby, or read-only.");
        error.remedy = StoreText::tr("Connect to the primary (target_session_attrs=read-write).");
    } else if (state == "57014") {
        error.kind = ErrorKind::TimedOut;
        error.what = StoreText::tr("The inventory's server ended the statement; nothing was changed.");
        error.remedy = StoreText::tr("Try again.");
    } else if (state == "55P03") {
        error.kind = ErrorKind::Busy;
        error.what = StoreText::tr("Somebody else holds a lock on these rows; nothing was changed.");
        error.remedy = StoreText::tr("Try again in a moment.");
    } else if (state == "57P01" || state == "57P02" || group == "08") {
        error.kind = ErrorKind::LinkLost;
        error.what = StoreText::tr("The inventory's server ended the connection.");
        error.remedy = StoreText::tr("It is tried again.");
    } else if (state == "57P03" || state == "53300") {
        error.kind = ErrorKind::Busy;
        error.what = StoreText::tr("The inventory's server takes no more connections now.");
        error.remedy = StoreText::tr("It is tried again.");
    } else if (state == "3F000" || state == "42P01" || state == "42703" || state == "42883") {
        error.kind = ErrorKind::Schema;
        error.what = StoreText::tr("The inventory's tables are not what this program needs:");
        error.remedy = StoreText::tr("Check database and schema, or let an administrator apply the migrations.");
    } else if (state == "23503") {
        error.kind = ErrorKind::Conflict;
        error.what = StoreText::tr("Somebody else added or removed what this change refers to; nothing was saved.");
        error.remedy = StoreText::tr("Reload and try again.");
    } else if (group == "23" || group == "40") {
        error.kind = ErrorKind::Conflict;
        error.what = StoreText::tr("The change contradicts what the inventory holds; nothing was saved.");
        error.remedy = StoreText::tr("Reload and try again.");
    } else if (group == "22") {
        error.kind = ErrorKind::InvalidInput;
        error.what = StoreText::tr("The database does not take a value; nothing was saved.");
    } else if (group == "53" || group == "58") {
        error.kind = ErrorKind::Storage;
        error.what = StoreText::tr("The inventory's server is out of disk space, memory or order; nothing was saved.");
        error.remedy = StoreText::tr("Look after the server, then try again.");
    } else {
        error.what = StoreText::tr("The inventory's server did not accept a statement (%1):").arg(QString::fromLatin1(state));
    }
    if (!failure.table.isEmpty() && error.where.isEmpty())
        error.where = failure.table;
    return error;
}

} // namespace elephaas
