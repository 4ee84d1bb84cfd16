// start_10k_ms: process start to 10,000 rows painted from the offline copy; its peer is an empty Qt window.
// rss_10k_mb: resident memory of the console a moment after that, with the same data.

#include "app/adapters/inventory/offlinecopy.h"
#include "app/platform/paths.h"
#include "app/storekey.h"
#include "tests/support/synthetic.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace Qt::Literals::StringLiterals;
using namespace elephaas;

namespace {

constexpr int rounds = 11;
// Nothing listens there: the console shows its copy and says that the inventory cannot be reached.
const QString connection = u"host=127.0.0.1 port=9 connect_timeout=1"_s;

[[noreturn]] void giveUp(const QString& why)
{
    std::fprintf(stderr, "bench_desk_start: %s\n", qPrintable(why));
    std::exit(1);
}

double millisecondsToPaint(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setReadChannel(QProcess::StandardError);
    QElapsedTimer timer;
    timer.start();
    process.start(program, arguments);
    QByteArray said;
    while (!said.contains("painted\n")) {
        if (!process.waitForReadyRead(30000) && process.state() == QProcess::NotRunning)
            giveUp(program + u" did not paint: "_s + QString::fromLocal8Bit(said));
        said += process.readAllStandardError();
    }
    const double elapsed = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    process.waitForFinished(30000);
    return elapsed;
}

double residentMegabytes(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setReadChannel(QProcess::StandardError);
    process.start(program, arguments);
    QByteArray said;
    while (!said.contains("resident ")) {
        if (!process.waitForReadyRead(30000) && process.state() == QProcess::NotRunning)
            giveUp(program + u" did not tell its size: "_s + QString::fromLocal8Bit(said));
        said += process.readAllStandardError();
    }
    process.waitForFinished(30000);
    const qsizetype at = said.indexOf("resident ") + 9;
    return said.mid(at, said.indexOf(' ', at) - at).toDouble() / 1024;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const QString here = QCoreApplication::applicationDirPath();
    const QString console = here + u"/../bin/elephaas"_s;
    const QString emptyWindow = here + u"/empty_qt_window"_s;
    const QTemporaryDir home;
    for (const char* name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
        qputenv(name, home.path().toLocal8Bit());
    const QString file = Paths::standard().offlineCopy(sharedInventoryKey(connection, QString()));
    if (const auto made = makeFolderOf(file); !made)
        giveUp(made.error().text());
    {
        SqliteOfflineCopy copy(file);
        const Inventory snapshot(syntheticRows(10000, 3000, 2000), {}, 1, QDateTime::currentDateTimeUtc());
        if (const auto saved = copy.save(snapshot, {}, {}); !saved)
            giveUp(saved.error().text());
    }

    const QStringList arguments{u"--connect"_s, connection, u"--new-window"_s, u"--read-only"_s};
    std::vector<double> start;
    std::vector<double> empty;
    qputenv("ELEPHAAS_TRACE", "start");
    for (int round = -1; round < rounds; ++round) { // the first one warms the file cache
        const double a = millisecondsToPaint(emptyWindow, {});
        const double b = millisecondsToPaint(console, arguments);
        if (round >= 0) {
            empty.push_back(a);
            start.push_back(b);
        }
    }
    qputenv("ELEPHAAS_TRACE", "memory");
    std::vector<double> memory;
    for (int round = 0; round < 3; ++round)
        memory.push_back(residentMegabytes(console, arguments));
    std::printf("start_10k_ms %.1f ms\n", median(start));
    std::printf("empty_qt_window_ms %.1f ms\n", median(empty));
    std::printf("rss_10k_mb %.1f MB\n", median(memory));
    return 0;
}
