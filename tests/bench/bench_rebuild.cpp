// A herd of 1 GB in the lab: a rewind, a copy and a rebuild in place by the program, each beside the same done by hand over one ssh; and what
// the engine adds to a step over a warm round trip.

#include "tests/integration/replicationlab.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QRegularExpression>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <unistd.h>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr auto megabytes = 1024;
constexpr int copies = 7;
constexpr int steps = 40;

void say(const char* name, double value, const char* unit)
{
    std::printf("%s %.3f %s\n", name, value, unit);
    std::fflush(stdout);
}

// Of the steps whose titles begin so, from the journal: seconds.
double secondsOf(const OperationRecord& record, std::initializer_list<const char*> titles)
{
    qint64 sum = 0;
    for (const StepRecord& step : record.steps) {
        for (const char* title : titles) {
            if (step.state == StepState::Succeeded && step.title.startsWith(QLatin1StringView(title)))
                sum += step.started.msecsTo(step.ended);
        }
    }
    return double(sum) / 1000;
}

OperationRecord mustSucceed(OperationRecord record)
{
    if (record.state != OperationState::Succeeded && record.state != OperationState::Warning)
        qFatal("%s", qPrintable(ReplicationLab::wordsOf(record)));
    return record;
}

double byHand(ReplicationLab& herd, const QString& command)
{
    QElapsedTimer timer;
    timer.start();
    const LabAnswer answer = herd.lab().ssh(u"db3"_s, command, std::chrono::minutes(10));
    if (!answer.ok())
        qFatal("%s", answer.errors.constData());
    return double(timer.elapsed()) / 1000;
}

void part(ReplicationLab& herd)
{
    const QString version = herd.lab().postgresVersion();
    herd.on(3, u"pg_ctlcluster %1 trading promote"_s.arg(version));
    herd.sql(3, u"create table parted as select generate_series(1, 100000) as n"_s);
    herd.sql(1, u"update big set n = n + 1 where n % 100 = 0"_s);
}

void rewind(ReplicationLab& herd)
{
    const QString version = herd.lab().postgresVersion();
    const QString data = herd.dataDirectory(3);
    const QString bin = u"/usr/lib/postgresql/%1/bin"_s.arg(version);
    // By hand: pg_rewind, two files, start; after the stop, as a person would begin.
    part(herd);
    herd.sql(1, u"checkpoint"_s);
    herd.on(3, u"pg_ctlcluster %1 trading stop -m fast"_s.arg(version));
    const double hand = byHand(herd, u"%1/pg_rewind -D %2 --source-server='host=db1 user=postgres dbname=postgres' && touch %2/standby.signal && "
                                     "echo \"primary_conninfo = 'host=db1 user=replicator application_name=db3'\" >>%2/postgresql.auto.conf && pg_ctlcluster %3 trading start"_s
                                         .arg(bin, data, version));
    part(herd);
    const OperationRecord record = mustSucceed(herd.run(ReplicationKind::Demote, {3}));
    const double ours = secondsOf(record, {"Write a checkpoint", "Ask pg_rewind", "Rewind", "Configure", "Start"});
    say("rewind_1gb_s", ours, "s");
    say("rewind_by_hand_s", hand, "s");
    say("rewind_ratio", ours / hand, "x (bound 1.5)");
}

void copy(ReplicationLab& herd)
{
    const QString bin = u"/usr/lib/postgresql/%1/bin"_s.arg(herd.lab().postgresVersion());
    const QString other = herd.dataDirectory(3) + u".hand"_s;
    std::vector<double> hand;
    std::vector<double> ours;
    for (int round = 0; round < copies; ++round) {
        hand.push_back(byHand(herd, u"%1/pg_basebackup -d 'host=db1 user=replicator' -D %2 -X stream -c fast"_s.arg(bin, other)));
        herd.on(3, u"rm -rf "_s + other);
        ours.push_back(secondsOf(mustSucceed(herd.run(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::Copy)), {"Copy"}));
        std::fprintf(stderr, "copy %.2f s, by hand %.2f s\n", ours.back(), hand.back());
    }
    // The disk's speed drifts from one minute to the next: each is compared with its neighbour.
    std::vector<double> ratios;
    std::ranges::transform(ours, hand, std::back_inserter(ratios), std::divides());
    for (auto* values : {&hand, &ours, &ratios})
        std::ranges::sort(*values);
    say("copy_1gb_s", ours[copies / 2], "s");
    say("copy_by_hand_s", hand[copies / 2], "s");
    say("copy_ratio", ratios[copies / 2], "x (bound 1.1)");
}

void inPlace(ReplicationLab& herd)
{
    // Alike at first: hint bits are set by whoever reads a page, and make pages of the same rows differ.
    herd.sql(1, u"vacuum (freeze) big"_s);
    mustSucceed(herd.run(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::InPlace));
    const double total = herd.sql(1, u"select sum(pg_database_size(oid)) from pg_database"_s).toDouble();
    // One page of a hundred, scattered; while it does not follow, or it would have them already.
    herd.on(3, u"pg_ctlcluster %1 trading stop -m fast"_s.arg(herd.lab().postgresVersion()));
    herd.sql(1, u"update big set n = n + 1 where ctid in (select format('(%s,1)', p * 100)::tid from generate_series(0, pg_relation_size('big') / 8192 / 100 - 1) p)"_s);
    herd.sql(1, u"checkpoint"_s);
    const OperationRecord record = mustSucceed(herd.run(ReplicationKind::Rebuild, {3}, {}, RebuildMethod::InPlace));
    double moved = 0;
    for (const StepRecord& step : record.steps) {
        static const QRegularExpression received(u"Total bytes received: ([0-9,]+)"_s);
        const auto match = received.match(QString::fromUtf8(step.output));
        if (match.hasMatch())
            moved += match.captured(1).remove(u',').toDouble();
    }
    say("in_place_moved_mb", moved / 1e6, "MB");
    say("in_place_total_mb", total / 1e6, "MB");
    say("in_place_ratio", 100 * moved / total, "% (bound 5)");
    say("in_place_s", secondsOf(record, {"Bring", "Complete"}), "s");
}

void overhead(ReplicationLab& herd)
{
    Plan plan = herd.plan(ReplicationKind::Promote, {3});
    Step step = plan.steps[1];
    step.action = RunScript{step.shell, "true\n"};
    step.proofScript.clear();
    step.doneScript.clear();
    plan.steps.clear();
    plan.findings.clear();
    for (int i = 0; i < steps; ++i) {
        step.id = i;
        step.after = i > 0 ? std::vector{i - 1} : std::vector<int>();
        plan.steps.push_back(step);
    }
    const RemoteCommand bare{.target = step.address.remote, .command = step.shell, .input = "true\n"};
    std::vector<double> trips;
    QElapsedTimer timer;
    for (int i = 0; i < steps; ++i) {
        timer.start();
        if (!herd.shell().run(bare, {}, {}).succeeded())
            qFatal("no round trip");
        trips.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    std::ranges::sort(trips);
    timer.start();
    mustSucceed(herd.run(plan));
    const double perStep = double(timer.nsecsElapsed()) / 1e6 / steps;
    say("warm_round_trip_ms", trips[steps / 2], "ms");
    say("step_overhead_ms", perStep - trips[steps / 2], "ms (bound 20)");
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (qEnvironmentVariableIsEmpty("LAB_INSIDE")) {
        const QByteArray self = QCoreApplication::applicationFilePath().toLocal8Bit();
        execl(ELEPHAAS_LAB_PROGRAM, ELEPHAAS_LAB_PROGRAM, "lease", "--hosts", "3", "--", self.constData(), nullptr);
        return 1;
    }
    ReplicationLab herd;
    herd.make(u"trading"_s, 5432, 3, 3);
    overhead(herd);
    herd.sql(1, u"alter system set max_wal_size = '4GB'"_s);
    herd.sql(1, u"alter system set wal_keep_size = '4GB'"_s);
    herd.sql(1, u"select pg_reload_conf()"_s);
    // 8 rows a page.
    herd.sql(1, u"create table big with (fillfactor = 90) as select n, repeat(md5(n::text), 28) as t from generate_series(1, %1 * 1024 / 8 * 7) n"_s.arg(megabytes));
    copy(herd);
    rewind(herd);
    inPlace(herd);
    return 0;
}
