#pragma once

namespace elephaas {

class InventoryService;
class MainWindow;
class OperationService;
class ProbeService;

// Lets the window follow the services: snapshots, status, progress, operations, and what is in view. The window's wants are
// not answered here. The services outlive the window.
void connectServices(MainWindow& window, InventoryService& inventory, ProbeService& probes, OperationService& operations);

} // namespace elephaas
