#include "views/detailspanel.h"

#include "views/actions.h"
#include "views/environmentbadge.h"
#include "views/flowlayout.h"
#include "views/lagplot.h"
#include "views/theme.h"
#include "views/wraplabel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr ActionId lifecycleActions[] = {ActionId::Start, ActionId::Stop, ActionId::Restart, ActionId::Reload};
constexpr ActionId replicationActions[]
    = {ActionId::Promote, ActionId::Demote, ActionId::Rebuild, ActionId::Remaster, ActionId::Initialise,
        ActionId::Switchover, ActionId::Failover, ActionId::Drain, ActionId::RefreshDns};
constexpr ActionId otherActions[] = {ActionId::RefreshSelection, ActionId::EditEntity, ActionId::Delete};

} // namespace

DetailsPanel::DetailsPanel(const Actions& actions, QWidget* parent)
    : QScrollArea(parent)
    , m_actions(actions)
    , m_body(new QWidget(this))
{
    setObjectName(u"detailsPanel"_s);
    setAccessibleName(tr("Details of the selection"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    m_body->setObjectName(u"detailsBody"_s);
    viewport()->setAutoFillBackground(false);
    m_body->setAutoFillBackground(false);

    auto* outer = new QVBoxLayout(m_body);
    outer->setContentsMargins(14, 12, 14, 14);
    m_hint = new QLabel(m_body);
    m_hint->setObjectName(u"detailsHint"_s);
    m_hint->setAccessibleName(tr("Hint"));
    m_hint->setTextFormat(Qt::PlainText);
    m_hint->setWordWrap(true);
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setText(tr("Choose a row or a node of the tree: its details and what can be done are shown here."));
    outer->addWidget(m_hint, 1);

    m_content = new QWidget(m_body);
    m_content->setObjectName(u"detailsContent"_s);
    outer->addWidget(m_content, 1);
    auto* layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);

    auto* titleLine = new QHBoxLayout;
    titleLine->setSpacing(8);
    m_glyph = new GlyphLabel(m_content);
    m_glyph->setObjectName(u"detailsGlyph"_s);
    m_title = new WrapLabel(m_content);
    m_title->setObjectName(u"detailsTitle"_s);
    m_environment = new EnvironmentBadge(m_content);
    m_environment->setObjectName(u"detailsEnvironment"_s);
    titleLine->addWidget(m_glyph, 0, Qt::AlignTop);
    titleLine->addWidget(m_title, 1);
    titleLine->addWidget(m_environment, 0, Qt::AlignTop);
    layout->addLayout(titleLine);
    m_subtitle = new QLabel(m_content);
    m_subtitle->setObjectName(u"detailsSubtitle"_s);
    layout->addWidget(m_subtitle);
    m_subtitle->setTextFormat(Qt::PlainText);
    m_subtitle->setWordWrap(true);

    layout->addSpacing(4);
    buildButtons();
    layout->addWidget(m_buttons);
    m_whyHeading = addHeading("detailsWhyHeading");
    m_whyHeading->setText(tr("Not available"));
    m_why = new FactGrid(m_content);
    m_why->setObjectName(u"detailsWhy"_s);
    layout->addWidget(m_why);
    layout->addSpacing(4);
    m_facts = new FactGrid(m_content);
    m_facts->setObjectName(u"detailsFacts"_s);
    layout->addWidget(m_facts);
    m_lagHeading = addHeading("detailsLagHeading");
    m_lagHeading->setText(tr("Lag over time"));
    m_lag = new LagPlot(m_content);
    layout->addWidget(m_lag);
    m_membersHeading = addHeading("detailsMembersHeading");
    m_members = new FactGrid(m_content);
    m_members->setObjectName(u"detailsMembers"_s);
    layout->addWidget(m_members);
    m_operationsHeading = addHeading("detailsOperationsHeading");
    m_operationsHeading->setText(tr("Last operations"));
    m_operations = new FactGrid(m_content);
    m_operations->setObjectName(u"detailsOperations"_s);
    layout->addWidget(m_operations);
    layout->addStretch(1);

    setWidget(m_body);
    adoptFonts();
    showNothing();
}

QLabel* DetailsPanel::addHeading(const char* name)
{
    auto* heading = new QLabel(m_content);
    heading->setObjectName(QString::fromLatin1(name));
    heading->setTextFormat(Qt::PlainText);
    heading->setContentsMargins(0, 10, 0, 0);
    heading->setWordWrap(true);
    m_content->layout()->addWidget(heading);
    return heading;
}

void DetailsPanel::buildButtons()
{
    m_buttons = new QWidget(m_content);
    m_buttons->setObjectName(u"detailsActions"_s);
    auto* flow = new FlowLayout(m_buttons, 5);
    const auto add = [&](ActionId id) {
        auto* button = new QToolButton(m_buttons);
        QAction* action = m_actions[id];
        button->setDefaultAction(action);
        button->setText(plainActionText(*action));
        button->setObjectName("details"_L1 + action->objectName());
        button->setAccessibleName(plainActionText(*action));
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setFocusPolicy(Qt::TabFocus);
        // The default action writes its own text, with mnemonic and ellipsis, at every change.
        connect(action, &QAction::changed, button, [button, action] {
            button->setText(plainActionText(*action));
            button->setAccessibleDescription(action->statusTip());
        });
        button->setAccessibleDescription(action->statusTip());
        flow->addWidget(button);
    };
    for (const ActionId id : lifecycleActions)
        add(id);
    for (const ActionId id : replicationActions)
        add(id);
    for (const ActionId id : otherActions)
        add(id);
}

void DetailsPanel::adoptFonts()
{
    QFont title = font();
    if (title.pointSizeF() > 0)
        title.setPointSizeF(title.pointSizeF() * 1.25);
    title.setWeight(QFont::DemiBold);
    m_title->setFont(title);
    m_glyph->setFont(title);
    const SemanticColors& colors = semanticColors();
    QFont heading = font();
    heading.setWeight(QFont::DemiBold);
    for (QLabel* label : {m_whyHeading, m_lagHeading, m_membersHeading, m_operationsHeading})
        label->setFont(heading);
    for (QLabel* label : {m_subtitle, m_hint}) {
        QPalette palette = label->palette();
        palette.setColor(QPalette::WindowText, colors.muted);
        label->setPalette(palette);
    }
}

void DetailsPanel::changeEvent(QEvent* event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        adoptFonts();
}

void DetailsPanel::showNothing()
{
    m_content->hide();
    m_hint->show();
}

void DetailsPanel::showFacts(const EntityFacts& facts)
{
    m_hint->hide();
    m_content->show();
    m_title->setText(facts.title);
    m_title->setAccessibleName(facts.title);
    m_subtitle->setText(facts.subtitle);
    m_subtitle->setAccessibleName(facts.subtitle);
    m_subtitle->setVisible(!facts.subtitle.isEmpty());
    m_glyph->setGlyph(facts.glyph);
    m_environment->setEnvironment(facts.environment);
    m_facts->setFacts(facts.facts);
    m_membersHeading->setText(facts.membersTitle);
    m_membersHeading->setVisible(!facts.members.empty());
    m_members->setVisible(!facts.members.empty());
    m_members->setFacts(facts.members);
}

void DetailsPanel::showLag(bool applies, std::vector<LagSample> samples, double limitMegabytes)
{
    m_lagHeading->setVisible(applies);
    m_lag->setVisible(applies);
    if (applies)
        m_lag->setSamples(std::move(samples), limitMegabytes);
}

void DetailsPanel::showOperations(const std::vector<Fact>& operations)
{
    m_operationsHeading->setVisible(!operations.empty());
    m_operations->setVisible(!operations.empty());
    m_operations->setFacts(operations);
}

void DetailsPanel::showActions(bool lifecycle)
{
    m_buttons->setVisible(lifecycle);
    std::vector<Fact> reasons;
    if (lifecycle) {
        // Actions that share a reason share a line.
        const auto add = [&](ActionId id) {
            const QString why = m_actions.whyNot(id);
            if (why.isEmpty())
                return;
            const QString name = plainActionText(*m_actions[id]);
            for (Fact& fact : reasons) {
                if (fact.value == why) {
                    fact.label += u", "_s + name;
                    return;
                }
            }
            reasons.push_back({.label = name, .value = why, .tone = Fact::Tone::Muted});
        };
        for (const ActionId id : lifecycleActions)
            add(id);
        for (const ActionId id : replicationActions)
            add(id);
        for (const ActionId id : otherActions)
            add(id);
        for (Fact& fact : reasons) {
            fact.value = tr("%1: %2", "actions, reason why they are not available").arg(fact.label, fact.value);
            fact.label.clear();
        }
    }
    m_whyHeading->setVisible(!reasons.empty());
    m_why->setVisible(!reasons.empty());
    m_why->setFacts(reasons);
}

} // namespace elephaas
