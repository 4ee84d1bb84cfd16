#include "views/connectservices.h"

#include "models/services/inventoryservice.h"
#include "models/services/operationservice.h"
#include "models/services/probeservice.h"
#include "views/mainwindow.h"

namespace elephaas {

void connectServices(MainWindow& window, InventoryService& inventory, ProbeService& probes, OperationService& operations)
{
    const auto showStatus = [&window, &inventory, &operations] {
        window.setStatus(inventory.status(), inventory.whyNotEditable(), operations.whyNotRunnable());
    };
    QObject::connect(&inventory, &InventoryService::snapshotChanged, &window, &MainWindow::setInventory);
    QObject::connect(&inventory, &InventoryService::statusChanged, &window, showStatus);
    QObject::connect(&probes, &ProbeService::progress, &window, &MainWindow::setProbeProgress);
    QObject::connect(&window, &MainWindow::visibleInstancesChanged, &probes, &ProbeService::setVisible);
    const auto put = [&window, &operations](const QUuid& id) {
        if (const OperationRecord* record = operations.record(id))
            window.putOperation(*record);
    };
    QObject::connect(&operations, &OperationService::operationStarted, &window, put);
    QObject::connect(&operations, &OperationService::operationFinished, &window, put);
    QObject::connect(&operations, &OperationService::stepChanged, &window, [&window, &operations](const QUuid& id, int step) {
        const OperationRecord* record = operations.record(id);
        if (record && step >= 0 && step < static_cast<int>(record->steps.size()))
            window.updateOperationStep(id, record->steps[static_cast<size_t>(step)]);
    });
    QObject::connect(&operations, &OperationService::journalFailed, &window,
        [&window](const QUuid& /*operation*/, const Error& error) { window.showNotice(error); });

    window.setInventory(inventory.snapshot(), nullptr);
    showStatus();
    for (const QUuid& id : operations.operations())
        put(id);
    operations.history(500, &window, [&window](const Expected<std::vector<OperationRecord>>& records) {
        if (records)
            window.putHistory(*records);
        else
            window.showNotice(records.error());
    });
}

} // namespace elephaas
