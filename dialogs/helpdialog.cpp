#include "dialogs/helpdialog.h"

#include "dialogs/parts/controls.h"

#include <QEvent>
#include <QFile>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTextBrowser>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString textOf(const QString& page)
{
    QFile file(HelpDialog::fileOf(page));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QString titleOf(const QString& page) { return textOf(page).section(u'\n', 0, 0).mid(2); }

} // namespace

HelpDialog::HelpDialog(const QString& page, QWidget* parent)
    : QDialog(parent)
    , m_search(searchLine(tr("Search the help"), u"helpSearch"_s, this))
    , m_list(new QListWidget(this))
    , m_text(new QTextBrowser(this))
{
    setObjectName(u"helpDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Help"));
    setSizeGripEnabled(true);
    setModal(false);

    m_list->setObjectName(u"helpPages"_s);
    m_list->setAccessibleName(tr("Pages"));
    m_text->setObjectName(u"helpText"_s);
    m_text->setAccessibleName(tr("Text of the page"));
    m_text->setOpenExternalLinks(false);
    m_text->document()->setDocumentMargin(12);

    auto* left = new QWidget(this);
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(0, 0, 0, 0);
    leftColumn->addWidget(m_search);
    leftColumn->addWidget(m_list, 1);
    auto* splitter = new QSplitter(this);
    splitter->addWidget(left);
    splitter->addWidget(m_text);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    const int character = fontMetrics().averageCharWidth();
    splitter->setSizes({28 * character, 72 * character});

    auto* back = plainButton(tr("&Back"), u"helpBack"_s, tr("Back"), this);
    auto* forward = plainButton(tr("&Forward"), u"helpForward"_s, tr("Forward"), this);
    auto* closeButton = plainButton(tr("&Close"), u"closeButton"_s, tr("Close"), this);
    back->setEnabled(false);
    forward->setEnabled(false);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(back);
    buttons->addWidget(forward);
    buttons->addStretch(1);
    buttons->addWidget(closeButton);
    auto* column = new QVBoxLayout(this);
    column->addWidget(splitter, 1);
    column->addLayout(buttons);

    connect(m_text, &QTextBrowser::backwardAvailable, back, &QWidget::setEnabled);
    connect(m_text, &QTextBrowser::forwardAvailable, forward, &QWidget::setEnabled);
    connect(back, &QPushButton::clicked, m_text, &QTextBrowser::backward);
    connect(forward, &QPushButton::clicked, m_text, &QTextBrowser::forward);
    connect(closeButton, &QPushButton::clicked, this, &QDialog::close);
    connect(m_search, &QLineEdit::textChanged, this, &HelpDialog::search);
    connect(m_text, &QTextBrowser::sourceChanged, this, [this](const QUrl& source) {
        m_page = source.fileName().section(u'.', 0, 0);
        m_list->setCurrentRow(static_cast<int>(pages().indexOf(m_page)));
        setWindowTitle(tr("Help: %1").arg(titleOf(m_page)));
    });
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int row) {
        if (row >= 0 && pages().at(row) != m_page)
            turnTo(pages().at(row));
    });
    for (const QString& one : pages())
        m_list->addItem(titleOf(one));
    turnTo(page);
    m_text->setFocus();
    resize(110 * character, 40 * fontMetrics().lineSpacing());
}

void HelpDialog::openAt(const QString& page, QWidget* parent)
{
    auto* dialog = parent ? parent->findChild<HelpDialog*>(QString(), Qt::FindDirectChildrenOnly) : nullptr;
    if (dialog)
        dialog->turnTo(page);
    else
        dialog = new HelpDialog(page, parent);
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

void HelpDialog::offer(QDialog* dialog, const std::function<QString()>& page)
{
    auto* key = new QShortcut(QKeySequence(Qt::Key_F1), dialog);
    key->setObjectName(u"helpShortcut"_s);
    connect(key, &QShortcut::activated, dialog, [dialog, page] { openAt(page(), dialog); });
}

void HelpDialog::offer(QDialog* dialog, const QString& page)
{
    offer(dialog, [page] { return page; });
}

const QStringList& HelpDialog::pages()
{
    static const QStringList all{u"environment"_s, u"herd"_s, u"server"_s, u"instance"_s, u"lag"_s, u"dr-pair"_s, u"lifecycle"_s, u"promote"_s, u"demote"_s,
        u"rebuild"_s, u"remaster"_s, u"initialise"_s, u"switchover"_s, u"failover"_s, u"drain"_s, u"dns"_s};
    return all;
}

QString HelpDialog::fileOf(const QString& page)
{
    const QString name = u":/help/%1/%2.md"_s;
    const QString own = name.arg(QLocale().name().section(u'_', 0, 0), page);
    return QFile::exists(own) ? own : name.arg(u"en"_s, page);
}

QString HelpDialog::pageOfOperation(const QString& kind)
{
    if (kind == "refresh-dns"_L1)
        return u"dns"_s;
    return pages().contains(kind) ? kind : u"lifecycle"_s;
}

void HelpDialog::turnTo(const QString& page)
{
    m_text->setSource(QUrl(u"qrc"_s + fileOf(pages().contains(page) ? page : pages().front())), QTextDocument::MarkdownResource);
}

// The colour of links is part of the text once it was read.
void HelpDialog::changeEvent(QEvent* event)
{
    QDialog::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange && !m_page.isEmpty())
        m_text->reload();
}

void HelpDialog::search(const QString& text)
{
    for (int row = 0; row < m_list->count(); ++row)
        m_list->item(row)->setHidden(!textOf(pages().at(row)).contains(text.trimmed(), Qt::CaseInsensitive));
}

} // namespace elephaas
