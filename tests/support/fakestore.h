#pragma once

#include "models/ports/inventorystore.h"

#include <algorithm>
#include <mutex>

namespace elephaas {

// An inventory in memory whose failures a test decides. The shared state outlives the store, which a service owns.
struct FakeStoreState {
    std::mutex mutex;
    InventoryRows rows;
    StoreInfo info{.description = QStringLiteral("fake"),
        .privileges = {.editInventory = true, .updateInstanceState = true, .useConsoleTables = true}};
    QMap<QString, QString> settings;
    std::optional<Error> openError;
    std::optional<Error> callError;
    std::vector<InstanceStateUpdate> recorded;
    std::vector<ChangeSet> applied;
    bool changedElsewhere = false;
    bool keepsUpstreams = true; // else something else writes them back at once
    int loads = 0;
    int opens = 0;
};

class FakeStore final : public InventoryStore {
public:
    explicit FakeStore(std::shared_ptr<FakeStoreState> state)
        : m_state(std::move(state))
    {
    }
    Expected<StoreInfo> open(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        ++m_state->opens;
        if (m_state->openError)
            return fail(*m_state->openError);
        return m_state->info;
    }
    void close() override { }
    Expected<LoadedInventory> load(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->callError)
            return fail(*m_state->callError);
        ++m_state->loads;
        m_state->changedElsewhere = false;
        return LoadedInventory{m_state->rows, {}, QDateTime::currentDateTimeUtc()};
    }
    // Knows instances only to the extent the tests need: puts and removes environments.
    Expected<AppliedChanges> apply(const ChangeSet& changes, std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->callError)
            return fail(*m_state->callError);
        m_state->applied.push_back(changes);
        AppliedChanges applied;
        for (const Edit& edit : changes) {
            if (const auto* put = std::get_if<Put<Environment>>(&edit)) {
                Environment row = put->row;
                if (!row.id.isValid()) {
                    row.id = EnvironmentId(static_cast<qint64>(m_state->rows.environments.size()) + 1);
                    applied.environments.insert(put->row.id, row.id);
                    m_state->rows.environments.push_back(row);
                } else {
                    for (Environment& known : m_state->rows.environments)
                        known = known.id == row.id ? row : known;
                }
            }
        }
        return applied;
    }
    Expected<void> recordState(std::span<const InstanceStateUpdate> updates, std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->callError)
            return fail(*m_state->callError);
        m_state->recorded.insert(m_state->recorded.end(), updates.begin(), updates.end());
        for (const InstanceStateUpdate& update : updates) {
            for (Instance& row : m_state->rows.instances) {
                if (row.id == update.instance && update.upstream && m_state->keepsUpstreams)
                    row.upstream = *update.upstream;
            }
        }
        return {};
    }
    Expected<QMap<QString, QString>> settings(std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->callError)
            return fail(*m_state->callError);
        return m_state->settings;
    }
    Expected<void> setSettings(const QMap<QString, QString>& changed, std::stop_token) override
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->callError)
            return fail(*m_state->callError);
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
        if (m_state->callError)
            return fail(*m_state->callError);
        return m_state->changedElsewhere;
    }

private:
    std::shared_ptr<FakeStoreState> m_state;
};

// A copy that is there from the beginning and cannot be written.
class FakeCopy final : public OfflineCopy {
public:
    explicit FakeCopy(std::optional<OfflineContent> data)
        : m_data(std::move(data))
    {
    }
    Expected<std::optional<OfflineContent>> load(std::stop_token) override { return m_data; }
    Expected<void> save(const Inventory&, const QMap<QString, QString>&, std::stop_token) override
    {
        return fail({ErrorKind::Storage, QStringLiteral("disk full")});
    }

private:
    std::optional<OfflineContent> m_data;
};

} // namespace elephaas
