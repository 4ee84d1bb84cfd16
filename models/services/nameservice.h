#pragma once

#include "models/domain/seenalias.h"
#include "models/ports/clock.h"
#include "models/ports/dnsdirectory.h"

#include <QObject>

#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace elephaas {

class InventoryService;
template <class T>
class Mailbox;

// Asks the DNS where virtual hosts point, on threads of its own. GUI-thread object.
class NameService final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(NameService)

public:
    NameService(const InventoryService& inventory, std::shared_ptr<DnsDirectory> dns, std::shared_ptr<const Clock> clock, QObject* parent = nullptr);
    // Stops what is under way and waits for it.
    ~NameService() override;

    // Herds without a virtual host are passed over; those that are waited for already are not asked twice.
    void read(const std::vector<HerdId>& herds);
    const SeenAliasesPtr& seen() const { return m_seen; }
    bool isReading() const { return !m_asked.empty() || !m_next.empty(); }

Q_SIGNALS:
    void seenChanged(const elephaas::SeenAliasesPtr& seen);

private:
    struct News {
        HerdId herd; // invalid: all that were asked for have answered
        SeenAlias alias = {};
    };
    void start();
    void take(std::vector<News> news);

    const InventoryService& m_inventory;
    const std::shared_ptr<DnsDirectory> m_dns;
    const std::shared_ptr<const Clock> m_clock;
    SeenAliasesPtr m_seen = std::make_shared<const SeenAliases>();
    std::set<HerdId> m_asked;
    std::set<HerdId> m_next; // when those have answered
    std::unique_ptr<Mailbox<News>> m_news;
    std::jthread m_thread; // last: it posts to the mailbox
};

} // namespace elephaas
