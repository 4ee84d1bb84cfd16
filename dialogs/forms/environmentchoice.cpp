#include "dialogs/forms/environmentchoice.h"

#include "dialogs/parts/plainlabel.h"
#include "models/domain/visibletext.h"

#include <QSignalBlocker>

#include <algorithm>

namespace elephaas {

EnvironmentChoice::EnvironmentChoice(QWidget* parent)
    : QComboBox(parent)
{
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(24);
    addItem(tr("No environment"), QVariant::fromValue<qint64>(0));
}

void EnvironmentChoice::setInventory(const Inventory& inventory)
{
    const std::optional<EnvironmentId> chosen = current();
    std::vector<const Environment*> sorted;
    for (const Environment& environment : inventory.environments())
        sorted.push_back(&environment);
    std::stable_sort(sorted.begin(), sorted.end(),
        [](const Environment* a, const Environment* b) { return a->name.compare(b->name, Qt::CaseInsensitive) < 0; });

    const QSignalBlocker quiet(this);
    while (count() > 1)
        removeItem(count() - 1);
    for (const Environment* environment : sorted)
        addItem(inOneLine(environment->name), QVariant::fromValue(environment->id.value));
    setCurrent(chosen);
}

std::optional<EnvironmentId> EnvironmentChoice::current() const
{
    const qint64 key = currentData().toLongLong();
    return key > 0 ? std::optional(EnvironmentId(key)) : std::nullopt;
}

void EnvironmentChoice::setCurrent(std::optional<EnvironmentId> id)
{
    int index = findData(QVariant::fromValue<qint64>(id ? id->value : 0));
    if (index < 0) {
        //: an environment that a row refers to and that does not exist (any more)
        addItem(tr("Missing environment #%1").arg(id->value), QVariant::fromValue(id->value));
        index = count() - 1;
    }
    setCurrentIndex(index);
}

QString environmentText(const Inventory& inventory, std::optional<EnvironmentId> id)
{
    if (!id)
        return EnvironmentChoice::tr("No environment");
    const Environment* environment = inventory.find(*id);
    return environment ? visibleLine(environment->name) : EnvironmentChoice::tr("Missing environment #%1").arg(id->value);
}

} // namespace elephaas
