#include "views/factgrid.h"

#include "views/theme.h"
#include "views/wraplabel.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int glyphColumn = 0;
constexpr int labelColumn = 1;
constexpr int valueColumn = 2;
constexpr int noteColumn = 3;
constexpr int longestLabel = 22; // characters; host names are longer, and wrap

QColor colorOf(Fact::Tone tone, const QPalette& palette)
{
    const SemanticColors& colors = semanticColors();
    switch (tone) {
    case Fact::Tone::Normal:
        return palette.color(QPalette::WindowText);
    case Fact::Tone::Muted:
        return colors.muted;
    case Fact::Tone::Warning:
        return colors.warning;
    case Fact::Tone::Bad:
        return colors.offline;
    case Fact::Tone::Good:
        return colors.online;
    }
    Q_UNREACHABLE();
}

void setTextColor(QLabel* label, const QColor& color)
{
    QPalette palette = label->palette();
    if (palette.color(QPalette::WindowText) == color)
        return;
    palette.setColor(QPalette::WindowText, color);
    palette.setColor(QPalette::Text, color);
    label->setPalette(palette);
}

} // namespace

GlyphLabel::GlyphLabel(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void GlyphLabel::setGlyph(std::optional<Glyph> glyph)
{
    setVisible(glyph.has_value());
    setAccessibleName(glyph ? tr("Symbol of the state") : QString());
    m_glyph = glyph;
    update();
}

QSize GlyphLabel::sizeHint() const
{
    const int side = fontMetrics().ascent() + 1;
    return {side, fontMetrics().height()};
}

void GlyphLabel::paintEvent(QPaintEvent* /*event*/)
{
    if (!m_glyph)
        return;
    QPainter painter(this);
    paintGlyph(&painter, QRectF(rect()), *m_glyph, glyphColor(*m_glyph), palette().color(QPalette::Window));
}

FactGrid::FactGrid(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QGridLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setHorizontalSpacing(7);
    m_layout->setVerticalSpacing(5);
    m_layout->setColumnStretch(valueColumn, 1);
}

FactGrid::Row FactGrid::makeRow(int number)
{
    Row row{new WrapLabel(this), new GlyphLabel(this), new WrapLabel(this), new QLabel(this), false};
    for (QLabel* label : {row.label, row.value, row.note}) {
        label->setTextFormat(Qt::PlainText);
        label->setAlignment(Qt::AlignTop | Qt::AlignLeading);
    }
    row.label->setObjectName(u"factLabel%1"_s.arg(number));
    row.value->setObjectName(u"factValue%1"_s.arg(number));
    row.note->setObjectName(u"factNote%1"_s.arg(number));
    row.glyph->setObjectName(u"factGlyph%1"_s.arg(number));
    row.label->setMaximumWidth(fontMetrics().averageCharWidth() * longestLabel);
    row.label->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Minimum);
    m_layout->addWidget(row.glyph, number, glyphColumn, Qt::AlignTop);
    m_layout->addWidget(row.label, number, labelColumn, Qt::AlignTop);
    m_layout->addWidget(row.value, number, valueColumn);
    m_layout->addWidget(row.note, number, noteColumn, Qt::AlignTop);
    return row;
}

void FactGrid::fillRow(size_t number, const Fact& fact)
{
    Row& row = m_rows[number];
    if (const bool wide = fact.label.isEmpty(); wide != row.wide) {
        row.wide = wide;
        m_layout->addWidget(row.value, int(number), wide ? labelColumn : valueColumn, 1, wide ? 2 : 1);
    }
    row.label->setText(fact.label);
    row.label->setVisible(!fact.label.isEmpty());
    row.label->setAccessibleName(fact.label);
    row.value->setText(fact.value);
    row.note->setText(fact.note);
    row.note->setVisible(!fact.note.isEmpty());
    row.note->setAccessibleName(fact.note);
    row.glyph->setGlyph(fact.glyph);
    row.value->setToolTip(fact.toolTip.toHtmlEscaped());
    row.value->setAccessibleName(fact.label.isEmpty() ? fact.value : tr("%1: %2", "label and value").arg(fact.label, fact.value));
    row.value->setAccessibleDescription(fact.note.isEmpty() ? fact.toolTip : fact.note);
    setTextColor(row.label, semanticColors().muted);
    setTextColor(row.note, semanticColors().muted);
    setTextColor(row.value, colorOf(fact.tone, palette()));
    row.value->show();
}

void FactGrid::setFacts(const std::vector<Fact>& facts)
{
    if (facts == m_facts)
        return;
    while (m_rows.size() < facts.size())
        m_rows.push_back(makeRow(static_cast<int>(m_rows.size())));
    for (size_t i = 0; i < m_rows.size(); ++i) {
        if (i >= facts.size()) {
            for (QWidget* part : {static_cast<QWidget*>(m_rows[i].label), static_cast<QWidget*>(m_rows[i].glyph),
                     static_cast<QWidget*>(m_rows[i].value), static_cast<QWidget*>(m_rows[i].note)})
                part->hide();
        } else if (i >= m_facts.size() || facts[i] != m_facts[i]) {
            fillRow(i, facts[i]);
        }
    }
    m_facts = facts;
}

void FactGrid::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        for (size_t i = 0; i < m_facts.size() && i < m_rows.size(); ++i)
            fillRow(i, m_facts[i]);
    }
}

} // namespace elephaas
