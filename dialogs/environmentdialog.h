#pragma once

#include "dialogs/forms/rowform.h"

class QPlainTextEdit;

namespace elephaas {

// Adds an environment, or edits one. See FormDialog.
class EnvironmentDialog final : public RowForm<Environment> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EnvironmentDialog)

public:
    EnvironmentDialog(InventoryService& inventory, std::optional<EnvironmentId> edit, QWidget* parent = nullptr);

private:
    std::vector<Column<Environment>> columns() const override;
    Environment read(Environment base) const override;
    void write(const Environment& row) override;
    QString deletedHeadline() const override;
    QHash<EnvironmentId, EnvironmentId> keysOf(const AppliedChanges& applied) const override;
    void recheck() override;

    QLineEdit* m_name;
    QPlainTextEdit* m_description;
    FieldNote* m_nameNote;
    FieldNote* m_descriptionNote;
};

} // namespace elephaas
