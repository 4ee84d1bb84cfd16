#pragma once

#include "models/ports/inventorystore.h"

#include <QDateTime>

#include <memory>
#include <mutex>

namespace elephaas {

// An inventory in memory that really applies edits: temporary keys, conflicts by the whole row (dates and the columns that probes
// write aside), deletions with their dependants left to the rows that the test gave. Its failures a test decides.
struct MemoryState {
    std::mutex mutex;
    InventoryRows rows;
    StoreInfo info{.description = QStringLiteral("memory"), .privileges = {.editInventory = true}};
    QMap<QString, QString> settings;
    std::optional<Error> applyError; // of apply and of setSettings
    std::optional<Error> readSettingsError;
    std::vector<ChangeSet> applied;
    qint64 nextKey = 1000;
    bool changedElsewhere = false;
};

class MemoryStore final : public InventoryStore {
public:
    explicit MemoryStore(std::shared_ptr<MemoryState> state)
        : m_state(std::move(state))
    {
    }

    Expected<StoreInfo> open(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        return m_state->info;
    }
    void close() override { }
    Expected<LoadedInventory> load(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->changedElsewhere = false;
        return LoadedInventory{m_state->rows, {}, QDateTime::currentDateTimeUtc()};
    }
    Expected<AppliedChanges> apply(const ChangeSet& changes, std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->applyError)
            return fail(*m_state->applyError);
        const InventoryRows untouched = m_state->rows;
        AppliedChanges applied;
        for (const Edit& edit : changes) {
            const auto one = std::visit([this, &applied](const auto& e) { return applyOne(e, applied); }, edit);
            if (!one) {
                m_state->rows = untouched;
                return fail(one.error());
            }
        }
        m_state->applied.push_back(changes);
        return applied;
    }
    Expected<void> recordState(std::span<const InstanceStateUpdate>, std::stop_token) override { return {}; }
    Expected<QMap<QString, QString>> settings(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->readSettingsError)
            return fail(*m_state->readSettingsError);
        return m_state->settings;
    }
    Expected<void> setSettings(const QMap<QString, QString>& changed, std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->applyError)
            return fail(*m_state->applyError);
        for (auto it = changed.begin(); it != changed.end(); ++it) {
            if (it->isEmpty())
                m_state->settings.remove(it.key());
            else
                m_state->settings.insert(it.key(), *it);
        }
        return {};
    }
    Expected<bool> changedElsewhere(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        return m_state->changedElsewhere;
    }

private:
    std::vector<Environment>& table(EnvironmentId) { return m_state->rows.environments; }
    std::vector<Herd>& table(HerdId) { return m_state->rows.herds; }
    std::vector<Server>& table(ServerId) { return m_state->rows.servers; }
    std::vector<Instance>& table(InstanceId) { return m_state->rows.instances; }
    static auto& keys(AppliedChanges& applied, EnvironmentId) { return applied.environments; }
    static auto& keys(AppliedChanges& applied, HerdId) { return applied.herds; }
    static auto& keys(AppliedChanges& applied, ServerId) { return applied.servers; }
    static auto& keys(AppliedChanges& applied, InstanceId) { return applied.instances; }

    template <class Row>
    Expected<void> applyOne(const Put<Row>& put, AppliedChanges& applied)
    {
        auto& rows = table(put.row.id);
        if (!put.before) {
            Row row = put.row;
            row.id.value = m_state->nextKey++;
            keys(applied, put.row.id).insert(put.row.id, row.id);
            rows.push_back(row);
            return {};
        }
        for (Row& row : rows) {
            if (row.id != put.row.id)
                continue;
            if (row != *put.before)
                break;
            row = put.row;
            return {};
        }
        return fail({ErrorKind::Conflict, QStringLiteral("Somebody else changed it."), QStringLiteral("the row")});
    }
    template <class Key>
    Expected<void> applyOne(const Remove<Key>& remove, AppliedChanges&)
    {
        const auto gone = std::erase_if(table(remove.id), [&](const auto& row) { return row.id == remove.id; });
        if (gone == 0)
            return fail({ErrorKind::NotFound, QStringLiteral("It does not exist any more.")});
        return {};
    }

    std::shared_ptr<MemoryState> m_state;
};

} // namespace elephaas
