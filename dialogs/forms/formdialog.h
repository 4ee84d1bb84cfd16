#pragma once

#include "dialogs/parts/fieldnote.h"
#include "dialogs/parts/messagestrip.h"
#include "models/services/inventoryservice.h"

#include <QDialog>

class QComboBox;
class QDialogButtonBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace elephaas {

class ConflictPanel;

// What all forms of the inventory have in common: fields with a note each, a band for messages, a panel for what somebody else
// changed meanwhile, Save and Cancel. Opened with open(); deletes itself when closed. Writes through the inventory service itself
// and stays open, with everything that was typed, when that fails.
class FormDialog : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FormDialog)

public:
    ~FormDialog() override;

    // What the form says about the last attempt to save; "" when nothing.
    QString message() const;

    void reject() override; // asks once, inside the form, when something was typed

Q_SIGNALS:
    void saved(qint64 id);

protected:
    enum class Width { Full, Short };

    FormDialog(InventoryService& inventory, const QString& objectName, QWidget* parent);
    bool event(QEvent* event) override;

    void setHeading(const QString& heading);
    // `label` carries the mnemonic; the accessible name is made from it. The editor's object name must be set.
    FieldNote* addField(const QString& label, QWidget* editor, const QString& hint, Width width = Width::Full);
    QLineEdit* makeLine(const QString& objectName);
    // Call at the end of the constructor: shows the first check, sets the tab order and the focus.
    void finish(QWidget* first);

    // Checks every field again; called on every change of an editor or of the inventory.
    virtual void recheck() = 0;
    // True when the editors hold something that closing would lose.
    virtual bool isModified() const = 0;
    virtual void save() = 0;
    // The inventory has a new snapshot.
    virtual void inventoryChanged() = 0;
    virtual void takeTheirs() = 0;
    virtual void keepMine() = 0;

    void setNote(FieldNote* note, QWidget* editor, FieldCheck check, bool isAsBefore, int length = 0, int limit = 0);
    // Moves the focus to the first field with an error and says how many there are; false when there is none.
    bool stopAtErrors();
    void setSaving(bool saving);
    bool isSaving() const { return m_saving; }
    void showError(const Error& error);
    void showMessage(Mark mark, const QString& headline, const QString& explanation = {});
    void clearMessage();
    void touchAll() { m_allTouched = true; }

    InventoryService& m_inventory;
    ConflictPanel* m_conflict;

private:
    struct Field {
        QWidget* editor;
        FieldNote* note;
        bool touched = false;
    };
    void connectEditor(QWidget* editor);
    void edited(QWidget* editor);
    void updateEditable();

    QLabel* m_heading;
    QWidget* m_body;
    QGridLayout* m_grid;
    MessageStrip* m_strip;
    MessageStrip* m_lockStrip;
    QDialogButtonBox* m_buttons;
    QPushButton* m_save;
    std::vector<Field> m_fields;
    bool m_allTouched = false;
    bool m_saving = false;
    bool m_askedToDiscard = false;
    QWidget* m_focusBeforeSaving = nullptr;
};


} // namespace elephaas
