#include "dialogs/hostkeydialog.h"

#include "dialogs/parts/marks.h"
#include "dialogs/parts/plainlabel.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QGridLayout>
#include <QLineEdit>
#include <QPushButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// "ssh-ed25519" -> "ed25519": as in the names of the files in /etc/ssh.
QString fileWord(const QString& keyType)
{
    for (const auto& [part, word] : {std::pair{u"ed25519"_s, u"ed25519"_s}, {u"ecdsa"_s, u"ecdsa"_s}, {u"rsa"_s, u"rsa"_s}}) {
        if (keyType.contains(part))
            return word;
    }
    return u"*"_s;
}

QLineEdit* readOnlyLine(const QString& text, const QString& name, const QString& accessible, QWidget* parent)
{
    auto* line = new QLineEdit(text, parent);
    line->setObjectName(name);
    line->setAccessibleName(accessible);
    line->setReadOnly(true);
    line->setFont(fixedFont());
    line->setCursorPosition(0);
    line->setMinimumWidth(line->fontMetrics().horizontalAdvance(text) + 24);
    return line;
}

} // namespace

HostKeyDialog::HostKeyDialog(const HostKeyQuestion& question, QWidget* parent)
    : QDialog(parent)
{
    build(question);
}

void HostKeyDialog::build(const HostKeyQuestion& question)
{
    const QString host = inOneLine(question.host);
    setObjectName(u"hostKeyDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("New host key of %1").arg(host));

    QLabel* mark = plainLabel({}, u"hostKeyMark"_s, this);
    mark->setPixmap(markIcon(Mark::Key, palette()).pixmap(QSize(28, 28), devicePixelRatioF()));
    QLabel* heading = headingLabel(tr("Is this really %1?").arg(host), u"hostKeyHeading"_s, this);
    QLabel* text = wrappedLabel(tr("No known_hosts file has a key of this host yet. Compare the fingerprint with one that you got by "
                                   "another way; if they are equal, accept the key. It is then remembered in known_hosts."),
        u"hostKeyText"_s, this);

    QLineEdit* fingerprint
        = readOnlyLine(inOneLine(question.fingerprint, 200), u"fingerprint"_s, tr("Fingerprint of the host key"), this);
    const QString command = u"ssh-keygen -lf /etc/ssh/ssh_host_%1_key.pub"_s.arg(fileWord(question.keyType));
    QLineEdit* check = readOnlyLine(command, u"checkCommand"_s, tr("Command that shows it, to be run on the server's own console"), this);
    auto* copyButton = new QPushButton(tr("&Copy fingerprint"), this);
    copyButton->setObjectName(u"copyFingerprintButton"_s);
    copyButton->setAccessibleName(tr("Copy fingerprint"));
    copyButton->setAutoDefault(false);

    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->addWidget(plainLabel(tr("Host:"), u"hostLabel"_s, this), 0, 0);
    grid->addWidget(plainLabel(inOneLine(question.host, 200), u"hostValue"_s, this), 0, 1, 1, 2);
    grid->addWidget(plainLabel(tr("Key type:"), u"keyTypeLabel"_s, this), 1, 0);
    grid->addWidget(plainLabel(inOneLine(question.keyType), u"keyTypeValue"_s, this), 1, 1, 1, 2);
    grid->addWidget(plainLabel(tr("Fingerprint:"), u"fingerprintLabel"_s, this), 2, 0);
    grid->addWidget(fingerprint, 2, 1);
    grid->addWidget(copyButton, 2, 2);
    grid->addWidget(plainLabel(tr("To compare:"), u"checkLabel"_s, this), 3, 0);
    grid->addWidget(check, 3, 1, 1, 2);

    auto* acceptButton = new QPushButton(tr("&Accept and remember"), this);
    acceptButton->setObjectName(u"acceptKeyButton"_s);
    acceptButton->setAccessibleName(tr("Accept and remember"));
    acceptButton->setAutoDefault(false);
    acceptButton->setToolTip(tr("Alt+A, or the space bar when it has the focus; Enter rejects"));
    auto* rejectButton = new QPushButton(tr("&Reject"), this);
    rejectButton->setObjectName(u"rejectKeyButton"_s);
    rejectButton->setAccessibleName(tr("Reject"));
    rejectButton->setDefault(true);

    auto* head = new QHBoxLayout;
    head->setSpacing(10);
    head->addWidget(mark, 0, Qt::AlignTop);
    head->addWidget(heading, 1);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(acceptButton);
    buttons->addWidget(rejectButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(12);
    column->addLayout(head);
    column->addWidget(text);
    column->addLayout(grid);
    column->addStretch(1);
    column->addLayout(buttons);
    rejectButton->setFocus();

    connect(copyButton, &QPushButton::clicked, this,
        [fingerprint] { QGuiApplication::clipboard()->setText(fingerprint->text()); });
    connect(acceptButton, &QPushButton::clicked, this, [this] { accept(); });
    connect(rejectButton, &QPushButton::clicked, this, [this] { reject(); });
}

void HostKeyDialog::done(int result)
{
    if (!m_answered) {
        m_answered = true;
        Q_EMIT answered(result == QDialog::Accepted);
    }
    QDialog::done(result);
}

} // namespace elephaas
