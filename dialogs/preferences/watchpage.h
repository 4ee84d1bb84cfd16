#pragma once

#include "models/domain/inventory.h"
#include "models/services/teamsettings.h"

#include <QWidget>

class QDoubleSpinBox;
class QListWidget;
class QSpinBox;

namespace elephaas {

// How often the console looks, what counts as lagging, and which environments are protected.
class WatchPage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WatchPage)

public:
    explicit WatchPage(QWidget* parent = nullptr);

    void setSettings(const TeamSettings& settings, const Inventory& inventory);
    void take(TeamSettings& settings) const;

Q_SIGNALS:
    void changed();

private:
    QSpinBox* m_interval;
    QDoubleSpinBox* m_lag;
    QListWidget* m_protected;
    bool m_filling = false;
};

} // namespace elephaas
