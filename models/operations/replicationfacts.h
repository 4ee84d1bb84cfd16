#pragma once

#include "models/domain/inventory.h"
#include "models/operations/lifecycle.h"
#include "models/operations/replicationrequest.h"
#include "models/operations/surveyor.h"
#include "models/ports/clock.h"
#include "models/ports/dnsdirectory.h"

#include <functional>
#include <map>
#include <set>
#include <stop_token>

namespace elephaas {

struct ReplicationOptions {
    std::set<QString> protectedEnvironments = {}; // names, compared without case
    PlanLimits limits = {};
    std::chrono::milliseconds startTimeout{300000};
    std::chrono::milliseconds stopTimeout{300000};
    std::chrono::milliseconds scriptTimeout{120000}; // of steps that move no data
    std::chrono::milliseconds copyTimeout{std::chrono::hours(24 * 14)}; // a person cancels; a copy that stands still says so
    std::chrono::milliseconds streamTimeout{std::chrono::hours(2)}; // a standby may have much to catch up with
    std::chrono::milliseconds surveyTimeout{30000};
    std::chrono::milliseconds lostTimeout{6000}; // for a server that could not be reached when it was seen last: in a failover, the lost primary's
    std::chrono::milliseconds clockLimit{1000}; // servers further apart than this are warned about
    int parallel = 16; // servers looked at together
    qint64 lagLimit = 16 * 1024 * 1024; // bytes that a replica may be behind its primary when that hands over
    std::chrono::milliseconds handoverPatience{10000}; // for the rest to be replayed, before the primary is started again
    std::chrono::milliseconds dnsTimeout{60000}; // until all name servers of a zone say the same
    UpstreamHost upstreamHost = UpstreamHost::Server;
};

// What planning needs of the world, and the team's ways. All functions may be called from any thread.
struct PlanningTools {
    Surveyor& surveyor;
    CommandBuilder build;
    TargetResolver resolve;
    const Clock& clock;
    ReplicationOptions options = {};
    std::function<void(const QString&)> progress = {}; // a line for people; may be empty
    DnsDirectory* dns = nullptr; // none: nobody has set up how names are changed
};

// What was seen on the servers before the plan was made.
struct ReplicationFacts {
    std::map<InstanceId, Survey> surveys;
    struct Trials {
        ConnectionTrial replication; // as the standby will connect
        // As pg_rewind will: as the replication user where that one has the rights, else as the account that owns the target's files (with
        // its password file). Unknown where it was not tried.
        ConnectionTrial ordinary;
        QString ordinaryInfo = {};
    };
    std::map<std::pair<InstanceId, InstanceId>, Trials> trials; // follower, upstream
    // Of virtual hosts, where DNS is set up and the plan concerns them: moves the service, or makes a standby that follows by the name.
    std::map<HerdId, Expected<DnsReading>> names = {};
    std::map<HerdId, Error> unchangeable = {}; // those of them of which the name server says that they may not be changed, and why

    // nullptr when it was not looked at.
    const Survey* of(InstanceId id) const;
    const Trials* trialOf(InstanceId follower, InstanceId upstream) const;
};

// The herd's leader among those that were seen to run as primary: the one with most streaming followers, then most followers in the inventory,
// then the lowest id. `except` is passed over.
const Instance* seenLeaderOf(const Inventory& inventory, const ReplicationFacts& facts, HerdId herd, std::optional<InstanceId> except = {});

// The herd's primary that is to hand over to `candidate`, or is lost: as seen running, else the one that the inventory says; nullptr when there is none.
const Instance* oldPrimaryOf(const Inventory& inventory, const ReplicationFacts& facts, const Instance& candidate);

// Whom `instance` is to follow or to be copied from for this request; nullptr when there is nobody.
const Instance* sourceFor(
    const ReplicationRequest& request, const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance);

// The application_name under which an instance shows up at its upstream: its own one where it has one, else its server's name.
QString followerNameOf(const Inventory& inventory, const Instance& instance, const Survey* seen);
// Under which addresses it shows up there; none where that cannot be told: on the same server, or where the upstream shows a member under an
// address that is none of its server's (translated on the way).
QStringList followerAddresses(const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance, const Instance& upstream);
// What primary_conninfo will say, without a password: as the instance's own, or as another member's; with the upstream's host and port as a member
// that follows it already reaches it, else by its server's name; or by `virtualHost`, where that is not "". Where no member tells the user it is the
// account that owns the upstream's files; an error where that is not known either.
Expected<QString> standbyConninfo(const Inventory& inventory, const ReplicationFacts& facts, const Instance& instance, const Instance& upstream,
    const QString& virtualHost = {});
// The same for pg_rewind: an ordinary connection, of this user where one is given.
QString rewindConninfo(const QString& standbyConninfo, const QString& user = {});

// Looks at all members of the herds concerned, and then whether each instance can connect to its source. Blocks.
ReplicationFacts gatherFacts(
    const ReplicationRequest& request, const Inventory& inventory, const PlanningTools& tools, const std::stop_token& stop);

} // namespace elephaas
