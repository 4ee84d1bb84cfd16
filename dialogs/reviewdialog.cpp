#include "dialogs/reviewdialog.h"

#include "dialogs/helpdialog.h"
#include "dialogs/parts/controls.h"
#include "dialogs/parts/environmenttag.h"
#include "dialogs/parts/fieldnote.h"
#include "dialogs/parts/messagestrip.h"
#include "dialogs/parts/plainlabel.h"
#include "dialogs/review/findingstree.h"
#include "dialogs/review/stepspane.h"
#include "models/domain/visibletext.h"
#include "models/operations/lifecycle.h"
#include "models/operations/plancompare.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr qsizetype shortestReason = 4;
constexpr qsizetype namedDifferences = 8;

bool interrupts(const QString& kind) { return kind == u"stop"_s || kind == u"restart"_s; }
bool changesData(const QString& kind) { return kind == u"promote"_s || kind == u"demote"_s || kind == u"rebuild"_s || kind == u"initialise"_s; }

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
        return finding.code == FindingCode::PrimaryWithReplicas || finding.code == FindingCode::ProtectedEnvironment
            || finding.severity == Severity::Blocker;
    });
    // What goes on with an operation, or takes it back, finds a herd that may have changed since.
    return warned || changesData(plan.kind) || plan.kind == u"undo"_s || plan.continues || (interrupts(plan.kind) && touchesPrimary(plan, inventory));
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

bool canBePassedOver(const Finding& finding) { return finding.severity == Severity::Blocker && finding.override_ == Override::WithReason; }

// What no reason can get past: a hard blocker, or no steps.
QString whyNeverRunnable(const Plan& plan)
{
    Plan passedOver = plan;
    for (Finding& finding : passedOver.findings)
        finding.reason = canBePassedOver(finding) ? u"-"_s : QString();
    return passedOver.whyNotRunnable();
}

QPushButton* makeButton(const QString& text, const QString& name, const QString& toolTip, QWidget* parent)
{
    QPushButton* button = plainButton(text, name, QString(text).remove(u'&').remove(QChar(0x2026)), parent);
    button->setToolTip(toolTip);
    return button;
}

} // namespace

ReviewDialog::ReviewDialog(const Plan& plan, const Inventory& inventory, QWidget* parent)
    : ReviewDialog(plan, inventory, Options(), parent)
{
}

ReviewDialog::ReviewDialog(const Plan& plan, const Inventory& inventory, Options options, QWidget* parent)
    : QDialog(parent)
    , m_plan(plan)
    , m_inventory(inventory)
    , m_options(std::move(options))
    , m_writer([this](const QString& path, const Expected<void>& result) {
        if (result)
            m_strip->showText(Mark::Done, tr("Exported to %1").arg(inOneLine(path, 200)));
        else
            m_strip->showError(result.error());
    })
{
    build();
    present();
}

void ReviewDialog::build()
{
    setObjectName(u"reviewDialog"_s);
    HelpDialog::offer(this, HelpDialog::pageOfOperation(m_plan.kind));
    setAttribute(Qt::WA_DeleteOnClose);
    setSizeGripEnabled(true);
    m_strip = new MessageStrip(this);
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(18, 16, 18, 14);
    m_column->setSpacing(10);
    m_column->addWidget(m_strip);
    m_column->addWidget(makeButtons());
}

void ReviewDialog::present()
{
    delete m_body;
    m_overrides = nullptr;
    m_typing.clear();
    m_reasons.clear();
    m_findings = nullptr;
    m_dangerous = isDangerousPlan(m_plan, m_inventory);
    m_names = namesFor(m_plan, m_inventory);
    m_never = whyNeverRunnable(m_plan);
    const QString title = inOneLine(m_plan.title, 200);
    setWindowTitle(title);

    m_body = new QWidget(this);
    m_body->setObjectName(u"reviewBody"_s);
    auto* column = new QVBoxLayout(m_body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(makeHead());
    m_split = new QSplitter(Qt::Vertical, m_body);
    m_split->setObjectName(u"reviewRows"_s);
    m_split->setChildrenCollapsible(false);
    if (!m_plan.findings.empty())
        m_split->addWidget(m_findings = new FindingsTree(m_plan.findings, m_split));
    auto* steps = new StepsPane(m_plan, m_inventory, m_split);
    m_split->addWidget(steps);
    column->addWidget(m_split, 1);
    if (QWidget* overrides = makeOverrides())
        column->addWidget(overrides);
    if (QWidget* typing = makeTyping())
        column->addWidget(typing);
    m_column->insertWidget(0, m_body, 1);
    // Tab goes from top to bottom, also in a body that was made later than the buttons.
    setTabOrder(m_body, m_run->parentWidget());

    const bool isLarge = m_plan.steps.size() > 3 || m_plan.findings.size() > 6 || !steps->hasOneStepEach();
    if (!isVisible())
        resize(isLarge ? QSize(1000, 720) : QSize(820, 540));
    if (!m_never.isEmpty())
        m_strip->showText(Mark::Lock, tr("This cannot be run"), m_never);
    const bool cancelIsSafe = m_dangerous || !m_plan.whyNotRunnable().isEmpty();
    (cancelIsSafe ? m_cancel : m_run)->setDefault(true);
    check();
    if (!m_reasons.empty())
        m_reasons.front().editor->setFocus();
    else if (!m_typing.empty())
        m_typing.front().editor->setFocus();
    else
        (cancelIsSafe ? m_cancel : m_run)->setFocus();
    if (isVisible())
        shareHeight();
}

QWidget* ReviewDialog::makeHead()
{
    auto* box = new QWidget(m_body);
    box->setObjectName(u"reviewHead"_s);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* line = new QHBoxLayout;
    line->addWidget(headingLabel(inOneLine(m_plan.title, 200) + u'?', u"reviewHeading"_s, box), 1);
    line->addWidget(makeTags(), 0, Qt::AlignTop);
    column->addLayout(line);
    if (!m_options.consequence.isEmpty())
        column->addWidget(wrappedLabel(visibleText(m_options.consequence), u"reviewConsequence"_s, box));
    return box;
}

QWidget* ReviewDialog::makeTags()
{
    auto* tags = new QWidget(m_body);
    tags->setObjectName(u"reviewEnvironments"_s);
    auto* row = new QHBoxLayout(tags);
    row->setContentsMargins(0, 0, 0, 0);
    std::set<QString> names;
    const auto add = [&](const std::optional<InstanceId>& id) {
        const Instance* instance = id ? m_inventory.find(*id) : nullptr;
        const Environment* environment = instance ? m_inventory.environmentOf(*instance) : nullptr;
        if (environment)
            names.insert(environment->name);
    };
    for (const Step& step : m_plan.steps)
        add(step.instance);
    for (const Finding& finding : m_plan.findings)
        add(finding.instance);
    for (const QString& name : names)
        row->addWidget(new EnvironmentTag(name, tags));
    return tags;
}

// One line and one reason for each blocker that may be passed over; never one for all.
QWidget* ReviewDialog::makeOverrides()
{
    if (!m_never.isEmpty())
        return nullptr;
    auto* rows = new QWidget(m_body);
    rows->setObjectName(u"overrideRows"_s);
    auto* column = new QVBoxLayout(rows);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    for (size_t i = 0; i < m_plan.findings.size(); ++i) {
        const Finding& finding = m_plan.findings[i];
        if (!canBePassedOver(finding))
            continue;
        const QString number = m_reasons.empty() ? QString() : QString::number(m_reasons.size() + 1);
        auto* editor = new QLineEdit(finding.reason, rows);
        editor->setObjectName(u"overrideReason"_s + number);
        QStringList subject;
        for (const QString& part : {finding.check, finding.target}) {
            if (!part.isEmpty())
                subject << part;
        }
        //: %1 check and target, %2 a sentence
        const QString what = tr("Blocker %1: %2 To pass over it, type your reason:")
                                 .arg(inOneLine(subject.join(u", "_s), 200), inOneLine(finding.text, 300));
        editor->setAccessibleName(what);
        editor->setPlaceholderText(tr("The reason goes into the record of the operation"));
        editor->setMaxLength(400);
        QLabel* label = plainLabel(what, editor->objectName() + u"Label"_s, rows);
        label->setWordWrap(true);
        label->setBuddy(editor);
        column->addWidget(label);
        column->addWidget(editor);
        m_reasons.push_back({i, editor});
        connect(editor, &QLineEdit::textChanged, this, [this] { check(); });
    }
    if (m_reasons.empty()) {
        delete rows;
        return nullptr;
    }
    auto* area = new QScrollArea(m_body);
    area->setObjectName(u"overrides"_s);
    area->setAccessibleName(tr("Blockers that may be passed over, each with its own reason"));
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(rows);
    column->addStretch(1);
    m_overrides = area;
    return area;
}

QWidget* ReviewDialog::makeTyping()
{
    if (m_names.empty() || !m_never.isEmpty())
        return nullptr;
    auto* box = new QWidget(m_body);
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
        connect(editor, &QLineEdit::textChanged, this, [this] { check(); });
    }
    return box;
}

QWidget* ReviewDialog::makeButtons()
{
    auto* box = new QWidget(this);
    box->setObjectName(u"reviewButtons"_s);
    QPushButton* copyButton
        = makeButton(tr("C&opy"), u"copyPlanButton"_s, tr("Copies the whole plan as Markdown (Ctrl+Shift+C)"), box);
    QPushButton* exportButton
        = makeButton(tr("&Export…"), u"exportPlanButton"_s, tr("Writes the whole plan to a file, as Markdown, JSON or text (Ctrl+E)"), box);
    m_run = makeButton(tr("&Run"), u"runButton"_s, {}, box);
    m_cancel = makeButton(tr("Cancel"), u"cancelButton"_s, {}, box);

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
    connect(m_run, &QPushButton::clicked, this, [this] { run(); });
    const auto key = [this](const QKeySequence& sequence, const QString& name, auto slot) {
        auto* shortcut = new QShortcut(sequence, this);
        shortcut->setObjectName(name);
        connect(shortcut, &QShortcut::activated, this, slot);
    };
    key(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), u"copyPlanShortcut"_s, [this] { copy(); });
    key(QKeySequence(Qt::CTRL | Qt::Key_E), u"exportPlanShortcut"_s, [this] { exportPlan(); });
    return box;
}

void ReviewDialog::showEvent(QShowEvent* event)
{
    QDialog::showEvent(event);
    shareHeight();
}

void ReviewDialog::resizeEvent(QResizeEvent* event)
{
    QDialog::resizeEvent(event);
    fitOverrides();
}

void ReviewDialog::fitOverrides()
{
    if (!m_overrides)
        return;
    // As tall as its lines, up to some.
    constexpr int mostHeight = 190;
    const QWidget* rows = m_overrides->widget();
    const int wanted = rows->layout()->heightForWidth(m_body->width() - m_overrides->verticalScrollBar()->sizeHint().width());
    m_overrides->setFixedHeight(std::min(wanted + 4, mostHeight));
}

// What was found is as tall as its rows, up to a half; the rest is for the steps.
void ReviewDialog::shareHeight()
{
    m_column->activate();
    fitOverrides();
    if (!m_findings)
        return;
    m_column->activate();
    const int all = m_split->height();
    const int wanted = std::clamp(m_findings->wantedHeight(), 60, std::max(60, all / 2));
    m_split->setSizes({wanted, all - wanted});
}

QString ReviewDialog::whyNotApprovable() const
{
    if (m_looking)
        return tr("The state is read again.");
    if (!m_never.isEmpty())
        return m_never;
    for (const Reason& reason : m_reasons) {
        const Finding& finding = m_plan.findings[reason.finding];
        if (finding.reason.isEmpty())
            return tr("Blocked: %1 Type a reason first, if you want to pass over it.").arg(inOneLine(finding.text, 300));
    }
    for (const Typing& typing : m_typing) {
        if (toTypeOf(typing.editor->text()) != toTypeOf(typing.name.toType))
            return tr("Type “%1” first.").arg(toTypeOf(typing.name.toType));
    }
    return {};
}

void ReviewDialog::check()
{
    for (const Reason& reason : m_reasons) {
        const QString typed = reason.editor->text().simplified();
        m_plan.findings[reason.finding].reason = typed.size() >= shortestReason ? typed : QString();
    }
    for (const Typing& typing : m_typing) {
        const QString typed = toTypeOf(typing.editor->text());
        const QString wanted = toTypeOf(typing.name.toType);
        const bool onTheWay = wanted.startsWith(typed);
        typing.note->setCheck(onTheWay ? FieldCheck{} : FieldCheck{FieldCheck::Weight::Error, tr("That is not the name.")});
    }
    const QString reason = whyNotApprovable();
    m_run->setEnabled(reason.isEmpty());
    const QString help = !reason.isEmpty() ? reason
        : m_dangerous                      ? tr("Alt+R, or the space bar when it has the focus; Enter cancels")
                                           : QString();
    m_run->setToolTip(help.toHtmlEscaped());
    m_run->setAccessibleDescription(help);
}

void ReviewDialog::showLooking(bool on)
{
    m_run->setText(on ? tr("Looking again…") : tr("&Run"));
    m_run->setAccessibleName(on ? tr("Looking again") : tr("Run"));
    for (const Reason& reason : m_reasons)
        reason.editor->setReadOnly(on);
    for (const Typing& typing : m_typing)
        typing.editor->setReadOnly(on);
    check();
}

void ReviewDialog::run()
{
    if (!whyNotApprovable().isEmpty())
        return;
    if (!m_options.replan) {
        Q_EMIT approved(m_plan);
        accept();
        return;
    }
    m_looking = std::make_unique<QObject>();
    showLooking(true);
    m_strip->clear();
    m_options.replan(m_looking.get(), [this](Expected<Plan> plan) { takeNewPlan(std::move(plan)); });
}

void ReviewDialog::takeNewPlan(Expected<Plan> plan)
{
    m_looking.release()->deleteLater(); // it may be what is calling
    showLooking(false);
    if (!plan) {
        m_strip->showError(plan.error());
        m_cancel->setFocus();
        return;
    }
    const QStringList differences = differencesBetween(m_plan, *plan);
    if (differences.isEmpty()) {
        Q_EMIT approved(m_plan);
        accept();
        return;
    }
    keepReasons(m_plan, *plan);
    m_plan = std::move(*plan);
    QStringList told;
    for (const QString& difference : differences.first(std::min(namedDifferences, differences.size())))
        told << inOneLine(difference, 300);
    if (const auto more = static_cast<int>(differences.size() - told.size()); more > 0)
        told << tr("… and %n more", nullptr, more);
    present();
    // Whoever presses Enter twice has not read it.
    m_cancel->setDefault(true);
    m_cancel->setFocus();
    // After what else present() has to say: this explains it.
    m_strip->showText(Mark::Warning, tr("The state changed since you looked. Nothing was done; this is the new plan."), told.join(u'\n'));
}

void ReviewDialog::copy()
{
    QGuiApplication::clipboard()->setText(m_plan.toMarkdown());
    m_strip->showText(Mark::Done, tr("The plan was copied as Markdown."));
}

void ReviewDialog::exportPlan()
{
    auto* chooser = new QFileDialog(this, tr("Export plan"));
    chooser->setObjectName(u"exportPlanDialog"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setAcceptMode(QFileDialog::AcceptSave);
    chooser->setNameFilters({tr("Markdown (*.md)"), tr("JSON (*.json)"), tr("Text (*.txt)")});
    chooser->setDefaultSuffix(u"md"_s);
    chooser->selectFile(u"plan-%1.md"_s.arg(m_plan.kind));
    connect(chooser, &QFileDialog::filterSelected, chooser, [chooser](const QString& filter) {
        chooser->setDefaultSuffix(filter.contains(u"json"_s) ? u"json"_s : filter.contains(u"txt"_s) ? u"txt"_s : u"md"_s);
    });
    connect(chooser, &QFileDialog::fileSelected, this,
        [this](const QString& path) { m_writer.write(path, contentFor(path)); });
    chooser->open();
}

QByteArray ReviewDialog::contentFor(const QString& path) const
{
    if (path.endsWith(u".json"_s, Qt::CaseInsensitive))
        return QJsonDocument(m_plan.toJson()).toJson();
    if (path.endsWith(u".txt"_s, Qt::CaseInsensitive))
        return m_plan.toText().toUtf8();
    return m_plan.toMarkdown().toUtf8();
}

} // namespace elephaas
