#pragma once

#include "models/domain/inventory.h"

#include <QString>

namespace elephaas {

// What a value is, which decides what it may contain. Names and paths: never empty, no newline, and never the first characters
// of an option. Numbers: digits. Text (descriptions): anything that a word can carry.
enum class ValueKind { Name, Path, Number, Text };

struct TemplateValue {
    QString text;
    ValueKind kind = ValueKind::Text;
};

// True for every name of the language, whether or not some instance has a value for it.
bool isTemplateName(const QString& name);

// The value of a name for one instance. The error's `what` says why there is none; it names no place.
Expected<TemplateValue> templateValue(const QString& name, const Inventory& inventory, const Instance& instance);

} // namespace elephaas
