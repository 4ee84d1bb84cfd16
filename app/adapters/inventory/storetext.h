#pragma once

#include <QCoreApplication>

namespace elephaas {

// The stores are no QObjects: their sentences are translated in one context of their own.
struct StoreText {
    Q_DECLARE_TR_FUNCTIONS(InventoryStore)
};

} // namespace elephaas
