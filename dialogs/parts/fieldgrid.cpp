#include "dialogs/parts/fieldgrid.h"

#include "dialogs/parts/plainlabel.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

FieldGrid::FieldGrid(const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    setObjectName(objectName);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(2);
    m_grid->setColumnStretch(1, 1);
}

FieldNote* FieldGrid::add(const QString& label, QWidget* editor, const QString& hint)
{
    const int row = m_grid->rowCount();
    editor->setParent(this);
    auto* text = new QLabel(label, this); // our own words
    text->setObjectName(editor->objectName() + u"Label"_s);
    text->setBuddy(editor);
    if (editor->accessibleName().isEmpty())
        nameEditor(editor, QString(label).remove(u'&').remove(u':'));
    auto* note = new FieldNote(editor, hint, this);
    const bool tall = qobject_cast<QPlainTextEdit*>(editor) != nullptr;
    m_grid->addWidget(text, row, 0, tall ? Qt::AlignTop : Qt::AlignVCenter);
    if (editor->maximumWidth() < QWIDGETSIZE_MAX)
        m_grid->addWidget(editor, row, 1, Qt::AlignLeft);
    else
        m_grid->addWidget(editor, row, 1);
    m_grid->addWidget(note, row + 1, 1);
    m_grid->setRowMinimumHeight(row + 1, note->fontMetrics().lineSpacing() + 8);
    m_fields.emplace_back(editor, note);
    return note;
}

void FieldGrid::addWide(QWidget* widget) { m_grid->addWidget(widget, m_grid->rowCount(), 0, 1, 2); }
void FieldGrid::addStretch() { m_grid->setRowStretch(m_grid->rowCount(), 1); }

QLineEdit* FieldGrid::addLine(
    const QString& label, const QString& objectName, const QString& hint, FieldNote** note, int characters)
{
    auto* line = new QLineEdit(this);
    line->setObjectName(objectName);
    if (characters > 0)
        line->setFixedWidth(line->fontMetrics().averageCharWidth() * characters);
    FieldNote* made = add(label, line, hint);
    if (note)
        *note = made;
    return line;
}

QWidget* FieldGrid::firstError() const
{
    for (const auto& [editor, note] : m_fields) {
        if (note->check().weight == FieldCheck::Weight::Error && editor->isEnabled())
            return editor;
    }
    return nullptr;
}

} // namespace elephaas
