#pragma once

#include <QObject>
#include <QVariant>

class QDBusVariant;

namespace elephaas {

// What the desktop prefers, from the settings portal (org.freedesktop.appearance, "color-scheme"), also while it changes.
// Asks without waiting; without a session bus or portal nothing is ever signalled.
class DesktopColorScheme final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DesktopColorScheme)

public:
    explicit DesktopColorScheme(QObject* parent = nullptr);
    void start();

Q_SIGNALS:
    void preferred(bool dark);

private Q_SLOTS:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

private:
    void take(QVariant value);
};

} // namespace elephaas
