#include "views/banner.h"

#include "views/icons.h"
#include "views/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QColor errorColor() { return semanticColors().offline; }
QColor warningColor() { return semanticColors().warning; }
QColor informationColor() { return semanticColors().accent; }

} // namespace

Banner::Banner(const QString& name, QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_title(new QLabel(this))
    , m_text(new QLabel(this))
    , m_action(new QToolButton(this))
    , m_close(new QToolButton(this))
{
    setObjectName(name);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 7, 8, 7);
    layout->setSpacing(10);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    layout->addWidget(m_title, 0, Qt::AlignTop);
    layout->addWidget(m_text, 1, Qt::AlignTop);
    layout->addWidget(m_action, 0, Qt::AlignTop);
    layout->addWidget(m_close, 0, Qt::AlignTop);
    m_icon->setObjectName(name + "Icon"_L1);
    m_title->setObjectName(name + "Title"_L1);
    m_text->setObjectName(name + "Text"_L1);
    m_action->setObjectName(name + "Action"_L1);
    m_close->setObjectName(name + "Close"_L1);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    for (QLabel* label : {m_title, m_text})
        label->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_action->setFocusPolicy(Qt::StrongFocus);
    m_close->setFocusPolicy(Qt::TabFocus);
    m_close->setAutoRaise(true);
    m_close->setIcon(symbolIcon(u"close"_s));
    m_close->setToolTip(tr("Close this message"));
    m_close->setAccessibleName(tr("Close this message"));
    m_icon->setAccessibleName(tr("Kind of message"));
    connect(m_action, &QToolButton::clicked, this, &Banner::actionTriggered);
    connect(m_close, &QToolButton::clicked, this, [this] {
        hide();
        Q_EMIT closed();
    });
    hide();
}

QString Banner::title() const { return m_title->text(); }

QString Banner::text() const { return m_text->text(); }

void Banner::showMessage(Kind kind, const QString& title, const QString& text, const QString& action)
{
    m_kind = kind;
    m_title->setText(title);
    m_text->setText(text);
    m_title->setAccessibleName(title);
    m_text->setAccessibleName(text);
    setAccessibleName(title);
    setAccessibleDescription(text);
    m_action->setText(action);
    m_action->setAccessibleName(action);
    m_action->setVisible(!action.isEmpty());
    adoptColors();
    show();
}

void Banner::adoptColors()
{
    QString icon;
    QColor (*color)() = nullptr;
    switch (m_kind) {
    case Kind::Information:
        icon = u"info"_s;
        color = informationColor;
        break;
    case Kind::Warning:
        icon = u"warning"_s;
        color = warningColor;
        break;
    case Kind::Error:
        icon = u"error"_s;
        color = errorColor;
        break;
    }
    m_icon->setPixmap(symbolIcon(icon, color).pixmap(QSize(16, 16), devicePixelRatioF()));
    update();
}

void Banner::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        adoptColors();
}

void Banner::paintEvent(QPaintEvent* /*event*/)
{
    const SemanticColors& colors = semanticColors();
    QColor ground = colors.infoBackground;
    QColor edge = colors.accent;
    if (m_kind == Kind::Warning) {
        ground = colors.warningBackground;
        edge = colors.warning;
    } else if (m_kind == Kind::Error) {
        ground = colors.errorBackground;
        edge = colors.offline;
    }
    QPainter painter(this);
    painter.fillRect(rect(), ground);
    painter.fillRect(layoutDirection() == Qt::RightToLeft ? QRect(width() - 3, 0, 3, height()) : QRect(0, 0, 3, height()), edge);
}

} // namespace elephaas
