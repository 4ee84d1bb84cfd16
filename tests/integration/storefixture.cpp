#include "tests/integration/storefixture.h"

#include "app/adapters/inventory/sqlitestore.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class SqlitePlace final : public StorePlace {
public:
    std::unique_ptr<InventoryStore> store() override { return std::make_unique<SqliteStore>(file()); }
    void execute(const QString& sql) override
    {
        SqliteSession session(file());
        QVERIFY(session.open(SqliteSession::Mode::ReadWrite));
        const auto done = session.runScript(sql);
        QVERIFY2(done, qPrintable(done ? QString() : done.error().text()));
    }
    QString table(const QString& name) const override { return name; }

private:
    QString file() const { return m_folder.filePath(u"sub folder/inv?entory%20.sqlite"_s); }
    QTemporaryDir m_folder;
};

} // namespace

std::vector<StoreKind> storeKinds()
{
    return {
        {"local", [] { return std::make_unique<SqlitePlace>(); }},
    };
}

} // namespace elephaas
