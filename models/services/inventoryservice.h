#pragma once

#include "models/domain/difference.h"
#include "models/ports/clock.h"
#include "models/ports/inventorystore.h"
#include "models/ports/upstreamwriter.h"

#include <QObject>

#include <functional>
#include <memory>

namespace elephaas {

using DifferencePtr = std::shared_ptr<const InventoryDifference>;

// The inventory as the GUI sees it. Lives in the GUI thread; owns the inventory thread, which owns the store.
// Loads, edits and writes of probe results happen there; snapshots and differences are made there too and arrive here ready,
// at most ten times a second.
class InventoryService final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(InventoryService)

public:
    enum class Connection { Opening, Live, Lost };

    struct Status {
        Connection connection = Connection::Opening;
        StoreInfo info = {}; // as of the last successful open
        std::optional<Error> error = {}; // why it is not live
        std::optional<Error> writeError = {}; // why probe results or the offline copy could not be written last time
        QDateTime currentAt = {}; // UTC; when the rows shown were last known to be the live inventory's
        bool fromOfflineCopy = false; // what is shown was not read from the live inventory in this run
        bool readOnly = false; // asked for by the user
        // The team's settings as the offline copy knows them; set as long as the live ones were never read.
        std::optional<QMap<QString, QString>> offlineSettings = {};
    };

    struct Options {
        bool readOnly = false;
        std::chrono::milliseconds pollInterval{5000}; // looks for changes made elsewhere
        std::chrono::milliseconds reconnectDelay{2000}; // between attempts when the inventory is gone
        std::chrono::milliseconds publishInterval{100}; // least time between two snapshots
        // What probe results change in the rows; pure. Unset: observations are shown but never written.
        std::function<std::vector<InstanceStateUpdate>(const Inventory&, std::span<const ObservationPtr>)> stateUpdates = {};
    };

    // `offlineCopy` may be null (a local inventory is its own copy).
    InventoryService(std::unique_ptr<InventoryStore> store, std::unique_ptr<OfflineCopy> offlineCopy,
        std::shared_ptr<const Clock> clock, Options options, QObject* parent = nullptr);
    // Stops the thread; waits at most for the statement that is being sent to be cancelled.
    ~InventoryService() override;

    void start();

    InventoryPtr snapshot() const; // never null
    const Status& status() const;
    // "" when edits are possible, else why not (read-only mode, privileges, no connection).
    QString whyNotEditable() const;

    void reload();
    // `done` is called in the GUI thread unless `context` is gone by then. After success a fresh snapshot has already been published.
    void apply(ChangeSet changes, QObject* context, std::function<void(Expected<AppliedChanges>)> done);
    void readSettings(QObject* context, std::function<void(Expected<QMap<QString, QString>>)> done);
    void writeSettings(QMap<QString, QString> changed, QObject* context, std::function<void(Expected<void>)> done);

    // For operations: hands the work to the inventory thread and waits for it. Must not outlive the service.
    std::shared_ptr<UpstreamWriter> upstreamWriter();

    // Takes in what probes saw: into the snapshot and, with privileges and unless read-only, into the store. From any thread.
    void observe(std::vector<ObservationPtr> seen);

Q_SIGNALS:
    void snapshotChanged(const elephaas::InventoryPtr& snapshot, const elephaas::DifferencePtr& difference);
    void statusChanged();

private:
    class Worker;
    struct Event;
    void take(Event event);

    const Options m_options;
    InventoryPtr m_snapshot;
    Status m_status;
    std::unique_ptr<Worker> m_worker;
};

} // namespace elephaas
