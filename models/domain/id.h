#pragma once

#include <QHashFunctions>
#include <QtGlobal>

#include <compare>

namespace elephaas {

// A row's integer key, typed by what it identifies. Keys of the inventory start at 1; 0 means "none yet".
// Negative keys are temporary: they name rows of a ChangeSet that the store has not numbered yet.
template <class Tag>
struct Id {
    qint64 value = 0;

    constexpr Id() = default;
    constexpr explicit Id(qint64 v)
        : value(v)
    {
    }
    constexpr bool isValid() const { return value > 0; }
    constexpr auto operator<=>(const Id&) const = default;

    friend size_t qHash(Id id, size_t seed = 0) noexcept { return ::qHash(id.value, seed); }
};

using EnvironmentId = Id<struct EnvironmentTag>;
using HerdId = Id<struct HerdTag>;
using ServerId = Id<struct ServerTag>;
using InstanceId = Id<struct InstanceTag>;

} // namespace elephaas
