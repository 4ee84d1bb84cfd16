#pragma once

#include "models/domain/inventory.h"

#include <algorithm>
#include <array>

namespace elephaas {

// A made-up constellation for benchmarks and pictures: the same for the same sizes. Herds have a primary and replicas in turn;
// three environments; every name differs.
inline InventoryRows syntheticRows(int instances, int herds, int servers)
{
    using namespace Qt::Literals::StringLiterals;
    InventoryRows rows;
    const std::array<QString, 3> environments{u"prod"_s, u"stage"_s, u"dev"_s};
    for (size_t e = 0; e < environments.size(); ++e)
        rows.environments.push_back({EnvironmentId(static_cast<qint64>(e) + 1), environments[e], u"The "_s + environments[e] + u" systems"_s});
    const auto environmentOf = [](int i) { return EnvironmentId(i % 3 + 1); };
    for (int h = 0; h < herds; ++h) {
        const QString name = u"herd%1"_s.arg(h, 5, 10, QLatin1Char('0'));
        rows.herds.push_back(Herd{.id = HerdId(h + 1),
            .environment = environmentOf(h),
            .baseName = name,
            .name = name,
            .description = u"Database service %1"_s.arg(h),
            .port = 5432 + h % 100,
            .dataDirectory = u"/var/lib/postgresql/15/"_s + name,
            .virtualHost = name + u"-vhost.example.test"_s});
    }
    for (int s = 0; s < servers; ++s) {
        rows.servers.push_back(Server{.id = ServerId(s + 1),
            .environment = environmentOf(s),
            .hostName = u"db%1.example.test"_s.arg(s, 4, 10, QLatin1Char('0'))});
    }
    std::vector<std::optional<InstanceId>> primaries(static_cast<size_t>(std::max(1, herds)));
    for (int i = 0; i < instances; ++i) {
        const int h = i % std::max(1, herds);
        auto& primary = primaries[static_cast<size_t>(h)];
        const quint64 head = 0x500000000ULL + static_cast<quint64>(h) * 0x1000000ULL;
        Instance row{.id = InstanceId(i + 1),
            .herd = HerdId(h + 1),
            .server = ServerId((h + 3 * (i / std::max(1, herds))) % std::max(1, servers) + 1),
            .version = i % 5 == 0 ? u"12.22"_s : u"15.20"_s,
            .localDataDirectory = i % 50 == 0 ? u"/srv/pg/%1"_s.arg(i) : QString(),
            .walPosition = Lsn{head - (primary ? static_cast<quint64>(i % 17) * 100000ULL : 0ULL)},
            .isOnline = i % 97 != 0,
            .upstream = primary};
        if (!primary)
            primary = row.id;
        rows.instances.push_back(std::move(row));
    }
    return rows;
}

} // namespace elephaas
