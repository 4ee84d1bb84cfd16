#include "app/starttrace.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFile>
#include <QTimer>
#include <QWidget>

#include <cstdio>

#include <unistd.h>

namespace elephaas {

namespace {

// Second field of /proc/self/statm (proc(5)); -1 when it cannot be read.
long residentKilobytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    const QList<QByteArray> fields = file.readAll().split(' ');
    return fields.size() < 2 ? -1 : fields[1].toLong() * (::sysconf(_SC_PAGESIZE) / 1024);
}

} // namespace

void StartTrace::installWhenAsked(QWidget* view, std::function<bool()> hasData)
{
    const QByteArray wanted = qgetenv("ELEPHAAS_TRACE");
    if (wanted == "start" || wanted == "memory")
        new StartTrace(view, std::move(hasData), wanted == "memory"); // belongs to the view
}

StartTrace::StartTrace(QWidget* view, std::function<bool()> hasData, bool wantsMemory)
    : QObject(view)
    , m_hasData(std::move(hasData))
    , m_wantsMemory(wantsMemory)
{
    view->installEventFilter(this);
}

bool StartTrace::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Paint && !m_done && m_hasData()) {
        m_done = true;
        // After this paint event and the rest of the window's update have been done.
        QTimer::singleShot(m_wantsMemory ? 5000 : 0, this, [this] {
            if (m_wantsMemory)
                std::fprintf(stderr, "resident %ld kB\n", residentKilobytes());
            else
                std::fputs("painted\n", stderr);
            QCoreApplication::exit(0);
        });
    }
    return QObject::eventFilter(watched, event);
}

} // namespace elephaas
