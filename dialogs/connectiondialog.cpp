#include "dialogs/connectiondialog.h"

#include "dialogs/parts/fieldgrid.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QStringList listOf(const QString& text)
{
    QStringList parts;
    for (const QString& part : text.split(u','))
        parts << part.trimmed();
    return parts;
}

FieldCheck checkEveryHost(const QString& text)
{
    if (text.trimmed().isEmpty())
        return {};
    for (const QString& host : listOf(text)) {
        if (host.startsWith(u'/')) // a directory of sockets, as in libpq
            continue;
        const FieldCheck check = checkHostName(host, 255);
        if (check.weight == FieldCheck::Weight::Error)
            return check;
    }
    return {};
}

FieldCheck checkEveryPort(const QString& ports, const QString& hosts)
{
    if (ports.trimmed().isEmpty())
        return {};
    const QStringList list = listOf(ports);
    for (const QString& port : list) {
        const FieldCheck check = checkPort(port);
        if (check.weight == FieldCheck::Weight::Error)
            return check;
    }
    if (list.size() > 1 && list.size() != listOf(hosts).size())
        return {FieldCheck::Weight::Error, ConnectionDialog::tr("Either one port for all hosts, or one for each.")};
    return {};
}

} // namespace

ConnectionDialog::ConnectionDialog(const ConnectionProfile& profile, const QString& defaultFile, QWidget* parent)
    : QDialog(parent)
    , m_local(new QRadioButton(tr("On this &computer"), this))
    , m_shared(new QRadioButton(tr("&Shared, in PostgreSQL"), this))
    , m_strip(new MessageStrip(this))
    , m_test(new QPushButton(tr("&Test"), this))
    , m_connect(new QPushButton(tr("C&onnect"), this))
{
    build(defaultFile);
    write(profile);
    recheck();
}

void ConnectionDialog::build(const QString& defaultFile)
{
    setObjectName(u"connectionDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Inventory"));
    m_local->setObjectName(u"localInventory"_s);
    m_local->setAccessibleName(tr("On this computer"));
    m_shared->setObjectName(u"sharedInventory"_s);
    m_shared->setAccessibleName(tr("Shared, in PostgreSQL"));
    auto* kinds = new QButtonGroup(this);
    kinds->addButton(m_local);
    kinds->addButton(m_shared);
    QWidget* localPage = makeLocal(defaultFile);
    QWidget* sharedPage = makeShared();

    m_test->setObjectName(u"testButton"_s);
    m_test->setAccessibleName(tr("Test"));
    m_test->setToolTip(tr("Tries to open it, and says what was found"));
    m_test->setAutoDefault(false);
    m_connect->setObjectName(u"connectButton"_s);
    m_connect->setAccessibleName(tr("Connect"));
    m_connect->setDefault(true);
    auto* cancelButton = new QPushButton(tr("Cancel"), this);
    cancelButton->setObjectName(u"cancelButton"_s);
    cancelButton->setAccessibleName(tr("Cancel"));
    cancelButton->setAutoDefault(false);

    auto* choice = new QHBoxLayout;
    choice->setSpacing(18);
    choice->addWidget(m_local);
    choice->addWidget(m_shared);
    choice->addStretch(1);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_test);
    buttons->addStretch(1);
    buttons->addWidget(m_connect);
    buttons->addWidget(cancelButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(12);
    column->addWidget(headingLabel(tr("Where is the inventory?"), u"connectionHeading"_s, this));
    column->addLayout(choice);
    column->addWidget(localPage);
    column->addWidget(sharedPage);
    column->addStretch(1);
    column->addWidget(m_strip);
    column->addLayout(buttons);

    connect(m_shared, &QRadioButton::toggled, this, [this](bool shared) {
        showPage(shared);
        m_strip->clear();
        recheck();
    });
    connect(m_test, &QPushButton::clicked, this, [this] {
        if (stopAtErrors())
            return;
        setTesting(true);
        Q_EMIT testRequested(profile(), m_password->text());
    });
    connect(m_connect, &QPushButton::clicked, this, [this] { submit(); });
    connect(cancelButton, &QPushButton::clicked, this, [this] { reject(); });
}

QWidget* ConnectionDialog::makeLocal(const QString& defaultFile)
{
    m_localGrid = new FieldGrid(u"localFields"_s, this);
    m_file = m_localGrid->addLine(tr("&File:"), u"inventoryFile"_s, tr("Created when it does not exist. Empty: the file shown."), &m_fileNote);
    m_file->setPlaceholderText(defaultFile);
    m_file->setMinimumWidth(m_file->fontMetrics().averageCharWidth() * 66);
    auto* row = new QWidget(m_localGrid);
    row->setObjectName(u"browseRow"_s);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addStretch(1);
    auto* browseButton = new QPushButton(tr("&Browse…"), row);
    browseButton->setObjectName(u"browseButton"_s);
    browseButton->setAccessibleName(tr("Browse for a file"));
    browseButton->setAutoDefault(false);
    layout->addWidget(browseButton);
    m_localGrid->addWide(row);
    m_localGrid->addStretch();
    connect(browseButton, &QPushButton::clicked, this, [this] { browse(); });
    connect(m_file, &QLineEdit::textChanged, this, [this] { recheck(); });
    return m_localGrid;
}

QWidget* ConnectionDialog::makeShared()
{
    m_sharedGrid = new FieldGrid(u"sharedFields"_s, this);
    FieldGrid& grid = *m_sharedGrid;
    m_service = grid.addLine(tr("Ser&vice:"), u"serviceName"_s, tr("A name of pg_service.conf; what is below takes precedence over it."), &m_serviceNote);
    m_service->setMinimumWidth(m_service->fontMetrics().averageCharWidth() * 66);
    m_hosts = grid.addLine(tr("&Host:"), u"hostList"_s,
        tr("Several, separated by commas: the one that can be written to is used."), &m_hostsNote);
    m_ports = grid.addLine(tr("&Port:"), u"portList"_s, tr("Empty: 5432."), &m_portsNote, 24);
    m_database = grid.addLine(tr("&Database:"), u"databaseName"_s, {}, &m_databaseNote, 44);
    m_schema = grid.addLine(tr("Sche&ma:"), u"schemaName"_s, {}, &m_schemaNote, 44);
    m_user = grid.addLine(tr("&User:"), u"userName"_s, tr("Empty: as libpq chooses it."), nullptr, 44);
    m_password = grid.addLine(tr("Pass&word:"), u"password"_s, tr("Empty: from .pgpass or the keychain, or none needed."), nullptr, 44);
    m_password->setEchoMode(QLineEdit::Password);
    m_remember = new QCheckBox(tr("&Remember the password in the keychain"), this);
    m_remember->setObjectName(u"rememberPassword"_s);
    m_remember->setAccessibleName(tr("Remember the password in the keychain"));
    grid.addWide(m_remember);
    m_sslMode = new QComboBox(this);
    m_sslMode->setObjectName(u"sslMode"_s);
    m_sslMode->addItem(tr("As libpq chooses it"), QString());
    for (const QString& mode : {u"disable"_s, u"allow"_s, u"prefer"_s, u"require"_s, u"verify-ca"_s, u"verify-full"_s})
        m_sslMode->addItem(mode, mode);
    m_sslMode->setMaximumWidth(m_sslMode->fontMetrics().averageCharWidth() * 44);
    m_sslNote = grid.add(tr("&Encryption:"), m_sslMode, tr("sslmode; verify-full also proves who the server is."));
    for (QLineEdit* line : {m_service, m_hosts, m_ports, m_database, m_schema, m_user, m_password})
        connect(line, &QLineEdit::textChanged, this, [this] { recheck(); });
    return m_sharedGrid;
}

void ConnectionDialog::write(const ConnectionProfile& profile)
{
    m_name = profile.name;
    m_file->setText(profile.file);
    m_service->setText(profile.service);
    m_hosts->setText(profile.hosts);
    m_ports->setText(profile.ports);
    m_database->setText(profile.database);
    m_schema->setText(profile.schema);
    m_user->setText(profile.user);
    m_sslMode->setCurrentIndex(std::max(0, m_sslMode->findData(profile.sslMode)));
    m_remember->setChecked(profile.rememberPassword);
    const bool shared = profile.kind == ConnectionProfile::Kind::Shared;
    (shared ? m_shared : m_local)->setChecked(true);
    showPage(shared);
    if (shared)
        m_hosts->setFocus();
    else
        m_local->setFocus();
}

ConnectionProfile ConnectionDialog::profile() const
{
    ConnectionProfile result;
    result.kind = m_shared->isChecked() ? ConnectionProfile::Kind::Shared : ConnectionProfile::Kind::Local;
    result.name = m_name;
    result.file = m_file->text().trimmed();
    result.service = m_service->text().trimmed();
    result.hosts = m_hosts->text().trimmed();
    result.ports = m_ports->text().trimmed();
    result.database = m_database->text().trimmed();
    result.schema = m_schema->text().trimmed();
    result.user = m_user->text().trimmed();
    result.sslMode = m_sslMode->currentData().toString();
    result.rememberPassword = m_remember->isChecked();
    return result;
}

void ConnectionDialog::showPage(bool shared)
{
    m_localGrid->setVisible(!shared);
    m_sharedGrid->setVisible(shared);
    layout()->activate();
    resize(width(), layout()->totalHeightForWidth(width())); // as tall as what there is to fill in
}

void ConnectionDialog::recheck()
{
    m_fileNote->setCheck(checkDirectory(m_file->text(), 0, Need::Optional));
    m_serviceNote->setCheck(checkName(m_service->text(), 0, Need::Optional));
    m_hostsNote->setCheck(checkEveryHost(m_hosts->text()));
    m_portsNote->setCheck(checkEveryPort(m_ports->text(), m_hosts->text()));
    // A service may name the database; the schema always has to be known.
    m_databaseNote->setCheck(checkName(m_database->text(), 63, m_service->text().trimmed().isEmpty() ? Need::Required : Need::Optional));
    m_schemaNote->setCheck(checkName(m_schema->text(), 63));
}

bool ConnectionDialog::stopAtErrors()
{
    recheck();
    QWidget* wrong = (m_shared->isChecked() ? m_sharedGrid : m_localGrid)->firstError();
    if (wrong)
        wrong->setFocus(Qt::OtherFocusReason);
    return wrong != nullptr;
}

void ConnectionDialog::setTesting(bool testing)
{
    m_testing = testing;
    m_test->setEnabled(!testing);
    m_test->setText(testing ? tr("Testing…") : tr("&Test"));
    if (testing)
        m_strip->clear();
}

void ConnectionDialog::showTestResult(const Expected<StoreInfo>& result)
{
    setTesting(false);
    if (!result) {
        m_strip->showError(result.error());
        return;
    }
    QStringList facts;
    if (!result->user.isEmpty())
        facts << tr("As %1.").arg(inOneLine(result->user));
    if (result->schemaVersion == 0)
        facts << tr("Tables of the older application only: the console runs without its own.");
    else if (result->schemaVersion < result->newestSchemaVersion)
        facts << tr("Schema version %1; this console knows %2.").arg(result->schemaVersion).arg(result->newestSchemaVersion);
    if (!result->privileges.editInventory)
        facts << tr("Can be read, not changed.") << inOneLine(result->privileges.reason, 200);
    m_strip->showText(result->privileges.editInventory ? Mark::Done : Mark::Warning,
        tr("It works: %1").arg(inOneLine(result->description, 200)), facts.join(u' ').trimmed());
}

void ConnectionDialog::showFailure(const Error& error)
{
    setTesting(false);
    m_connect->setEnabled(true);
    m_strip->showError(error);
}

void ConnectionDialog::browse()
{
    auto* chooser = new QFileDialog(this, tr("Inventory file"));
    chooser->setObjectName(u"browseDialog"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setAcceptMode(QFileDialog::AcceptSave); // one that does not exist yet may be named
    chooser->setOption(QFileDialog::DontConfirmOverwrite);
    chooser->setLabelText(QFileDialog::Accept, tr("Choose"));
    chooser->setNameFilters({tr("Inventories (*.sqlite)"), tr("All files (*)")});
    chooser->setDefaultSuffix(u"sqlite"_s);
    connect(chooser, &QFileDialog::fileSelected, this, [this](const QString& path) { m_file->setText(path); });
    chooser->open();
}

void ConnectionDialog::submit()
{
    if (stopAtErrors())
        return;
    m_connect->setEnabled(false); // until it worked and the dialog is closed, or showFailure
    m_strip->showText(Mark::Running, tr("Connecting…"));
    Q_EMIT connectRequested(profile(), m_password->text());
}

} // namespace elephaas
