#include "dialogs/parts/fieldnote.h"

#include "dialogs/parts/marks.h"
#include "dialogs/parts/plainlabel.h"

#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QStyle>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

Mark markOf(FieldCheck::Weight weight)
{
    switch (weight) {
    case FieldCheck::Weight::Fine:
        return Mark::None;
    case FieldCheck::Weight::Warning:
        return Mark::Warning;
    case FieldCheck::Weight::Error:
        return Mark::Failed;
    }
    Q_UNREACHABLE();
}

void paintIn(QLabel* label, const QColor& color)
{
    QPalette palette;
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
}

} // namespace

FieldNote::FieldNote(QWidget* editor, const QString& hint, QWidget* parent)
    : QWidget(parent)
    , m_editor(editor)
    , m_hint(hint)
    , m_mark(plainLabel({}, editor->objectName() + u"Mark"_s, this))
    , m_text(plainLabel({}, editor->objectName() + u"Note"_s, this))
    , m_counter(plainLabel({}, editor->objectName() + u"Counter"_s, this))
{
    setObjectName(editor->objectName() + u"NoteLine"_s);
    m_text->setWordWrap(true);
    m_text->setMinimumHeight(m_text->fontMetrics().lineSpacing());
    m_counter->setAlignment(Qt::AlignRight | Qt::AlignTop);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(1, 0, 1, 0);
    row->setSpacing(5);
    row->addWidget(m_mark, 0, Qt::AlignTop);
    row->addWidget(m_text, 1, Qt::AlignTop);
    row->addWidget(m_counter, 0, Qt::AlignTop);
    restyle();
}

void FieldNote::setHint(const QString& hint)
{
    if (m_hint == hint)
        return;
    m_hint = hint;
    restyle();
}

void FieldNote::setCheck(const FieldCheck& check)
{
    if (m_check == check)
        return;
    m_check = check;
    restyle();
}

void FieldNote::setLength(int length, int limit)
{
    m_full = limit > 0 && length > limit;
    const bool near = limit > 0 && length * 4 >= limit * 3;
    //: how many characters were typed of how many there is room for
    m_counter->setText(near ? tr("%1 of %2").arg(length).arg(limit) : QString());
    m_counter->setAccessibleName(near ? tr("%1 of %2 characters").arg(length).arg(limit) : QString());
    paintIn(m_counter, m_full ? toneColor(Tone::Bad, QApplication::palette()) : mutedText(QApplication::palette()));
}

QString FieldNote::text() const { return m_text->text(); }

void FieldNote::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        restyle();
}

void FieldNote::restyle()
{
    const bool fine = m_check.weight == FieldCheck::Weight::Fine;
    const QPalette palette = QApplication::palette();
    const Mark mark = markOf(m_check.weight);
    m_text->setText(fine ? m_hint : m_check.text);
    m_mark->setVisible(!fine);
    if (!fine) {
        const int side = m_text->fontMetrics().height();
        m_mark->setPixmap(markIcon(mark, palette).pixmap(QSize(side, side), devicePixelRatioF()));
    }
    paintIn(m_text, fine ? mutedText(palette) : toneColor(toneOf(mark), palette));
    paintIn(m_counter, m_full ? toneColor(Tone::Bad, palette) : mutedText(palette));
    //: read aloud before the explanation of what is wrong with a field
    const QString prefix = m_check.weight == FieldCheck::Weight::Error ? tr("Error: ")
        : m_check.weight == FieldCheck::Weight::Warning                ? tr("Warning: ")
                                                                       : QString();
    m_editor->setAccessibleDescription(prefix + m_text->text());
}

} // namespace elephaas
