#include "models/services/nameservice.h"

#include "models/domain/visibletext.h"
#include "models/operations/backgroundthread.h"
#include "models/services/inventoryservice.h"
#include "models/services/mailbox.h"

#include <utility>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr int askedAtOnce = 8;

SeenAlias aliasOf(const QString& virtualHost, const Expected<DnsReading>& reading, const QDateTime& at)
{
    SeenAlias alias{.virtualHost = virtualHost, .at = at};
    if (!reading || !reading->primary.isKnown()) {
        alias.problem = visibleText((reading ? *reading->primary.error : reading.error()).text());
        return alias;
    }
    alias.target = reading->primary.target;
    if (!reading->primary.otherTypes.isEmpty())
        alias.problem = NameService::tr("It is no alias (CNAME), but has records of other types: %1.").arg(visibleText(reading->primary.otherTypes.join(u", "_s)));
    for (const DnsAnswer& answer : reading->nameServers) {
        if (!answer.isKnown())
            alias.others << visibleText(QString(answer.server % u": "_s % answer.error->what));
        else if (answer.target.compare(alias.target, Qt::CaseInsensitive) != 0)
            alias.others << visibleText(QString(answer.server % u": "_s % (answer.target.isEmpty() ? NameService::tr("no alias") : answer.target)));
    }
    return alias;
}

} // namespace

NameService::NameService(const InventoryService& inventory, std::shared_ptr<DnsDirectory> dns, std::shared_ptr<const Clock> clock, QObject* parent)
    : QObject(parent)
    , m_inventory(inventory)
    , m_dns(std::move(dns))
    , m_clock(std::move(clock))
    , m_news(std::make_unique<Mailbox<News>>([this](std::vector<News> news) { take(std::move(news)); }))
{
}

NameService::~NameService()
{
    m_thread.request_stop();
    if (m_thread.joinable())
        m_thread.join();
}

void NameService::read(const std::vector<HerdId>& herds)
{
    for (const HerdId herd : herds) {
        const Herd* row = m_inventory.snapshot()->find(herd);
        if (row && !row->virtualHost.isEmpty() && !m_asked.contains(herd))
            m_next.insert(herd);
    }
    if (m_asked.empty())
        start();
}

void NameService::start()
{
    std::vector<std::pair<HerdId, QString>> names;
    for (const HerdId herd : std::exchange(m_next, {})) {
        if (const Herd* row = m_inventory.snapshot()->find(herd)) {
            names.emplace_back(herd, row->virtualHost);
            m_asked.insert(herd);
        }
    }
    if (names.empty())
        return;
    m_thread = std::jthread([this, names = std::move(names)](const std::stop_token& stop) {
        giveWayToWindow(Urgency::Later);
        inParallel(names.size(), askedAtOnce, [&](std::size_t i) {
            if (stop.stop_requested())
                return;
            const auto& [herd, name] = names[i];
            const auto reading = m_dns->read(name, stop);
            if (!stop.stop_requested())
                m_news->post({herd, aliasOf(name, reading, m_clock->now())});
        });
        m_news->post({});
    });
}

void NameService::take(std::vector<News> news)
{
    auto next = std::make_shared<SeenAliases>(*m_seen);
    bool hasEnded = false;
    for (News& one : news) {
        if (one.herd.isValid())
            next->insert_or_assign(one.herd, std::move(one.alias));
        else
            hasEnded = true;
    }
    m_seen = std::move(next);
    if (hasEnded) {
        m_asked.clear();
        start();
    }
    Q_EMIT seenChanged(m_seen);
}

} // namespace elephaas
