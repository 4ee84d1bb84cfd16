#pragma once

#include "dialogs/forms/rowform.h"

class QPlainTextEdit;

namespace elephaas {

class EnvironmentChoice;

// Adds a herd, or edits one. See FormDialog.
class HerdDialog final : public RowForm<Herd> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HerdDialog)

public:
    HerdDialog(InventoryService& inventory, std::optional<HerdId> edit, QWidget* parent = nullptr);

    // For a new herd: what the user was looking at.
    void setEnvironment(std::optional<EnvironmentId> environment);

private:
    std::vector<Column<Herd>> columns() const override;
    Herd read(Herd base) const override;
    void write(const Herd& row) override;
    Herd defaults() const override;
    QString deletedHeadline() const override;
    QHash<HerdId, HerdId> keysOf(const AppliedChanges& applied) const override;
    void recheck() override;
    void inventoryChanged() override;
    FieldCheck checkMembers(const Herd& row) const;

    QLineEdit* m_name;
    QLineEdit* m_baseName;
    EnvironmentChoice* m_environment;
    QLineEdit* m_port;
    QLineEdit* m_dataDirectory;
    QLineEdit* m_virtualHost;
    QPlainTextEdit* m_description;
    FieldNote* m_nameNote;
    FieldNote* m_baseNameNote;
    FieldNote* m_environmentNote;
    FieldNote* m_portNote;
    FieldNote* m_dataDirectoryNote;
    FieldNote* m_virtualHostNote;
    FieldNote* m_descriptionNote;
    bool m_baseNameFollowsName = false;
};

} // namespace elephaas
