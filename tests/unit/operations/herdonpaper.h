#pragma once

#include "models/operations/replicationplanner.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

class NoSurveyor final : public Surveyor {
public:
    Survey survey(const InstanceAddress&, InstanceId, std::chrono::milliseconds, std::stop_token) override { return {}; }
    ConnectionTrial tryConnection(const Trial&, std::chrono::milliseconds, std::stop_token) override { return {}; }
};

inline constexpr quint64 identifier = 7000000000000000001;

// A herd of three as planners see it: db1 is the primary, db2 and db3 follow it, and everything is well.
class HerdOnPaper {
protected:
    void describe(const QString& major, const QString& virtualHost = {})
    {
        InventoryRows rows;
        rows.herds = {{.id = HerdId(1), .environment = {}, .baseName = u"main"_s, .name = u"trading"_s, .description = {}, .port = 5432,
            .dataDirectory = u"/data/main"_s, .virtualHost = virtualHost}};
        m_facts = {};
        for (int i = 1; i <= 3; ++i) {
            rows.servers.push_back({.id = ServerId(i), .environment = {}, .hostName = u"db%1"_s.arg(i)});
            Instance row;
            row.id = InstanceId(i);
            row.herd = HerdId(1);
            row.server = ServerId(i);
            row.version = major;
            if (i > 1)
                row.upstream = InstanceId(1);
            rows.instances.push_back(row);
            m_facts.surveys.emplace(row.id, member(i, major));
        }
        m_inventory = Inventory(rows, {}, 1, {});
        ReplicationFacts::Trials trials;
        trials.replication = {.connected = true, .unknown = false};
        trials.replication.systemIdentifier = identifier;
        trials.ordinary = {.connected = true, .unknown = false};
        trials.ordinary.mayRewind = true;
        trials.ordinaryInfo = u"host=db1 user=postgres"_s;
        m_facts.trials.emplace(std::pair{InstanceId(3), InstanceId(1)}, trials);
        m_facts.trials.emplace(std::pair{InstanceId(3), InstanceId(2)}, trials);
    }
    static Survey member(int number, const QString& major)
    {
        Survey seen{.instance = InstanceId(number)};
        seen.isComplete = true;
        seen.owner = u"postgres"_s;
        seen.remoteUser = u"postgres"_s;
        seen.shell = "exec /bin/sh -s";
        for (const QString& name : {u"psql"_s, u"pg_controldata"_s, u"pg_basebackup"_s, u"pg_rewind"_s})
            seen.programs.insert(name, {QString(u"/usr/lib/postgresql/"_s % major % u"/bin/"_s % name), major});
        seen.programs.insert(u"rsync"_s, {u"/usr/bin/rsync"_s, u"3.2.7"_s});
        seen.dataDirectory = u"/data/main"_s;
        seen.realDirectory = u"/data/main"_s;
        seen.exists = true;
        seen.hasDatabase = true;
        seen.major = major;
        seen.isMountPoint = false;
        seen.parentWritable = true;
        seen.leftoversKnown = true;
        seen.freeBytes = 100'000'000'000;
        seen.standbySignal = number > 1;
        seen.primaryConninfo = number > 1 ? u"host=db1 user=replicator"_s : QString();
        seen.systemIdentifier = identifier;
        seen.walLogHints = true;
        seen.dataChecksums = false;
        seen.answered = true;
        seen.version = PgVersion::parse(major);
        seen.inRecovery = number > 1;
        seen.position = Lsn{0x5000000};
        seen.runningTimeline = 1;
        seen.settings = {{u"max_connections"_s, u"100"_s}, {u"max_wal_senders"_s, u"10"_s}, {u"wal_level"_s, u"replica"_s},
            {u"unix_socket_directories"_s, u"/var/run/postgresql"_s}};
        seen.databaseBytes = 1'000'000'000;
        return seen;
    }
    Plan plan(const ReplicationRequest& request)
    {
        const PlanningTools tools{.surveyor = m_surveyor,
            .build = [](const QString& name, InstanceId id) { return Expected<QByteArray>(name.toUtf8() + ' ' + QByteArray::number(id.value)); },
            .resolve = {},
            .clock = m_clock,
            .options = m_options};
        const auto made = planReplication(request, m_inventory, m_facts, tools, QUuid::fromString(u"01234567-89ab-cdef-0123-456789abcdef"_s));
        if (!made)
            qFatal("%s", qPrintable(made.error().text()));
        return *made;
    }

    NoSurveyor m_surveyor;
    const SystemClock m_clock;
    Inventory m_inventory;
    ReplicationFacts m_facts;
    ReplicationOptions m_options;
};

} // namespace elephaas
