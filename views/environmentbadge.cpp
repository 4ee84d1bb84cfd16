#include "views/environmentbadge.h"

#include "models/domain/visibletext.h"
#include "views/theme.h"

#include <QFontMetrics>
#include <QPainter>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int sidePadding = 7;
constexpr int longestName = 22; // in average characters; hostile inventories have longer ones

std::function<bool(const QString&)>& test()
{
    static std::function<bool(const QString&)> s_test
        = [](const QString& name) { return name.startsWith("prod"_L1, Qt::CaseInsensitive); };
    return s_test;
}

QFont badgeFont(const QFont& font)
{
    QFont badge = font;
    if (badge.pointSizeF() > 0)
        badge.setPointSizeF(badge.pointSizeF() * 0.88);
    badge.setWeight(QFont::DemiBold);
    return badge;
}

int shieldWidth(const QFontMetrics& metrics) { return metrics.height() * 3 / 4 + 3; }

void paintShield(QPainter* painter, const QRectF& rect, const QColor& color)
{
    painter->save();
    painter->translate(rect.center());
    painter->scale(rect.height() / 16, rect.height() / 16);
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    painter->drawPolygon(QPolygonF({{0, -7}, {5.6, -5}, {5.6, 0}, {3.6, 4.4}, {0, 7}, {-3.6, 4.4}, {-5.6, 0}, {-5.6, -5}}));
    painter->restore();
}

} // namespace

void setProtectedEnvironments(std::function<bool(const QString&)> isProtected) { test() = std::move(isProtected); }

bool isProtectedEnvironment(const QString& name) { return !name.isEmpty() && test()(name); }

QSize environmentBadgeSize(const QString& name, const QFont& font)
{
    const QFontMetrics metrics(badgeFont(font));
    const int text = qMin(metrics.horizontalAdvance(visibleLine(name)), metrics.averageCharWidth() * longestName);
    const int shield = isProtectedEnvironment(name) ? shieldWidth(metrics) : 0;
    // Advances are fractions of a pixel: what is measured whole could be elided for the rest.
    return {text + 2 + shield + 2 * sidePadding, metrics.height() + 2};
}

void paintEnvironmentBadge(QPainter* painter, const QRect& rect, const QString& name, const QFont& font)
{
    const bool isProtected = isProtectedEnvironment(name);
    const BadgeColors colors = environmentColors(name, isProtected);
    const QFont small = badgeFont(font);
    const QFontMetrics metrics(small);
    const int height = qMin(rect.height(), metrics.height() + 2);
    const int width = qMin(rect.width(), environmentBadgeSize(name, font).width());
    const bool rightToLeft = painter->layoutDirection() == Qt::RightToLeft;
    QRect badge(rightToLeft ? rect.right() + 1 - width : rect.left(), rect.top() + (rect.height() - height) / 2, width, height);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colors.border, 1));
    painter->setBrush(colors.background);
    painter->drawRoundedRect(QRectF(badge).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    QRect text = badge.adjusted(sidePadding, 0, -sidePadding, 0);
    if (isProtected) {
        const int shield = shieldWidth(metrics);
        const QRect place(rightToLeft ? text.right() + 1 - shield : text.left(), text.top(), shield, text.height());
        const int side = metrics.height() * 3 / 4;
        paintShield(painter, QRectF(place.left() - 1, place.center().y() - side / 2.0 + 0.5, side, side), colors.text);
        text.adjust(rightToLeft ? 0 : shield, 0, rightToLeft ? -shield : 0, 0);
    }
    painter->setFont(small);
    painter->setPen(colors.text);
    painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine,
        metrics.elidedText(visibleLine(name), Qt::ElideRight, text.width()));
    painter->restore();
}

EnvironmentBadge::EnvironmentBadge(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    hide();
}

void EnvironmentBadge::setEnvironment(const QString& name)
{
    setVisible(!name.isEmpty());
    const QString said = isProtectedEnvironment(name) ? tr("%1 (protected)", "an environment's name").arg(visibleLine(name)) : visibleLine(name);
    setAccessibleName(tr("Environment %1").arg(said));
    setToolTip(tr("Environment %1").arg(said).toHtmlEscaped());
    if (name == m_name)
        return update();
    m_name = name;
    updateGeometry();
    update();
}

QSize EnvironmentBadge::sizeHint() const { return environmentBadgeSize(m_name, font()); }

void EnvironmentBadge::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.setLayoutDirection(layoutDirection());
    paintEnvironmentBadge(&painter, rect(), m_name, font());
}

} // namespace elephaas
