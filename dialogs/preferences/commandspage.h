#pragma once

#include "models/domain/inventory.h"

#include <QMap>
#include <QWidget>

#include <vector>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QVBoxLayout;

namespace elephaas {

class FieldNote;
class SearchCombo;

// The team's command templates: one editor each, and under it the command line for a chosen instance, or what is wrong.
class CommandsPage final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CommandsPage)

public:
    explicit CommandsPage(QWidget* parent = nullptr);

    void setInventory(InventoryPtr inventory);
    // None: the default preset is shown.
    void setCommands(const QMap<QString, QString>& commands);
    QMap<QString, QString> commands() const; // the non-empty ones
    QWidget* firstError() const;

Q_SIGNALS:
    void changed();

private:
    struct Entry {
        QString name;
        QWidget* box;
        QPlainTextEdit* editor;
        FieldNote* note;
    };
    void build();
    QWidget* makeHead();
    QWidget* makeFoot();
    void addEntry(const QString& name, const QString& text);
    void removeEntry(const QString& name);
    void addOwn();
    void usePreset();
    void paste();
    void recheck();

    InventoryPtr m_inventory;
    QComboBox* m_preset;
    QLabel* m_presetNote;
    SearchCombo* m_instance;
    QVBoxLayout* m_list;
    QLineEdit* m_newName;
    FieldNote* m_newNote;
    std::vector<Entry> m_entries;
    bool m_filling = false;
};

} // namespace elephaas
