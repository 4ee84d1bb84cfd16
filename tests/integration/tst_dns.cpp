#include "app/adapters/dns/ldnsdirectory.h"
#include "tests/support/lab.h"
#include "tests/support/timescale.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <atomic>
#include <ctime>
#include <thread>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace {
std::atomic<int> clockIsAheadBy{0};
}

// Instead of the C library's, for everybody in this process: ldns signs by the one, and signatures are judged by the other.
extern "C" int gettimeofday(timeval* now, void* /*zone*/) noexcept
{
    timespec exact{};
    ::clock_gettime(CLOCK_REALTIME, &exact);
    *now = {exact.tv_sec + clockIsAheadBy, exact.tv_nsec / 1000};
    return 0;
}
extern "C" time_t time(time_t* result) noexcept
{
    timeval now{};
    ::gettimeofday(&now, nullptr);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}

namespace elephaas::tests {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

const std::stop_token never;

QByteArray secretOf(const char* text) { return QByteArray(text).rightJustified(64, '.'); }
TsigKey keyOf(const QString& name, TsigAlgorithm algorithm = TsigAlgorithm::HmacSha256)
{
    return {name, algorithm, secretOf(name.toLatin1().constData())};
}

// Answers every message with itself, turned into an answer that says that all went well; signs nothing.
class Liar {
public:
    Liar()
        : m_socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        socklen_t size = sizeof address;
        ::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size);
        m_port = ntohs(address.sin_port);
        m_thread = std::jthread([this](const std::stop_token& stop) {
            std::array<char, 4096> buffer{};
            while (!stop.stop_requested()) {
                pollfd watched{m_socket, POLLIN, 0};
                if (::poll(&watched, 1, 50) <= 0)
                    continue;
                sockaddr_in from{};
                socklen_t fromSize = sizeof from;
                const ssize_t got = ::recvfrom(m_socket, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &fromSize);
                if (got < 12)
                    continue;
                buffer[2] = static_cast<char>(static_cast<unsigned char>(buffer[2]) | 0x80U); // QR
                for (const std::size_t at : {4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U}) // no records
                    buffer[at] = 0;
                ++m_answers;
                ::sendto(m_socket, buffer.data(), 12, 0, reinterpret_cast<const sockaddr*>(&from), fromSize);
            }
        });
    }
    ~Liar()
    {
        m_thread.request_stop();
        m_thread.join();
        ::close(m_socket);
    }
    Q_DISABLE_COPY_MOVE(Liar)
    int port() const { return m_port; }
    int answers() const { return m_answers; }

private:
    int m_socket;
    int m_port = 0;
    std::atomic<int> m_answers{0};
    std::jthread m_thread;
};

} // namespace

// Real name servers: dns1 is the lab's own; db1 is the primary of zones of this test and db2 a secondary.
class DnsTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto lab = Lab::leased();
        QVERIFY2(lab, lab ? "" : qPrintable(lab.error().text()));
        m_lab = std::make_unique<Lab>(std::move(*lab));
        for (const LabHost& host : m_lab->databaseHosts())
            m_addresses += host.address;
        startPrimary();
        startSecondary();
        QTRY_VERIFY_WITH_TIMEOUT(reading(u"app"_s) && reading(u"app"_s)->agreesOn(u"db1.x.test"_s), 20000);
    }

    void init()
    {
        // Every test begins with the same names, whatever the one before has changed.
        update({u"update delete app.x.test"_s, u"update add app.x.test 7 CNAME db1.x.test."_s, u"update delete new.x.test"_s});
    }

    void aZoneAndItsServers()
    {
        const auto reading = directory().read(u"app.x.test"_s, never);
        QVERIFY2(reading, reading ? "" : qPrintable(reading.error().text()));
        QCOMPARE(reading->name, u"app.x.test"_s);
        QCOMPARE(reading->zone.name, u"x.test"_s);
        QCOMPARE(reading->zone.primary, u"ns1.x.test"_s);
        QCOMPARE(reading->zone.nameServers, (QStringList{u"ns1.x.test"_s, u"ns2.x.test"_s}));
        QVERIFY(reading->zone.serial > 0);
        QCOMPARE(reading->primary.target, u"db1.x.test"_s);
        QCOMPARE(reading->primary.timeToLive, 7s);
        QCOMPARE(reading->primary.address, m_addresses[0]);
        QVERIFY(reading->primary.at.isValid());
        QCOMPARE(reading->nameServers.size(), std::size_t(2));
        QCOMPARE(reading->nameServers[1].address, m_addresses[1]);
    }

    // As this computer is configured: the name servers and the search domain of /etc/resolv.conf, the primary that the SOA names.
    void asThisComputerAsks()
    {
        QVERIFY(m_lab->makeHerd(u"trading"_s, 5432, {u"db1"_s}).ok());
        LdnsDirectory plain(DnsAccess{});
        for (const QString& name : {u"trading-vhost.db.lab.test"_s, u"trading-vhost"_s, u"TRADING-VHOST.db.lab.test."_s}) {
            const auto reading = plain.read(name, never);
            QVERIFY2(reading, qPrintable(name + u": "_s + (reading ? QString() : reading.error().text())));
            QCOMPARE(reading->name.toLower(), u"trading-vhost.db.lab.test"_s);
            QCOMPARE(reading->zone.name, m_lab->zone());
            QVERIFY(reading->agreesOn(u"DB1.db.lab.test"_s));
        }
        LdnsDirectory inZone(DnsAccess{.zone = m_lab->zone(), .server = u"dns1"_s});
        const auto reading = inZone.read(u"trading-vhost"_s, never);
        QVERIFY2(reading && reading->agreesOn(u"db1.db.lab.test"_s), reading ? "" : qPrintable(reading.error().text()));
    }

    void replacing_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<TsigAlgorithm>("algorithm");
        QTest::addColumn<QString>("name");
        QTest::newRow("sha256") << u"good"_s << TsigAlgorithm::HmacSha256 << u"app.x.test"_s;
        QTest::newRow("sha512") << u"strong"_s << TsigAlgorithm::HmacSha512 << u"app.x.test"_s;
        QTest::newRow("a key's name in capitals") << u"GOOD"_s << TsigAlgorithm::HmacSha256 << u"app.x.test"_s;
        QTest::newRow("a name that is not there yet") << u"good"_s << TsigAlgorithm::HmacSha256 << u"new.x.test"_s;
        QTest::newRow("only this name allowed") << u"narrow"_s << TsigAlgorithm::HmacSha256 << u"app.x.test"_s;
    }
    void replacing()
    {
        QFETCH(const QString, key);
        QFETCH(const TsigAlgorithm, algorithm);
        QFETCH(const QString, name);
        LdnsDirectory dns(access(TsigKey{key, algorithm, secretOf(key.toLower().toLatin1().constData())}));
        const auto before = dns.read(name, never);
        QVERIFY2(before, before ? "" : qPrintable(before.error().text()));
        const DnsChange change{before->name, before->zone, before->primary.target, u"db2.x.test"_s, 9s};
        OK(dns.rehearse(change, never));
        const auto rehearsed = dns.read(name, never);
        QCOMPARE(rehearsed->primary.target, before->primary.target);
        QCOMPARE(rehearsed->zone.serial, before->zone.serial); // nothing at all was changed
        OK(dns.replace(change, never));
        QTRY_VERIFY_WITH_TIMEOUT(dns.read(name, never)->agreesOn(u"db2.x.test"_s), 20000); // the secondary is notified
        QCOMPARE(dns.read(name, never)->primary.timeToLive, 9s);
    }

    void whatIsRefusedIsNamed_data()
    {
        QTest::addColumn<std::optional<TsigKey>>("key");
        QTest::addColumn<bool>("isUnsigned");
        QTest::addColumn<QString>("server");
        QTest::addColumn<QString>("name");
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("says");
        const auto denied = ErrorKind::PermissionDenied;
        const std::optional<TsigKey> none;
        const auto row = [](const char* what, std::optional<TsigKey> key, ErrorKind kind, const QString& says, const QString& server = {},
                             const QString& name = u"app.x.test"_s, bool isUnsigned = false) {
            QTest::newRow(what) << std::move(key) << isUnsigned << server << name << kind << says;
        };
        row("no key", none, denied, u"no key"_s);
        row("unsigned", none, denied, u"without a signature"_s, {}, u"app.x.test"_s, true);
        row("unknown key", keyOf(u"nobody"_s), denied, u"BADKEY"_s);
        row("another algorithm", keyOf(u"good"_s, TsigAlgorithm::HmacSha512), denied, u"BADKEY"_s);
        row("another secret", TsigKey{u"good"_s, TsigAlgorithm::HmacSha256, secretOf("bad")}, denied, u"BADSIG"_s);
        row("no permission", keyOf(u"other"_s), denied, u"may not change"_s);
        row("the secondary", keyOf(u"good"_s), denied, u"secondary"_s, u"db2"_s);
        row("it cannot write", keyOf(u"good"_s), ErrorKind::Storage, u"SERVFAIL"_s, {}, u"app.sealed.test"_s);
    }
    void whatIsRefusedIsNamed()
    {
        QFETCH(const std::optional<TsigKey>, key);
        QFETCH(const bool, isUnsigned);
        QFETCH(const QString, server);
        QFETCH(const QString, name);
        QFETCH(const ErrorKind, kind);
        QFETCH(const QString, says);
        DnsAccess how = access(key);
        how.unsignedUpdates = isUnsigned;
        LdnsDirectory dns(how);
        const auto before = dns.read(name, never);
        QVERIFY2(before, before ? "" : qPrintable(before.error().text()));
        DnsChange change{before->name, before->zone, before->primary.target, u"db2.x.test"_s};
        if (!server.isEmpty()) {
            change.zone.primary = server;
            change.zone.primaryAddresses.clear();
        }
        const auto rehearsed = dns.rehearse(change, never);
        const auto replaced = dns.replace(change, never);
        QVERIFY(!replaced);
        QVERIFY2(replaced.error().kind == kind && replaced.error().text().contains(says), qPrintable(replaced.error().text()));
        if (kind != ErrorKind::Storage) { // which no rehearsal can know
            QVERIFY(!rehearsed);
            QCOMPARE(rehearsed.error(), replaced.error());
        }
        QCOMPARE(dns.read(name, never)->primary.target, before->primary.target);
    }

    void clocksDiffer_data()
    {
        QTest::addColumn<int>("seconds"); // this computer's clock is ahead
        QTest::addColumn<QString>("says");
        QTest::newRow("ahead") << 3600 << u"behind"_s;
        QTest::newRow("behind") << -3600 << u"ahead"_s;
    }
    void clocksDiffer()
    {
        QFETCH(const int, seconds);
        QFETCH(const QString, says);
        const DnsChange mine = change(u"db2.x.test"_s);
        clockIsAheadBy = seconds;
        const auto refused = directory().replace(mine, never);
        clockIsAheadBy = 0;
        QVERIFY(!refused);
        QVERIFY2(refused.error().kind == ErrorKind::PermissionDenied && refused.error().text().contains(u"BADTIME"_s)
                && refused.error().remedy.contains(says),
            qPrintable(refused.error().text()));
        QCOMPARE(reading(u"app"_s)->primary.target, u"db1.x.test"_s);
    }

    void somebodyElseWasFaster()
    {
        const DnsChange mine = change(u"db2.x.test"_s);
        update({u"update delete app.x.test"_s, u"update add app.x.test 7 CNAME db3.x.test."_s});
        const auto refused = directory().replace(mine, never);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        QVERIFY2(refused.error().text().contains(u"points to db3.x.test"_s), qPrintable(refused.error().text()));
        QCOMPARE(reading(u"app"_s)->primary.target, u"db3.x.test"_s);
        DnsChange created = mine;
        created.from.clear(); // it was not there, they thought
        QCOMPARE(directory().replace(created, never).error().kind, ErrorKind::Conflict);
        update({u"update delete app.x.test"_s});
        QCOMPARE(directory().rehearse(mine, never).error().kind, ErrorKind::Conflict);
    }

    // The first try was made and its answer lost: the second one must not take its own work for somebody else's.
    void anAnswerIsLost()
    {
        const DnsChange mine = change(u"db2.x.test"_s);
        iptables({u"-A"_s, u"OUTPUT"_s, u"-p"_s, u"udp"_s, u"--sport"_s, u"53"_s, u"-j"_s, u"DROP"_s});
        const auto made = directory().replace(mine, never);
        iptables({u"-F"_s, u"OUTPUT"_s});
        OK(made);
        QCOMPARE(reading(u"app"_s)->primary.target, u"db2.x.test"_s);
    }

    void silence_data()
    {
        QTest::addColumn<bool>("tcpToo");
        QTest::newRow("UDP only") << false;
        QTest::newRow("all") << true;
    }
    void silence()
    {
        QFETCH(const bool, tcpToo);
        DnsAccess how = access(keyOf(u"good"_s));
        how.patience = 4s * timeScale;
        LdnsDirectory dns(how);
        const DnsChange mine = change(u"db2.x.test"_s);
        QVERIFY(m_lab->run({u"drop"_s, u"db1"_s, u"udp"_s, u"53"_s}).ok());
        if (tcpToo)
            QVERIFY(m_lab->run({u"drop"_s, u"db1"_s, u"tcp"_s, u"53"_s}).ok());
        QElapsedTimer timer;
        timer.start();
        const auto made = dns.replace(mine, never);
        const auto took = std::chrono::milliseconds(timer.elapsed());
        const auto rehearsed = dns.rehearse(change(u"db2.x.test"_s, mine.zone), never);
        QVERIFY(m_lab->run({u"undrop"_s, u"db1"_s}).ok());
        QCOMPARE(made.has_value(), !tcpToo);
        if (tcpToo) {
            // It went out, and nothing came back: nobody knows.
            QCOMPARE(made.error().kind, ErrorKind::LinkLost);
            QVERIFY2(took >= 3500ms * timeScale && took < 10s * timeScale, qPrintable(QString::number(took.count())));
            QCOMPARE(rehearsed.error().kind, ErrorKind::TimedOut);
        }
    }

    void nobodyListens()
    {
        const DnsChange mine = change(u"db2.x.test"_s);
        QVERIFY(m_lab->run({u"named"_s, u"db1"_s, u"stop"_s}).ok());
        const auto made = directory().replace(mine, never);
        const auto read = directory().read(u"app.x.test"_s, never);
        startPrimary();
        QVERIFY(!made);
        QVERIFY2(made.error().text().contains(u"Connection refused"_s), qPrintable(made.error().text()));
        QVERIFY(!read);
        QTRY_VERIFY_WITH_TIMEOUT(reading(u"app"_s).has_value(), 20000);
    }

    // One name server is gone: what the others say is known, and that it is not known of this one.
    void aSecondaryIsDown()
    {
        QVERIFY(m_lab->run({u"named"_s, u"db2"_s, u"stop"_s}).ok());
        const auto one = reading(u"app"_s);
        startSecondary();
        QVERIFY(one && one->primary.isKnown());
        QCOMPARE(one->nameServers.size(), std::size_t(2));
        QVERIFY(one->nameServers[0].isKnown() && !one->nameServers[1].isKnown());
        QVERIFY(!one->agreesOn(u"db1.x.test"_s));
    }

    void aCancelIsHeard()
    {
        const DnsChange mine = change(u"db2.x.test"_s);
        QVERIFY(m_lab->run({u"cut"_s, u"db1"_s}).ok());
        std::stop_source stop;
        QElapsedTimer timer;
        Expected<void> made;
        std::jthread asking([&] { made = directory(60s).replace(mine, stop.get_token()); });
        stop.request_stop();
        timer.start();
        asking.join();
        QVERIFY(m_lab->run({u"heal"_s, u"db1"_s}).ok());
        QVERIFY(timer.elapsed() < 5000 * timeScale);
        QVERIFY(!made && (made.error().kind == ErrorKind::Cancelled || made.error().kind == ErrorKind::LinkLost));
        QTRY_VERIFY_WITH_TIMEOUT(reading(u"app"_s).has_value(), 20000);
    }

    // An answer that says NOERROR and is not signed is nobody's word.
    void aLiar()
    {
        const Liar liar;
        DnsAccess how = access(keyOf(u"good"_s));
        how.port = liar.port();
        how.patience = 3s;
        DnsChange mine = change(u"db2.x.test"_s);
        mine.zone.primaryAddresses = QStringList{u"127.0.0.1"_s};
        const auto made = LdnsDirectory(how).replace(mine, never);
        QVERIFY(liar.answers() >= 2);
        QVERIFY(!made);
        QVERIFY2(made.error().kind == ErrorKind::LinkLost && made.error().what.contains(u"did not sign"_s), qPrintable(made.error().text()));
    }

    // The first address is nobody's.
    void severalAddresses()
    {
        QVERIFY(m_lab->run({u"name"_s, u"half-dead-dns"_s, u"10.77.0.250"_s, m_addresses[0]}).ok());
        DnsChange mine = change(u"db2.x.test"_s);
        mine.zone.primary = u"half-dead-dns"_s;
        mine.zone.primaryAddresses.clear();
        OK(directory().replace(mine, never));
        QCOMPARE(reading(u"app"_s)->primary.target, u"db2.x.test"_s);
    }

    // More than fits into 512 bytes: over TCP.
    void aLongAnswer()
    {
        const auto one = directory().read(u"app.many.test"_s, never);
        QVERIFY2(one, one ? "" : qPrintable(one.error().text()));
        QCOMPARE(one->zone.nameServers.size(), qsizetype(30));
        QCOMPARE(one->primary.target, u"db1.x.test"_s);
    }

    // Named as a name server of the zone, and knows nothing of it.
    void aLameServer()
    {
        const auto one = directory().read(u"app.lame.test"_s, never);
        QVERIFY2(one, one ? "" : qPrintable(one.error().text()));
        QVERIFY(one->primary.isKnown());
        QCOMPARE(one->nameServers.size(), std::size_t(2));
        QVERIFY(!one->nameServers[1].isKnown());
        QVERIFY(!one->agreesOn(u"db1.x.test"_s));
    }

    void noAlias()
    {
        const auto host = reading(u"db1"_s);
        QVERIFY(host && host->primary.isKnown());
        QCOMPARE(host->primary.target, QString());
        QCOMPARE(host->primary.otherTypes, QStringList{u"A"_s});
        const auto none = reading(u"nothing"_s);
        QVERIFY(none && none->primary.isKnown() && none->primary.target.isEmpty() && none->primary.otherTypes.isEmpty());
    }

    void noZone()
    {
        const auto unknown = directory().read(u"app.elsewhere.example"_s, never);
        QVERIFY(!unknown);
        DnsAccess wrong = access({});
        wrong.zone = u"y.test"_s;
        const auto other = LdnsDirectory(wrong).read(u"app"_s, never);
        QVERIFY(!other);
        QCOMPARE(directory().read(u"a b"_s, never).error().kind, ErrorKind::InvalidInput);
    }

private:
    static void OK(const Expected<void>& outcome)
    {
        QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().text()));
    }

    DnsAccess access(std::optional<TsigKey> key) const
    {
        return {.key = std::move(key), .resolvers = {m_addresses[0]}, .patience = 5s * timeScale};
    }
    LdnsDirectory directory(std::chrono::milliseconds patience = 5s * timeScale) const
    {
        DnsAccess how = access(keyOf(u"good"_s));
        how.patience = patience;
        return LdnsDirectory(how);
    }
    std::optional<DnsReading> reading(const QString& name) const
    {
        auto read = directory().read(name + u".x.test"_s, never);
        return read ? std::optional(std::move(*read)) : std::nullopt;
    }
    DnsChange change(const QString& to, std::optional<DnsZone> zoneThen = {}) const
    {
        if (zoneThen)
            return {u"app.x.test"_s, *zoneThen, u"db1.x.test"_s, to};
        const auto now = reading(u"app"_s);
        return now ? DnsChange{now->name, now->zone, now->primary.target, to} : DnsChange{};
    }

    // What somebody else would do, with BIND's own program.
    void update(const QStringList& lines) const
    {
        const QString file = m_lab->stateDirectory() + u"/update"_s;
        write(file, u"server %1\nzone x.test\n%2\nsend\n"_s.arg(m_addresses[0], lines.join(u'\n')));
        const LabAnswer answer = m_lab->run({u"run"_s, u"nsupdate"_s, u"-y"_s,
            u"hmac-sha256:good:"_s + QString::fromLatin1(secretOf("good").toBase64()), file});
        QVERIFY2(answer.ok(), answer.errors.constData());
    }
    void iptables(const QStringList& words) const
    {
        QVERIFY(m_lab->run(QStringList{u"exec"_s, u"db1"_s, u"iptables"_s, u"-w"_s} + words).ok());
    }

    static void write(const QString& path, const QString& text)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text.toUtf8());
    }
    static QString options()
    {
        return u"options { directory \"/var/cache/bind\"; managed-keys-directory \"/var/cache/bind\"; pid-file \"/run/named/named.pid\";\n"
               "  session-keyfile \"/run/named/session.key\"; listen-on port 53 { any; }; listen-on-v6 { none; }; recursion no;\n"
               "  allow-query { any; }; allow-transfer { any; }; dnssec-validation no; notify explicit; max-cache-size 8m; };\ncontrols { };\n"_s;
    }

    // Zones: x.test with a secondary, sealed.test that cannot be written, many.test with many name servers, lame.test.
    void startPrimary()
    {
        const QTemporaryDir dir;
        QVERIFY(QDir(dir.path()).mkdir(u"sealed"_s));
        QString conf = options();
        for (const auto& [name, algorithm] : {std::pair(u"good"_s, u"hmac-sha256"_s), std::pair(u"strong"_s, u"hmac-sha512"_s),
                 std::pair(u"narrow"_s, u"hmac-sha256"_s), std::pair(u"other"_s, u"hmac-sha256"_s)}) {
            conf += u"key \"%1\" { algorithm %2; secret \"%3\"; };\n"_s.arg(
                name, algorithm, QString::fromLatin1(secretOf(name.toLatin1().constData()).toBase64()));
        }
        conf += u"zone \"x.test\" { type primary; file \"x.test\"; also-notify { %1; };\n  update-policy { grant good zonesub ANY; grant strong zonesub ANY; "
                "grant narrow name app.x.test CNAME; grant other name other.x.test CNAME; }; };\n"_s.arg(m_addresses[1]);
        conf += u"zone \"sealed.test\" { type primary; file \"sealed/zone\"; allow-update { key good; }; };\n"_s;
        for (const QString& name : {u"many.test"_s, u"lame.test"_s})
            conf += u"zone \"%1\" { type primary; file \"%1\"; };\n"_s.arg(name);
        write(dir.filePath(u"named.conf"_s), conf);
        const QString head = u"$TTL 7\n@ IN SOA ns1.x.test. hostmaster %1 60 30 600 5\n"_s.arg(++m_serial * 1000);
        const QString two = u"  IN NS ns1.x.test.\n  IN NS ns2.x.test.\n"_s;
        write(dir.filePath(u"x.test"_s), head + two + u"ns1 IN A %1\nns2 IN A %2\ndb1 IN A %1\ndb2 IN A %2\napp IN CNAME db1\n"_s.arg(m_addresses[0], m_addresses[1]));
        write(dir.filePath(u"sealed/zone"_s), head + u"  IN NS ns1.x.test.\napp IN CNAME db1.x.test.\n"_s);
        QString many = head;
        for (int i = 0; i < 30; ++i)
            many += u"  IN NS a-name-server-of-many-%1.elsewhere.invalid.\n"_s.arg(i);
        write(dir.filePath(u"many.test"_s), many + u"app IN CNAME db1.x.test.\n"_s);
        write(dir.filePath(u"lame.test"_s), head + two + u"app IN CNAME db1.x.test.\n"_s);
        const LabAnswer started = m_lab->run({u"named"_s, u"db1"_s, dir.path()});
        QVERIFY2(started.ok(), started.errors.constData());
        QVERIFY(m_lab->run({u"exec"_s, u"db1"_s, u"chown"_s, u"root:root"_s, u"/var/cache/bind/sealed"_s}).ok());
        QVERIFY(m_lab->run({u"exec"_s, u"db1"_s, u"chmod"_s, u"755"_s, u"/var/cache/bind/sealed"_s}).ok());
    }
    void startSecondary()
    {
        const QTemporaryDir dir;
        write(dir.filePath(u"named.conf"_s), options() + u"zone \"x.test\" { type secondary; file \"x.test\"; primaries { %1; }; };\n"_s.arg(m_addresses[0]));
        const LabAnswer started = m_lab->run({u"named"_s, u"db2"_s, dir.path()});
        QVERIFY2(started.ok(), started.errors.constData());
    }

    std::unique_ptr<Lab> m_lab;
    QStringList m_addresses;
    int m_serial = 0;
};

} // namespace elephaas::tests

QTEST_GUILESS_MAIN(elephaas::tests::DnsTest)
#include "tst_dns.moc"
