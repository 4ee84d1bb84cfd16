// As whom and when servers are asked for the first time: never before it is known how the team reaches them.

#include "app/session.h"
#include "tests/support/fakestore.h"
#include "tests/unit/operations/fakejournal.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

// Nobody answers; keeps whom it was to ask.
class DeafShell final : public RemoteShell {
public:
    RemoteResult run(const RemoteCommand& command, const OutputSink&, std::stop_token) override
    {
        const std::lock_guard lock(m_mutex);
        m_asked.push_back(command.target);
        return {NotStarted{{ErrorKind::Unreachable, u"Connection refused."_s}}};
    }
    std::vector<RemoteTarget> asked()
    {
        const std::lock_guard lock(m_mutex);
        return m_asked;
    }

private:
    std::mutex m_mutex;
    std::vector<RemoteTarget> m_asked;
};

InventoryRows oneInstance()
{
    InventoryRows rows;
    rows.herds.push_back(Herd{.id = HerdId(1), .environment = {}, .baseName = u"h"_s, .name = u"h"_s, .description = {},
        .dataDirectory = {}, .virtualHost = {}});
    rows.servers.push_back(Server{.id = ServerId(1), .environment = {}, .hostName = u"db1"_s});
    rows.instances.push_back(Instance{.id = InstanceId(1), .herd = HerdId(1), .server = ServerId(1), .version = {},
        .localDataDirectory = {}, .walPosition = {}, .upstream = {}});
    return rows;
}

} // namespace

class SessionSettingsTest final : public QObject {
    Q_OBJECT

    std::shared_ptr<FakeStoreState> m_state;
    std::shared_ptr<DeafShell> m_shell;
    std::unique_ptr<Session> m_session;

    void make(std::optional<OfflineContent> copy)
    {
        Session::Ports ports{.store = std::make_unique<FakeStore>(m_state), .offlineCopy = std::make_unique<FakeCopy>(std::move(copy)),
            .shell = m_shell, .journal = std::make_shared<tests::FakeJournal>(), .clock = std::make_shared<SystemClock>()};
        Session::Options options;
        options.inventory.pollInterval = 20ms;
        options.inventory.reconnectDelay = 20ms;
        m_session = std::make_unique<Session>(std::move(ports), options);
        m_session->start();
    }
    static OfflineContent copyOf(const QString& user)
    {
        return {{oneInstance(), {}, QDateTime::currentDateTimeUtc()}, {{u"ssh.user"_s, user}, {u"probe.interval_s"_s, u"0"_s}}};
    }

private Q_SLOTS:
    void init()
    {
        m_state = std::make_shared<FakeStoreState>();
        m_state->rows = oneInstance();
        m_shell = std::make_shared<DeafShell>();
    }
    void cleanup() { m_session.reset(); }

    void offlineTheCopyKnowsHow()
    {
        m_state->openError = Error{ErrorKind::Unreachable, u"no route"_s};
        make(copyOf(u"dba"_s));
        QTRY_COMPARE(m_shell->asked().size(), 1u);
        QCOMPARE(m_shell->asked().front(), (RemoteTarget{u"db1"_s, u"dba"_s}));
        {
            const std::lock_guard lock(m_state->mutex);
            m_state->openError.reset();
            m_state->settings = {{u"ssh.user"_s, u"postgres"_s}, {u"probe.interval_s"_s, u"0"_s}};
        }
        // The team has another way meanwhile: everybody is asked again, that way.
        QTRY_COMPARE(m_shell->asked().size(), 2u);
        QCOMPARE(m_shell->asked().back().user, u"postgres"_s);
    }
    void liveSettingsComeBeforeTheFirstQuestion()
    {
        m_state->settings = {{u"ssh.user"_s, u"ops"_s}};
        make(std::nullopt);
        QTRY_VERIFY(!m_shell->asked().empty());
        QCOMPARE(m_shell->asked().front().user, u"ops"_s);
    }
    void withoutAnyInventoryNobodyIsAsked()
    {
        m_state->openError = Error{ErrorKind::Unreachable, u"no route"_s};
        make(std::nullopt);
        QTRY_COMPARE(m_session->inventory().status().connection, InventoryService::Connection::Lost);
        const std::lock_guard lock(m_state->mutex);
        QVERIFY(m_shell->asked().empty());
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::SessionSettingsTest)
#include "tst_sessionsettings.moc"
