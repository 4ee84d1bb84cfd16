#include "dialogs/aboutdialog.h"

#include "dialogs/parts/plainlabel.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSysInfo>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

AboutDialog::AboutDialog(const QStringList& libraries, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(u"aboutDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("About ElepHaaS"));
    const QString version = QString::fromLatin1(ELEPHAAS_VERSION);

    QStringList facts{u"ElepHaaS %1"_s.arg(version), u"Qt %1 (%2)"_s.arg(QLatin1StringView(qVersion()), QGuiApplication::platformName())};
    facts << libraries << u"%1, %2"_s.arg(QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture());
    m_facts = facts.join(u'\n');

    QLabel* sign = plainLabel({}, u"aboutIcon"_s, this);
    sign->setPixmap(QApplication::windowIcon().pixmap(QSize(64, 64), devicePixelRatioF()));
    sign->setVisible(!QApplication::windowIcon().isNull());
    QLabel* what = wrappedLabel(tr("See a constellation of PostgreSQL instances, and run it."), u"aboutWhat"_s, this);
    QLabel* licence = wrappedLabel(tr("Apache License 2.0. It comes without warranty of any kind."), u"aboutLicence"_s, this);
    makeMuted(licence);
    auto* box = new QPlainTextEdit(m_facts, this);
    box->setObjectName(u"aboutFacts"_s);
    box->setAccessibleName(tr("Versions"));
    box->setReadOnly(true);
    box->setTabChangesFocus(true);
    box->setFont(fixedFont());
    box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    box->setFixedHeight(static_cast<int>(facts.size() + 1) * box->fontMetrics().lineSpacing() + 10);
    box->setMinimumWidth(box->fontMetrics().averageCharWidth() * 52);

    auto* copyButton = new QPushButton(tr("C&opy"), this);
    copyButton->setObjectName(u"copyFactsButton"_s);
    copyButton->setAccessibleName(tr("Copy versions"));
    copyButton->setAutoDefault(false);
    auto* closeButton = new QPushButton(tr("&Close"), this);
    closeButton->setObjectName(u"closeButton"_s);
    closeButton->setAccessibleName(tr("Close"));
    closeButton->setDefault(true);

    auto* texts = new QVBoxLayout;
    texts->addWidget(headingLabel(tr("ElepHaaS %1").arg(version), u"aboutHeading"_s, this));
    texts->addWidget(what);
    texts->addWidget(box);
    texts->addWidget(licence);
    auto* row = new QHBoxLayout;
    row->setSpacing(16);
    row->addWidget(sign, 0, Qt::AlignTop);
    row->addLayout(texts, 1);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copyButton);
    buttons->addStretch(1);
    buttons->addWidget(closeButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(14);
    column->addLayout(row);
    column->addLayout(buttons);
    closeButton->setFocus();
    connect(copyButton, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_facts); });
    connect(closeButton, &QPushButton::clicked, this, [this] { accept(); });
}

} // namespace elephaas
