#include "dialogs/review/stepspane.h"

#include "dialogs/parts/fieldnote.h"
#include "dialogs/parts/plainlabel.h"
#include "models/domain/visibletext.h"
#include "models/operations/lifecycle.h"
#include "models/operations/planwords.h"
#include "models/postgres/scriptpieces.h"

#include <QCheckBox>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QTextBlock>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Each step with its own target, as in a plan of many instances: then the targets are the list.
bool stepsHaveTheirOwnTarget(const Plan& plan)
{
    std::set<QString> targets;
    for (const Step& step : plan.steps) {
        if (step.target.isEmpty() || !targets.insert(step.target).second)
            return false;
    }
    return true;
}

// Whether something of it is, or but for `whole` would be, folded.
bool appendCode(QString& text, std::vector<int>& remarks, const CodeWords& words, bool whole)
{
    const std::vector<ScriptPiece> pieces = piecesOf(words.code);
    const bool folds = std::ranges::any_of(pieces, &ScriptPiece::isShared);
    const auto remark = [&](const QString& line) {
        remarks.push_back(static_cast<int>(text.size()));
        text += u"# "_s + line + u'\n';
    };
    const auto append = [&](const QByteArray& code) {
        text += visibleText(code);
        if (!text.endsWith(u'\n'))
            text += u'\n';
    };
    remark(inOneLine(words.heading, 300));
    if (whole) {
        append(words.code);
        return folds;
    }
    for (const ScriptPiece& piece : pieces) {
        if (piece.isShared)
            remark(StepsPane::tr("… %n line(s) of functions that stand in many scripts", nullptr, static_cast<int>(piece.code.trimmed().count('\n') + 1)));
        else
            append(piece.code);
    }
    return folds;
}

} // namespace

StepsPane::StepsPane(const Plan& plan, const Inventory& inventory, QWidget* parent)
    : QWidget(parent)
    , m_plan(plan)
    , m_inventory(inventory)
    , m_oneStepEach(stepsHaveTheirOwnTarget(plan))
{
    m_targets = new QListWidget(this);
    m_targets->setObjectName(u"reviewTargets"_s);
    m_targets->setAccessibleName(m_oneStepEach ? tr("Targets, by name") : tr("Steps, in order"));
    m_targets->setUniformItemSizes(m_oneStepEach);
    m_targets->setWordWrap(!m_oneStepEach);
    m_targets->setIconSize(QSize(16, 16));
    for (const Step& step : m_plan.steps) {
        //: %1 the number of a step, %2 its title
        const QString text = m_oneStepEach ? inOneLine(step.target, 120) : tr("%1. %2").arg(step.id + 1).arg(inOneLine(step.title, 200));
        new QListWidgetItem(text, m_targets);
    }
    m_commands = new QPlainTextEdit(this);
    m_commands->setObjectName(u"reviewCommands"_s);
    nameEditor(m_commands, tr("The exact commands, per host"));
    m_commands->setReadOnly(true);
    m_commands->setTabChangesFocus(true);
    m_commands->setFont(fixedFont());
    m_commands->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    m_commands->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere); // not a character may hide beyond the edge
    m_commands->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_showProofs = new QCheckBox(tr("Show &proof scripts"), this);
    m_showProofs->setObjectName(u"showProofs"_s);
    m_showProofs->setAccessibleName(tr("Show also the scripts that prove a step, and those that take it back"));
    m_showProofs->setVisible(std::ranges::any_of(
        m_plan.steps, [](const Step& step) { return !step.doneScript.isEmpty() || !step.proofScript.isEmpty() || step.undo; }));
    m_wholeScripts = new QCheckBox(tr("&Whole scripts"), this);
    m_wholeScripts->setObjectName(u"wholeScripts"_s);
    m_wholeScripts->setAccessibleName(tr("Show also the functions that stand in many scripts"));
    m_wholeScripts->setToolTip(tr("Shows also the functions that stand word by word in many scripts. Copies and exports are always whole."));
    connect(m_targets, &QListWidget::currentRowChanged, this, &StepsPane::showStep);
    for (const QCheckBox* box : {m_showProofs, m_wholeScripts})
        connect(box, &QCheckBox::toggled, this, [this] { showCommands(); });

    const auto titled = [this](const QString& text, const QString& name, QWidget* widget, std::initializer_list<QWidget*> beside) {
        auto* box = new QWidget(this);
        box->setObjectName(name + u"Box"_s);
        auto* column = new QVBoxLayout(box);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        auto* label = new QLabel(text, box);
        label->setObjectName(name);
        label->setBuddy(widget);
        auto* line = new QHBoxLayout;
        line->addWidget(label, 1);
        for (QWidget* one : beside)
            line->addWidget(one);
        column->addLayout(line);
        column->addWidget(widget, 1);
        return box;
    };
    const auto count = static_cast<int>(m_plan.steps.size());
    auto* split = new QSplitter(Qt::Horizontal, this);
    split->setObjectName(u"reviewSplit"_s);
    split->setChildrenCollapsible(false);
    split->addWidget(titled(m_oneStepEach ? tr("&Targets: %n", nullptr, count) : tr("S&teps: %n", nullptr, count), u"targetsLabel"_s, m_targets, {}));
    split->addWidget(titled(tr("Exact co&mmands, per host"), u"commandsLabel"_s, m_commands, {m_wholeScripts, m_showProofs}));
    split->setStretchFactor(0, m_oneStepEach ? 2 : 3);
    split->setStretchFactor(1, 5);
    showCommands();
    split->setSizes(m_oneStepEach ? QList<int>{230, 570} : QList<int>{340, 640});
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(split);
    showStep(0);
}

QString StepsPane::commandsText()
{
    QString text;
    bool folds = false;
    m_stepPositions.clear();
    m_remarkPositions.clear();
    for (const Step& step : m_plan.steps) {
        m_stepPositions.push_back(static_cast<int>(text.size()));
        const StepWords words = wordsOf(m_plan, step, [this](InstanceId id) {
            const Instance* instance = m_inventory.find(id);
            return instance ? nameOf(m_inventory, *instance) : QString();
        });
        const bool isPlain = words.commands.size() == 1 && std::holds_alternative<RunCommand>(step.action);
        const QString where = isPlain ? inOneLine(words.where, 200) : QString();
        //: a heading above commands: %1 what is done where, %2 the account and host it is done with
        const QString title = where.isEmpty() ? inOneLine(step.title, 300) : tr("%1 (%2)").arg(inOneLine(step.title, 300), where);
        text += u"# "_s + (m_plan.steps.size() > 1 && !m_oneStepEach ? tr("%1. %2").arg(step.id + 1).arg(title) : title) + u'\n';
        if (!words.conditions.isEmpty()) {
            m_remarkPositions.push_back(static_cast<int>(text.size()));
            text += u"# "_s + inOneLine(words.conditions.join(u' '), 2000) + u'\n';
        }
        if (!words.effect.isEmpty())
            text += inOneLine(words.effect, 600) + u'\n';
        if (isPlain)
            text += visibleText(words.commands.front().code) + u'\n';
        else
            for (const CodeWords& command : words.commands)
                folds |= appendCode(text, m_remarkPositions, command, m_wholeScripts->isChecked());
        if (m_showProofs->isChecked()) {
            for (const CodeWords& proof : words.proofs)
                folds |= appendCode(text, m_remarkPositions, proof, m_wholeScripts->isChecked());
        }
        text += u'\n';
    }
    m_wholeScripts->setVisible(folds);
    return text.trimmed();
}

void StepsPane::showCommands()
{
    m_commands->setPlainText(commandsText());
    // A line of a script may look like a heading or a remark; only ours are bold or slanted.
    QTextCharFormat heading;
    heading.setFontWeight(QFont::Bold);
    QTextCharFormat remark;
    remark.setFontItalic(true);
    const auto format = [this](const std::vector<int>& positions, const QTextCharFormat& as) {
        for (const int position : positions) {
            QTextCursor cursor(m_commands->document());
            cursor.setPosition(position);
            cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
            cursor.mergeCharFormat(as);
        }
    };
    format(m_stepPositions, heading);
    format(m_remarkPositions, remark);
    showStep(m_targets->currentRow());
}

void StepsPane::showStep(int step)
{
    if (step < 0 || static_cast<size_t>(step) >= m_stepPositions.size())
        return;
    if (m_targets->currentRow() != step)
        m_targets->setCurrentRow(step);
    QTextCursor cursor(m_commands->document()->findBlock(m_stepPositions[static_cast<size_t>(step)]));
    m_commands->moveCursor(QTextCursor::End); // so that the heading ends up at the top
    m_commands->setTextCursor(cursor);
}

} // namespace elephaas
