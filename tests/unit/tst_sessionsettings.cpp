// As whom and when servers are asked for the first time: never before it is known how the team reaches them.

#include "app/session.h"
#include "tests/support/fakestore.h"
#include "tests/unit/operations/fakejournal.h"

#include <QSignalSpy>
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

    std::vector<DnsAccess> m_accesses; // those that a way into the DNS was made for
    SecretVault::Read m_asked; // the vault's question that waits for an answer
    bool m_keeps = true;

    // Answers when it is told to.
    class SlowVault final : public SecretVault {
    public:
        explicit SlowVault(SessionSettingsTest& test) : m_test(test) { }
        void read(const QString& name, Read done) override
        {
            QCOMPARE(name, u"tsig/console"_s);
            m_test.m_asked = std::move(done);
        }
        void write(const QString&, const QByteArray&, Written done) override
        {
            done(m_test.m_keeps ? Kept::InKeychain : Kept::ThisSession, {.what = u"No keychain."_s});
        }
        void remove(const QString&, Removed done) override { done({}); }

    private:
        SessionSettingsTest& m_test;
    };
    class NoDns final : public DnsDirectory {
    public:
        Expected<DnsReading> read(const QString& name, std::stop_token) override
        {
            DnsReading reading{.name = name};
            reading.primary.target = u"db1.example"_s;
            reading.nameServers = {{.server = u"ns1"_s, .target = u"DB1.example"_s}, {.server = u"ns2"_s, .target = u"db2.example"_s},
                {.server = u"ns3"_s, .error = Error{.what = u"Silent."_s}}};
            return reading;
        }
        Expected<void> rehearse(const DnsChange&, std::stop_token) override { return {}; }
        Expected<void> replace(const DnsChange&, std::stop_token) override { return {}; }
    };

    void make(std::optional<OfflineContent> copy)
    {
        Session::Ports ports{.store = std::make_unique<FakeStore>(m_state), .offlineCopy = std::make_unique<FakeCopy>(std::move(copy)),
            .shell = m_shell, .journal = std::make_shared<tests::FakeJournal>(), .clock = std::make_shared<SystemClock>(),
            .dns = [this](const DnsAccess& access) {
                m_accesses.push_back(access);
                return std::make_shared<NoDns>();
            },
            .secrets = std::make_unique<SlowVault>(*this)};
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
        m_accesses.clear();
        m_asked = {};
        m_keeps = true;
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
    // Names are read at once, and changed as soon as the keychain has given the key; what is typed is used without it.
    void theKeyOfTheDnsComesFromTheKeychain()
    {
        m_state->settings = {{u"dns.key_name"_s, u"console"_s}, {u"dns.key_algorithm"_s, u"hmac-sha512"_s}, {u"dns.zone"_s, u"example"_s}};
        make(std::nullopt);
        QTRY_VERIFY(m_asked);
        QCOMPARE(m_accesses, std::vector{DnsAccess{.zone = u"example"_s}});
        m_asked(QByteArray("c2VjcmV0"));
        const TsigKey key{.name = u"console"_s, .algorithm = TsigAlgorithm::HmacSha512, .secret = "secret"};
        QCOMPARE(m_accesses.back(), (DnsAccess{.zone = u"example"_s, .key = key}));
        QSignalSpy notKept(m_session.get(), &Session::secretNotKept);
        m_keeps = false;
        m_asked = {};
        m_session->keepSecret(m_session->settings(), "bmV3");
        QCOMPARE(notKept.count(), 1);
        m_session->readSettings();
        QTRY_COMPARE(m_accesses.back().key.value_or(TsigKey()).secret, "new");
        QVERIFY(!m_asked);
    }
    void namesAreReadWhereTheDnsIsSetUp()
    {
        m_state->rows.herds.front().virtualHost = u"h.example"_s;
        m_state->settings = {{u"dns.unsigned"_s, u"1"_s}};
        make(std::nullopt);
        QTRY_VERIFY(!m_accesses.empty());
        QTRY_VERIFY(!m_session->inventory().snapshot()->herds().empty());
        m_session->readNames({HerdId(1), HerdId(9)});
        m_session->readNames({HerdId(1)}); // is waited for already
        QTRY_COMPARE(m_session->names().seen()->size(), 1u);
        const SeenAlias& alias = m_session->names().seen()->at(HerdId(1));
        QCOMPARE(alias.virtualHost, u"h.example"_s);
        QCOMPARE(alias.target, u"db1.example"_s);
        QCOMPARE(alias.problem, QString());
        QCOMPARE(alias.others, (QStringList{u"ns2: db2.example"_s, u"ns3: Silent."_s}));
        QVERIFY(alias.at.isValid());
        QTRY_VERIFY(!m_session->names().isReading());
        m_state->settings.clear();
        m_session->readSettings(); // not set up any more: nothing is asked
        QTRY_VERIFY(!m_session->settings().dns.isSetUp());
        m_session->readNames({HerdId(1)});
        QVERIFY(!m_session->names().isReading());
    }
    void withoutDnsNothingIsMade()
    {
        m_state->settings = {{u"dns.zone"_s, u"example"_s}};
        make(std::nullopt);
        QTRY_VERIFY(!m_shell->asked().empty());
        QVERIFY(m_accesses.empty() && !m_asked);
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
