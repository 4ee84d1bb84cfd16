#pragma once

#include "dialogs/forms/rowform.h"

namespace elephaas {

class EnvironmentChoice;

// Adds a server, or edits one. See FormDialog.
class ServerDialog final : public RowForm<Server> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ServerDialog)

public:
    ServerDialog(InventoryService& inventory, std::optional<ServerId> edit, QWidget* parent = nullptr);

    // For a new server: what the user was looking at.
    void setEnvironment(std::optional<EnvironmentId> environment);

private:
    std::vector<Column<Server>> columns() const override;
    Server read(Server base) const override;
    void write(const Server& row) override;
    QString deletedHeadline() const override;
    QHash<ServerId, ServerId> keysOf(const AppliedChanges& applied) const override;
    void recheck() override;
    void inventoryChanged() override;
    FieldCheck checkInstances(const Server& row) const;

    QLineEdit* m_hostName;
    EnvironmentChoice* m_environment;
    FieldNote* m_hostNameNote;
    FieldNote* m_environmentNote;
};

} // namespace elephaas
