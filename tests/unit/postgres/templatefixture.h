#pragma once

#include "models/domain/inventory.h"

namespace elephaas::test {

// One herd "trading" (base name main, port 5433) with a primary (id 1, on db1) and a replica (id 2, on db2); version 9.6.24.
inline InventoryRows templateRows()
{
    using namespace Qt::Literals::StringLiterals;
    InventoryRows rows;
    rows.environments.push_back({EnvironmentId(7), u"production"_s, u"the real one"_s});
    rows.herds.push_back({HerdId(3), EnvironmentId(7), u"main"_s, u"trading"_s, u"orders"_s, 5433, u"/data/trading"_s, u"trading.example"_s});
    rows.servers.push_back({ServerId(11), EnvironmentId(7), u"db1.example"_s});
    rows.servers.push_back({ServerId(12), {}, u"db2.example"_s});
    Instance primary;
    primary.id = InstanceId(1);
    primary.herd = HerdId(3);
    primary.server = ServerId(11);
    primary.version = u"9.6.24"_s;
    primary.walPosition = Lsn{4096};
    primary.isOnline = true;
    Instance replica = primary;
    replica.id = InstanceId(2);
    replica.server = ServerId(12);
    replica.localDataDirectory = u"/srv/pg"_s;
    replica.walPosition.reset();
    replica.isOnline = false;
    replica.upstream = InstanceId(1);
    rows.instances = {primary, replica};
    return rows;
}

} // namespace elephaas::test
