#pragma once

#include "models/domain/difference.h"
#include "models/domain/inventory.h"
#include "models/ports/clock.h"

#include <QRandomGenerator>
#include <QTimeZone>

#include <algorithm>

namespace elephaas {

class ManualClock final : public Clock {
public:
    QDateTime now() const override { return m_now; }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    void advance(qint64 seconds) { m_now = m_now.addSecs(seconds); }

private:
    QDateTime m_now = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5), Qt::UTC);
};

// An inventory that is edited at random, also into states that should not be: dangling keys, circles, duplicates.
class RandomInventory final {
public:
    explicit RandomInventory(quint32 seed, std::shared_ptr<const Clock> clock)
        : m_random(seed)
        , m_clock(std::move(clock))
    {
        for (int i = 0; i < 4; ++i)
            addEnvironment();
        for (int i = 0; i < 15; ++i)
            addHerd();
        for (int i = 0; i < 12; ++i)
            addServer();
        for (int i = 0; i < 45; ++i)
            addInstance();
    }

    InventoryPtr snapshot()
    {
        return std::make_shared<const Inventory>(m_rows, m_observations, ++m_revision, m_clock->now());
    }

    void edit()
    {
        switch (below(14)) {
        case 0:
            if (m_rows.environments.size() < 6)
                addEnvironment();
            break;
        case 1:
            if (m_rows.environments.size() > 2)
                removeOne(m_rows.environments);
            break;
        case 2:
            change(m_rows.environments, [this](Environment& row) { row.name = name(u"env"); });
            break;
        case 3:
            if (m_rows.herds.size() < 25)
                addHerd();
            break;
        case 4:
            if (m_rows.herds.size() > 8)
                removeOne(m_rows.herds); // its instances dangle
            break;
        case 5:
            change(m_rows.herds, [this](Herd& row) {
                row.name = name(u"herd");
                row.environment = environment();
                row.port = 5432 + below(5);
            });
            break;
        case 6:
            if (m_rows.servers.size() < 20)
                addServer();
            break;
        case 7:
            if (m_rows.servers.size() > 6)
                removeOne(m_rows.servers);
            break;
        case 8:
            change(m_rows.servers, [this](Server& row) {
                row.hostName = name(u"db");
                row.environment = environment();
            });
            break;
        case 9:
            if (m_rows.instances.size() < 80)
                addInstance();
            break;
        case 10:
            if (m_rows.instances.size() > 20)
                removeOne(m_rows.instances);
            break;
        case 11:
            change(m_rows.instances, [this](Instance& row) {
                row.upstream = upstream();
                row.isOnline = below(4) != 0;
                if (below(6) == 0)
                    row.herd = HerdId(key(m_rows.herds));
                if (below(6) == 0)
                    row.server = ServerId(key(m_rows.servers));
            });
            break;
        default:
            for (int i = 0; i < 4; ++i)
                observe();
        }
    }

    int below(int bound) { return m_random.bounded(bound); }
    const InventoryRows& rows() const { return m_rows; }

private:
    QString name(QStringView stem)
    {
        // Few names: duplicates are wanted.
        return below(12) == 0 ? QStringLiteral("<b>Über & \u00DF</b>") : stem + QString::number(below(30));
    }
    std::optional<EnvironmentId> environment()
    {
        return below(4) == 0 ? std::nullopt : std::optional(EnvironmentId(key(m_rows.environments)));
    }
    std::optional<InstanceId> upstream()
    {
        return below(3) == 0 || m_rows.instances.empty() ? std::nullopt : std::optional(InstanceId(key(m_rows.instances)));
    }
    template <class Row>
    qint64 key(const std::vector<Row>& rows)
    {
        return below(15) == 0 || rows.empty() ? 9000 + below(3) : rows[static_cast<size_t>(below(static_cast<int>(rows.size())))].id.value;
    }
    template <class Row>
    void removeOne(std::vector<Row>& rows)
    {
        rows.erase(rows.begin() + below(static_cast<int>(rows.size())));
    }
    template <class Row, class Edit>
    void change(std::vector<Row>& rows, Edit edit)
    {
        if (!rows.empty())
            edit(rows[static_cast<size_t>(below(static_cast<int>(rows.size())))]);
    }
    // Somewhere between the others, so that rows are inserted everywhere.
    qint64 newId() { return 1 + below(5000); }
    template <class Row>
    bool taken(const std::vector<Row>& rows, qint64 id)
    {
        return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.id.value == id; });
    }
    template <class Row>
    void add(std::vector<Row>& rows, Row row)
    {
        do
            row.id = decltype(row.id)(newId());
        while (taken(rows, row.id.value));
        rows.push_back(std::move(row));
    }
    void addEnvironment() { add(m_rows.environments, Environment{.id = {}, .name = name(u"env"), .description = name(u"about")}); }
    void addHerd()
    {
        Herd row;
        row.environment = environment();
        row.name = name(u"herd");
        row.baseName = row.name;
        row.port = 5432 + below(5);
        row.virtualHost = name(u"vhost");
        row.description = name(u"service");
        row.dataDirectory = name(u"/data/");
        add(m_rows.herds, row);
    }
    void addServer()
    {
        Server row;
        row.environment = environment();
        row.hostName = name(u"db");
        add(m_rows.servers, row);
    }
    void addInstance()
    {
        Instance row;
        row.herd = HerdId(key(m_rows.herds));
        row.server = ServerId(key(m_rows.servers));
        row.version = below(5) == 0 ? QString() : QStringLiteral("%1.%2").arg(12 + below(6)).arg(below(20));
        row.isOnline = below(4) != 0;
        row.upstream = upstream();
        if (below(5) != 0)
            row.walPosition = Lsn{0x500000000ULL - static_cast<quint64>(below(300)) * 700000ULL};
        add(m_rows.instances, row);
    }
    void observe()
    {
        if (m_rows.instances.empty())
            return;
        const InstanceId id = m_rows.instances[static_cast<size_t>(below(static_cast<int>(m_rows.instances.size())))].id;
        if (below(12) == 0) {
            m_observations.remove(id);
            return;
        }
        auto seen = std::make_shared<Observation>();
        seen->instance = id;
        seen->at = m_clock->now().addSecs(-below(200));
        seen->factsAt = seen->at.addSecs(-below(2) * 100);
        seen->liveness = static_cast<Liveness>(below(4));
        seen->role = static_cast<Role>(below(4));
        if (below(3) != 0) {
            seen->timeline = 1 + below(4);
            seen->version = PgVersion{15, below(20), 0};
        }
        const Lsn position{0x500000000ULL - static_cast<quint64>(below(300)) * 700000ULL};
        if (seen->role == Role::Replica) {
            seen->replayLsn = position;
            seen->receiveLsn = position;
            seen->receiverState = below(3) == 0 ? QString() : QStringLiteral("streaming");
        } else if (below(4) != 0) {
            seen->currentLsn = position;
        }
        if (seen->liveness == Liveness::Unreachable)
            seen->error = Error{.kind = ErrorKind::Unreachable, .what = QStringLiteral("<script>refused</script>")};
        m_observations.insert(id, std::move(seen));
    }

    QRandomGenerator m_random;
    std::shared_ptr<const Clock> m_clock;
    InventoryRows m_rows;
    Observations m_observations;
    quint64 m_revision = 0;
};

} // namespace elephaas
