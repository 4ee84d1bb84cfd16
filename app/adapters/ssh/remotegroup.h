#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <chrono>
#include <optional>

namespace elephaas::ssh {

// How the process group of a remote command becomes known, and how it is ended.
//
// sshd makes the user's shell the leader of a session and a process group of its own before it runs a command (setsid(2); no
// `setsid` program is needed), so the shell's process id is the group's. The command is sent with one line in front of it that
// prints this id, marked, to standard output, where the marker is taken out again: "echo MARK $$;COMMAND" means the same to
// POSIX shells and to csh. Exit status, signals and streams stay those of the user's shell. A process that leaves the group with
// setsid(2), as a postmaster does, is not ended with it.
QByteArray withGroupMarker(const QByteArray& marker, const QByteArray& command);

// Takes the marker line out of a stream. What a shell's start-up files print before the marker is not the command's output and is
// dropped; when no marker comes (a forced command, a foreign shell), everything is passed on.
class MarkerFilter {
public:
    explicit MarkerFilter(const QByteArray& marker) : m_marker(marker + ' ') { }
    // The part of `data`, or of what was held back, that belongs to the command.
    QByteArray pass(QByteArrayView data);
    // At the end of the stream: what was held back and is no marker.
    QByteArray rest();
    bool isOpen() const { return m_open; } // nothing is held back any more
    std::optional<qint64> processGroup() const { return m_group; }

private:
    static constexpr qsizetype longestPreamble = 64 * 1024;
    QByteArray m_marker;
    QByteArray m_held;
    bool m_open = false;
    std::optional<qint64> m_group;
};

enum class GroupEnd { Gone, StillThere, NotOurs, Unknown };

// A command for /bin/sh that ends the group: TERM, after the grace KILL, and says how it went. `sameConnection`: it runs on the
// connection that started the group, so both shells are children of one sshd - a process id that was given away anew is noticed.
QByteArray endGroupCommand(qint64 group, std::chrono::milliseconds grace, bool sameConnection);
GroupEnd parseGroupEnd(QByteArrayView output);

} // namespace elephaas::ssh
