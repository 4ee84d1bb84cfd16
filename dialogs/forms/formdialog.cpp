#include "dialogs/forms/formdialog.h"

#include "dialogs/forms/conflictpanel.h"
#include "dialogs/helpdialog.h"
#include "dialogs/parts/plainlabel.h"
#include "dialogs/parts/searchcombo.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString withoutMnemonic(QString label) { return label.remove(u'&').remove(u':'); }

} // namespace

FormDialog::FormDialog(InventoryService& inventory, const QString& objectName, QWidget* parent)
    : QDialog(parent)
    , m_inventory(inventory)
    , m_conflict(new ConflictPanel(this))
    , m_heading(headingLabel({}, u"formHeading"_s, this))
    , m_body(new QWidget(this))
    , m_grid(new QGridLayout(m_body))
    , m_strip(new MessageStrip(this))
    , m_lockStrip(new MessageStrip(this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel, this))
    , m_save(m_buttons->button(QDialogButtonBox::Save))
{
    setObjectName(objectName);
    HelpDialog::offer(this, QString(objectName).remove(u"Dialog"_s)); // "herdDialog"
    setAttribute(Qt::WA_DeleteOnClose);
    m_body->setObjectName(u"formFields"_s);
    m_lockStrip->setObjectName(u"notEditableStrip"_s);
    m_buttons->setObjectName(u"formButtons"_s);

    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(2);
    m_grid->setColumnStretch(1, 1);

    m_save->setObjectName(u"saveButton"_s);
    m_save->setText(tr("&Save"));
    m_save->setAccessibleName(tr("Save"));
    m_save->setIcon({});
    m_save->setDefault(true);
    QPushButton* cancel = m_buttons->button(QDialogButtonBox::Cancel);
    cancel->setObjectName(u"cancelButton"_s);
    cancel->setAccessibleName(tr("Cancel"));
    cancel->setIcon({});
    cancel->setAutoDefault(false);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(12);
    column->addWidget(m_heading);
    column->addWidget(m_lockStrip);
    column->addWidget(m_body);
    column->addStretch(1);
    column->addWidget(m_strip);
    column->addWidget(m_conflict);
    column->addWidget(m_buttons);

    connect(m_save, &QPushButton::clicked, this, [this] { save(); });
    connect(cancel, &QPushButton::clicked, this, [this] { QDialog::reject(); });
    connect(m_conflict, &ConflictPanel::takeTheirs, this, [this] { takeTheirs(); });
    connect(m_conflict, &ConflictPanel::keepMine, this, [this] { keepMine(); });
    connect(&m_inventory, &InventoryService::statusChanged, this, [this] {
        updateEditable();
        recheck(); // the limits may be others
    });
    connect(&m_inventory, &InventoryService::snapshotChanged, this, [this] {
        inventoryChanged();
        recheck();
    });
    auto* saveKey = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this);
    saveKey->setObjectName(u"saveShortcut"_s);
    connect(saveKey, &QShortcut::activated, this, [this] { m_save->animateClick(); });
}

FormDialog::~FormDialog() = default;

QString FormDialog::message() const { return m_strip->text(); }

bool FormDialog::event(QEvent* event)
{
    const bool handled = QDialog::event(event);
    // Messages come and go while the form is open: it grows with them, and never cuts one off.
    if (event->type() == QEvent::LayoutRequest || event->type() == QEvent::Show) {
        const int needed = layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(width()) : layout()->totalMinimumSize().height();
        if (needed > height())
            resize(width(), needed);
    }
    return handled;
}

void FormDialog::reject()
{
    if (!isModified() || m_askedToDiscard) {
        QDialog::reject();
        return;
    }
    m_askedToDiscard = true;
    showMessage(Mark::Warning, tr("What you typed is not saved."), tr("Press Escape again to discard it."));
}

void FormDialog::setHeading(const QString& heading)
{
    setWindowTitle(heading);
    m_heading->setText(heading);
}

FieldNote* FormDialog::addField(const QString& label, QWidget* editor, const QString& hint, Width width)
{
    const int row = m_grid->rowCount();
    auto* text = new QLabel(label, m_body); // made from our own words, so its mnemonic may be interpreted
    text->setObjectName(editor->objectName() + u"Label"_s);
    text->setBuddy(editor);
    editor->setParent(m_body);
    nameEditor(editor, withoutMnemonic(label));
    auto* note = new FieldNote(editor, hint, m_body);
    const bool tall = qobject_cast<QPlainTextEdit*>(editor) != nullptr;
    m_grid->addWidget(text, row, 0, tall ? Qt::AlignTop : Qt::AlignVCenter);
    if (width == Width::Short)
        m_grid->addWidget(editor, row, 1, Qt::AlignLeft);
    else
        m_grid->addWidget(editor, row, 1);
    m_grid->addWidget(note, row + 1, 1);
    m_grid->setRowMinimumHeight(row + 1, note->fontMetrics().lineSpacing() + 8);
    m_fields.push_back({editor, note});
    connectEditor(editor);
    return note;
}

QLineEdit* FormDialog::makeLine(const QString& objectName)
{
    auto* line = new QLineEdit(this);
    line->setObjectName(objectName);
    line->setMinimumWidth(line->fontMetrics().averageCharWidth() * 62);
    return line;
}

void FormDialog::connectEditor(QWidget* editor)
{
    if (auto* line = qobject_cast<QLineEdit*>(editor))
        connect(line, &QLineEdit::textEdited, this, [this, editor] { edited(editor); });
    else if (auto* search = qobject_cast<SearchCombo*>(editor))
        connect(search, &SearchCombo::keyChanged, this, [this, editor] { edited(editor); });
    else if (auto* combo = qobject_cast<QComboBox*>(editor))
        connect(combo, &QComboBox::currentIndexChanged, this, [this, editor] { edited(editor); });
    else if (auto* text = qobject_cast<QPlainTextEdit*>(editor))
        connect(text, &QPlainTextEdit::textChanged, this, [this, editor] { edited(editor); });
}

void FormDialog::edited(QWidget* editor)
{
    for (Field& field : m_fields) {
        if (field.editor == editor)
            field.touched = true;
    }
    m_askedToDiscard = false;
    if (!m_saving)
        clearMessage();
    recheck();
}

void FormDialog::finish(QWidget* first)
{
    QWidget* previous = nullptr;
    for (Field& field : m_fields) {
        field.touched = false; // filling the form was not typing
        if (previous)
            setTabOrder(previous, field.editor);
        previous = field.editor;
    }
    clearMessage();
    updateEditable();
    recheck();
    first->setFocus();
}

void FormDialog::setNote(FieldNote* note, QWidget* editor, FieldCheck check, bool isAsBefore, int length, int limit)
{
    // What the inventory already holds must not keep people from mending another field.
    if (isAsBefore && check.weight == FieldCheck::Weight::Error)
        check.weight = FieldCheck::Weight::Warning;
    note->setLength(length, limit);
    const auto field = std::find_if(m_fields.begin(), m_fields.end(), [editor](const Field& f) { return f.editor == editor; });
    const bool shown = m_allTouched || (field != m_fields.end() && field->touched) || isAsBefore;
    // An empty field that nobody has been in yet is not reproached; a warning never waits.
    note->setCheck(shown || check.weight != FieldCheck::Weight::Error ? check : FieldCheck{});
}

bool FormDialog::stopAtErrors()
{
    m_allTouched = true;
    recheck();
    int errors = 0;
    QWidget* first = nullptr;
    for (const Field& field : m_fields) {
        if (field.note->check().weight != FieldCheck::Weight::Error)
            continue;
        ++errors;
        if (!first)
            first = field.editor;
    }
    if (!first)
        return false;
    first->setFocus(Qt::OtherFocusReason);
    if (auto* line = qobject_cast<QLineEdit*>(first))
        line->selectAll();
    showMessage(Mark::Failed, tr("Not saved. Fields that need attention: %n", nullptr, errors));
    return true;
}

void FormDialog::setSaving(bool saving)
{
    if (m_saving == saving)
        return;
    m_saving = saving;
    if (saving)
        m_focusBeforeSaving = focusWidget();
    m_body->setEnabled(!saving);
    m_save->setText(saving ? tr("Saving…") : tr("&Save"));
    updateEditable();
    if (!saving && m_focusBeforeSaving)
        m_focusBeforeSaving->setFocus();
}

void FormDialog::updateEditable()
{
    const QString reason = m_inventory.whyNotEditable();
    m_save->setEnabled(reason.isEmpty() && !m_saving && !m_conflict->isActive());
    QString why = reason;
    if (reason.isEmpty() && m_conflict->isActive())
        why = tr("Decide first what to do about the other change.");
    m_save->setToolTip(why.toHtmlEscaped());
    m_save->setAccessibleDescription(why);
    if (reason.isEmpty())
        m_lockStrip->clear();
    else
        m_lockStrip->showText(Mark::Lock, tr("Cannot be saved at present"), reason);
}

void FormDialog::showError(const Error& error)
{
    m_strip->showError(error);
    updateEditable();
}

void FormDialog::showMessage(Mark mark, const QString& headline, const QString& explanation)
{
    m_strip->showText(mark, headline, explanation);
    updateEditable();
}

void FormDialog::clearMessage()
{
    m_strip->clear();
    updateEditable();
}

} // namespace elephaas
