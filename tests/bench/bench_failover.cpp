// How long a client cannot write while the primary of a herd is changed, and how long it takes until everything is in its place: by the
// program, by hand (the floor: stop and promote over connections that are open), by repmgr, and by the sequence of the older application.
// Each goes there and back again, in turn with the others; the figures are medians.

#include "tests/integration/replicationlab.h"
#include "tests/support/writer.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QThread>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <future>
#include <thread>
#include <unistd.h>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 4; // there and back: eight of each
constexpr int herds = 20;
constexpr int hosts = 3;
const QString repmgrConfiguration = u"/var/lib/postgresql/repmgr.conf"_s;

void say(const char* name, double value, const char* unit)
{
    std::printf("%s %.3f %s\n", name, value, unit);
    std::fflush(stdout);
}

void await(const char* what, const std::function<bool()>& holds)
{
    QElapsedTimer timer;
    timer.start();
    while (!holds()) {
        if (timer.elapsed() > 120000)
            qFatal("%s: not within two minutes", what);
        QThread::msleep(20);
    }
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct Series {
    std::vector<double> gaps; // ms
    std::vector<double> totals; // s
};

class Failovers final {
public:
    Failovers()
    {
        // All three ways start and stop with pg_ctl, the cheapest that there is: not the distribution's wrapper.
        m_herd.useCommands({{u"base"_s, bin() % u"/pg_ctl -s -D {pgdata}"_s},
            {u"start"_s, u"{COMMANDS[base]} -w -l /dev/null -o '-c config_file=/etc/postgresql/{version.major}/{inst.herd.base_name}/postgresql.conf' start"_s},
            {u"stop"_s, u"{COMMANDS[base]} -w -m fast stop"_s},
            {u"reload"_s, u"{COMMANDS[base]} reload"_s},
            {u"promote"_s, u"{COMMANDS[base]} -w promote"_s}});
        m_herd.make(u"trading"_s, 5432, hosts, hosts);
        m_herd.sql(1, u"create table acked (n bigint)"_s);
        streams(1);
    }

    void compare()
    {
        makeRepmgr();
        for (int round = 0; round < rounds; ++round) {
            thereAndBack("by hand", m_hand, &Failovers::byHand);
            thereAndBack("repmgr", m_repmgr, &Failovers::byRepmgr);
            thereAndBack("ours", m_ours, &Failovers::byProgram);
            m_conninfo = "host=trading-vhost port=5432 user=postgres dbname=postgres target_session_attrs=read-write connect_timeout=2";
            thereAndBack("ours, by the virtual host", m_byName, &Failovers::byProgram);
            m_conninfo = everyHost;
            thereAndBack("sequence", m_sequence, &Failovers::bySequence);
        }
        const double floor = median(m_hand.gaps);
        const double gap = median(m_ours.gaps);
        say("floor_gap_ms", floor, "ms");
        say("repmgr_gap_ms", median(m_repmgr.gaps), "ms");
        say("sequence_gap_ms", median(m_sequence.gaps), "ms");
        say("switchover_gap_ms", gap, "ms");
        say("switchover_gap_to_floor", gap / floor, "x (bound 1.0)");
        say("switchover_gap_to_repmgr", gap / median(m_repmgr.gaps), "x (bound 0.35)");
        say("switchover_gap_to_sequence", gap / median(m_sequence.gaps), "x (bound 0.06)");
        say("switchover_vhost_gap_ms", median(m_byName.gaps), "ms");
        say("switchover_vhost_gap_to_floor", median(m_byName.gaps) / floor, "x (bound 1.4)");
        say("repmgr_total_s", median(m_repmgr.totals), "s");
        say("switchover_total_s", median(m_ours.totals), "s");
        say("switchover_total_to_repmgr", median(m_ours.totals) / median(m_repmgr.totals), "x (bound 0.3)");
        say("rows_lost", double(m_lost), "rows (bound 0)");
    }

    void many()
    {
        std::vector<std::future<LabAnswer>> made;
        for (int i = 0; i < herds; ++i) {
            made.push_back(std::async(std::launch::async, [this, i] {
                return m_herd.lab().run({u"herd"_s, u"herd%1"_s.arg(i), QString::number(5440 + i), u"db1"_s, u"db2"_s, u"db3"_s}, 10min);
            }));
            if (made.size() < 4)
                continue;
            for (auto& one : made) {
                if (!one.get().ok())
                    qFatal("a herd could not be made");
            }
            made.clear();
        }
        if (!m_herd.lab().refresh())
            qFatal("the lab does not answer");
        ReplicationRequest request{.kind = ReplicationKind::Switchover, .oldPrimary = OldPrimary::Rejoin};
        for (int i = 0; i < herds; ++i)
            request.instances.push_back(m_herd.addHerd(u"herd%1"_s.arg(i), hosts)[1]);
        for (int i = 0; i < herds; ++i)
            await("everybody streams", [&] { return m_herd.lab().sql(u"db1"_s, 5440 + i, streaming).trimmed() == "2"; });
        const double seconds = planAndRun(request);
        for (int i = 0; i < herds; ++i) {
            if (m_herd.lab().sql(u"db2"_s, 5440 + i, streaming).trimmed() != "2" || !pointsTo(u"herd%1-vhost.db.lab.test"_s.arg(i), 2))
                qFatal("herd%d is not in its place", i);
        }
        const double floor = manyByHand();
        say("switchover20_total_s", seconds, "s");
        say("switchover20_to_one", seconds / median(m_ours.totals), "x (bound 4)");
        say("hand20_total_s", floor, "s");
        say("hand20_to_one", floor / median(m_ours.totals), "x");
        say("switchover20_to_hand", seconds / floor, "x");
    }

    // What the servers themselves take for as many herds, from db2 back to db1, eight at once: stop, promote, start as a standby, follow. Without looks before
    // and after, DNS, and checkpoints.
    double manyByHand()
    {
        const QElapsedTimer timer = started();
        std::atomic<int> next = 0;
        std::vector<std::jthread> hands;
        for (int hand = 0; hand < 8; ++hand) {
            hands.emplace_back([&] {
                for (int i = next++; i < herds; i = next++) {
                    const QString cluster = u"%1/herd%2"_s.arg(m_herd.lab().postgresVersion()).arg(i);
                    const QString control = u"%1/pg_ctl -s -w -D /var/lib/postgresql/%2"_s.arg(bin(), cluster);
                    const QString psql = u"%1/psql -XAtq -h /var/run/postgresql -p %2 -d postgres"_s.arg(bin()).arg(5440 + i);
                    const auto conninfo = [&](int member) { return u"host=db1 port=%1 user=replicator application_name=db%2"_s.arg(5440 + i).arg(member); };
                    shell(2, control % u" -m fast stop"_s);
                    shell(1, control % u" promote"_s);
                    shell(3, psql % u" -c \"alter system set primary_conninfo = '%1'\" -c 'select pg_reload_conf()'"_s.arg(conninfo(3)));
                    shell(2, u"touch /var/lib/postgresql/%1/standby.signal && echo \"primary_conninfo = '%2'\" >>/var/lib/postgresql/%1/postgresql.auto.conf && "
                             "%3 -l /dev/null -o '-c config_file=/etc/postgresql/%1/postgresql.conf' start"_s.arg(cluster, conninfo(2), control));
                    shell(1, u"until [ \"$(%1 -c \"%2\")\" = 2 ]; do sleep 0.05; done"_s.arg(psql, streaming));
                }
            });
        }
        hands.clear();
        return double(timer.elapsed()) / 1000;
    }

private:
    using Way = double (Failovers::*)(int from, int to); // seconds until everything is in its place

    void thereAndBack(const char* name, Series& series, Way way)
    {
        for (const int from : {1, 2}) {
            const int to = 3 - from;
            m_herd.sql(from, u"truncate acked"_s);
            Writer writer(m_conninfo);
            await("the client writes", [&] { return writer.count() > 50; });
            writer.forget();
            const double total = (this->*way)(from, to);
            const qint64 before = writer.count();
            await("the client writes again", [&] { return writer.count() > before + 20; });
            writer.stop();
            streams(to);
            const double gap = double(writer.longestGap().count()) / 1000;
            const auto lost = qint64(writer.acknowledged().size()) - m_herd.sql(to, u"select count(distinct n) from acked"_s).toLongLong();
            std::fprintf(stderr, "%s: gap %.0f ms, total %.2f s, %lld rows lost\n", name, gap, total, static_cast<long long>(lost));
            series.gaps.push_back(gap);
            series.totals.push_back(total);
            // What the others lose is theirs.
            if (way == &Failovers::byProgram)
                m_lost += std::max(lost, 0LL);
        }
    }

    double byProgram(int, int to)
    {
        const double seconds = planAndRun({.kind = ReplicationKind::Switchover, .instances = {InstanceId(to)}, .oldPrimary = OldPrimary::Rejoin});
        if (!pointsTo(u"trading-vhost.db.lab.test"_s, to))
            qFatal("the name points elsewhere");
        return seconds;
    }

    // From the confirmation, which looks at everything once more, to the end: what is confirmed has been planned, and read, before.
    double planAndRun(const ReplicationRequest& request)
    {
        m_herd.plan(request);
        QElapsedTimer timer;
        timer.start();
        const Plan plan = m_herd.plan(request);
        if (!plan.whyNotRunnable().isEmpty())
            qFatal("%s", qPrintable(ReplicationLab::wordsOf(plan)));
        const double planned = double(timer.elapsed()) / 1000;
        const OperationRecord record = m_herd.run(plan);
        const double seconds = double(timer.elapsed()) / 1000;
        if (record.state != OperationState::Succeeded && record.state != OperationState::Warning)
            qFatal("%s", qPrintable(ReplicationLab::wordsOf(record)));
        std::fprintf(stderr, "planned in %.2f s, ran for %.2f s\n", planned, seconds - planned);
        return seconds;
    }

    double byHand(int from, int to)
    {
        const QElapsedTimer timer = started();
        shell(from, u"%1/pg_ctl stop -s -m fast -w -D %2"_s.arg(bin(), m_herd.dataDirectory(from)));
        shell(to, u"%1/pg_ctl promote -s -w -D %2"_s.arg(bin(), m_herd.dataDirectory(to)));
        const double seconds = double(timer.elapsed()) / 1000;
        rejoin(from, to);
        return seconds;
    }

    double byRepmgr(int, int to)
    {
        const QElapsedTimer timer = started();
        shell(to, u"%1/repmgr -f %2 standby switchover --siblings-follow"_s.arg(bin(), repmgrConfiguration));
        return double(timer.elapsed()) / 1000;
    }

    double bySequence(int from, int to)
    {
        const QElapsedTimer timer = started();
        const QString version = m_herd.lab().postgresVersion();
        shell(from, u"pg_ctlcluster %1 trading stop -m fast"_s.arg(version));
        shell(to, u"sleep 5"_s);
        shell(to, u"pg_ctlcluster %1 trading promote"_s.arg(version));
        pointTo(to);
        follow(3, to);
        const double seconds = double(timer.elapsed()) / 1000;
        rejoin(from, to);
        return seconds;
    }

    static QElapsedTimer started()
    {
        QElapsedTimer timer;
        timer.start();
        return timer;
    }

    void shell(int member, const QString& command)
    {
        const RemoteTarget target{u"db%1"_s.arg(member), m_herd.lab().remoteUser(), 0};
        const auto result = m_herd.shell().run({.target = target, .command = "exec /bin/sh", .input = command.toUtf8() + '\n', .timeout = 2min}, {}, {});
        if (!result.succeeded())
            qFatal("%s: %s %s", qPrintable(command), result.output.head.constData(), result.errors.head.constData());
    }

    void follow(int member, int primary)
    {
        m_herd.sql(member, u"alter system set primary_conninfo = 'host=db%1 port=5432 user=replicator application_name=db%2'"_s.arg(primary).arg(member));
        m_herd.sql(member, u"select pg_reload_conf()"_s);
    }

    // After a clean stop of which everything arrived.
    void rejoin(int old, int primary)
    {
        shell(old, u"cd %2 && touch standby.signal && "
                   "echo \"primary_conninfo = 'host=db%3 port=5432 user=replicator application_name=db%4'\" >>postgresql.auto.conf && "
                   "%1/pg_ctl start -s -w -D %2 -l /dev/null -o '-c config_file=%5/postgresql.conf'"_s.arg(bin(), m_herd.dataDirectory(old)).arg(primary).arg(old)
                       .arg(m_herd.configDirectory()));
        follow(3, primary);
        streams(primary);
    }

    void streams(int primary)
    {
        await("everybody streams", [&] { return m_herd.sql(primary, streaming) == "2"; });
    }

    void pointTo(int member)
    {
        const auto found = m_herd.dns().read(u"trading-vhost.db.lab.test"_s, {});
        const QString to = u"db%1.db.lab.test"_s.arg(member);
        if (!found || !m_herd.dns().replace({.name = found->name, .zone = found->zone, .from = found->primary.target, .to = to}, {}))
            qFatal("the name could not be changed");
    }
    bool pointsTo(const QString& name, int member)
    {
        const auto reading = m_herd.dns().read(name, {});
        return reading && reading->agreesOn(u"db%1.db.lab.test"_s.arg(member));
    }

    // As its manual says.
    void makeRepmgr()
    {
        for (int member = 1; member <= hosts; ++member) {
            shell(member, u"cat >%1 <<'END'\nnode_id=%2\nnode_name='db%2'\n"
                          "conninfo='host=db%2 port=5432 user=postgres dbname=postgres connect_timeout=2'\n"
                          "data_directory='%3'\nconfig_directory='%4'\npg_bindir='%5'\n"
                          "service_start_command='%5/pg_ctl start -s -w -D %3 -l /dev/null -o \"-c config_file=%4/postgresql.conf\"'\nEND"_s
                              .arg(repmgrConfiguration).arg(member).arg(m_herd.dataDirectory(member), m_herd.configDirectory(), bin()));
            shell(member, u"%1/repmgr -f %2 %3 register --force"_s.arg(bin(), repmgrConfiguration, member == 1 ? u"primary"_s : u"standby"_s));
        }
    }

    QString bin() { return u"/usr/lib/postgresql/%1/bin"_s.arg(m_herd.lab().postgresVersion()); }

    const QByteArray everyHost = "host=db1,db2,db3 port=5432 user=postgres dbname=postgres target_session_attrs=read-write connect_timeout=2";
    const QString streaming = u"select count(*) from pg_stat_replication where state = 'streaming'"_s;
    ReplicationLab m_herd;
    QByteArray m_conninfo = everyHost;
    Series m_hand;
    Series m_repmgr;
    Series m_ours;
    Series m_byName;
    Series m_sequence;
    qint64 m_lost = 0;
};

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (qEnvironmentVariableIsEmpty("LAB_INSIDE")) {
        const QByteArray self = QCoreApplication::applicationFilePath().toLocal8Bit();
        execl(ELEPHAAS_LAB_PROGRAM, ELEPHAAS_LAB_PROGRAM, "lease", "--hosts", "3", "--", self.constData(), nullptr);
        return 1;
    }
    Failovers failovers;
    failovers.compare();
    failovers.many();
    return 0;
}
