#pragma once

#include <QString>
#include <QWidget>

#include <functional>

class QPainter;

namespace elephaas {

// Which environments are protected, by name. The default protects names that begin with "prod". GUI thread.
void setProtectedEnvironments(std::function<bool(const QString& name)> isProtected);
bool isProtectedEnvironment(const QString& name);

// A badge is as tall as `rect` allows; the name is elided to fit. Protected ones carry a shield beside their colour.
QSize environmentBadgeSize(const QString& name, const QFont& font);
void paintEnvironmentBadge(QPainter* painter, const QRect& rect, const QString& name, const QFont& font);

// An environment's name in its colour. Nothing is shown while the name is empty.
class EnvironmentBadge final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EnvironmentBadge)

public:
    explicit EnvironmentBadge(QWidget* parent = nullptr);
    void setEnvironment(const QString& name);
    QString environment() const { return m_name; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name;
};

} // namespace elephaas
