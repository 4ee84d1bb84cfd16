#pragma once

#include "models/operations/replicationfacts.h"
#include "models/postgres/rebuildscripts.h"
#include "models/postgres/standbyscripts.h"
#include "models/postgres/versionfacts.h"

#include <QCoreApplication>

#include <set>

namespace elephaas {

// What a check measured, what that was compared with, and what would mend it; each may be empty.
struct CheckMeasure {
    QString measured = {};
    QString limit = {};
    QString cure = {};
    bool isFailure = false; // as Finding::measuredIsFailure
};

// What the planners of replication have in common: facts at hand, findings, steps.
class PlanBuilder final {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)

public:
    PlanBuilder(const ReplicationRequest& request, const Inventory& inventory, const ReplicationFacts& facts, const PlanningTools& tools,
        const QUuid& id);

    const ReplicationRequest& request() const { return m_request; }
    const Inventory& inventory() const { return m_inventory; }
    const ReplicationFacts& facts() const { return m_facts; }
    const ReplicationOptions& options() const { return m_tools.options; }
    // An empty one, not complete, where nothing was seen.
    const Survey& survey(const Instance& instance) const;
    QString name(const Instance& instance) const { return nameOf(m_inventory, instance); }
    QString host(const Instance& instance) const;
    QString key() const; // of the operation, for names on the servers
    // As seen running, else as its files say, else the inventory's word.
    std::optional<PgVersion> version(const Instance& instance) const;
    VersionFacts versionFacts(const Instance& instance) const;
    // As found on the server, else the inventory's word; symbolic links resolved where that was possible.
    QString directory(const Instance& instance) const;

    // ---- Findings: the list of checks. `what` is never translated.
    using Measure = CheckMeasure;
    void ok(const Instance& instance, const char* what, const QString& text, const Measure& measure = {});
    void warn(const Instance& instance, const char* what, const QString& text, const Measure& measure = {});
    void block(const Instance& instance, const char* what, const QString& text, const Measure& measure = {},
        Override how = Override::Never);
    void unknown(const Instance& instance, const char* what, const QString& text, const Measure& measure = {});
    bool isBlocked(const Instance& instance) const;
    // What blocks this instance blocks only what is done to it: with a reason it is left as it is, and the rest is done.
    void leaveAloneWithReason(const Instance& instance);
    // The same of a herd for which nothing was planned, among others.
    void leaveAloneWithReason(HerdId herd);

    // ---- Steps. Each returns a step with target and address filled in; add() numbers it.
    Step step(const Instance& instance, const QString& title) const;
    int add(Step step);
    // Adds a step that runs a template; a template that cannot be built becomes a finding, and the result is nothing.
    std::optional<Action> command(const Instance& instance, const QString& key);
    Step script(const Instance& instance, const QString& title, const QByteArray& script) const;
    Step sqlStep(const Instance& instance, const QString& title, const QByteArray& script) const; // a script that may be done twice
    Step stop(const Instance& instance, const Action& action) const;
    Step start(const Instance& instance, const Action& action) const;
    Step checkpoint(const Instance& instance) const;
    Step stream(const Instance& instance, const Instance& upstream) const;
    Step configure(const Instance& instance, const Instance& upstream, const StandbySettings& settings) const; // with its proof
    Step setUpstream(const Instance& instance, const Instance* upstream) const;
    // Physical replication slots, by names that isSlotName() accepts. One that is used is not removed: the step fails, and the rest goes on.
    Step makeSlot(const Instance& upstream, const QString& slot) const;
    // For one that comes back to where it read: what the slot has kept is what it needs. Made where it is not there, or has lost what it kept.
    Step keepSlot(const Instance& upstream, const QString& slot) const;
    Step removeSlots(const Instance& upstream, const QStringList& slots_) const;

    // The settings of a standby in `directory` that follows `upstream`; nothing, and a finding, where the user to connect as is not known.
    std::optional<StandbySettings> standbySettings(
        const Instance& instance, const Instance& upstream, const QString& directory);

    // The alias of its herd will point to this instance's server when the plan has come to that step.
    void setAlias(const Instance& primary, const DnsChange& alias, int seenEverywhere);
    struct MovedName {
        DnsChange alias;
        int seenEverywhere; // the step after which all name servers say so
    };
    // Where a standby of it follows by a name that this plan moves to it.
    std::optional<MovedName> movedNameOf(const Instance& primary) const;
    // Proves that the virtual host, looked up on the server of `instance`, leads to that of `primary`: answers may be remembered there for a while.
    Step seeName(const Instance& instance, const Instance& primary, const DnsChange& alias) const;

    // A script that asks the running instance, as its own superuser over the local socket.
    QByteArray sqlScript(const Instance& instance, const QString& sql) const;
    QByteArray psqlCommand(const Instance& instance) const; // without a question, as the account that owns the instance

    Plan take(const QString& title);

private:
    void addFinding(const Instance& instance, Severity severity, const char* what, const QString& text, const Measure& measure,
        Override how);
    void addProtected(const Instance& instance);
    // Whether there is such a physical slot, by the exit status; `besides` is more SQL of the condition.
    QByteArray slotScript(const Instance& upstream, const QString& slot, const QString& besides) const;
    // Makes it where there is none. Before, one that nobody reads is dropped, where `dropped` holds, more SQL; nothing: none is.
    Step slotStep(const Instance& upstream, const QString& slot, const std::optional<QString>& dropped, const QByteArray& proof) const;
    // By which a standby reaches this one, if that is the team's way and the name points to it, or will; "": by its server's name.
    QString virtualHostOf(const Instance& upstream) const;

    const ReplicationRequest& m_request;
    const Inventory& m_inventory;
    const ReplicationFacts& m_facts;
    const PlanningTools& m_tools;
    Plan m_plan;
    std::set<InstanceId> m_leftAlone;
    std::map<InstanceId, MovedName> m_aliases;
};

// As PostgreSQL wants the name of a replication slot.
bool isSlotName(const QString& name);
bool hasSlot(const Survey& seen, const QString& name);

// "1.2 GB"
QString bytesText(qint64 bytes);

} // namespace elephaas
