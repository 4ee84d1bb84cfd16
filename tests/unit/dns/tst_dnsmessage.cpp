#include "app/adapters/dns/replies.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;

namespace elephaas::dns {

namespace {

const TsigKey key{u"Console.Example"_s, TsigAlgorithm::HmacSha256, "0123456789abcdef0123456789abcdef"};
const DnsChange change{.name = u"trading.example"_s, .zone = {.name = u"example"_s, .primary = u"ns1.example"_s}, .from = u"db1.example"_s,
    .to = u"db2.example"_s};

Packet anUpdate()
{
    Records prerequisites = records();
    append(prerequisites, isAlias(change.name, change.from));
    Records updates = records();
    append(updates, removeAliases(change.name));
    append(updates, addAlias(change.name, change.to, 5));
    return update(change.zone.name, std::move(prerequisites), std::move(updates));
}

// Setting another signature, or none, does not free the one that was there.
Packet unsignedCopy(const ldns_pkt* packet)
{
    Packet copy(ldns_pkt_clone(packet));
    const Record signature(ldns_pkt_tsig(copy.get()));
    ldns_pkt_set_tsig(copy.get(), nullptr);
    return copy;
}

// What a name server would answer to it, signed with the key at the time of now.
QByteArray anAnswer(const ldns_pkt* request, const TsigKey& signedWith)
{
    const Packet answer = unsignedCopy(request);
    ldns_pkt_set_qr(answer.get(), true);
    const QByteArray name = signedWith.name.toLower().toLatin1() + '.';
    const ldns_rdf* mac = ldns_rr_rdf(ldns_pkt_tsig(request), 3);
    if (ldns_pkt_tsig_sign(answer.get(), name.constData(), signedWith.secret.toBase64().constData(), 300, "hmac-sha256.", mac) != LDNS_STATUS_OK)
        return {};
    return wire(answer.get());
}

} // namespace

class DnsMessageTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void names_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("name"); // empty: refused
        QTest::newRow("plain") << u"db1.example"_s << u"db1.example"_s;
        QTest::newRow("the last dot") << u"db1.example."_s << u"db1.example"_s;
        QTest::newRow("capitals stay") << u"DB1.Example"_s << u"DB1.Example"_s;
        QTest::newRow("underscore") << u"_pg._tcp.example"_s << u"_pg._tcp.example"_s;
        QTest::newRow("other letters") << u"b\u00fccher.example"_s << u"xn--bcher-kva.example"_s;
        QTest::newRow("63 in a label") << QString(QString(63, u'a') + u".b"_s) << QString(QString(63, u'a') + u".b"_s);
        QTest::newRow("64 in a label") << QString(QString(64, u'a') + u".b"_s) << QString();
        QTest::newRow("too long") << QString(u"abcdefg."_s.repeated(32) + u'b') << QString();
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("only a dot") << u"."_s << QString();
        QTest::newRow("two dots") << u"a..b"_s << QString();
        QTest::newRow("a blank") << u"a b"_s << QString();
        QTest::newRow("a line break") << u"a.example\n"_s << QString();
        QTest::newRow("an escape") << u"a\\.b"_s << QString();
        QTest::newRow("a wildcard") << u"*.example"_s << QString();
        QTest::newRow("NUL") << QString(u"a"_s + QChar(0)) << QString();
        QTest::newRow("no letter of a name") << u"\u2764\ufe0f \u202e"_s << QString();
    }
    void names()
    {
        QFETCH(const QString, text);
        QFETCH(const QString, name);
        const auto checked = checkedName(text);
        QCOMPARE(checked.value_or(QString()), name);
        if (!checked)
            QCOMPARE(checked.error().kind, ErrorKind::InvalidInput);
        else
            QCOMPARE(nameText(nameData(*checked).get()), name);
    }

    void zones()
    {
        QVERIFY(isBelow(u"a.b.example"_s, u"B.example"_s));
        QVERIFY(isBelow(u"b.example"_s, u"b.example"_s));
        QVERIFY(!isBelow(u"ab.example"_s, u"b.example"_s));
        QCOMPARE(parentOf(u"a.b.example"_s), u"b.example"_s);
        QCOMPARE(parentOf(u"example"_s), QString());
    }

    // The bytes of RFC 2136: class NONE and ANY, and no data where a record is to go.
    void anUpdateSaysWhatItShould()
    {
        const Packet packet = parsed(wire(anUpdate().get()));
        QVERIFY(packet);
        QCOMPARE(ldns_pkt_get_opcode(packet.get()), LDNS_PACKET_UPDATE);
        QCOMPARE(ldns_rr_get_type(ldns_rr_list_rr(ldns_pkt_question(packet.get()), 0)), LDNS_RR_TYPE_SOA);
        const ldns_rr* prerequisite = ldns_rr_list_rr(ldns_pkt_answer(packet.get()), 0);
        QCOMPARE(ldns_rr_get_class(prerequisite), LDNS_RR_CLASS_IN);
        QCOMPARE(ldns_rr_ttl(prerequisite), 0U);
        QCOMPARE(nameText(ldns_rr_rdf(prerequisite, 0)), change.from);
        const ldns_rr* removed = ldns_rr_list_rr(ldns_pkt_authority(packet.get()), 0);
        QCOMPARE(ldns_rr_get_class(removed), LDNS_RR_CLASS_ANY);
        QCOMPARE(ldns_rr_rd_count(removed), std::size_t(0));
        const ldns_rr* added = ldns_rr_list_rr(ldns_pkt_authority(packet.get()), 1);
        QCOMPARE(ldns_rr_get_class(added), LDNS_RR_CLASS_IN);
        QCOMPARE(ldns_rr_ttl(added), 5U);
        QCOMPARE(nameText(ldns_rr_rdf(added, 0)), change.to);
    }

    void onlyTheAnswerIsOne()
    {
        const Packet asked = question(u"trading.example"_s, LDNS_RR_TYPE_CNAME, true);
        Packet reply(ldns_pkt_clone(asked.get()));
        QVERIFY(!isReplyTo(reply.get(), asked.get())); // an echo
        ldns_pkt_set_qr(reply.get(), true);
        QVERIFY(isReplyTo(reply.get(), asked.get()));
        ldns_pkt_set_id(reply.get(), static_cast<std::uint16_t>(ldns_pkt_id(asked.get()) + 1));
        QVERIFY(!isReplyTo(reply.get(), asked.get()));
        Packet other = question(u"orders.example"_s, LDNS_RR_TYPE_CNAME, true);
        ldns_pkt_set_id(other.get(), ldns_pkt_id(asked.get()));
        ldns_pkt_set_qr(other.get(), true);
        QVERIFY(!isReplyTo(other.get(), asked.get()));
        QVERIFY(!parsed("no message"));
        QVERIFY(!parsed({}));
    }

    void signatures()
    {
        using Kind = SignatureVerdict::Kind;
        const Packet request = anUpdate();
        QVERIFY(sign(request.get(), key));
        const auto verdict = [&](const QByteArray& answer) {
            const Packet packet = parsed(answer);
            return packet ? signatureOf(packet.get(), answer, request.get(), key).kind : Kind::Missing;
        };
        const QByteArray answer = anAnswer(request.get(), key);
        QVERIFY(!answer.isEmpty());
        QCOMPARE(verdict(answer), Kind::Valid);
        // Every bit of the header and the question counts.
        for (const qsizetype at : {2, 3, 13}) {
            QByteArray changed = answer;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            QVERIFY2(verdict(changed) != Kind::Valid, qPrintable(QString::number(at)));
        }
        TsigKey wrong = key;
        wrong.secret[0] = 'x';
        QCOMPARE(verdict(anAnswer(request.get(), wrong)), Kind::Wrong);
        // To another request: the signature covers the request's.
        const Packet another = anUpdate();
        QVERIFY(sign(another.get(), key));
        QCOMPARE(verdict(anAnswer(another.get(), key)), Kind::Wrong);
        QCOMPARE(verdict(wire(unsignedCopy(request.get()).get())), Kind::Missing);
        TsigKey unspeakable = key;
        unspeakable.name = u"a key"_s;
        QCOMPARE(sign(request.get(), unspeakable).error().kind, ErrorKind::InvalidInput);
    }

    void words_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("tsigError");
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("refused") << 5 << 0 << ErrorKind::PermissionDenied << u"Console.Example may not change trading.example"_s;
        QTest::newRow("bad signature") << 9 << 16 << ErrorKind::PermissionDenied << u"another secret"_s;
        QTest::newRow("bad key") << 9 << 17 << ErrorKind::PermissionDenied << u"does not know the key Console.Example"_s;
        QTest::newRow("bad time") << 9 << 18 << ErrorKind::PermissionDenied << u"3600 seconds behind"_s;
        QTest::newRow("not the primary") << 9 << 0 << ErrorKind::Unsupported << u"not the primary server of the zone example"_s;
        QTest::newRow("changed") << 8 << 0 << ErrorKind::Conflict << u"no longer points to db1.example"_s;
        QTest::newRow("not in the zone") << 10 << 0 << ErrorKind::InvalidInput << u"not in the zone"_s;
        QTest::newRow("no updates") << 4 << 0 << ErrorKind::Unsupported << u"NOTIMP"_s;
        QTest::newRow("server failed") << 2 << 0 << ErrorKind::Storage << u"SERVFAIL"_s;
        QTest::newRow("format") << 1 << 0 << ErrorKind::Unsupported << u"FORMERR"_s;
        QTest::newRow("a number") << 11 << 0 << ErrorKind::Unsupported << u"RCODE 11"_s;
    }
    void words()
    {
        QFETCH(const int, code);
        QFETCH(const int, tsigError);
        QFETCH(const ErrorKind, kind);
        QFETCH(const QString, says);
        const SignatureVerdict verdict{.kind = SignatureVerdict::Kind::Valid, .error = tsigError, .secondsOff = -3600};
        const Error error = whyNoUpdate(static_cast<ldns_pkt_rcode>(code), verdict, u"ns1"_s, change, key.name);
        QCOMPARE(error.kind, kind);
        QVERIFY2(error.text().contains(says), qPrintable(error.text()));
    }
};

} // namespace elephaas::dns

QTEST_GUILESS_MAIN(elephaas::dns::DnsMessageTest)
#include "tst_dnsmessage.moc"
