#pragma once

#include "models/services/inventoryservice.h"
#include "models/items/fleetsummary.h"

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace elephaas {

class EnvironmentBadge;

// The line at the bottom: which inventory, who, connection, age of the data, counts, read-only.
// The counts are buttons that filter by what they count.
class StatusStrip final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatusStrip)

public:
    explicit StatusStrip(QWidget* parent = nullptr);

    void setStatus(const InventoryService::Status& status, const QString& whyNotEditable);
    void setCounts(const FleetSummary::Counts& counts);
    // `now`, the newest observation, and how many are older than the limit for fresh values.
    void setAge(const QDateTime& now, const QDateTime& newest, int stale);
    void setProbeProgress(int done, int total);
    void setEnvironment(const QString& name);
    // A passing word: what a hint or an action says. Plain text.
    void setMessage(const QString& message);

Q_SIGNALS:
    void livenessChosen(elephaas::Liveness liveness);
    void laggingChosen();
    void problemsChosen();

private:
    QLabel* addLabel(const char* name, const QString& accessibleName);
    QToolButton* addCount(const char* name, const QString& accessibleName);
    void setCount(QToolButton* button, int count, const QString& text);
    void addSeparator();

    QHBoxLayout* m_layout;
    EnvironmentBadge* m_environment;
    QLabel* m_inventory;
    QLabel* m_connectionIcon;
    QLabel* m_connection;
    QLabel* m_age;
    QLabel* m_probe;
    QLabel* m_message;
    QToolButton* m_offline;
    QToolButton* m_unreachable;
    QToolButton* m_unknown;
    QToolButton* m_lagging;
    QToolButton* m_problems;
    QLabel* m_allWell;
    QLabel* m_lock;
    QLabel* m_lockText;
    InventoryService::Status m_status;
};

} // namespace elephaas
