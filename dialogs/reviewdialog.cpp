#include "dialogs/reviewdialog.h"

#include "dialogs/parts/environmenttag.h"
#include "dialogs/parts/fieldnote.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"
#include "models/domain/visibletext.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTextBlock>

#include <algorithm>
#include <map>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

bool interrupts(const QString& kind) { return kind == u"stop"_s || kind == u"restart"_s; }

bool touchesPrimary(const Plan& plan, const Inventory& inventory)
{
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&inventory](const Step& step) {
        const Instance* instance = step.instance ? inventory.find(*step.instance) : nullptr;
        // Nobody knows: as careful as with a primary.
        return instance && (inventory.roleOf(*instance) == Role::Primary || inventory.roleOf(*instance) == Role::Unknown);
    });
}

bool isDangerousPlan(const Plan& plan, const Inventory& inventory)
{
    const bool warned = std::any_of(plan.findings.begin(), plan.findings.end(), [](const Finding& finding) {
        return finding.code == FindingCode::PrimaryWithReplicas || finding.code == FindingCode::ProtectedEnvironment;
    });
    return warned || (interrupts(plan.kind) && touchesPrimary(plan, inventory));
}

std::vector<ReviewDialog::Name> namesFor(const Plan& plan, const Inventory& inventory)
{
    std::map<QString, std::set<QString>> herds; // by environment
    for (const QString& environment : plan.environmentsToType())
        herds[environment];
    for (const Finding& finding : plan.findings) {
        const Instance* instance = finding.instance ? inventory.find(*finding.instance) : nullptr;
        const Herd* herd = instance ? inventory.find(instance->herd) : nullptr;
        if (finding.code == FindingCode::ProtectedEnvironment && !finding.environment.isEmpty())
            herds[finding.environment].insert(herd ? herd->name : QString());
    }
    std::vector<ReviewDialog::Name> names;
    for (const auto& [environment, of] : herds) {
        // A name that cannot be typed as it is shown must not lock anybody out: then the environment's has to do.
        const QString herd = of.size() == 1 ? of.begin()->simplified() : QString();
        names.push_back({environment, herd.isEmpty() ? environment : herd});
    }
    return names;
}

// A name as it is shown whole and can be typed: a mark for a character that no keyboard has may be typed as it looks.
QString toTypeOf(const QString& name) { return visibleLine(name.simplified()); }

Mark markOf(Severity severity)
{
    switch (severity) {
    case Severity::Ok:
        return Mark::Done;
    case Severity::Warning:
        return Mark::Warning;
    case Severity::Blocker:
        return Mark::Failed;
    case Severity::Unknown:
        return Mark::Unknown;
    }
    Q_UNREACHABLE();
}

int rankOf(Severity severity)
{
    switch (severity) {
    case Severity::Blocker:
        return 0;
    case Severity::Unknown:
        return 1;
    case Severity::Warning:
        return 2;
    case Severity::Ok:
        return 3;
    }
    Q_UNREACHABLE();
}

QString sentenceOf(const Finding& finding)
{
    QStringList parts;
    parts << (finding.target.isEmpty() ? finding.text : ReviewDialog::tr("%1: %2").arg(finding.target, finding.text));
    if (!finding.measured.isEmpty() && !finding.text.contains(finding.measured))
        parts << ReviewDialog::tr("Measured: %1.").arg(finding.measured);
    if (!finding.limit.isEmpty())
        parts << ReviewDialog::tr("Limit: %1.").arg(finding.limit);
    if (!finding.cure.isEmpty())
        parts << finding.cure;
    return inOneLine(parts.join(u' '), 600);
}

struct Line {
    Severity severity;
    QString text;
};

// One line each, the worst first; that so many belong to one protected environment is said once.
std::vector<Line> linesOf(const std::vector<Finding>& findings)
{
    std::vector<Line> lines;
    std::map<QString, int> inProtected;
    for (const Finding& finding : findings) {
        if (finding.code == FindingCode::ProtectedEnvironment)
            ++inProtected[finding.environment];
        else
            lines.push_back({finding.severity, sentenceOf(finding)});
    }
    for (const auto& [environment, count] : inProtected) {
        lines.push_back({Severity::Warning,
            ReviewDialog::tr("Targets in the protected environment %1: %n.", nullptr, count).arg(inOneLine(environment))});
    }
    std::stable_sort(
        lines.begin(), lines.end(), [](const Line& a, const Line& b) { return rankOf(a.severity) < rankOf(b.severity); });
    return lines;
}

QString addressOf(const RemoteTarget& remote)
{
    QString text = remote.user.isEmpty() ? remote.host : remote.user + u'@' + remote.host;
    if (remote.port > 0)
        text += u':' + QString::number(remote.port);
    return inOneLine(text, 200);
}

QPushButton* makeButton(const QString& text, const QString& name, const QString& toolTip, QWidget* parent)
{
    auto* button = new QPushButton(text, parent);
    button->setObjectName(name);
    button->setAccessibleName(QString(text).remove(u'&').remove(QChar(0x2026)));
    button->setToolTip(toolTip);
    button->setAutoDefault(false);
    return button;
}

} // namespace

ReviewDialog::ReviewDialog(const Plan& plan, const Inventory& inventory, QWidget* parent)
    : QDialog(parent)
    , m_plan(plan)
    , m_dangerous(isDangerousPlan(plan, inventory))
    , m_names(namesFor(plan, inventory))
    , m_writer([this](const QString& path, const Expected<void>& result) {
        if (result)
            m_strip->showText(Mark::Done, tr("Exported to %1").arg(inOneLine(path, 200)));
        else
            m_strip->showError(result.error());
    })
{
    build(inventory);
    checkTyped();
    showStep(0);
    if (!m_typing.empty())
        m_typing.front().editor->setFocus();
    else
        (m_dangerous ? m_cancel : m_run)->setFocus();
}

void ReviewDialog::build(const Inventory& inventory)
{
    setObjectName(u"reviewDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setSizeGripEnabled(true);
    const QString title = inOneLine(m_plan.title, 200);
    setWindowTitle(title);
    auto* head = new QHBoxLayout;
    head->addWidget(headingLabel(title + u'?', u"reviewHeading"_s, this), 1);
    head->addWidget(makeTags(inventory), 0, Qt::AlignTop);

    m_strip = new MessageStrip(this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addLayout(head);
    if (QWidget* findings = makeFindings())
        column->addWidget(findings);
    column->addWidget(makeSteps(), 1);
    if (QWidget* typing = makeTyping())
        column->addWidget(typing);
    column->addWidget(m_strip);
    column->addWidget(makeButtons());
    resize(820, 540);

    const QString blocker = m_plan.whyNotRunnable();
    if (!blocker.isEmpty())
        m_strip->showText(Mark::Lock, tr("This cannot be run"), blocker);
}

QWidget* ReviewDialog::makeTags(const Inventory& inventory)
{
    auto* tags = new QWidget(this);
    tags->setObjectName(u"reviewEnvironments"_s);
    auto* row = new QHBoxLayout(tags);
    row->setContentsMargins(0, 0, 0, 0);
    std::set<QString> names;
    for (const Step& step : m_plan.steps) {
        const Instance* instance = step.instance ? inventory.find(*step.instance) : nullptr;
        const Environment* environment = instance ? inventory.environmentOf(*instance) : nullptr;
        if (environment)
            names.insert(environment->name);
    }
    for (const QString& name : names)
        row->addWidget(new EnvironmentTag(name, tags));
    return tags;
}

QWidget* ReviewDialog::makeFindings()
{
    const std::vector<Line> lines = linesOf(m_plan.findings);
    if (lines.empty())
        return nullptr;
    auto* list = new QListWidget(this);
    list->setObjectName(u"reviewFindings"_s);
    list->setAccessibleName(tr("What was found before"));
    list->setWordWrap(true);
    list->setSelectionMode(QAbstractItemView::NoSelection);
    list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setSpacing(1);
    for (const Line& line : lines) {
        auto* item = new QListWidgetItem(markIcon(markOf(line.severity), palette()), line.text, list);
        item->setData(Qt::AccessibleTextRole,
            line.severity == Severity::Blocker       ? tr("Blocker: %1").arg(line.text)
                : line.severity == Severity::Warning ? tr("Warning: %1").arg(line.text)
                : line.severity == Severity::Unknown ? tr("Unknown: %1").arg(line.text)
                                                     : line.text);
    }
    list->setIconSize(QSize(16, 16));
    m_findings = list;
    return list;
}

QWidget* ReviewDialog::makeSteps()
{
    m_targets = new QListWidget(this);
    m_targets->setObjectName(u"reviewTargets"_s);
    m_targets->setAccessibleName(tr("Targets, by name"));
    m_targets->setUniformItemSizes(true);
    m_targets->setIconSize(QSize(16, 16));
    QPixmap nothing(16, 16);
    nothing.fill(Qt::transparent);
    const bool marked = std::any_of(m_plan.findings.begin(), m_plan.findings.end(), [](const Finding& f) { return f.instance.has_value(); });
    for (const Step& step : m_plan.steps) {
        Severity worst = Severity::Ok;
        for (const Finding& finding : m_plan.findings) {
            if (finding.instance && finding.instance == step.instance && rankOf(finding.severity) < rankOf(worst))
                worst = finding.severity;
        }
        const QIcon icon = worst != Severity::Ok ? markIcon(markOf(worst), palette()) : marked ? QIcon(nothing) : QIcon();
        new QListWidgetItem(icon, inOneLine(step.target.isEmpty() ? step.title : step.target, 120), m_targets);
    }
    m_commands = new QPlainTextEdit(this);
    m_commands->setObjectName(u"reviewCommands"_s);
    nameEditor(m_commands, tr("The exact commands, per host"));
    m_commands->setReadOnly(true);
    m_commands->setTabChangesFocus(true);
    m_commands->setFont(fixedFont());
    m_commands->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    m_commands->setWordWrapMode(QTextOption::WrapAnywhere); // not a character may hide beyond the edge
    m_commands->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_commands->setPlainText(commandsText());
    connect(m_targets, &QListWidget::currentRowChanged, this, &ReviewDialog::showStep);

    const auto titled = [this](const QString& text, const QString& name, QWidget* widget) {
        auto* box = new QWidget(this);
        auto* column = new QVBoxLayout(box);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        auto* label = new QLabel(text, box);
        label->setObjectName(name);
        label->setBuddy(widget);
        column->addWidget(label);
        column->addWidget(widget, 1);
        return box;
    };
    auto* split = new QSplitter(Qt::Horizontal, this);
    split->setObjectName(u"reviewSplit"_s);
    split->setChildrenCollapsible(false);
    split->addWidget(titled(tr("&Targets: %n", nullptr, static_cast<int>(m_plan.steps.size())), u"targetsLabel"_s, m_targets));
    split->addWidget(titled(tr("Exact co&mmands, per host"), u"commandsLabel"_s, m_commands));
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 5);
    split->setSizes({230, 570});
    return split;
}

QString ReviewDialog::commandsText()
{
    QString text;
    for (const Step& step : m_plan.steps) {
        m_stepPositions.push_back(static_cast<int>(text.size()));
        const QString address = addressOf(step.address.remote);
        //: a heading above commands: %1 what is done where, %2 the account and host it is done with
        text += u"# "_s + (address.isEmpty() ? inOneLine(step.title, 300) : tr("%1 (%2)").arg(inOneLine(step.title, 300), address))
            + u'\n';
        const std::vector<QByteArray> commands = step.commands();
        for (const QByteArray& command : commands)
            text += visibleText(command) + u'\n';
        if (commands.empty())
            text += tr("(sends nothing: waits)") + u'\n';
        text += u'\n';
    }
    return text.trimmed();
}

QWidget* ReviewDialog::makeTyping()
{
    if (m_names.empty() || !m_plan.whyNotRunnable().isEmpty())
        return nullptr;
    auto* box = new QWidget(this);
    box->setObjectName(u"typeNames"_s);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(3);
    int number = 0;
    for (const Name& name : m_names) {
        auto* editor = new QLineEdit(box);
        editor->setObjectName(number++ == 0 ? u"typedName"_s : u"typedName%1"_s.arg(number));
        const QString what = tr("%1 is protected. Type “%2” to go on:").arg(inOneLine(name.environment), toTypeOf(name.toType));
        editor->setAccessibleName(what);
        editor->setMaximumWidth(editor->fontMetrics().averageCharWidth() * 48);
        QLabel* label = plainLabel(what, editor->objectName() + u"Label"_s, box);
        label->setWordWrap(true);
        auto* note = new FieldNote(editor, {}, box);
        column->addWidget(label);
        column->addWidget(editor);
        column->addWidget(note);
        m_typing.push_back({name, editor, note});
        connect(editor, &QLineEdit::textChanged, this, [this] { checkTyped(); });
    }
    return box;
}

QWidget* ReviewDialog::makeButtons()
{
    auto* box = new QWidget(this);
    box->setObjectName(u"reviewButtons"_s);
    QPushButton* copyButton
        = makeButton(tr("C&opy"), u"copyPlanButton"_s, tr("Copies the whole plan as text (Ctrl+Shift+C)"), box);
    QPushButton* exportButton
        = makeButton(tr("&Export…"), u"exportPlanButton"_s, tr("Writes the whole plan to a file, as text or JSON (Ctrl+E)"), box);
    m_run = makeButton(tr("&Run"), u"runButton"_s, {}, box);
    m_cancel = makeButton(tr("Cancel"), u"cancelButton"_s, {}, box);
    (m_dangerous || !m_plan.whyNotRunnable().isEmpty() ? m_cancel : m_run)->setDefault(true);

    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(copyButton);
    row->addWidget(exportButton);
    row->addStretch(1);
    row->addWidget(m_run);
    row->addWidget(m_cancel);

    connect(copyButton, &QPushButton::clicked, this, [this] { copy(); });
    connect(exportButton, &QPushButton::clicked, this, [this] { exportPlan(); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { reject(); });
    connect(m_run, &QPushButton::clicked, this, [this] {
        Q_EMIT approved(m_plan);
        accept();
    });
    const auto key = [this](const QKeySequence& sequence, const QString& name, auto slot) {
        auto* shortcut = new QShortcut(sequence, this);
        shortcut->setObjectName(name);
        connect(shortcut, &QShortcut::activated, this, slot);
    };
    key(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), u"copyPlanShortcut"_s, [this] { copy(); });
    key(QKeySequence(Qt::CTRL | Qt::Key_E), u"exportPlanShortcut"_s, [this] { exportPlan(); });
    return box;
}

void ReviewDialog::resizeEvent(QResizeEvent* event)
{
    QDialog::resizeEvent(event);
    if (!m_findings)
        return;
    // As tall as its lines, up to a third of the dialog.
    m_findings->doItemsLayout();
    const int lines = m_findings->visualItemRect(m_findings->item(m_findings->count() - 1)).bottom() + 4;
    m_findings->setFixedHeight(std::min(lines + 2 * m_findings->frameWidth(), std::max(60, height() / 3)));
}

void ReviewDialog::checkTyped()
{
    QString missing;
    for (const Typing& typing : m_typing) {
        const QString typed = toTypeOf(typing.editor->text());
        const QString wanted = toTypeOf(typing.name.toType);
        const bool right = typed == wanted;
        const bool onTheWay = wanted.startsWith(typed);
        typing.note->setCheck(right || onTheWay ? FieldCheck{} : FieldCheck{FieldCheck::Weight::Error, tr("That is not the name.")});
        if (!right && missing.isEmpty())
            missing = tr("Type “%1” first.").arg(wanted);
    }
    const QString blocker = m_plan.whyNotRunnable();
    const QString reason = blocker.isEmpty() ? missing : blocker;
    m_run->setEnabled(reason.isEmpty());
    const QString help = !reason.isEmpty() ? reason
        : m_dangerous                      ? tr("Alt+R, or the space bar when it has the focus; Enter cancels")
                                           : QString();
    m_run->setToolTip(help.toHtmlEscaped());
    m_run->setAccessibleDescription(help);
}

void ReviewDialog::showStep(int step)
{
    if (step < 0 || static_cast<size_t>(step) >= m_stepPositions.size())
        return;
    if (m_targets->currentRow() != step)
        m_targets->setCurrentRow(step);
    QTextCursor cursor(m_commands->document()->findBlock(m_stepPositions[static_cast<size_t>(step)]));
    m_commands->moveCursor(QTextCursor::End); // so that the heading ends up at the top
    m_commands->setTextCursor(cursor);
}

void ReviewDialog::copy()
{
    QGuiApplication::clipboard()->setText(m_plan.toText());
    m_strip->showText(Mark::Done, tr("The plan was copied as text."));
}

void ReviewDialog::exportPlan()
{
    auto* chooser = new QFileDialog(this, tr("Export plan"));
    chooser->setObjectName(u"exportPlanDialog"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setAcceptMode(QFileDialog::AcceptSave);
    chooser->setNameFilters({tr("Text (*.txt)"), tr("JSON (*.json)")});
    chooser->setDefaultSuffix(u"txt"_s);
    chooser->selectFile(u"plan-%1.txt"_s.arg(m_plan.kind));
    connect(chooser, &QFileDialog::filterSelected, chooser, [chooser](const QString& filter) {
        chooser->setDefaultSuffix(filter.contains(u"json"_s) ? u"json"_s : u"txt"_s);
    });
    connect(chooser, &QFileDialog::fileSelected, this,
        [this](const QString& path) { m_writer.write(path, contentFor(path)); });
    chooser->open();
}

QByteArray ReviewDialog::contentFor(const QString& path) const
{
    if (path.endsWith(u".json"_s, Qt::CaseInsensitive))
        return QJsonDocument(m_plan.toJson()).toJson();
    return m_plan.toText().toUtf8();
}

} // namespace elephaas
