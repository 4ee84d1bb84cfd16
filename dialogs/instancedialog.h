#pragma once

#include "dialogs/forms/rowform.h"

namespace elephaas {

class SearchCombo;

// Adds an instance, or edits one. See FormDialog.
class InstanceDialog final : public RowForm<Instance> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(InstanceDialog)

public:
    InstanceDialog(InventoryService& inventory, std::optional<InstanceId> edit, QWidget* parent = nullptr);

    // For a new instance: what the user was looking at.
    void setHerd(HerdId herd);
    void setServer(ServerId server);

private:
    std::vector<Column<Instance>> columns() const override;
    Instance read(Instance base) const override;
    void write(const Instance& row) override;
    QString deletedHeadline() const override;
    QHash<InstanceId, InstanceId> keysOf(const AppliedChanges& applied) const override;
    void recheck() override;
    void inventoryChanged() override;

    void offerHerds();
    void offerServers();
    void offerUpstreams();
    QString hiddenServers(const Herd& herd) const;
    FieldCheck checkHerd(const Instance& row) const;
    FieldCheck checkServer(const Instance& row) const;
    FieldCheck checkUpstream(const Instance& row) const;
    std::optional<InstanceId> chosenUpstream() const;

    SearchCombo* m_herd;
    SearchCombo* m_server;
    QComboBox* m_upstream;
    QLineEdit* m_version;
    QLineEdit* m_dataDirectory;
    FieldNote* m_herdNote;
    FieldNote* m_serverNote;
    FieldNote* m_upstreamNote;
    FieldNote* m_versionNote;
    FieldNote* m_dataDirectoryNote;
};

} // namespace elephaas
