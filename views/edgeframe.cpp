#include "views/edgeframe.h"

#include "views/environmentbadge.h"
#include "views/theme.h"

#include <QPainter>

namespace elephaas {

EdgeFrame::EdgeFrame(QWidget* parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("windowEdge"));
    setFrameShape(QFrame::NoFrame);
    setContentsMargins(thickness, thickness, thickness, thickness);
}

void EdgeFrame::setEnvironment(const QString& name)
{
    m_environment = name;
    update();
}

void EdgeFrame::paintEvent(QPaintEvent* /*event*/)
{
    if (m_environment.isEmpty())
        return;
    const bool isProtected = isProtectedEnvironment(m_environment);
    const BadgeColors colors = environmentColors(m_environment, isProtected);
    QPainter painter(this);
    QRegion edge(rect());
    edge -= rect().adjusted(thickness, thickness, -thickness, -thickness);
    painter.setClipRegion(edge);
    painter.fillRect(rect(), colors.border);
}

} // namespace elephaas
