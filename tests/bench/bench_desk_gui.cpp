// How long the window stands still while the console works hard: 50 instances on 50 hosts are reloaded in bulk, and everything is
// refreshed (F5: the inventory's rows and a probe of all of its 2,000 servers), at 10,000 instances of which one in a hundred changes
// every second. The real window and console, real sshd and PostgreSQL on the 50 hosts; the other servers refuse connections.
// The hosts have a machine each in life and only share the console's here: they get the processor when the console does not want it
// (HostsLast; takes root). Otherwise their hundreds of processes would be what is measured.
//
// gui_block_ms: longest time that an event from outside the GUI thread waited until it was handled there, by the wall clock; includes
//   what the machine took the processor away for.
// gui_turn_cpu_ms: most processor time that the GUI thread spent between two waits of its event loop: what is the console's own doing.
// Both are the median over the rounds of each round's worst.
// With ELEPHAAS_TRACE=events, every event that takes the GUI thread more than 4 ms of processor is named on standard error.

#include "app/adapters/journal/sqlitejournal.h"
#include "app/adapters/ssh/sshshell.h"
#include "app/console.h"
#include "dialogs/operationdialog.h"
#include "dialogs/reviewdialog.h"
#include "tests/support/fakestore.h"
#include "tests/support/postgresserver.h"
#include "tests/support/sshsite.h"
#include "tests/support/synthetic.h"
#include "views/actions.h"
#include "views/mainwindow.h"

#include <QAbstractEventDispatcher>
#include <QAction>
#include <QApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QPushButton>
#include <QSettings>
#include <QSocketNotifier>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <thread>

#include <pwd.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace elephaas;
using namespace elephaas::tests;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int instanceCount = 10000;
constexpr int herdCount = 3000;
constexpr int serverCount = 2000;
constexpr int hostCount = 50; // the first servers: real
constexpr int rounds = 5;
constexpr int betweenKeysMs = 50; // nobody presses two keys at once

qint64 nanoseconds(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

[[noreturn]] void fail(const QString& why) { throw std::runtime_error(why.toStdString()); }

// Processes that are started through this get the processor only when nobody else wants it: they are put into a control group that is
// idle as a whole (cpu.idle), because every login and every command of sshd is a session, and so an autogroup(7), of its own, whose share
// no niceness of its processes makes smaller. Takes root; the mere policy SCHED_IDLE otherwise.
class HostsLast final {
public:
    HostsLast()
    {
        // Version 1 has the processor's controller in a folder of its own, version 2 all in one.
        for (const QString& base : {u"/sys/fs/cgroup/cpu"_s, u"/sys/fs/cgroup"_s}) {
            const QString folder = base + u"/elephaas-hosts-%1"_s.arg(::getpid());
            if (!QDir().mkdir(folder))
                continue;
            m_group = folder;
            m_home = base + ownGroup(base.endsWith(u"cpu"_s));
            if (write(m_group + u"/cpu.idle"_s, "1"))
                return;
            QDir().rmdir(m_group);
            m_group.clear();
        }
        std::fprintf(stderr, "the hosts share the processor with the console: run this as root\n");
    }
    ~HostsLast()
    {
        const QDeadlineTimer deadline(5000); // its last processes are ending
        while (!m_group.isEmpty() && !QDir().rmdir(m_group) && !deadline.hasExpired())
            std::this_thread::yield();
    }
    Q_DISABLE_COPY_MOVE(HostsLast)

    void start(const std::function<void()>& hosts) const
    {
        const sched_param none{};
        if (m_group.isEmpty())
            ::sched_setscheduler(0, SCHED_IDLE, &none);
        else if (!write(m_group + u"/cgroup.procs"_s, QByteArray::number(::getpid())))
            std::fprintf(stderr, "the hosts share the processor with the console\n");
        hosts();
        leave();
        ::sched_setscheduler(0, SCHED_OTHER, &none);
    }

private:
    static bool write(const QString& file, const QByteArray& text)
    {
        QFile out(file);
        return out.open(QIODevice::WriteOnly | QIODevice::ExistingOnly | QIODevice::Unbuffered) && out.write(text) == text.size();
    }
    // proc(5): "number:controllers:path" a line, version 2 has number 0 and no controllers.
    static QString ownGroup(bool versionOne)
    {
        QFile file(u"/proc/self/cgroup"_s);
        if (file.open(QIODevice::ReadOnly)) {
            for (const QByteArray& line : file.readAll().split('\n')) {
                const QList<QByteArray> fields = line.split(':');
                if (fields.size() == 3 && (versionOne ? fields[1].split(',').contains("cpu") : fields[0] == "0"))
                    return QString::fromLocal8Bit(fields[2]);
            }
        }
        return u"/"_s;
    }
    void leave() const
    {
        if (!m_group.isEmpty())
            write(m_home + u"/cgroup.procs"_s, QByteArray::number(::getpid()));
    }

    QString m_group;
    QString m_home;
};

// Tells what keeps the GUI thread.
class Application final : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        if (!m_traced)
            return QApplication::notify(receiver, event);
        const QByteArray name = receiver->metaObject()->className() + QByteArray(" ") + receiver->objectName().toUtf8();
        const QEvent::Type type = event->type();
        const qint64 began = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
        ++m_depth;
        const bool taken = QApplication::notify(receiver, event);
        --m_depth;
        if (const double took = double(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began) / 1e6; took > 4)
            std::fprintf(stderr, "%*s%.1f ms: event %d to %s\n", m_depth * 2, "", took, int(type), name.constData());
        return taken;
    }

private:
    const bool m_traced = qgetenv("ELEPHAAS_TRACE") == "events";
    int m_depth = 0;
};

// A thread that knocks at the GUI thread every two milliseconds, as a user's keys would, and how long the door stayed shut.
class StallWatch final : public QObject {
public:
    StallWatch()
        : m_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
        , m_notifier(m_descriptor, QSocketNotifier::Read)
    {
        connect(&m_notifier, &QSocketNotifier::activated, this, &StallWatch::answer);
        // From one wait to the next is one turn, with either of Qt's dispatchers; waiting takes no processor time.
        connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::aboutToBlock, this, &StallWatch::noteTurn);
        m_thread = std::jthread([this](std::stop_token stop) { knock(stop); });
    }
    ~StallWatch() override
    {
        m_thread = {};
        ::close(m_descriptor);
    }
    Q_DISABLE_COPY_MOVE(StallWatch)

    // From here on: what came before is forgotten.
    void reset()
    {
        eventfd_t count = 0;
        ::eventfd_read(m_descriptor, &count);
        m_knockedAt = 0;
        m_worst = m_worstTurn = 0;
        m_turnBegan = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    }
    double worstMs() const { return double(m_worst) / 1e6; }
    double worstTurnCpuMs() const { return double(m_worstTurn) / 1e6; }

private:
    void knock(std::stop_token stop)
    {
        // Before everybody else, where that is allowed; a late knock is measured from when it really came.
        if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), -15) != 0)
            std::fprintf(stderr, "the watcher runs at normal priority\n");
        std::mutex mutex;
        std::condition_variable_any never;
        while (!stop.stop_requested()) {
            if (m_knockedAt == 0) {
                m_knockedAt = nanoseconds(CLOCK_MONOTONIC);
                ::eventfd_write(m_descriptor, 1);
            }
            std::unique_lock lock(mutex);
            never.wait_for(lock, stop, 2ms, [] { return false; });
        }
    }
    void answer()
    {
        eventfd_t count = 0;
        const qint64 knocked = m_knockedAt;
        if (::eventfd_read(m_descriptor, &count) != 0 || knocked == 0)
            return;
        m_worst = std::max(m_worst, nanoseconds(CLOCK_MONOTONIC) - knocked);
        m_knockedAt = 0;
    }
    void noteTurn()
    {
        const qint64 now = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
        if (m_turnBegan != 0)
            m_worstTurn = std::max(m_worstTurn, now - m_turnBegan);
        m_turnBegan = now;
    }

    const int m_descriptor;
    QSocketNotifier m_notifier;
    std::atomic<qint64> m_knockedAt = 0; // 0: answered
    qint64 m_worst = 0;
    qint64 m_worstTurn = 0;
    qint64 m_turnBegan = 0;
    std::jthread m_thread;
};

// Somebody else works on the same inventory: every second, one instance in a hundred is another one. Keeps what the console writes.
class OtherPeople final {
public:
    explicit OtherPeople(std::shared_ptr<FakeStoreState> state)
        : m_thread([state = std::move(state)](std::stop_token stop) {
            std::mutex mutex;
            std::condition_variable_any never;
            for (size_t turn = 1;; ++turn) {
                std::unique_lock lock(mutex);
                never.wait_for(lock, stop, 1s, [] { return false; });
                if (stop.stop_requested())
                    return;
                const std::lock_guard stateLock(state->mutex);
                keepWritten(*state);
                changeSome(*state, turn);
            }
        })
    {
    }

private:
    static void keepWritten(FakeStoreState& state)
    {
        for (const InstanceStateUpdate& update : std::exchange(state.recorded, {})) {
            Instance& row = state.rows.instances[size_t(update.instance.value - 1)]; // numbered from 1
            row.version = update.version.value_or(row.version);
            row.isOnline = update.isOnline.value_or(row.isOnline);
            row.walPosition = update.walPosition ? update.walPosition : row.walPosition;
            row.upstream = update.upstream.value_or(row.upstream);
        }
    }
    static void changeSome(FakeStoreState& state, size_t turn)
    {
        for (size_t i = turn % 100; i < size_t(instanceCount - hostCount); i += 100) {
            Instance& row = state.rows.instances[i];
            row.walPosition = Lsn{row.walPosition.value_or(Lsn{}).value + 0x10000};
            row.isOnline = !row.isOnline;
        }
        state.changedElsewhere = true;
    }

    std::jthread m_thread;
};

// Synthetic rows; the last ones are one instance on each of the real hosts, and those are all one real PostgreSQL.
std::shared_ptr<FakeStoreState> makeInventory(const PostgresServer& postgres, const QString& version, const QString& user)
{
    auto state = std::make_shared<FakeStoreState>();
    state->rows = syntheticRows(instanceCount - hostCount, herdCount, serverCount);
    const HerdId herd(herdCount + 1);
    state->rows.herds.push_back(Herd{.id = herd, .environment = EnvironmentId(3), .baseName = u"main"_s, .name = u"real"_s,
        .description = {}, .port = postgres.port(), .dataDirectory = postgres.socketFolder() + u"/data"_s, .virtualHost = {}});
    for (int host = 1; host <= hostCount; ++host) {
        state->rows.servers[size_t(host - 1)].hostName = u"many%1"_s.arg(host);
        state->rows.instances.push_back(Instance{.id = InstanceId(instanceCount - hostCount + host), .herd = herd,
            .server = ServerId(host), .version = version, .localDataDirectory = {}, .walPosition = {}, .isOnline = true, .upstream = {}});
    }
    // pg_ctl refuses root, which is who logs in when root measures.
    const QString become = ::geteuid() == 0 ? u"cd / && setpriv --reuid=postgres --regid=postgres --init-groups "_s : QString();
    state->settings = {{u"command.reload"_s, become + u"/usr/lib/postgresql/{version.major}/bin/pg_ctl -D {pgdata} reload"_s},
        {u"ssh.user"_s, user}, {u"probe.interval_s"_s, u"0"_s}};
    return state;
}

template <class Condition>
void waitFor(Condition holds, const char* what)
{
    QEventLoop loop;
    QTimer look;
    QTimer deadline;
    bool late = false;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
        if (holds())
            loop.quit();
    });
    QObject::connect(&deadline, &QTimer::timeout, &loop, [&] {
        late = true;
        loop.quit();
    });
    look.start(50);
    deadline.start(60000);
    loop.exec();
    if (late)
        throw std::runtime_error(std::string("timed out: ") + what);
}

template <class Dialog>
Dialog* shownDialog(const MainWindow& window)
{
    for (Dialog* dialog : window.findChildren<Dialog*>()) {
        if (dialog->isVisible())
            return dialog;
    }
    return nullptr;
}

// As a person does it: F5, then the review comes up, Run is pressed, and the dialog of the operation shows how it goes.
QUuid refreshAndReload(MainWindow& window, const std::vector<InstanceId>& instances)
{
    QTimer::singleShot(0, &window, [&window] { window.actions()[ActionId::RefreshAll]->trigger(); });
    QTimer::singleShot(betweenKeysMs, &window, [&window, instances] { Q_EMIT window.lifecycleRequested(LifecycleKind::Reload, instances); });
    waitFor([&] { return shownDialog<ReviewDialog>(window) != nullptr; }, "the review");
    auto* run = shownDialog<ReviewDialog>(window)->findChild<QPushButton*>(u"runButton"_s);
    if (!run || !run->isEnabled())
        fail(u"the reload cannot be run"_s);
    QTimer::singleShot(0, run, &QPushButton::click);
    waitFor([&] { return shownDialog<OperationDialog>(window) != nullptr; }, "the dialog of the operation");
    return shownDialog<OperationDialog>(window)->operation();
}

void checkReloads(const OperationRecord& record, const PostgresServer& postgres, const QString& loadedBefore)
{
    if (record.steps.size() != size_t(hostCount))
        fail(u"%1 steps"_s.arg(record.steps.size()));
    for (const StepRecord& step : record.steps) {
        if (step.state != StepState::Succeeded || !step.output.contains("server signaled"))
            fail(step.target + u": "_s + step.message + u'\n' + QString::fromUtf8(step.output));
    }
    // A warning: the server was started with parameters that its configuration does not have.
    if (record.state != OperationState::Succeeded && record.state != OperationState::Warning)
        fail(u"the reload ended otherwise: "_s + record.message);
    if (postgres.psql(u"select pg_conf_load_time()"_s) == loadedBefore)
        fail(u"PostgreSQL did not read its configuration"_s);
}

bool allSeenSince(const Inventory& snapshot, const QDateTime& since)
{
    return std::ranges::all_of(snapshot.instances(), [&](const Instance& row) {
        const Observation* seen = snapshot.observation(row.id);
        return seen && seen->at >= since;
    });
}

void checkReal(const Inventory& snapshot)
{
    for (int i = instanceCount - hostCount + 1; i <= instanceCount; ++i) {
        const Observation* seen = snapshot.observation(InstanceId(i));
        if (seen->liveness != Liveness::Online || seen->role != Role::Primary)
            fail(u"a real instance was not seen"_s + (seen->error ? u": "_s + seen->error->text() : QString()));
    }
}

int measure()
{
    const QString user = QString::fromLocal8Bit(getpwuid(getuid())->pw_name);
    QString error;
    const HostsLast hosts; // ends after them
    std::unique_ptr<PostgresServer> postgres;
    hosts.start([&] { postgres = PostgresServer::start(&error); });
    if (!postgres)
        fail(error);
    if (user != u"postgres" && !postgres->psql(u"create role \"%1\" superuser login"_s.arg(user)))
        fail(u"no role for the remote user"_s);
    SshSite site;
    site.configure(u"Host *.example.test\n  HostName 127.0.0.1\n  Port 9\n"_s); // discard: nobody listens
    hosts.start([&] {
        for (int host = 1; host <= hostCount; ++host)
            site.addServer(u"many%1"_s.arg(host), {}, u"127.1.0.%1"_s.arg(host));
    });

    const QTemporaryDir home;
    const QString version = postgres->psql(u"show server_version"_s).value_or(QString()).section(u' ', 0, 0);
    const auto state = makeInventory(*postgres, version, user);
    Console::Setup setup;
    setup.ports = {.store = std::make_unique<FakeStore>(state), .offlineCopy = nullptr,
        .shell = std::make_shared<SshShell>(SshShell::Options{.configFile = site.configFile()}, nullptr),
        .journal = std::make_shared<SqliteJournal>(home.filePath(u"journal.sqlite"_s)), .clock = std::make_shared<SystemClock>()};
    setup.session.inventory.pollInterval = 1s;
    setup.session.operatorName = user;
    setup.settings = std::make_unique<QSettings>(home.filePath(u"settings.ini"_s), QSettings::IniFormat);
    setup.commandLine.theme = CommandLine::Theme::Light;
    Console console(std::move(setup));
    Session& session = console.session();
    console.window().resize(1600, 1000);
    console.start();
    // The first look at everything opens the connections.
    waitFor([&] { return session.inventory().snapshot()->observation(InstanceId(instanceCount)) && session.probes().pending() == 0; }, "the first probes");

    std::vector<InstanceId> real;
    for (int i = instanceCount - hostCount + 1; i <= instanceCount; ++i)
        real.emplace_back(i);
    const OtherPeople others(state);
    StallWatch watch;
    std::vector<double> blocked;
    std::vector<double> turns;
    for (int round = 0; round <= rounds; ++round) {
        const QString loadedBefore = postgres->psql(u"select pg_conf_load_time()"_s).value_or(QString());
        const QDateTime began = session.clock()->now();
        watch.reset();
        const QUuid operation = refreshAndReload(console.window(), real);
        int untilReloaded = 0;
        waitFor([&] {
            const OperationRecord* record = session.operations().record(operation);
            if (untilReloaded == 0 && record && record->state != OperationState::Running)
                untilReloaded = int(began.msecsTo(session.clock()->now()));
            return untilReloaded != 0 && session.probes().pending() == 0 && allSeenSince(*session.inventory().snapshot(), began);
        }, "reload and refresh");
        const double worst = watch.worstMs();
        const double turn = watch.worstTurnCpuMs();
        std::fprintf(stderr, "%s blocked %.1f ms, turn %.1f ms of processor; reloaded after %d ms, all seen after %d ms\n",
            round == 0 ? "first:" : "round:", worst, turn, untilReloaded, int(began.msecsTo(session.clock()->now())));
        checkReloads(*session.operations().record(operation), *postgres, loadedBefore);
        checkReal(*session.inventory().snapshot());
        OperationDialog* dialog = shownDialog<OperationDialog>(console.window());
        QTimer::singleShot(0, dialog, &QWidget::close);
        waitFor([&] { return !shownDialog<OperationDialog>(console.window()); }, "the dialog's end");
        if (round == 0)
            continue; // fonts, pages and dialogs are made for the first time
        blocked.push_back(worst);
        turns.push_back(turn);
    }
    std::printf("gui_block_ms %.1f ms\n", median(blocked));
    std::printf("gui_turn_cpu_ms %.1f ms\n", median(turns));
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    const QTemporaryDir home;
    for (const char* name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
        qputenv(name, home.path().toLocal8Bit());
    const Application application(argc, argv);
    try {
        return measure();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_desk_gui: %s\n", error.what());
        return 1;
    }
}
