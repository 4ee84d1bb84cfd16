#pragma once

#include <QByteArrayList>
#include <QFile>

namespace elephaas::tests {

// The fields of /proc/PID/stat behind the program's name (proc(5)): 0 is the state, 1 the parent. Empty when there is no such process,
// also when it ended between the opening and the reading of its file. Any thread.
inline QByteArrayList processFields(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (pid <= 0 || !file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray text = file.readAll();
    const qsizetype behindName = text.lastIndexOf(')'); // the name may contain anything
    return behindName < 0 ? QByteArrayList() : text.mid(behindName + 2).split(' ');
}

// Whether there is a process with this id, in digits, that is no zombie. Any thread.
inline bool isRunning(const QByteArray& pid)
{
    const auto number = pid.trimmed().toInt();
    const QByteArrayList fields = number > 1 ? processFields(number) : QByteArrayList();
    return !fields.isEmpty() && fields.first() != "Z";
}

} // namespace elephaas::tests
