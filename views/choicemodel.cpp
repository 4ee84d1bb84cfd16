#include "views/choicemodel.h"

#include "models/domain/visibletext.h"

#include <algorithm>

namespace elephaas {

ChoiceModel::ChoiceModel(QString nothing, QObject* parent)
    : QAbstractListModel(parent)
    , m_nothing(std::move(nothing))
{
}

bool ChoiceModel::setChoices(std::vector<Choice> choices)
{
    if (choices == m_choices)
        return false;
    beginResetModel();
    m_choices = std::move(choices);
    endResetModel();
    return true;
}

int ChoiceModel::rowOf(const QVariant& data) const
{
    if (!data.isValid())
        return 0;
    const auto found = std::find_if(m_choices.begin(), m_choices.end(), [&](const Choice& choice) { return choice.data == data; });
    return found == m_choices.end() ? 0 : static_cast<int>(found - m_choices.begin()) + 1;
}

int ChoiceModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_choices.size()) + 1;
}

QVariant ChoiceModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    if (index.row() == 0)
        return role == Qt::DisplayRole ? QVariant(m_nothing) : QVariant();
    const Choice& choice = m_choices[static_cast<size_t>(index.row() - 1)];
    if (role == Qt::DisplayRole)
        return visibleLine(choice.text);
    return role == Qt::UserRole ? choice.data : QVariant();
}

} // namespace elephaas
