#pragma once

#include "models/domain/inventory.h"

#include <QComboBox>

#include <optional>

namespace elephaas {

// The environments by name, with "No environment" in front.
class EnvironmentChoice final : public QComboBox {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EnvironmentChoice)

public:
    explicit EnvironmentChoice(QWidget* parent = nullptr);

    // Keeps what is chosen, also when that environment is gone meanwhile.
    void setInventory(const Inventory& inventory);
    std::optional<EnvironmentId> current() const;
    void setCurrent(std::optional<EnvironmentId> id);

};

// How an environment is named in sentences and tables; "No environment" when there is none.
QString environmentText(const Inventory& inventory, std::optional<EnvironmentId> id);

} // namespace elephaas
