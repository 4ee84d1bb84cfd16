#include "dialogs/preferences/commandspage.h"

#include "dialogs/parts/fieldnote.h"
#include "dialogs/parts/plainlabel.h"
#include "dialogs/parts/searchcombo.h"
#include "dialogs/preferences/pastedialog.h"
#include "models/domain/visibletext.h"
#include "models/postgres/commandpresets.h"
#include "models/postgres/commandtemplates.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// In the order in which an instance lives; what is the user's own follows by name.
const QStringList& usualNames()
{
    static const QStringList names{u"base"_s, u"start"_s, u"stop"_s, u"reload"_s, u"promote"_s, u"init"_s};
    return names;
}

QMap<QString, QString> defaultCommands() { return commandPresets().front().commands; }

// More would only make the list slow; any name can still be found by typing in a smaller inventory.
constexpr size_t mostInstances = 20000;

} // namespace

CommandsPage::CommandsPage(QWidget* parent)
    : QWidget(parent)
    , m_inventory(std::make_shared<const Inventory>())
    , m_preset(new QComboBox(this))
    , m_presetNote(plainLabel({}, u"presetNote"_s, this))
    , m_instance(new SearchCombo(this))
    , m_list(nullptr)
    , m_newName(new QLineEdit(this))
    , m_newNote(nullptr)
{
    setObjectName(u"commandsPage"_s);
    build();
}

void CommandsPage::build()
{
    auto* content = new QWidget(this);
    content->setObjectName(u"commandsContent"_s);
    m_list = new QVBoxLayout(content);
    m_list->setContentsMargins(0, 0, 8, 0);
    m_list->setSpacing(6);
    m_list->addWidget(makeFoot());
    m_list->addStretch(1);
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName(u"commandsScroll"_s);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* column = new QVBoxLayout(this);
    column->addWidget(makeHead());
    column->addWidget(scroll, 1);
}

QWidget* CommandsPage::makeHead()
{
    auto* head = new QWidget(this);
    head->setObjectName(u"commandsHead"_s);
    m_preset->setObjectName(u"commandPreset"_s);
    m_preset->setAccessibleName(tr("Preset"));
    for (const CommandPreset& preset : commandPresets())
        m_preset->addItem(preset.title, preset.key);
    auto* useButton = new QPushButton(tr("&Use preset"), head);
    useButton->setObjectName(u"usePresetButton"_s);
    useButton->setAccessibleName(tr("Use preset: replaces all templates below"));
    useButton->setAutoDefault(false);
    auto* pasteButton = new QPushButton(tr("&Paste settings…"), head);
    pasteButton->setObjectName(u"pasteSettingsButton"_s);
    pasteButton->setAccessibleName(tr("Paste the COMMANDS settings of the older application"));
    pasteButton->setToolTip(tr("Takes the COMMANDS settings of the older application, as they are"));
    pasteButton->setAutoDefault(false);
    m_instance->setObjectName(u"previewInstance"_s);
    nameEditor(m_instance, tr("Preview for"));
    makeMuted(m_presetNote);
    m_presetNote->setWordWrap(true);

    auto* presetLabel = new QLabel(tr("Pr&eset:"), head);
    presetLabel->setObjectName(u"commandPresetLabel"_s);
    presetLabel->setBuddy(m_preset);
    auto* instanceLabel = new QLabel(tr("Preview &for:"), head);
    instanceLabel->setObjectName(u"previewInstanceLabel"_s);
    instanceLabel->setBuddy(m_instance);
    auto* grid = new QGridLayout(head);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->addWidget(presetLabel, 0, 0);
    grid->addWidget(m_preset, 0, 1);
    grid->addWidget(useButton, 0, 2);
    grid->addWidget(pasteButton, 0, 3);
    grid->addWidget(m_presetNote, 1, 1, 1, 3);
    grid->addWidget(instanceLabel, 2, 0);
    grid->addWidget(m_instance, 2, 1, 1, 3);
    grid->setColumnStretch(1, 1);

    const auto explain = [this] {
        const auto presets = commandPresets();
        const auto index = static_cast<size_t>(std::max(0, m_preset->currentIndex()));
        m_presetNote->setText(index < presets.size() ? presets[index].description : QString());
    };
    explain();
    connect(m_preset, &QComboBox::currentIndexChanged, this, explain);
    connect(useButton, &QPushButton::clicked, this, [this] { usePreset(); });
    connect(pasteButton, &QPushButton::clicked, this, [this] { paste(); });
    connect(m_instance, &SearchCombo::keyChanged, this, [this] { recheck(); });
    return head;
}

QWidget* CommandsPage::makeFoot()
{
    auto* foot = new QWidget(this);
    foot->setObjectName(u"commandsFoot"_s);
    m_newName->setObjectName(u"newTemplateName"_s);
    m_newName->setAccessibleName(tr("Name of a further template"));
    m_newName->setPlaceholderText(tr("Name of a further template"));
    m_newName->setFixedWidth(m_newName->fontMetrics().averageCharWidth() * 36);
    auto* addButton = new QPushButton(tr("&Add template"), foot);
    addButton->setObjectName(u"addTemplateButton"_s);
    addButton->setAccessibleName(tr("Add template"));
    addButton->setAutoDefault(false);
    m_newNote = new FieldNote(m_newName, tr("Others refer to it as {COMMANDS[name]}."), foot);
    auto* row = new QHBoxLayout;
    row->addWidget(m_newName);
    row->addWidget(addButton);
    row->addStretch(1);
    auto* column = new QVBoxLayout(foot);
    column->setContentsMargins(0, 6, 0, 0);
    column->setSpacing(2);
    column->addLayout(row);
    column->addWidget(m_newNote);
    connect(addButton, &QPushButton::clicked, this, [this] { addOwn(); });
    connect(m_newName, &QLineEdit::textChanged, this, [this] { m_newNote->setCheck({}); });
    return foot;
}

void CommandsPage::setInventory(InventoryPtr inventory)
{
    m_inventory = std::move(inventory);
    std::vector<SearchCombo::Choice> choices;
    for (const Instance& instance : m_inventory->instances()) {
        if (choices.size() >= mostInstances)
            break;
        const Herd* herd = m_inventory->find(instance.herd);
        const Server* server = m_inventory->find(instance.server);
        if (herd && server)
            //: an instance: its herd on its server
            choices.push_back({instance.id.value, tr("%1 on %2").arg(herd->name, server->hostName)});
    }
    std::stable_sort(choices.begin(), choices.end(), [](const SearchCombo::Choice& a, const SearchCombo::Choice& b) {
        return a.text.compare(b.text, Qt::CaseInsensitive) < 0;
    });
    const std::optional<qint64> first = choices.empty() ? std::nullopt : std::optional(choices.front().key);
    m_instance->setChoices(std::move(choices));
    if (!m_instance->currentKey() && m_instance->isEmpty())
        m_instance->setCurrentKey(first);
    recheck();
}

void CommandsPage::setCommands(const QMap<QString, QString>& commands)
{
    m_filling = true;
    while (!m_entries.empty())
        removeEntry(m_entries.back().name);
    const QMap<QString, QString> shown = commands.isEmpty() ? defaultCommands() : commands;
    for (const QString& name : usualNames())
        addEntry(name, shown.value(name));
    for (auto it = shown.begin(); it != shown.end(); ++it) {
        if (!usualNames().contains(it.key()))
            addEntry(it.key(), *it);
    }
    m_filling = false;
    for (size_t i = 0; i < commandPresets().size(); ++i) {
        if (commandPresets()[i].commands == shown)
            m_preset->setCurrentIndex(static_cast<int>(i));
    }
    recheck();
}

QMap<QString, QString> CommandsPage::commands() const
{
    QMap<QString, QString> result;
    for (const Entry& entry : m_entries) {
        if (!entry.editor->toPlainText().trimmed().isEmpty())
            result.insert(entry.name, entry.editor->toPlainText());
    }
    return result;
}

void CommandsPage::addEntry(const QString& name, const QString& text)
{
    auto* box = new QWidget(this);
    box->setObjectName(u"template_"_s + name);
    auto* editor = new QPlainTextEdit(text, box);
    editor->setObjectName(u"template_"_s + name + u"_text"_s);
    editor->setAccessibleName(tr("Template %1").arg(inOneLine(name)));
    editor->setFont(fixedFont());
    editor->setTabChangesFocus(true);
    editor->setWordWrapMode(QTextOption::WrapAnywhere);
    editor->setFixedHeight(editor->fontMetrics().lineSpacing() * 2 + 12);
    QLabel* label = plainLabel(inOneLine(name), u"template_"_s + name + u"_label"_s, box);
    label->setFixedWidth(fontMetrics().averageCharWidth() * 11);
    auto* note = new FieldNote(editor, {}, box);
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(2);
    grid->addWidget(label, 0, 0, Qt::AlignTop);
    grid->addWidget(editor, 0, 1);
    grid->addWidget(note, 1, 1, 1, 2);
    grid->setColumnStretch(1, 1);
    if (!usualNames().contains(name)) {
        auto* removeButton = new QPushButton(tr("Remove"), box);
        removeButton->setObjectName(u"template_"_s + name + u"_remove"_s);
        removeButton->setAccessibleName(tr("Remove template %1").arg(inOneLine(name)));
        removeButton->setAutoDefault(false);
        grid->addWidget(removeButton, 0, 2, Qt::AlignTop);
        connect(removeButton, &QPushButton::clicked, this, [this, name] {
            removeEntry(name);
            recheck();
            Q_EMIT changed();
        });
    }
    m_list->insertWidget(static_cast<int>(m_entries.size()), box);
    m_entries.push_back({name, box, editor, note});
    connect(editor, &QPlainTextEdit::textChanged, this, [this] {
        if (m_filling)
            return;
        recheck();
        Q_EMIT changed();
    });
}

void CommandsPage::removeEntry(const QString& name)
{
    const auto at = std::find_if(m_entries.begin(), m_entries.end(), [&name](const Entry& entry) { return entry.name == name; });
    if (at == m_entries.end())
        return;
    m_list->removeWidget(at->box);
    at->box->hide();
    at->box->setParent(nullptr); // later, because its own button may have asked for it
    at->box->deleteLater();
    m_entries.erase(at);
}

void CommandsPage::addOwn()
{
    const QString name = m_newName->text().trimmed();
    const bool exists = std::any_of(m_entries.begin(), m_entries.end(), [&name](const Entry& entry) { return entry.name == name; });
    const bool valid = !name.isEmpty() && std::all_of(name.begin(), name.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_' || c == u'-';
    });
    if (exists || !valid) {
        m_newNote->setCheck({FieldCheck::Weight::Error,
            exists ? tr("There already is a template of this name.") : tr("A name has letters, digits, “_” and “-” only.")});
        m_newName->setFocus();
        return;
    }
    m_newName->clear();
    addEntry(name, {});
    m_entries.back().editor->setFocus();
    recheck();
    Q_EMIT changed();
}

void CommandsPage::usePreset()
{
    const auto presets = commandPresets();
    const auto index = static_cast<size_t>(std::max(0, m_preset->currentIndex()));
    if (index >= presets.size())
        return;
    setCommands(presets[index].commands);
    Q_EMIT changed();
}

void CommandsPage::paste()
{
    auto* dialog = new PasteDialog(window());
    connect(dialog, &PasteDialog::pasted, this, [this](const QMap<QString, QString>& pasted) {
        QMap<QString, QString> all = commands();
        for (auto it = pasted.begin(); it != pasted.end(); ++it)
            all.insert(it.key(), *it);
        setCommands(all);
        Q_EMIT changed();
    });
    dialog->open();
}

void CommandsPage::recheck()
{
    if (m_filling)
        return;
    const CommandTemplates templates(commands());
    const std::optional<qint64> instance = m_instance->currentKey();
    for (const Entry& entry : m_entries) {
        if (!templates.contains(entry.name)) {
            entry.note->setHint(tr("Empty: cannot be used."));
            entry.note->setCheck({});
            continue;
        }
        const Expected<void> sound = templates.check(entry.name);
        if (!sound) {
            entry.note->setCheck({FieldCheck::Weight::Error, inOneLine(sound.error().text(), 600)});
            continue;
        }
        if (!instance) {
            entry.note->setCheck({});
            entry.note->setHint(tr("Choose an instance to see the command line."));
            continue;
        }
        const auto line = templates.build(entry.name, *m_inventory, InstanceId(*instance));
        // That this instance lacks a value is no fault of the template.
        entry.note->setCheck(line ? FieldCheck{} : FieldCheck{FieldCheck::Weight::Warning, inOneLine(line.error().text(), 600)});
        if (line)
            entry.note->setHint(visibleText(QByteArrayView(*line)));
    }
}

QWidget* CommandsPage::firstError() const
{
    for (const Entry& entry : m_entries) {
        if (entry.note->check().weight == FieldCheck::Weight::Error)
            return entry.editor;
    }
    return nullptr;
}

} // namespace elephaas
