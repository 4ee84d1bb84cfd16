#pragma once

#include <QComboBox>

#include <optional>
#include <vector>

namespace elephaas {

// A choice among many rows: type any part of a name to find it. Texts that occur twice get their key appended, so that every
// entry can be told from the others.
class SearchCombo final : public QComboBox {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SearchCombo)

public:
    struct Choice {
        qint64 key = 0;
        QString text;
        bool operator==(const Choice&) const = default;
    };

    explicit SearchCombo(QWidget* parent = nullptr);

    // Keeps the chosen key when it is still offered.
    void setChoices(std::vector<Choice> choices);
    const std::vector<Choice>& choices() const { return m_choices; }

    // None when nothing is typed or what is typed is not one of the choices.
    std::optional<qint64> currentKey() const;
    void setCurrentKey(std::optional<qint64> key);
    bool isEmpty() const { return currentText().trimmed().isEmpty(); }

Q_SIGNALS:
    void keyChanged();

private:
    std::vector<Choice> m_choices;
};

} // namespace elephaas
