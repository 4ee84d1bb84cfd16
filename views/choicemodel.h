#pragma once

#include <QAbstractListModel>

#include <vector>

namespace elephaas {

// The entries of a drop-down: the first chooses nothing. Replaced as a whole; thousands of entries cost little.
class ChoiceModel final : public QAbstractListModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChoiceModel)

public:
    struct Choice {
        QString text;
        QVariant data; // Qt::UserRole
        bool operator==(const Choice&) const = default;
    };

    ChoiceModel(QString nothing, QObject* parent);

    // False when nothing changed.
    bool setChoices(std::vector<Choice> choices);
    // 0 when it is not among them.
    int rowOf(const QVariant& data) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    QString m_nothing;
    std::vector<Choice> m_choices;
};

} // namespace elephaas
