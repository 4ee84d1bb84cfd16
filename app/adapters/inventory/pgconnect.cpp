#include "app/adapters/inventory/pgconnect.h"

#include "app/adapters/inventory/storetext.h"

#include <libpq-fe.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString valueOf(const std::vector<PgParameter>& parameters, const char* keyword)
{
    for (const PgParameter& one : parameters) {
        if (one.keyword == keyword)
            return QString::fromUtf8(one.value);
    }
    return {};
}

// libpq gives no SQLSTATE for a connection that failed, and the server speaks its own language. What libpq itself knows comes
// first; the words decide only where it does not.
Error whyNot(const PGconn* connection, const std::vector<PgParameter>& parameters)
{
    const QString words = QString::fromUtf8(PQerrorMessage(connection)).trimmed();
    const QString host = valueOf(parameters, "host");
    const QString service = valueOf(parameters, "service");
    Error error{.kind = ErrorKind::Unreachable, .what = {},
        .where = !host.isEmpty() ? host : !service.isEmpty() ? service : StoreText::tr("the inventory's server"), .detail = words};
    const auto says = [&words](QLatin1StringView text) { return words.contains(text, Qt::CaseInsensitive); };
    if (PQconnectionNeedsPassword(connection)) {
        error.kind = ErrorKind::Authentication;
        error.what = StoreText::tr("The inventory's server asks for a password and none is known.");
        error.remedy = StoreText::tr("Enter the password, or put it into the .pgpass file.");
    } else if (says("authentication failed"_L1) || says("no pg_hba.conf entry"_L1) || says("pg_hba.conf rejects"_L1)
        || says("is not permitted to log in"_L1)) {
        error.kind = ErrorKind::Authentication;
        error.what = StoreText::tr("The inventory's server does not accept this user or password.");
        error.remedy = StoreText::tr("Check user and password, and the server's pg_hba.conf.");
    } else if (says("database \""_L1) && says("does not exist"_L1)) {
        error.kind = ErrorKind::NotFound;
        error.what = StoreText::tr("The inventory's database does not exist on this server.");
        error.remedy = StoreText::tr("Check the name of the database, or create it.");
    } else if (says("role \""_L1) && says("does not exist"_L1)) {
        error.kind = ErrorKind::Authentication;
        error.what = StoreText::tr("The inventory's server does not know this user.");
        error.remedy = StoreText::tr("Check the name of the user.");
    } else if (says("permission denied for database"_L1)) {
        error.kind = ErrorKind::PermissionDenied;
        error.what = StoreText::tr("This user may not connect to the inventory's database.");
        error.remedy = StoreText::tr("Ask its administrator to grant CONNECT.");
    } else if (says("definition of service"_L1) || says("service file"_L1)) {
        error.kind = ErrorKind::InvalidInput;
        error.what = StoreText::tr("The service of the connection string is not defined.");
        error.remedy = StoreText::tr("Check the .pg_service.conf file.");
    } else if (says("too many clients"_L1) || says("remaining connection slots"_L1) || says("too many connections"_L1)
        || says("starting up"_L1) || says("shutting down"_L1)) {
        error.kind = ErrorKind::Busy;
        error.what = StoreText::tr("The inventory's server takes no more connections now.");
        error.remedy = StoreText::tr("It is tried again.");
    } else if (says("timeout expired"_L1)) {
        error.kind = ErrorKind::TimedOut;
        error.what = StoreText::tr("The inventory's server does not answer.");
        error.remedy = StoreText::tr("Check the network, and whether the server runs.");
    } else if (says("session is read-only"_L1) || says("session is not read-only"_L1) || says("hot standby"_L1)) {
        error.what = StoreText::tr("None of the inventory's servers is the one that is wanted (primary or standby).");
        error.remedy = StoreText::tr("Check which of them is the primary.");
    } else if (PQconnectionUsedPassword(connection)) {
        error.kind = ErrorKind::Authentication;
        error.what = StoreText::tr("The inventory's server refused the connection after a password was given.");
        error.remedy = StoreText::tr("Check user, password and database.");
    } else {
        error.what = StoreText::tr("The inventory's server cannot be reached.");
        error.remedy = StoreText::tr("Check the connection settings, the network, and whether the server runs.");
    }
    return error;
}

Expected<PgReached> connectOnce(const std::vector<PgParameter>& parameters)
{
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const PgParameter& one : parameters) {
        keywords.push_back(one.keyword.constData());
        values.push_back(one.value.constData());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdbParams(keywords.data(), values.data(), 0), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        return fail(whyNot(connection.get(), parameters));
    const auto text = [](const char* value) { return QString::fromUtf8(value ? value : ""); };
    return PgReached{text(PQhost(connection.get())), text(PQhostaddr(connection.get())), text(PQport(connection.get()))};
}

} // namespace

Expected<PgReached> tryToConnect(const std::vector<PgParameter>& parameters, const std::stop_token& stop)
{
    struct Shared {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::optional<Expected<PgReached>> result;
    };
    const auto shared = std::make_shared<Shared>();
    // Nobody can interrupt libpq in a name look-up: when the caller gives up, the thread ends by itself a little later.
    std::thread([shared, parameters] {
        auto result = connectOnce(parameters);
        const std::lock_guard lock(shared->mutex);
        shared->result = std::move(result);
        shared->changed.notify_all();
    }).detach();
    std::unique_lock lock(shared->mutex);
    if (!shared->changed.wait(lock, stop, [&] { return shared->result.has_value(); }))
        return fail({.kind = ErrorKind::Cancelled, .what = StoreText::tr("Cancelled while connecting to the inventory.")});
    return *shared->result;
}

} // namespace elephaas
