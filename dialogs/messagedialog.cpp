#include "dialogs/messagedialog.h"

#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

MessageDialog::MessageDialog(Mark mark, const QString& title, const QString& headline, const QString& text, QWidget* parent)
    : QDialog(parent)
    , m_text(text.isEmpty() ? headline : headline + u'\n' + text)
{
    setObjectName(u"messageDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(inOneLine(title));
    setAccessibleDescription(m_text);

    QLabel* sign = plainLabel({}, u"messageMark"_s, this);
    sign->setPixmap(markIcon(mark, palette()).pixmap(QSize(28, 28), devicePixelRatioF()));
    QLabel* head = wrappedLabel(headline, u"messageHeadline"_s, this);
    QFont bold = head->font();
    bold.setWeight(QFont::DemiBold);
    head->setFont(bold);
    head->setMinimumWidth(fontMetrics().averageCharWidth() * 62);

    auto* copyButton = new QPushButton(tr("C&opy"), this);
    copyButton->setObjectName(u"copyMessageButton"_s);
    copyButton->setAccessibleName(tr("Copy"));
    copyButton->setToolTip(tr("Copies the whole message as text"));
    copyButton->setAutoDefault(false);
    auto* closeButton = new QPushButton(tr("&Close"), this);
    closeButton->setObjectName(u"closeButton"_s);
    closeButton->setAccessibleName(tr("Close"));
    closeButton->setDefault(true);

    auto* texts = new QVBoxLayout;
    texts->setSpacing(8);
    texts->addWidget(head);
    if (!text.isEmpty()) {
        auto* body = new QPlainTextEdit(text, this);
        body->setObjectName(u"messageText"_s);
        body->setAccessibleName(tr("Details"));
        body->setReadOnly(true);
        body->setTabChangesFocus(true);
        body->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        const auto lines = static_cast<int>(std::clamp<qsizetype>(text.count(u'\n') + text.size() / 70 + 1, 2, 18));
        body->setMinimumHeight(lines * body->fontMetrics().lineSpacing() + 14);
        texts->addWidget(body, 1);
    }
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(sign, 0, Qt::AlignTop);
    row->addLayout(texts, 1);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copyButton);
    buttons->addStretch(1);
    buttons->addWidget(closeButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(14);
    column->addLayout(row, 1);
    column->addLayout(buttons);
    closeButton->setFocus();

    connect(copyButton, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_text); });
    connect(closeButton, &QPushButton::clicked, this, [this] { accept(); });
}

MessageDialog* showError(QWidget* parent, const QString& title, const Error& error)
{
    const QString headline = error.where.isEmpty() ? error.what : MessageDialog::tr("%1: %2").arg(error.where, error.what);
    QStringList parts;
    for (const QString& part : {error.detail.trimmed(), error.remedy}) {
        if (!part.isEmpty())
            parts << part;
    }
    auto* dialog = new MessageDialog(Mark::Failed, title, headline, parts.join(u"\n\n"_s), parent);
    dialog->open();
    return dialog;
}

MessageDialog* showText(QWidget* parent, const QString& title, const QString& headline, const QString& text, Mark mark)
{
    auto* dialog = new MessageDialog(mark, title, headline, text, parent);
    dialog->open();
    return dialog;
}

} // namespace elephaas
