#include "views/statusstrip.h"

#include "models/items/texts.h"
#include "views/environmentbadge.h"
#include "views/glyphs.h"
#include "views/icons.h"
#include "views/theme.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QToolButton>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QColor onlineColor() { return semanticColors().online; }
QColor warningColor() { return semanticColors().warning; }
QColor mutedColor() { return semanticColors().muted; }

// What a screen reader says of a part: its subject and its text, "Connection: live". The subject is the name that it was made with.
void say(QWidget* part, const QString& text)
{
    constexpr auto subjectProperty = "subject";
    if (!part->property(subjectProperty).isValid())
        part->setProperty(subjectProperty, part->accessibleName());
    const QString subject = part->property(subjectProperty).toString();
    //: a part of the status bar as a screen reader says it: %1 what it is about, %2 its text
    part->setAccessibleName(text.isEmpty() ? subject : StatusStrip::tr("%1: %2", "subject and text").arg(subject, text));
    part->setAccessibleDescription(text);
}

QIcon glyphIcon(Glyph glyph, int side, qreal ratio)
{
    QPixmap pixmap(QSize(side, side) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paintGlyph(&painter, QRectF(0, 0, side, side), glyph, glyphColor(glyph), QColor(Qt::white));
    return pixmap;
}

// What the other problems are, a line for each kind that there is.
QStringList kindsOf(const FleetSummary::Counts& counts)
{
    QStringList kinds;
    if (counts.twoPrimaries > 0)
        kinds << StatusStrip::tr("%n are primaries beside another one of their herd", "instances", counts.twoPrimaries);
    if (counts.roleConflicts > 0)
        kinds << StatusStrip::tr("%n have another role than the inventory says", "instances", counts.roleConflicts);
    if (counts.notStreaming > 0)
        kinds << StatusStrip::tr("%n replicas do not stream", "instances", counts.notStreaming);
    return kinds;
}

} // namespace

StatusStrip::StatusStrip(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QHBoxLayout(this))
    , m_environment(new EnvironmentBadge(this))
{
    setObjectName(u"statusStrip"_s);
    setAccessibleName(tr("Status"));
    m_layout->setContentsMargins(10, 3, 10, 3);
    m_layout->setSpacing(8);
    m_environment->setObjectName(u"statusEnvironment"_s);
    m_layout->addWidget(m_environment);
    m_inventory = addLabel("statusInventory", tr("Inventory"));
    addSeparator();
    m_connectionIcon = addLabel("statusConnectionIcon", tr("Connection"));
    m_connection = addLabel("statusConnection", tr("Connection"));
    addSeparator();
    m_age = addLabel("statusAge", tr("Age of the data"));
    m_probe = addLabel("statusProbe", tr("Refresh"));
    m_message = addLabel("statusMessage", tr("Hint"));
    m_message->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_message->setAlignment(Qt::AlignCenter);
    m_layout->setStretchFactor(m_message, 1);
    m_allWell = addLabel("statusAllWell", tr("Counts"));
    m_offline = addCount("statusDown", tr("Down"));
    m_unreachable = addCount("statusUnreachable", tr("Unreachable"));
    m_unknown = addCount("statusUnknown", tr("Unknown"));
    m_lagging = addCount("statusLagging", tr("Lagging"));
    m_problems = addCount("statusProblems", tr("Other problems"));
    m_lock = addLabel("statusLockIcon", tr("Read-only"));
    m_lockText = addLabel("statusReadOnly", tr("Read-only"));
    m_lock->setPixmap(symbolIcon(u"lock"_s, warningColor).pixmap(QSize(14, 14), devicePixelRatioF()));
    connect(m_offline, &QToolButton::clicked, this, [this] { Q_EMIT livenessChosen(Liveness::Offline); });
    connect(m_unreachable, &QToolButton::clicked, this, [this] { Q_EMIT livenessChosen(Liveness::Unreachable); });
    connect(m_unknown, &QToolButton::clicked, this, [this] { Q_EMIT livenessChosen(Liveness::Unknown); });
    connect(m_lagging, &QToolButton::clicked, this, &StatusStrip::laggingChosen);
    connect(m_problems, &QToolButton::clicked, this, &StatusStrip::problemsChosen);
    setStatus({}, {});
    setCounts({});
}

QLabel* StatusStrip::addLabel(const char* name, const QString& accessibleName)
{
    auto* label = new QLabel(this);
    label->setObjectName(QString::fromLatin1(name));
    label->setAccessibleName(accessibleName);
    label->setTextFormat(Qt::PlainText);
    m_layout->addWidget(label);
    return label;
}

QToolButton* StatusStrip::addCount(const char* name, const QString& accessibleName)
{
    auto* button = new QToolButton(this);
    button->setObjectName(QString::fromLatin1(name));
    button->setAccessibleName(accessibleName);
    button->setAutoRaise(true);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::TabFocus);
    button->setIconSize(QSize(13, 13));
    m_layout->addWidget(button);
    return button;
}

void StatusStrip::addSeparator()
{
    auto* line = new QFrame(this);
    line->setFrameShape(QFrame::VLine);
    line->setFrameShadow(QFrame::Plain);
    line->setFixedHeight(fontMetrics().height());
    QPalette palette = line->palette();
    palette.setColor(QPalette::WindowText, semanticColors().line);
    line->setPalette(palette);
    m_layout->addWidget(line);
}

void StatusStrip::setStatus(const InventoryService::Status& status, const QString& whyNotEditable)
{
    m_status = status;
    QString inventory = status.info.description.isEmpty() ? tr("Inventory") : status.info.description;
    if (!status.info.user.isEmpty() && !inventory.contains(status.info.user))
        inventory = tr("%1 as %2", "inventory, user").arg(inventory, status.info.user);
    m_inventory->setText(inventory.size() > 60 ? inventory.left(59) + u'…' : inventory);
    m_inventory->setToolTip(inventory.toHtmlEscaped());
    say(m_inventory, inventory);

    QString text;
    QIcon icon;
    switch (status.connection) {
    case InventoryService::Connection::Opening:
        text = status.fromOfflineCopy ? tr("offline copy, connecting…") : tr("connecting…");
        icon = symbolIcon(u"offline"_s, mutedColor);
        break;
    case InventoryService::Connection::Live:
        text = tr("live");
        icon = symbolIcon(u"live"_s, onlineColor);
        break;
    case InventoryService::Connection::Lost:
        text = status.fromOfflineCopy ? tr("lost, offline copy") : tr("lost");
        icon = symbolIcon(u"lost"_s, warningColor);
        break;
    }
    m_connection->setText(text);
    say(m_connection, text);
    m_connection->setToolTip(status.error ? status.error->text().toHtmlEscaped() : QString());
    m_connectionIcon->setPixmap(icon.pixmap(QSize(14, 14), devicePixelRatioF()));

    const bool locked = status.readOnly || (status.connection == InventoryService::Connection::Live && !whyNotEditable.isEmpty());
    m_lock->setVisible(locked);
    m_lockText->setVisible(locked);
    m_lockText->setText(status.readOnly ? tr("read-only") : tr("inventory read-only"));
    m_lockText->setToolTip(whyNotEditable.toHtmlEscaped());
    say(m_lockText, whyNotEditable);
}

void StatusStrip::setCount(QToolButton* button, int count, const QString& text)
{
    button->setVisible(count > 0);
    button->setText(text);
    say(button, text);
    button->setToolTip(tr("Show only these").toHtmlEscaped());
}

void StatusStrip::setCounts(const FleetSummary::Counts& counts)
{
    setCount(m_offline, counts.offline, tr("%n down", "instances", counts.offline));
    setCount(m_unreachable, counts.unreachable, tr("%n unreachable", "instances", counts.unreachable));
    setCount(m_unknown, counts.unknown, tr("%n unknown", "instances", counts.unknown));
    setCount(m_lagging, counts.lagging, tr("%n lagging", "instances", counts.lagging));
    setCount(m_problems, counts.otherProblems(), tr("%n other problems", "instances", counts.otherProblems()));
    m_problems->setToolTip(plainToolTip(kindsOf(counts).join(u'\n') + u'\n' + tr("Show everything that has a problem")));
    for (const auto& [button, glyph] : {std::pair{m_offline, Glyph::Offline}, std::pair{m_unreachable, Glyph::Unreachable},
             std::pair{m_unknown, Glyph::Unknown}, std::pair{m_lagging, Glyph::Warning},
             std::pair{m_problems, Glyph::Warning}}) {
        if (!button->isHidden())
            button->setIcon(glyphIcon(glyph, 13, devicePixelRatioF()));
    }
    const bool well = counts.offline + counts.unreachable + counts.unknown + counts.lagging + counts.otherProblems() == 0;
    m_allWell->setVisible(well);
    m_allWell->setText(counts.instances == 0 ? tr("no instances") : tr("0 down, 0 lagging, 0 unknown"));
    say(m_allWell, m_allWell->text());
}

void StatusStrip::setAge(const QDateTime& now, const QDateTime& newest, int stale)
{
    const QDateTime rows = m_status.currentAt;
    QString text;
    if (newest.isValid())
        text = tr("data %1 old", "age").arg(ageText(newest.msecsTo(now)));
    else if (rows.isValid())
        text = tr("data %1 old, no instance seen yet", "age").arg(ageText(rows.msecsTo(now)));
    else
        text = tr("no data yet");
    if (stale > 0)
        text += tr(", %n stale", "instances", stale);
    m_age->setText(text);
    say(m_age, text);
    QString tip;
    if (rows.isValid())
        tip += tr("The rows of the inventory are as of %1.").arg(QLocale().toString(rows.toLocalTime(), QLocale::ShortFormat)) + u'\n';
    if (newest.isValid())
        tip += tr("The newest observation of an instance is from %1.").arg(QLocale().toString(newest.toLocalTime(), QLocale::ShortFormat));
    m_age->setToolTip(plainToolTip(tip.trimmed()));
}

void StatusStrip::setProbeProgress(int done, int total)
{
    const bool running = total > 0 && done < total;
    m_probe->setVisible(running);
    m_probe->setText(tr("refreshing %1 of %2 servers").arg(done).arg(total));
    say(m_probe, m_probe->text());
}

void StatusStrip::setEnvironment(const QString& name) { m_environment->setEnvironment(name); }

void StatusStrip::setMessage(const QString& message)
{
    m_message->setText(message);
    say(m_message, message);
}

} // namespace elephaas
