#include "models/operations/replicationrequest.h"

#include <QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Replication)
};

} // namespace

QString keyOf(ReplicationKind kind)
{
    switch (kind) {
    case ReplicationKind::Promote: return u"promote"_s;
    case ReplicationKind::Demote: return u"demote"_s;
    case ReplicationKind::Rebuild: return u"rebuild"_s;
    case ReplicationKind::Remaster: return u"remaster"_s;
    case ReplicationKind::Initialise: return u"initialise"_s;
    case ReplicationKind::Switchover: return u"switchover"_s;
    case ReplicationKind::Failover: return u"failover"_s;
    case ReplicationKind::RefreshDns: return u"refresh-dns"_s;
    }
    return {};
}

QString titleOf(ReplicationKind kind)
{
    switch (kind) {
    //: an action: a replica becomes a primary
    case ReplicationKind::Promote: return Words::tr("Promote");
    //: an action: a primary becomes a replica
    case ReplicationKind::Demote: return Words::tr("Demote");
    //: an action: a replica is made anew from its upstream
    case ReplicationKind::Rebuild: return Words::tr("Rebuild");
    //: an action: a replica follows another member of its herd from now on
    case ReplicationKind::Remaster: return Words::tr("Remaster");
    //: an action: the data directory of an instance is made
    case ReplicationKind::Initialise: return Words::tr("Initialise");
    //: an action: a primary hands over to a replica
    case ReplicationKind::Switchover: return Words::tr("Switch over");
    //: an action: a replica takes over from a primary that is lost
    case ReplicationKind::Failover: return Words::tr("Fail over");
    //: an action: the DNS name of a herd points to its primary again
    case ReplicationKind::RefreshDns: return Words::tr("Refresh DNS");
    }
    return {};
}

QString keyOf(RebuildMethod method)
{
    switch (method) {
    case RebuildMethod::Automatic: return u"automatic"_s;
    case RebuildMethod::Rewind: return u"rewind"_s;
    case RebuildMethod::Copy: return u"copy"_s;
    case RebuildMethod::InPlace: return u"in-place"_s;
    }
    return {};
}

QString titleOf(RebuildMethod method)
{
    switch (method) {
    //: how an instance is rebuilt
    case RebuildMethod::Automatic: return Words::tr("Automatic");
    //: how an instance is rebuilt: pg_rewind
    case RebuildMethod::Rewind: return Words::tr("Rewind");
    //: how an instance is rebuilt: pg_basebackup
    case RebuildMethod::Copy: return Words::tr("Copy");
    //: how an instance is rebuilt: rsync over what is there
    case RebuildMethod::InPlace: return Words::tr("In place");
    }
    return {};
}

QString keyOf(OldPrimary what) { return what == OldPrimary::Rejoin ? u"rejoin"_s : u"leave-off"_s; }

bool movesService(ReplicationKind kind) { return kind == ReplicationKind::Switchover || kind == ReplicationKind::Failover; }

bool concernsName(ReplicationKind kind) { return movesService(kind) || kind == ReplicationKind::RefreshDns; }

} // namespace elephaas
