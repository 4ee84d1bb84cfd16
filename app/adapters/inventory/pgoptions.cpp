#include "app/adapters/inventory/pgoptions.h"

#include "app/adapters/inventory/storetext.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

bool isUsableSchema(const QString& schema)
{
    const auto bad = [](QChar c) { return c.category() == QChar::Other_Control; };
    return !schema.isEmpty() && schema.toUtf8().size() < 64 && std::none_of(schema.begin(), schema.end(), bad)
        && schema.isValidUtf16() && !schema.contains("$elephaas$"_L1); // ends the function bodies of the migrations
}

} // namespace

Expected<std::vector<PgParameter>> connectionParameters(const PgOptions& options)
{
    if (!isUsableSchema(options.schema)) {
        return fail({.kind = ErrorKind::InvalidInput, .what = StoreText::tr("The schema of the inventory cannot have this name."),
            .where = options.schema});
    }
    const QByteArray text = options.connection.toUtf8();
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(text.constData(), &message), &PQconninfoFree);
    PQfreemem(message);
    if (!parsed || text.contains('\0')) {
        return fail({.kind = ErrorKind::InvalidInput, .what = StoreText::tr("The connection string of the inventory is not understood."),
            .remedy = StoreText::tr("Write it as host=… dbname=… user=…, as a postgresql:// address, or as service=….")});
    }
    std::vector<PgParameter> all;
    for (const PQconninfoOption* one = parsed.get(); one->keyword; ++one) {
        if (one->val)
            all.push_back({one->keyword, one->val});
    }
    const auto setDefault = [&all](const char* keyword, const QByteArray& value) {
        const auto same = [keyword](const PgParameter& one) { return one.keyword == keyword; };
        if (std::none_of(all.begin(), all.end(), same))
            all.push_back({keyword, value});
    };
    const bool hasService = std::any_of(all.begin(), all.end(), [](const PgParameter& one) { return one.keyword == "service"; })
        || !qEnvironmentVariableIsEmpty("PGSERVICE");
    if (!hasService && qEnvironmentVariableIsEmpty("PGDATABASE"))
        setDefault("dbname", options.database.toUtf8());
    if (!options.password.isEmpty()) {
        std::erase_if(all, [](const PgParameter& one) { return one.keyword == "password"; });
        all.push_back({"password", options.password.toUtf8()});
    }
    if (qEnvironmentVariableIsEmpty("PGCONNECT_TIMEOUT"))
        setDefault("connect_timeout", QByteArray::number(qint64(std::max<std::chrono::seconds::rep>(2, options.connectTimeout.count()))));
    if (qEnvironmentVariableIsEmpty("PGAPPNAME"))
        setDefault("application_name", options.applicationName.toUtf8());
    // A link that died is noticed in seconds, not in the kernel's two hours.
    setDefault("tcp_user_timeout", "20000");
    setDefault("keepalives_idle", "10");
    setDefault("keepalives_interval", "5");
    setDefault("keepalives_count", "3");
    std::erase_if(all, [](const PgParameter& one) { return one.keyword == "client_encoding"; });
    all.push_back({"client_encoding", "UTF8"});
    return all;
}

} // namespace elephaas
