#include "views/filterbar.h"

#include "models/items/texts.h"
#include "views/actions.h"
#include "views/flowlayout.h"
#include "views/icons.h"
#include "views/theme.h"
#include "views/togglebutton.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QSettings>
#include <QSignalBlocker>
#include <QToolButton>

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Drop-downs follow the inventory, but not ten times a second.
constexpr int fillDelayMs = 150;
constexpr int versionsDelayMs = 5000;

// A button's text with the "&" of hostile names shown as such.
QString buttonText(QString text) { return text.replace(u'&', "&&"_L1); }

QString shortened(const QString& text) { return text.size() > 40 ? text.left(39) + u'…' : text; }

void sortByName(std::vector<ChoiceModel::Choice>& choices)
{
    std::sort(choices.begin(), choices.end(), [](const auto& a, const auto& b) { return compareNatural(a.text, b.text) < 0; });
}

} // namespace

FilterBar::FilterBar(const Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_actions(actions)
    , m_text(new QLineEdit(this))
    , m_chip(new QToolButton(this))
    , m_clear(new QToolButton(this))
{
    setObjectName(u"filterBar"_s);
    setAccessibleName(tr("Filter"));
    auto* layout = new FlowLayout(this, 6);
    layout->setContentsMargins(10, 8, 10, 8);

    m_text->setObjectName(u"filterText"_s);
    m_text->setAccessibleName(tr("Filter text"));
    m_text->setAccessibleDescription(tr("Words that a row must contain. Down goes into the table, Escape clears."));
    m_text->setPlaceholderText(tr("Filter:  /  or Ctrl+F"));
    m_text->setClearButtonEnabled(true);
    // The name of Qt's own button has no other way to come to it than its action.
    if (auto* clearText = m_text->findChild<QAction*>(u"_q_qlineeditclearaction"_s))
        clearText->setText(tr("Clear the filter text"));
    QAction* symbol = m_text->addAction(symbolIcon(u"search"_s, [] { return semanticColors().muted; }), QLineEdit::LeadingPosition);
    symbol->setText(tr("Filter"));
    m_text->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    m_text->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_text->installEventFilter(this);
    layout->addWidget(m_text);

    m_chip->setObjectName(u"focusChip"_s);
    m_chip->setIcon(symbolIcon(u"close"_s));
    m_chip->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_chip->setLayoutDirection(layoutDirection() == Qt::LeftToRight ? Qt::RightToLeft : Qt::LeftToRight);
    m_chip->setFocusPolicy(Qt::TabFocus);
    m_chip->setAccessibleName(tr("Remove the focus"));
    m_chip->hide();
    layout->addWidget(m_chip);

    m_environments = addCombo("filterEnvironment", tr("Environment", "drop-down, nothing chosen"), tr("Filter by environment"));
    m_herds = addCombo("filterHerd", tr("Herd", "drop-down, nothing chosen"), tr("Filter by herd"));
    m_roles = addCombo("filterRole", tr("Role", "drop-down, nothing chosen"), tr("Filter by role"));
    m_states = addCombo("filterState", tr("State", "drop-down, nothing chosen"), tr("Filter by state"));
    m_versions = addCombo("filterVersion", tr("Version", "drop-down, nothing chosen"), tr("Filter by version"));
    fill(m_roles, {{tr("primary"), int(Role::Primary)}, {tr("replica"), int(Role::Replica)}, {tr("detached"), int(Role::Detached)}, {tr("unknown"), int(Role::Unknown)}}, {});
    fill(m_states, {{tr("online"), int(Liveness::Online)}, {tr("offline"), int(Liveness::Offline)}, {tr("unreachable"), int(Liveness::Unreachable)}, {tr("unknown"), int(Liveness::Unknown)}}, {});

    addToggle(actions[ActionId::ToggleProblems], "toggleProblems");
    addToggle(actions[ActionId::TogglePrimaries], "togglePrimaries");
    addToggle(actions[ActionId::ToggleReplicas], "toggleReplicas");
    addToggle(actions[ActionId::ToggleLagging], "toggleLagging");

    m_clear->setObjectName(u"clearFilter"_s);
    m_clear->setDefaultAction(actions[ActionId::ClearFilter]);
    m_clear->setText(tr("Clear"));
    m_clear->setAccessibleName(tr("Clear all filters"));
    m_clear->setFocusPolicy(Qt::TabFocus);
    m_clear->setAutoRaise(true);
    layout->addWidget(m_clear);

    auto* refresh = new QToolButton(this);
    refresh->setObjectName(u"refreshAll"_s);
    refresh->setDefaultAction(actions[ActionId::RefreshAll]);
    refresh->setAccessibleName(tr("Refresh all"));
    refresh->setToolButtonStyle(Qt::ToolButtonIconOnly);
    refresh->setFocusPolicy(Qt::TabFocus);
    layout->addWidget(refresh);

    m_fill.setSingleShot(true);
    m_fill.setInterval(fillDelayMs);
    connect(&m_fill, &QTimer::timeout, this, &FilterBar::fillWhatChanged);
    connect(m_text, &QLineEdit::textChanged, this, &FilterBar::changed);
    connect(m_chip, &QToolButton::clicked, this, [this] { setFocusOn(std::nullopt); });
    connectToggles();
}

QComboBox* FilterBar::addCombo(const char* name, const QString& any, const QString& accessibleName)
{
    auto* combo = new QComboBox(this);
    combo->setObjectName(QString::fromLatin1(name));
    combo->setAccessibleName(accessibleName);
    combo->setToolTip(accessibleName);
    combo->setModel(new ChoiceModel(any, combo));
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(int(std::clamp<qsizetype>(any.size(), 7, 12)));
    combo->setMaxVisibleItems(20);
    layout()->addWidget(combo);
    connect(combo, &QComboBox::currentIndexChanged, this, [this, combo] {
        if (m_quiet)
            return;
        const QVariant chosen = combo->currentData();
        if (combo == m_environments)
            m_environment = chosen.isValid() ? std::optional(chosen.toLongLong()) : std::nullopt;
        else if (combo == m_herds)
            m_herd = chosen.isValid() ? std::optional(chosen.toLongLong()) : std::nullopt;
        else if (combo == m_versions)
            m_version = chosen.toString();
        if (combo == m_environments || combo == m_herds) {
            // A herd of another environment would leave nothing to show.
            if (const Herd* herd = m_snapshot && m_herd ? m_snapshot->find(HerdId(*m_herd)) : nullptr;
                combo == m_environments && herd && m_environment && herd->environment.value_or(EnvironmentId()).value != *m_environment)
                m_herd.reset();
            if (chosen.isValid() && m_focus) {
                m_focus.reset();
                Q_EMIT focusRemoved();
            }
            fillHerds();
        }
        changed();
    });
    return combo;
}

QToolButton* FilterBar::addToggle(QAction* action, const char* name)
{
    auto* button = new ToggleButton(this);
    button->setObjectName(QString::fromLatin1(name));
    button->setDefaultAction(action);
    button->setAccessibleName(plainActionText(*action));
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setFocusPolicy(Qt::TabFocus);
    layout()->addWidget(button);
    return button;
}

void FilterBar::connectToggles()
{
    QAction* primaries = m_actions[ActionId::TogglePrimaries];
    QAction* replicas = m_actions[ActionId::ToggleReplicas];
    connect(primaries, &QAction::toggled, this, [replicas](bool on) {
        if (on)
            replicas->setChecked(false);
    });
    connect(replicas, &QAction::toggled, this, [primaries](bool on) {
        if (on)
            primaries->setChecked(false);
    });
    for (const ActionId id : {ActionId::ToggleProblems, ActionId::TogglePrimaries, ActionId::ToggleReplicas, ActionId::ToggleLagging})
        connect(m_actions[id], &QAction::toggled, this, &FilterBar::changed);
    connect(m_actions[ActionId::ClearFilter], &QAction::triggered, this, &FilterBar::clear);
}

InstanceFilter FilterBar::filter() const
{
    InstanceFilter filter;
    filter.text = m_text->text().simplified();
    if (m_environment && *m_environment == 0)
        filter.withoutEnvironment = true;
    else if (m_environment)
        filter.environment = EnvironmentId(*m_environment);
    if (m_herd)
        filter.herd = HerdId(*m_herd);
    if (const QVariant role = m_roles->currentData(); role.isValid())
        filter.role = static_cast<Role>(role.toInt());
    if (const QVariant liveness = m_states->currentData(); liveness.isValid())
        filter.liveness = static_cast<Liveness>(liveness.toInt());
    filter.versionMajor = m_version;
    filter.problemsOnly = m_actions[ActionId::ToggleProblems]->isChecked();
    filter.primariesOnly = m_actions[ActionId::TogglePrimaries]->isChecked();
    filter.replicasOnly = m_actions[ActionId::ToggleReplicas]->isChecked();
    filter.laggingOnly = m_actions[ActionId::ToggleLagging]->isChecked();
    if (!m_focus)
        return filter;
    switch (m_focus->kind) {
    case ItemKind::Environment:
        filter.environment = EnvironmentId(m_focus->id);
        break;
    case ItemKind::Herd:
        filter.herd = HerdId(m_focus->id);
        break;
    case ItemKind::Server:
        filter.server = ServerId(m_focus->id);
        break;
    case ItemKind::None:
        filter.withoutEnvironment = m_focus->withoutEnvironment;
        break;
    case ItemKind::Instance:
    case ItemKind::DrPair:
        break;
    }
    return filter;
}

void FilterBar::setSnapshot(const InventoryPtr& snapshot, const InventoryDifference* difference)
{
    m_snapshot = snapshot;
    dropWhatIsGone();
    m_namesStale = m_namesStale || !difference || !difference->environments.isEmpty() || !difference->herds.isEmpty();
    m_versionsStale = true;
    if (!m_fill.isActive())
        m_fill.start(m_namesStale ? fillDelayMs : versionsDelayMs);
}

void FilterBar::fillWhatChanged()
{
    if (m_namesStale) {
        fillEnvironments();
        fillHerds();
    }
    if (m_versionsStale)
        fillVersions();
    m_namesStale = false;
    m_versionsStale = false;
    showState();
}

void FilterBar::fill(QComboBox* combo, std::vector<ChoiceModel::Choice> choices, const QVariant& chosen)
{
    auto* model = static_cast<ChoiceModel*>(combo->model());
    const QSignalBlocker quiet(combo);
    model->setChoices(std::move(choices));
    combo->setCurrentIndex(model->rowOf(chosen));
}

void FilterBar::dropWhatIsGone()
{
    if (!m_snapshot || !m_snapshot->asOf().isValid())
        return;
    const auto gone = [this](ItemKind kind, qint64 id) {
        return (kind == ItemKind::Environment && !m_snapshot->find(EnvironmentId(id)))
            || (kind == ItemKind::Herd && !m_snapshot->find(HerdId(id))) || (kind == ItemKind::Server && !m_snapshot->find(ServerId(id)));
    };
    bool dropped = false;
    if (m_environment && *m_environment != 0 && gone(ItemKind::Environment, *m_environment)) {
        m_environment.reset();
        dropped = true;
    }
    if (m_herd && gone(ItemKind::Herd, *m_herd)) {
        m_herd.reset();
        dropped = true;
    }
    if (m_focus && gone(m_focus->kind, m_focus->id)) {
        m_focus.reset();
        dropped = true;
        Q_EMIT focusRemoved();
    }
    if (dropped)
        changed();
}

void FilterBar::fillEnvironments()
{
    std::vector<ChoiceModel::Choice> entries;
    if (m_snapshot) {
        for (const Environment& environment : m_snapshot->environments())
            entries.push_back({environment.name, environment.id.value});
        sortByName(entries);
    }
    entries.push_back({tr("No environment"), qint64(0)});
    fill(m_environments, std::move(entries), m_environment ? QVariant(*m_environment) : QVariant());
}

void FilterBar::fillHerds()
{
    std::vector<ChoiceModel::Choice> entries;
    if (m_snapshot) {
        for (const Herd& herd : m_snapshot->herds()) {
            if (m_environment && herd.environment.value_or(EnvironmentId()).value != *m_environment)
                continue;
            const Environment* environment = herd.environment ? m_snapshot->find(*herd.environment) : nullptr;
            entries.push_back({environment && !m_environment ? tr("%1 (%2)", "herd (environment)").arg(herd.name, environment->name) : herd.name,
                herd.id.value});
        }
        sortByName(entries);
    }
    fill(m_herds, std::move(entries), m_herd ? QVariant(*m_herd) : QVariant());
}

void FilterBar::fillVersions()
{
    // Few different versions among many instances: each is parsed once.
    std::set<PgVersion> versions;
    QSet<QString> texts;
    if (m_snapshot) {
        for (const Instance& instance : m_snapshot->instances()) {
            const Observation* seen = m_snapshot->observation(instance.id);
            if (seen && seen->version)
                versions.insert({seen->version->first, seen->version->first < 10 ? seen->version->second : 0, 0});
            else
                texts.insert(instance.version);
        }
    }
    for (const QString& text : std::as_const(texts)) {
        if (const std::optional<PgVersion> version = PgVersion::parse(text))
            versions.insert({version->first, version->first < 10 ? version->second : 0, 0});
    }
    std::vector<ChoiceModel::Choice> entries;
    for (auto it = versions.rbegin(); it != versions.rend(); ++it)
        entries.push_back({it->major(), it->major()});
    if (!m_version.isEmpty() && std::none_of(entries.begin(), entries.end(), [this](const auto& e) { return e.text == m_version; }))
        entries.push_back({m_version, m_version});
    fill(m_versions, std::move(entries), m_version.isEmpty() ? QVariant() : QVariant(m_version));
}

void FilterBar::setFocusOn(const std::optional<TreeFocus>& focus)
{
    if (focus == m_focus)
        return;
    const bool removed = m_focus && !focus;
    m_focus = focus;
    if (focus && (m_environment || m_herd)) {
        m_environment.reset();
        m_herd.reset();
        fillEnvironments();
        fillHerds();
    }
    changed();
    if (removed)
        Q_EMIT focusRemoved();
}

void FilterBar::setText(const QString& text) { m_text->setText(text); }

void FilterBar::setLiveness(std::optional<Liveness> liveness)
{
    m_states->setCurrentIndex(liveness ? static_cast<ChoiceModel*>(m_states->model())->rowOf(int(*liveness)) : 0);
}

void FilterBar::focusText()
{
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

void FilterBar::clear()
{
    const bool hadFocus = m_focus.has_value();
    m_quiet = true;
    m_focus.reset();
    m_environment.reset();
    m_herd.reset();
    m_version.clear();
    m_text->clear();
    for (QComboBox* combo : {m_environments, m_herds, m_roles, m_states, m_versions})
        combo->setCurrentIndex(0);
    for (const ActionId id : {ActionId::ToggleProblems, ActionId::TogglePrimaries, ActionId::ToggleReplicas, ActionId::ToggleLagging})
        m_actions[id]->setChecked(false);
    m_quiet = false;
    fillHerds();
    changed();
    if (hadFocus)
        Q_EMIT focusRemoved();
}

void FilterBar::changed()
{
    if (m_quiet)
        return;
    showState();
    Q_EMIT filterChanged(filter());
}

void FilterBar::showState()
{
    m_chip->setVisible(m_focus.has_value());
    if (m_focus) {
        QString icon = u"environment"_s;
        if (m_focus->kind == ItemKind::Herd)
            icon = u"herd"_s;
        else if (m_focus->kind == ItemKind::Server)
            icon = u"server"_s;
        m_chip->setText(u' ' + buttonText(tr("Focus: %1", "chip in the filter bar").arg(shortened(m_focus->name))) + u' ');
        m_chip->setToolTip(tr("Only what belongs to %1 is shown. Press to show everything again.").arg(m_focus->name).toHtmlEscaped());
        m_chip->setAccessibleName(tr("Focus on %1: remove").arg(m_focus->name));
    }
    // A drop-down that filters stands out. "Clear" stays in its place: what moves while one types disturbs, and costs.
    for (QComboBox* combo : {m_environments, m_herds, m_roles, m_states, m_versions}) {
        QFont font = this->font();
        font.setBold(combo->currentIndex() > 0);
        if (combo->font() != font)
            combo->setFont(font);
    }
}

bool FilterBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_text && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Down || key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            Q_EMIT leftDownwards();
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            if (m_text->text().isEmpty())
                Q_EMIT leftDownwards();
            else
                m_text->clear();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void FilterBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        showState();
}

void FilterBar::saveState(QSettings& settings) const
{
    settings.beginGroup(u"filter"_s);
    settings.setValue(u"text"_s, m_text->text());
    const auto put = [&settings](const QString& key, const std::optional<qint64>& id) {
        if (id)
            settings.setValue(key, *id);
        else
            settings.remove(key);
    };
    put(u"environment"_s, m_environment);
    put(u"herd"_s, m_herd);
    settings.setValue(u"role"_s, m_roles->currentIndex());
    settings.setValue(u"state"_s, m_states->currentIndex());
    settings.setValue(u"version"_s, m_version);
    settings.setValue(u"problems"_s, m_actions[ActionId::ToggleProblems]->isChecked());
    settings.setValue(u"primaries"_s, m_actions[ActionId::TogglePrimaries]->isChecked());
    settings.setValue(u"replicas"_s, m_actions[ActionId::ToggleReplicas]->isChecked());
    settings.setValue(u"lagging"_s, m_actions[ActionId::ToggleLagging]->isChecked());
    settings.remove(u"focus"_s);
    if (m_focus) {
        settings.setValue(u"focus/kind"_s, int(m_focus->kind));
        settings.setValue(u"focus/id"_s, m_focus->id);
        settings.setValue(u"focus/withoutEnvironment"_s, m_focus->withoutEnvironment);
        settings.setValue(u"focus/name"_s, m_focus->name);
    }
    settings.endGroup();
}

void FilterBar::restoreState(const QSettings& settings)
{
    m_quiet = true;
    m_text->setText(settings.value(u"filter/text"_s).toString());
    const auto get = [&settings](const QString& key) {
        const QVariant value = settings.value(key);
        return value.isValid() ? std::optional(value.toLongLong()) : std::nullopt;
    };
    m_environment = get(u"filter/environment"_s);
    m_herd = get(u"filter/herd"_s);
    const auto choose = [&settings](QComboBox* combo, const QString& key) {
        const int index = settings.value(key).toInt();
        combo->setCurrentIndex(index >= 0 && index < combo->count() ? index : 0);
    };
    choose(m_roles, u"filter/role"_s);
    choose(m_states, u"filter/state"_s);
    m_version = settings.value(u"filter/version"_s).toString();
    m_actions[ActionId::ToggleProblems]->setChecked(settings.value(u"filter/problems"_s).toBool());
    m_actions[ActionId::TogglePrimaries]->setChecked(settings.value(u"filter/primaries"_s).toBool());
    m_actions[ActionId::ToggleReplicas]->setChecked(settings.value(u"filter/replicas"_s).toBool());
    m_actions[ActionId::ToggleLagging]->setChecked(settings.value(u"filter/lagging"_s).toBool());
    m_focus.reset();
    if (const int kind = settings.value(u"filter/focus/kind"_s, -1).toInt(); kind >= 0 && kind <= int(ItemKind::Server)) {
        m_focus = TreeFocus{.kind = static_cast<ItemKind>(kind),
            .id = settings.value(u"filter/focus/id"_s).toLongLong(),
            .withoutEnvironment = settings.value(u"filter/focus/withoutEnvironment"_s).toBool(),
            .name = settings.value(u"filter/focus/name"_s).toString()};
    }
    m_quiet = false;
    fillEnvironments();
    fillHerds();
    fillVersions();
    changed();
}

} // namespace elephaas
