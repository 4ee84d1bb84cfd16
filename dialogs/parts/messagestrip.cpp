#include "dialogs/parts/messagestrip.h"

#include "dialogs/parts/plainlabel.h"

#include <QAccessible>
#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QStyle>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

MessageStrip::MessageStrip(QWidget* parent)
    : QFrame(parent)
    , m_icon(plainLabel({}, u"messageMark"_s, this))
    , m_headline(wrappedLabel({}, u"messageHeadline"_s, this))
    , m_explanation(wrappedLabel({}, u"messageExplanation"_s, this))
    , m_remoteWords(wrappedLabel({}, u"messageRemoteWords"_s, this))
    , m_remedy(wrappedLabel({}, u"messageRemedy"_s, this))
{
    setObjectName(u"messageStrip"_s);
    setFrameShape(QFrame::NoFrame);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_headline->setFont(bold);
    m_remoteWords->setFont(fixedFont());

    auto* texts = new QVBoxLayout;
    texts->setSpacing(3);
    for (QLabel* label : {m_headline, m_explanation, m_remoteWords, m_remedy})
        texts->addWidget(label);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 8, 10, 8);
    row->setSpacing(8);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addLayout(texts, 1);
    setAutoFillBackground(true);
    hide();
}

void MessageStrip::showError(const Error& error)
{
    const QString headline = error.where.isEmpty() ? error.what : tr("%1: %2").arg(error.where, error.what);
    present(error.kind == ErrorKind::Cancelled ? Mark::Info : Mark::Failed, headline, {}, error.detail.trimmed(), error.remedy);
}

void MessageStrip::showText(Mark mark, const QString& headline, const QString& explanation)
{
    present(mark, headline, explanation, {}, {});
}

void MessageStrip::clear()
{
    m_mark = Mark::None;
    hide();
    for (QLabel* label : {m_headline, m_explanation, m_remoteWords, m_remedy})
        label->clear();
}

QString MessageStrip::text() const
{
    QStringList parts;
    for (const QLabel* label : {m_headline, m_explanation, m_remoteWords, m_remedy}) {
        if (!label->text().isEmpty())
            parts << label->text();
    }
    return parts.join(u'\n');
}

void MessageStrip::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange && m_mark != Mark::None)
        restyle();
}

void MessageStrip::present(
    Mark mark, const QString& headline, const QString& explanation, const QString& remoteWords, const QString& remedy)
{
    m_mark = mark;
    m_headline->setText(headline);
    m_explanation->setText(explanation);
    m_remoteWords->setText(remoteWords);
    m_remedy->setText(remedy);
    for (QLabel* label : {m_headline, m_explanation, m_remoteWords, m_remedy})
        label->setVisible(!label->text().isEmpty());
    restyle();
    setAccessibleName(text());
    show();
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void MessageStrip::restyle()
{
    const QPalette around = QApplication::palette();
    const int side = style()->pixelMetric(QStyle::PM_SmallIconSize, nullptr, this);
    m_icon->setPixmap(markIcon(m_mark, around).pixmap(QSize(side, side), devicePixelRatioF()));
    QPalette own;
    own.setColor(QPalette::Window, toneBackground(toneOf(m_mark), around));
    setPalette(own);
}

} // namespace elephaas
