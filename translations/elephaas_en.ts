<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>elephaas::PlanningService</name>
    <message numerus="yes">
        <source>Looking at %1 and %n more servers…</source>
        <comment>host names</comment>
        <translation>
            <numerusform>Looking at %1 and one more server…</numerusform>
            <numerusform>Looking at %1 and %n more servers…</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Consequences</name>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <comment>names of instances</comment>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Console</name>
    <message numerus="yes">
        <source>%n operation(s) are running.</source>
        <translation>
            <numerusform>%n operation is running.</numerusform>
            <numerusform>%n operations are running.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n operation(s) did not come to an end before the console was closed</source>
        <translation>
            <numerusform>%n operation did not come to an end before the console was closed</numerusform>
            <numerusform>%n operations did not come to an end before the console was closed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::ConstellationModel</name>
    <message numerus="yes">
        <source>%n instance(s)</source>
        <translation>
            <numerusform>%n instance</numerusform>
            <numerusform>%n instances</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::ContinuationChecks</name>
    <message numerus="yes">
        <source>Is a primary with %n streaming replica(s).</source>
        <translation>
            <numerusform>Is a primary with one streaming replica.</numerusform>
            <numerusform>Is a primary with %n streaming replicas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Looking at what holds of %n step(s).</source>
        <translation>
            <numerusform>Looking at what holds of %n step.</numerusform>
            <numerusform>Looking at what holds of %n steps.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>primary, %n follower(s)</source>
        <translation>
            <numerusform>primary, %n follower</numerusform>
            <numerusform>primary, %n followers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::DeleteDialog</name>
    <message numerus="yes">
        <source>Delete %n rows?</source>
        <translation>
            <numerusform>Delete %n row?</numerusform>
            <numerusform>Delete %n rows?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n environments?</source>
        <translation>
            <numerusform>Delete %n environment?</numerusform>
            <numerusform>Delete %n environments?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n herds?</source>
        <translation>
            <numerusform>Delete %n herd?</numerusform>
            <numerusform>Delete %n herds?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n servers?</source>
        <translation>
            <numerusform>Delete %n server?</numerusform>
            <numerusform>Delete %n servers?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n instances?</source>
        <translation>
            <numerusform>Delete %n instance?</numerusform>
            <numerusform>Delete %n instances?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Instances deleted with it: %n</source>
        <translation>
            <numerusform>Instances deleted with it: %n</numerusform>
            <numerusform>Instances deleted with it: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Herds left without environment: %n</source>
        <translation>
            <numerusform>Herds left without environment: %n</numerusform>
            <numerusform>Herds left without environment: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Servers left without environment: %n</source>
        <translation>
            <numerusform>Servers left without environment: %n</numerusform>
            <numerusform>Servers left without environment: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Replicas left without upstream, then shown as primaries: %n</source>
        <translation>
            <numerusform>Replicas left without upstream, then shown as primaries: %n</numerusform>
            <numerusform>Replicas left without upstream, then shown as primaries: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Online among the deleted instances: %n</source>
        <translation>
            <numerusform>Online among the deleted instances: %n</numerusform>
            <numerusform>Online among the deleted instances: %n</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Facts</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>herd of %n members</source>
        <translation>
            <numerusform>herd of %n member</numerusform>
            <numerusform>herd of %n members</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>server with %n instances</source>
        <translation>
            <numerusform>server with %n instance</numerusform>
            <numerusform>server with %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n instances</source>
        <translation>
            <numerusform>%n instance</numerusform>
            <numerusform>%n instances</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Failover</name>
    <message numerus="yes">
        <source>%1 points to the primary&apos;s server; it is answered for %n seconds from memory.</source>
        <translation>
            <numerusform>%1 points to the primary&apos;s server; it is answered for one second from memory.</numerusform>
            <numerusform>%1 points to the primary&apos;s server; it is answered for %n seconds from memory.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::FindingsTree</name>
    <message numerus="yes">
        <source>Targets in the protected environment %1: %n.</source>
        <translation>
            <numerusform>Targets in the protected environment %1: %n.</numerusform>
            <numerusform>Targets in the protected environment %1: %n.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>blockers: %n</source>
        <translation>
            <numerusform>blockers: %n</numerusform>
            <numerusform>blockers: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>unknown: %n</source>
        <translation>
            <numerusform>unknown: %n</numerusform>
            <numerusform>unknown: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>warnings: %n</source>
        <translation>
            <numerusform>warnings: %n</numerusform>
            <numerusform>warnings: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>ok: %n</source>
        <translation>
            <numerusform>ok: %n</numerusform>
            <numerusform>ok: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Checks that are ok: %n</source>
        <translation>
            <numerusform>Checks that are ok: %n</numerusform>
            <numerusform>Checks that are ok: %n</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::FormDialog</name>
    <message numerus="yes">
        <source>Not saved. Fields that need attention: %n</source>
        <translation>
            <numerusform>Not saved. Fields that need attention: %n</numerusform>
            <numerusform>Not saved. Fields that need attention: %n</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::HerdDialog</name>
    <message numerus="yes">
        <source>Members on servers of another environment: %n.</source>
        <translation>
            <numerusform>Members on servers of another environment: %n.</numerusform>
            <numerusform>Members on servers of another environment: %n.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::InstanceDialog</name>
    <message numerus="yes">
        <source>%n of other environments</source>
        <translation>
            <numerusform>%n of other environments</numerusform>
            <numerusform>%n of other environments</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n without environment</source>
        <translation>
            <numerusform>%n without environment</numerusform>
            <numerusform>%n without environment</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Servers of %1: %n.</source>
        <extracomment>%n servers can be chosen; %1 is the environment&apos;s name</extracomment>
        <translation>
            <numerusform>Servers of %1: %n.</numerusform>
            <numerusform>Servers of %1: %n.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Servers without environment, like the herd: %n.</source>
        <translation>
            <numerusform>Servers without environment, like the herd: %n.</numerusform>
            <numerusform>Servers without environment, like the herd: %n.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Members of its present herd follow it and will go on doing so: %n.</source>
        <translation>
            <numerusform>Members of its present herd follow it and will go on doing so: %n.</numerusform>
            <numerusform>Members of its present herd follow it and will go on doing so: %n.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::LagPlot</name>
    <message numerus="yes">
        <source>%n s</source>
        <comment>span of time in seconds</comment>
        <translation>
            <numerusform>%n s</numerusform>
            <numerusform>%n s</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n min</source>
        <comment>span of time in minutes</comment>
        <translation>
            <numerusform>%n min</numerusform>
            <numerusform>%n min</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Lifecycle</name>
    <message numerus="yes">
        <source>Start %n instances</source>
        <translation>
            <numerusform>Start %n instance</numerusform>
            <numerusform>Start %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stop %n instances</source>
        <translation>
            <numerusform>Stop %n instance</numerusform>
            <numerusform>Stop %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Restart %n instances</source>
        <translation>
            <numerusform>Restart %n instance</numerusform>
            <numerusform>Restart %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Reload %n instances</source>
        <translation>
            <numerusform>Reload %n instance</numerusform>
            <numerusform>Reload %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Is a primary with %n streaming replicas.</source>
        <translation>
            <numerusform>Is a primary with %n streaming replica.</numerusform>
            <numerusform>Is a primary with %n streaming replicas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Is a primary with %n replicas by the inventory&apos;s word; it was not seen lately.</source>
        <translation>
            <numerusform>Is a primary with %n replica by the inventory&apos;s word; it was not seen lately.</numerusform>
            <numerusform>Is a primary with %n replicas by the inventory&apos;s word; it was not seen lately.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n replicas in the inventory</source>
        <translation>
            <numerusform>%n replica in the inventory</numerusform>
            <numerusform>%n replicas in the inventory</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n streaming replicas</source>
        <translation>
            <numerusform>%n streaming replica</numerusform>
            <numerusform>%n streaming replicas</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::MainWindow</name>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n row</numerusform>
            <numerusform>%n rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n selected</source>
        <comment>rows</comment>
        <translation>
            <numerusform>, %n selected</numerusform>
            <numerusform>, %n selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::OperationTreeModel</name>
    <message numerus="yes">
        <source>, %n failed</source>
        <comment>steps</comment>
        <translation>
            <numerusform>, %n failed</numerusform>
            <numerusform>, %n failed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::OperationView</name>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… and %n more</numerusform>
            <numerusform>… and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Old DNS answers for %n more second(s)</source>
        <translation>
            <numerusform>Old DNS answers for %n more second</numerusform>
            <numerusform>Old DNS answers for %n more seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::OperationWords</name>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n with unknown outcome</source>
        <translation>
            <numerusform>%n with unknown outcome</numerusform>
            <numerusform>%n with unknown outcome</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n with a warning</source>
        <translation>
            <numerusform>%n with a warning</numerusform>
            <numerusform>%n with a warning</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n done</source>
        <translation>
            <numerusform>%n done</numerusform>
            <numerusform>%n done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n cancelled</numerusform>
            <numerusform>%n cancelled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %n done in %1.</source>
        <extracomment>%n instances or steps, %1 the time it took</extracomment>
        <translation>
            <numerusform>Done in %1.</numerusform>
            <numerusform>All %n done in %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::OperationsPanel</name>
    <message numerus="yes">
        <source>%n running</source>
        <comment>operations</comment>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::PlanRunner</name>
    <message numerus="yes">
        <source>%n not needed</source>
        <translation>
            <numerusform>%n not needed</numerusform>
            <numerusform>%n not needed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of what failed, %n could be done another way.</source>
        <translation>
            <numerusform>Of what failed, %n could be done another way.</numerusform>
            <numerusform>Of what failed, %n could be done another way.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Replication</name>
    <message numerus="yes">
        <source>Trying %n connection(s).</source>
        <translation>
            <numerusform>Trying %n connection.</numerusform>
            <numerusform>Trying %n connections.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Promote %n instances</source>
        <translation>
            <numerusform>Promote %n instances</numerusform>
            <numerusform>Promote %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Demote %n instances</source>
        <translation>
            <numerusform>Demote %n instances</numerusform>
            <numerusform>Demote %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Rebuild %n instances</source>
        <translation>
            <numerusform>Rebuild %n instances</numerusform>
            <numerusform>Rebuild %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Let %n instances follow another member</source>
        <translation>
            <numerusform>Let %n instances follow another member</numerusform>
            <numerusform>Let %n instances follow another member</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Initialise %n instances</source>
        <translation>
            <numerusform>Initialise %n instances</numerusform>
            <numerusform>Initialise %n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Switch over %n herds</source>
        <translation>
            <numerusform>Switch over one herd</numerusform>
            <numerusform>Switch over %n herds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Fail over %n herds</source>
        <translation>
            <numerusform>Fail over one herd</numerusform>
            <numerusform>Fail over %n herds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Refresh the DNS names of %n herds</source>
        <translation>
            <numerusform>Refresh the DNS name of one herd</numerusform>
            <numerusform>Refresh the DNS names of %n herds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Drain %1: switch over %n herd(s)</source>
        <translation>
            <numerusform>Drain %1: switch over 1 herd</numerusform>
            <numerusform>Drain %1: switch over %n herds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::ReplicationDialog</name>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <comment>names of instances</comment>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>They belong to %n herds: each is copied from the leader of its own.</source>
        <translation>
            <numerusform>They belong to %n herds: each is copied from the leader of its own.</numerusform>
            <numerusform>They belong to %n herds: each is copied from the leader of its own.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>They belong to %n herds, and these take over, as one plan:
%1</source>
        <extracomment>%1 is a list of instances, one a line</extracomment>
        <translation>
            <numerusform>It belongs to one herd, and this takes over:
%1</numerusform>
            <numerusform>They belong to %n herds, and these take over, as one plan:
%1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Remember this for %n herd(s)</source>
        <translation>
            <numerusform>&amp;Remember this for the herd</numerusform>
            <numerusform>&amp;Remember this for these %n herds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::ReviewDialog</name>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… and %n more</numerusform>
            <numerusform>… and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::ServerDialog</name>
    <message numerus="yes">
        <source>Instances of herds of another environment on it: %n.</source>
        <translation>
            <numerusform>Instances of herds of another environment on it: %n.</numerusform>
            <numerusform>Instances of herds of another environment on it: %n.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::StatusStrip</name>
    <message numerus="yes">
        <source>%n down</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n down</numerusform>
            <numerusform>%n down</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unreachable</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n unreachable</numerusform>
            <numerusform>%n unreachable</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unknown</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n unknown</numerusform>
            <numerusform>%n unknown</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lagging</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n lagging</numerusform>
            <numerusform>%n lagging</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n stale</source>
        <comment>instances</comment>
        <translation>
            <numerusform>, %n stale</numerusform>
            <numerusform>, %n stale</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other problems</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n other problem</numerusform>
            <numerusform>%n other problems</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n are primaries beside another one of their herd</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n is a primary beside another one of its herd</numerusform>
            <numerusform>%n are primaries beside another one of their herd</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n have another role than the inventory says</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n has another role than the inventory says</numerusform>
            <numerusform>%n have another role than the inventory says</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n replicas do not stream</source>
        <comment>instances</comment>
        <translation>
            <numerusform>%n replica does not stream</numerusform>
            <numerusform>%n replicas do not stream</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::StepRun</name>
    <message numerus="yes">
        <source>All %n name server(s) of %1 answer %2.</source>
        <translation>
            <numerusform>The name server of %1 answers %2.</numerusform>
            <numerusform>All %n name servers of %1 answer %2.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Resolvers may remember the old answer until %1 UTC, for %n second(s).</source>
        <translation>
            <numerusform>Resolvers may remember the old answer until %1 UTC, for %n second.</numerusform>
            <numerusform>Resolvers may remember the old answer until %1 UTC, for %n seconds.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::StepsPane</name>
    <message numerus="yes">
        <source>&amp;Targets: %n</source>
        <translation>
            <numerusform>&amp;Targets: %n</numerusform>
            <numerusform>&amp;Targets: %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>… %n line(s) of functions that stand in many scripts</source>
        <translation>
            <numerusform>… %n line of functions that stand in many scripts</numerusform>
            <numerusform>… %n lines of functions that stand in many scripts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>S&amp;teps: %n</source>
        <translation>
            <numerusform>S&amp;teps: %n</numerusform>
            <numerusform>S&amp;teps: %n</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::Subject</name>
    <message numerus="yes">
        <source>%n environments</source>
        <translation>
            <numerusform>%n environment</numerusform>
            <numerusform>%n environments</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n herds</source>
        <translation>
            <numerusform>%n herd</numerusform>
            <numerusform>%n herds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n servers</source>
        <translation>
            <numerusform>%n server</numerusform>
            <numerusform>%n servers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n instances</source>
        <translation>
            <numerusform>%n instance</numerusform>
            <numerusform>%n instances</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n DR pairs</source>
        <translation>
            <numerusform>%n DR pair</numerusform>
            <numerusform>%n DR pairs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::TemplateText</name>
    <message numerus="yes">
        <source>The command line becomes longer than %n byte(s).</source>
        <translation>
            <numerusform>The command line becomes longer than %n byte.</numerusform>
            <numerusform>The command line becomes longer than %n bytes.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>elephaas::dns::DnsText</name>
    <message numerus="yes">
        <source>The name server&apos;s clock is %n seconds ahead of this computer&apos;s.</source>
        <translation>
            <numerusform>The name server&apos;s clock is one second ahead of this computer&apos;s.</numerusform>
            <numerusform>The name server&apos;s clock is %n seconds ahead of this computer&apos;s.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The name server&apos;s clock is %n seconds behind this computer&apos;s.</source>
        <translation>
            <numerusform>The name server&apos;s clock is one second behind this computer&apos;s.</numerusform>
            <numerusform>The name server&apos;s clock is %n seconds behind this computer&apos;s.</numerusform>
        </translation>
    </message>
</context>
</TS>
