#pragma once

#include "models/ports/clock.h"
#include "models/ports/remoteshell.h"
#include "models/services/inventoryservice.h"

#include <QObject>

#include <functional>
#include <memory>
#include <vector>

namespace elephaas {

// Keeps what is known about the instances fresh: probes servers over the remote shell, one round trip per server, in parallel,
// and hands the observations to the inventory service. GUI-thread object; the work is done on threads of its own.
class ProbeService final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProbeService)

public:
    struct Options {
        std::chrono::milliseconds interval{30000}; // 0: only when asked
        std::chrono::milliseconds timeout{15000}; // of one server
        int parallel = 16; // servers at once
        std::chrono::milliseconds patience{15000}; // how long whoever waits for an answer is kept waiting
    };

    ProbeService(std::shared_ptr<RemoteShell> shell, InventoryService& inventory, std::shared_ptr<const Clock> clock, Options options,
        QObject* parent = nullptr);
    ~ProbeService() override;

    // How a server of the inventory is addressed (user, port). Called in the GUI thread; the default is user postgres.
    void setTargetResolver(std::function<RemoteTarget(const Server&)> resolver);

    void setInterval(std::chrono::milliseconds interval);
    // What the user looks at: the timer's rounds begin with these.
    void setVisible(std::vector<InstanceId> visible);

    void probe(const std::vector<InstanceId>& instances); // now; a server under way is not asked twice
    // The same, and `done` is called once in the GUI thread, never before this returns: when their servers have answered, or could not be
    // reached, and the snapshot says so; at the latest when the patience is over. Not at all when `context` is gone by then.
    void probe(const std::vector<InstanceId>& instances, QObject* context, std::function<void()> done);
    void probeAll();
    // Servers waiting or under way.
    int pending() const;

Q_SIGNALS:
    // `done` of `total` servers of the present round; equal when it is over.
    void progress(int done, int total);

private:
    class Private;
    std::unique_ptr<Private> m_d;
};

} // namespace elephaas
