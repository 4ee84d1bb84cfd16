#include "dialogs/parts/searchcombo.h"

#include "dialogs/parts/plainlabel.h"

#include <QCompleter>
#include <QHash>
#include <QLineEdit>
#include <QSignalBlocker>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

SearchCombo::SearchCombo(QWidget* parent)
    : QComboBox(parent)
{
    setEditable(true);
    setInsertPolicy(QComboBox::NoInsert);
    setMaxVisibleItems(14);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(24);
    completer()->setCompletionMode(QCompleter::PopupCompletion);
    completer()->setFilterMode(Qt::MatchContains);
    completer()->setCaseSensitivity(Qt::CaseInsensitive);
    completer()->setMaxVisibleItems(10);
    connect(this, &QComboBox::editTextChanged, this, &SearchCombo::keyChanged);
    connect(lineEdit(), &QLineEdit::editingFinished, this, [this] {
        // What was understood is shown in full.
        if (const auto key = currentKey())
            setCurrentKey(key);
    });
}

void SearchCombo::setChoices(std::vector<Choice> choices)
{
    QHash<QString, int> seen;
    for (Choice& choice : choices) {
        choice.text = inOneLine(choice.text);
        ++seen[choice.text.toCaseFolded()];
    }
    for (Choice& choice : choices) {
        if (seen.value(choice.text.toCaseFolded()) > 1)
            choice.text += u" #"_s + QString::number(choice.key);
    }
    if (choices == m_choices)
        return;
    const std::optional<qint64> key = currentKey();
    const QString typed = currentText();
    const int cursor = lineEdit()->cursorPosition();
    const QSignalBlocker quiet(this); // nobody typed
    m_choices = std::move(choices);
    clear();
    QStringList texts;
    texts.reserve(static_cast<qsizetype>(m_choices.size()));
    for (const Choice& choice : m_choices)
        texts << choice.text;
    addItems(texts);
    setCurrentIndex(-1);
    setEditText(typed);
    if (key)
        setCurrentKey(key);
    lineEdit()->setCursorPosition(cursor);
}

std::optional<qint64> SearchCombo::currentKey() const
{
    const QString typed = currentText().trimmed();
    for (const Choice& choice : m_choices) {
        if (choice.text.trimmed().compare(typed, Qt::CaseInsensitive) == 0)
            return choice.key;
    }
    // The name alone, without what tells apart those of the same name: enough where there is only one.
    const auto isNamed = [name = QString(typed + " ("_L1)](const Choice& choice) {
        return choice.text.trimmed().startsWith(name, Qt::CaseInsensitive);
    };
    const auto found = std::find_if(m_choices.begin(), m_choices.end(), isNamed);
    if (typed.isEmpty() || found == m_choices.end() || std::any_of(std::next(found), m_choices.end(), isNamed))
        return std::nullopt;
    return found->key;
}

void SearchCombo::setCurrentKey(std::optional<qint64> key)
{
    for (size_t i = 0; key && i < m_choices.size(); ++i) {
        if (m_choices[i].key == *key) {
            setCurrentIndex(static_cast<int>(i));
            return;
        }
    }
    setCurrentIndex(-1);
    setEditText({});
}

} // namespace elephaas
