#pragma once

#include "models/domain/difference.h"
#include "models/domain/inventory.h"
#include "models/items/roles.h"
#include "models/items/rowfilter.h"
#include "views/choicemodel.h"

#include <QTimer>
#include <QWidget>

#include <optional>

class QComboBox;
class QLineEdit;
class QSettings;
class QToolButton;

namespace elephaas {

class Actions;

// What the tree focuses on. A server or a herd or an environment; kind None with `withoutEnvironment`: those without one.
struct TreeFocus {
    ItemKind kind = ItemKind::None;
    qint64 id = 0;
    bool withoutEnvironment = false;
    QString name = {}; // hostile text
    bool operator==(const TreeFocus&) const = default;
};

// Search text, drop-downs and toggles that make up one filter, and the tree's focus as a chip that can be taken away.
// Focus and the environment and herd drop-downs are alternatives: choosing one ends the other.
class FilterBar final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FilterBar)

public:
    explicit FilterBar(const Actions& actions, QWidget* parent = nullptr);

    InstanceFilter filter() const;
    bool isActive() const { return filter() != InstanceFilter{}; }

    // Fills the drop-downs. Rows of the inventory that are gone are no longer filtered by.
    // Null `difference`: everything may have changed.
    void setSnapshot(const InventoryPtr& snapshot, const InventoryDifference* difference);
    void setFocusOn(const std::optional<TreeFocus>& focus);
    const std::optional<TreeFocus>& focusOn() const { return m_focus; }
    void setText(const QString& text);
    void setLiveness(std::optional<Liveness> liveness);
    void focusText();
    void clear();

    void saveState(QSettings& settings) const;
    void restoreState(const QSettings& settings);

Q_SIGNALS:
    void filterChanged(const elephaas::InstanceFilter& filter);
    void focusRemoved(); // by its chip, by Clear, or by another choice
    void leftDownwards(); // Down in the text: into the table

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QComboBox* addCombo(const char* name, const QString& any, const QString& accessibleName);
    QToolButton* addToggle(QAction* action, const char* name);
    void connectToggles();
    static void fill(QComboBox* combo, std::vector<ChoiceModel::Choice> choices, const QVariant& chosen);
    void fillWhatChanged();
    void fillEnvironments();
    void fillHerds();
    void fillVersions();
    void dropWhatIsGone();
    void changed();
    void showState();

    const Actions& m_actions;
    InventoryPtr m_snapshot;
    std::optional<TreeFocus> m_focus;
    // As chosen; they outlive a snapshot in which the rows are not there yet (at start).
    std::optional<qint64> m_environment; // 0: without
    std::optional<qint64> m_herd;
    QString m_version;
    QLineEdit* m_text;
    QToolButton* m_chip;
    QComboBox* m_environments;
    QComboBox* m_herds;
    QComboBox* m_roles;
    QComboBox* m_states;
    QComboBox* m_versions;
    QToolButton* m_clear;
    QTimer m_fill;
    bool m_namesStale = true;
    bool m_versionsStale = true;
    bool m_quiet = false;
};

} // namespace elephaas
