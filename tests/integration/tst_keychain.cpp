#include "app/adapters/secrets/keychainvault.h"
#include "tests/support/timescale.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

using tests::timeScale;

namespace {

struct Answer {
    bool came = false;
    Expected<QByteArray> secret;
    Expected<void> outcome;
    SecretVault::Kept kept = SecretVault::Kept::ThisSession;
    Error why;
};

} // namespace

// A real keychain: the GNOME keyring of a session bus of this test's own (tests/integration/withkeyring). ELEPHAAS_KEYRING is its process.
class KeychainTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { freeze(false); }

    void keeps_data()
    {
        QTest::addColumn<QByteArray>("secret");
        QTest::newRow("plain") << QByteArray("s3cret");
        QTest::newRow("bytes") << QByteArray("\x00\xff\x80\n\"'", 6);
        QTest::newRow("long") << QByteArray(4096, 'x');
        QTest::newRow("empty") << QByteArray();
    }
    void keeps()
    {
        QFETCH(const QByteArray, secret);
        KeychainVault vault(u"ElepHaaS test"_s, patience);
        QCOMPARE(write(vault, u"key"_s, secret).kept, SecretVault::Kept::InKeychain);
        KeychainVault another(u"ElepHaaS test"_s, patience); // as the next start
        QCOMPARE(read(another, u"key"_s).secret.value_or("nothing"), secret);
        QVERIFY(remove(another, u"key"_s).outcome);
        QCOMPARE(read(another, u"key"_s).secret.error().kind, ErrorKind::NotFound);
        QVERIFY(remove(another, u"key"_s).outcome);
    }

    void isWrittenAnew()
    {
        KeychainVault vault(u"ElepHaaS test"_s, patience);
        write(vault, u"key"_s, "one");
        write(vault, u"key"_s, "two");
        QCOMPARE(read(vault, u"key"_s).secret.value(), "two");
        QCOMPARE(read(vault, u"another"_s).secret.error().kind, ErrorKind::NotFound);
        remove(vault, u"key"_s);
    }

    // It stops answering in the middle of the session: what was entered is there all the same, until the program ends, and that is said.
    void doesNotAnswer()
    {
        KeychainVault vault(u"ElepHaaS test"_s, 500ms);
        freeze(true);
        QElapsedTimer timer;
        timer.start();
        const Answer written = write(vault, u"key"_s, "s3cret");
        QVERIFY(timer.elapsed() < 5000 * timeScale);
        QCOMPARE(written.kept, SecretVault::Kept::ThisSession);
        QCOMPARE(written.why.kind, ErrorKind::TimedOut);
        QCOMPARE(read(vault, u"key"_s).secret.value(), "s3cret");
        QCOMPARE(read(vault, u"another"_s).secret.error().kind, ErrorKind::TimedOut);
        // Whoever goes away meanwhile is not called.
        {
            KeychainVault gone(u"ElepHaaS test"_s, 100ms);
            gone.read(u"another"_s, [](const Expected<QByteArray>&) { QFAIL("called after its end"); });
        }
        QCOMPARE(read(vault, u"another"_s).secret.error().kind, ErrorKind::TimedOut); // waits longer than that one would have
        freeze(false);
        KeychainVault later(u"ElepHaaS test"_s, patience);
        remove(later, u"key"_s);
    }

private:
    static constexpr auto patience = 10s * timeScale;

    static void freeze(bool frozen) { ::kill(qEnvironmentVariableIntValue("ELEPHAAS_KEYRING"), frozen ? SIGSTOP : SIGCONT); }
    template <class Ask>
    static Answer ask(Ask&& question)
    {
        Answer answer;
        question(answer);
        [&] { QTRY_VERIFY_WITH_TIMEOUT(answer.came, 30000 * timeScale); }();
        return answer;
    }
    static Answer read(SecretVault& vault, const QString& name)
    {
        return ask([&](Answer& answer) {
            vault.read(name, [&answer](const Expected<QByteArray>& secret) {
                answer.came = true;
                answer.secret = secret;
            });
        });
    }
    static Answer write(SecretVault& vault, const QString& name, const QByteArray& secret)
    {
        return ask([&](Answer& answer) {
            vault.write(name, secret, [&answer](SecretVault::Kept kept, const Error& why) {
                answer.came = true;
                answer.kept = kept;
                answer.why = why;
            });
        });
    }
    static Answer remove(SecretVault& vault, const QString& name)
    {
        return ask([&](Answer& answer) {
            vault.remove(name, [&answer](const Expected<void>& outcome) {
                answer.came = true;
                answer.outcome = outcome;
            });
        });
    }
};

} // namespace elephaas

QTEST_GUILESS_MAIN(elephaas::KeychainTest)
#include "tst_keychain.moc"
