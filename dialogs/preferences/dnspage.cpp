#include "dialogs/preferences/dnspage.h"

#include "dialogs/parts/fieldgrid.h"
#include "dialogs/parts/plainlabel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// A name of the DNS: labels of at most 63 octets, 253 together. What the name server thinks of it shows when it is asked.
FieldCheck checkName(const QString& value)
{
    QString name = value.trimmed();
    if (name.endsWith(u'.'))
        name.chop(1);
    if (name.isEmpty())
        return {};
    if (name.size() > 253)
        return {FieldCheck::Weight::Error, DnsPage::tr("A name has at most 253 characters.")};
    for (const QString& label : name.split(u'.')) {
        if (label.isEmpty() || label.size() > 63)
            return {FieldCheck::Weight::Error, DnsPage::tr("Each part between dots has 1 to 63 characters.")};
        for (const QChar c : label) {
            const bool fits = c.unicode() < 128 && (c.isLetterOrNumber() || c == u'-' || c == u'_');
            if (!fits)
                return {FieldCheck::Weight::Error, DnsPage::tr("Only letters, digits, hyphens, underscores and dots.")};
        }
    }
    return {};
}

// Addresses may have colons, too.
FieldCheck checkServer(const QString& value) { return value.contains(u':') ? checkHostName(value, 0, Need::Optional) : checkName(value); }

std::optional<QByteArray> decoded(const QByteArray& text)
{
    const auto result = QByteArray::fromBase64Encoding(text, QByteArray::Base64Encoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!result || result.decoded.isEmpty())
        return {};
    return result.decoded;
}

} // namespace

DnsPage::DnsPage(QWidget* parent)
    : QWidget(parent)
    , m_grid(new FieldGrid(u"dnsFields"_s, this))
    , m_port(new QSpinBox(this))
    , m_algorithm(new QComboBox(this))
    , m_unsigned(new QCheckBox(tr("Send updates &without a key"), this))
    , m_followByName(new QCheckBox(tr("Replicas &follow the primary by the virtual host"), this))
{
    setObjectName(u"dnsPage"_s);
    m_keyName = m_grid->addLine(tr("&Key:"), u"dnsKeyName"_s, tr("The name of the TSIG key, as the name server has it. Empty: names are not changed."), &m_keyNote);
    m_algorithm->setObjectName(u"dnsKeyAlgorithm"_s);
    m_algorithm->addItem(u"hmac-sha256"_s, static_cast<int>(TsigAlgorithm::HmacSha256));
    m_algorithm->addItem(u"hmac-sha512"_s, static_cast<int>(TsigAlgorithm::HmacSha512));
    m_grid->add(tr("&Algorithm:"), m_algorithm, tr("hmac-sha384 is not offered: the library misspells its name, and name servers refuse it."));
    m_secret = m_grid->addLine(tr("Secre&t:"), u"dnsSecret"_s, tr("Base64, as tsig-keygen prints it. It goes into the keychain of this computer only."), &m_secretNote);
    m_secret->setEchoMode(QLineEdit::Password);
    m_zone = m_grid->addLine(tr("&Zone:"), u"dnsZone"_s, tr("Empty: found by asking who answers for the name."), &m_zoneNote);
    m_server = m_grid->addLine(tr("Name ser&ver:"), u"dnsServer"_s, tr("Where updates are sent. Empty: the zone's primary server."), &m_serverNote);
    m_port->setObjectName(u"dnsPort"_s);
    m_port->setRange(1, 65535);
    m_port->setMaximumWidth(m_port->fontMetrics().averageCharWidth() * 20);
    m_grid->add(tr("P&ort:"), m_port, tr("Where name servers listen; also for questions."));
    m_unsigned->setObjectName(u"dnsUnsigned"_s);
    m_unsigned->setAccessibleName(tr("Send updates without a key"));
    m_grid->addWide(m_unsigned);
    m_followByName->setObjectName(u"dnsFollowByName"_s);
    m_followByName->setAccessibleName(tr("Replicas follow the primary by the virtual host"));
    m_followByName->setToolTip(tr("What operations write as host into primary_conninfo, where the name points to the primary. Otherwise the name of its server."));
    m_grid->addWide(m_followByName);
    QLabel* what = wrappedLabel(tr("A switchover or failover lets the herd's virtual host point to the new primary, by signed updates (RFC 2136, TSIG). "
                                   "GSS-TSIG (Kerberos) is not supported."),
        u"dnsExplanation"_s, this);
    makeMuted(what);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_grid);
    column->addWidget(what);
    column->addStretch(1);

    QWidget* last = m_keyName;
    for (QWidget* next : std::initializer_list<QWidget*>{m_algorithm, m_secret, m_zone, m_server, m_port, m_unsigned, m_followByName}) {
        setTabOrder(last, next);
        last = next;
    }

    const auto edited = [this] {
        if (m_filling)
            return;
        recheck();
        Q_EMIT changed();
    };
    for (QLineEdit* line : {m_keyName, m_secret, m_zone, m_server})
        connect(line, &QLineEdit::textChanged, this, edited);
    connect(m_port, &QSpinBox::valueChanged, this, edited);
    connect(m_algorithm, &QComboBox::currentIndexChanged, this, edited);
    connect(m_unsigned, &QCheckBox::toggled, this, edited);
    connect(m_followByName, &QCheckBox::toggled, this, edited);
}

void DnsPage::setSettings(const TeamSettings& settings)
{
    const TeamDns& dns = settings.dns;
    m_filling = true;
    m_zone->setText(dns.zone);
    m_server->setText(dns.server);
    m_port->setValue(dns.port);
    m_keyName->setText(dns.keyName);
    m_algorithm->setCurrentIndex(m_algorithm->findData(static_cast<int>(dns.keyAlgorithm)));
    m_unsigned->setChecked(dns.unsignedUpdates);
    m_followByName->setChecked(settings.upstreamHost == UpstreamHost::VirtualHost);
    m_secret->clear();
    m_filling = false;
    recheck();
}

void DnsPage::take(TeamSettings& settings) const
{
    settings.dns = {.zone = m_zone->text().trimmed(),
        .server = m_server->text().trimmed(),
        .port = m_port->value(),
        .keyName = m_keyName->text().trimmed(),
        .keyAlgorithm = static_cast<TsigAlgorithm>(m_algorithm->currentData().toInt()),
        .unsignedUpdates = m_unsigned->isChecked()};
    settings.upstreamHost = m_followByName->isChecked() ? UpstreamHost::VirtualHost : UpstreamHost::Server;
}

QByteArray DnsPage::secret() const { return m_secret->text().trimmed().toLatin1(); }

void DnsPage::setSecretState(const QString& text) { m_secretNote->setHint(text); }

void DnsPage::recheck()
{
    m_keyNote->setCheck(checkName(m_keyName->text()));
    m_zoneNote->setCheck(checkName(m_zone->text()));
    m_serverNote->setCheck(checkServer(m_server->text()));
    FieldCheck secret;
    if (!m_secret->text().trimmed().isEmpty() && !decoded(m_secret->text().trimmed().toUtf8()))
        secret = {FieldCheck::Weight::Error, tr("This is not base64, which keys are written in.")};
    else if (!m_secret->text().trimmed().isEmpty() && m_keyName->text().trimmed().isEmpty())
        secret = {FieldCheck::Weight::Error, tr("Of which key? Give its name, too.")};
    m_secretNote->setCheck(secret);
}

QWidget* DnsPage::firstError() const { return m_grid->firstError(); }

} // namespace elephaas
