#pragma once

#include "app/adapters/dns/ldnsdirectory.h"
#include "app/adapters/journal/sqlitejournal.h"
#include "app/adapters/ssh/sshshell.h"
#include "models/operations/continuationchecks.h"
#include "models/operations/planrunner.h"
#include "models/operations/portexecutor.h"
#include "models/operations/replicationplanner.h"
#include "models/operations/shellprober.h"
#include "models/postgres/commandpresets.h"
#include "models/postgres/commandtemplates.h"
#include "tests/support/lab.h"

#include <QTemporaryDir>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace elephaas::tests {

// Of a file as tsig-keygen writes it, which has to be there.
TsigKey tsigKeyIn(const QString& path);

// The program's own planners, runner, executor and SSH on a herd of the lab; the inventory is three rows in memory.
// db1 to dbN are instances 1 to N of herd 1.
class ReplicationLab final : public UpstreamWriter {
public:
    ReplicationLab();
    ~ReplicationLab() override;

    // Makes a herd of the lab; members that are in the inventory but not in the lab's herd have no data.
    void make(const QString& herd, int port, int members, int made);
    // The same without a herd of the lab: nothing has data yet.
    void describe(const QString& herd, int port, int members, const QString& directory);
    // One more herd of the lab, on the same servers: its instances. What takes a member's number means the first herd.
    std::vector<InstanceId> addHerd(const QString& herd, int members);
    void useCommands(QMap<QString, QString> commands) { m_commands = std::move(commands); }
    void setLocalDirectory(int member, const QString& directory);
    void setHerdDirectory(const QString& directory);

    // As the last probe would have it; nothing is known of the others.
    void setReached(int member, bool isReached);

    Lab& lab() { return *m_lab; }
    const Inventory& inventory() const { return m_inventory; }
    RemoteShell& shell() { return *m_shell; }
    DnsDirectory& dns() { return *m_dns; } // with the lab's key
    OperationJournal& journal() { return *m_journal; }
    PlanRunner& runner() { return *m_runner; }
    // What another console would run plans with, on the same shell.
    std::unique_ptr<PlanRunner> anotherRunner(std::shared_ptr<OperationJournal> journal, std::shared_ptr<HerdLocks> locks);

    Plan plan(ReplicationKind kind, std::initializer_list<int> members, std::optional<int> upstream = {},
        RebuildMethod method = RebuildMethod::Automatic);
    Plan plan(const ReplicationRequest& request);
    Expected<Plan> wayOn(const OperationRecord& record, Way way = Way::Continue); // an error where nothing is left to do
    Plan again(const OperationRecord& record, Way way = Way::Continue);
    Observation probe(int member);
    Survey survey(int member);
    // Runs to the end; from the journal: what a person would read the day after.
    OperationRecord run(const Plan& plan);
    OperationRecord run(ReplicationKind kind, std::initializer_list<int> members, std::optional<int> upstream = {},
        RebuildMethod method = RebuildMethod::Automatic);
    OperationRecord lifecycle(LifecycleKind kind, std::initializer_list<int> members);

    // ---- What others say
    QByteArray sql(int member, const QString& query) const;
    QString on(int member, const QString& command) const; // output of a command as the remote user, trimmed
    bool streamsFrom(int follower, int upstream) const; // by the upstream's pg_stat_replication
    QString dataDirectory(int member) const;
    QString configDirectory() const;

    Expected<void> setUpstream(InstanceId instance, std::optional<InstanceId> upstream, std::stop_token stop) override;
    bool inventoryIsGone = false;
    UpstreamHost upstreamHost = UpstreamHost::Server; // for plans made from then on
    std::function<void(const OperationEvent&)> onEvent; // on the runner's threads; set while nothing runs

    static QString wordsOf(const OperationRecord& record); // a line for each step
    static QString wordsOf(const Plan& plan); // a line for each finding that is not ok

private:
    PlanningTools tools();
    void renew();

    std::unique_ptr<Lab> m_lab;
    Inventory m_inventory;
    std::set<int> m_unreached;
    InventoryRows m_rows;
    mutable std::mutex m_mutex;
    QMap<QString, QString> m_commands;
    QTemporaryDir m_state;
    const std::shared_ptr<const Clock> m_clock = std::make_shared<SystemClock>();
    std::shared_ptr<SshShell> m_shell;
    std::shared_ptr<LdnsDirectory> m_dns;
    std::shared_ptr<ShellProber> m_prober;
    std::unique_ptr<Surveyor> m_surveyor;
    std::shared_ptr<SqliteJournal> m_journal;
    std::shared_ptr<PortExecutor> m_executor;
    std::unique_ptr<PlanRunner> m_runner;
};

} // namespace elephaas::tests
