#pragma once

#include "app/adapters/ssh/waiting.h"

#include <QByteArray>
#include <QByteArrayList>

#include <sys/types.h>

namespace elephaas::ssh {

struct ProgramOutput {
    int status = 0; // as wait(2) tells it
    QByteArray output;
    QByteArray errors;
    bool succeeded() const { return status == 0; }
};

// Runs a local program (found on PATH, no shell) without standard input and collects at most 1 MB of each stream.
// A program that is out of time is killed. Errors: NotFound, TimedOut, Cancelled, Internal.
Expected<ProgramOutput> runProgram(const QByteArrayList& arguments, const Patience& patience);

// A local command line, run by /bin/sh as OpenSSH runs a ProxyCommand, with its standard streams on one end of a socket pair.
class ProxyProcess {
public:
    ProxyProcess() = default;
    ProxyProcess(ProxyProcess&& other) noexcept : m_pid(std::exchange(other.m_pid, 0)) { }
    ProxyProcess& operator=(ProxyProcess&& other) noexcept;
    ~ProxyProcess() { end(); }

    // The other end of the pair: non-blocking, close-on-exec.
    static Expected<FileDescriptor> start(const QByteArray& commandLine, ProxyProcess& process);

private:
    void end();
    pid_t m_pid = 0;
};

// A connected pair of non-blocking, close-on-exec sockets. Errors: Internal (out of descriptors).
Expected<std::pair<FileDescriptor, FileDescriptor>> socketPair();

} // namespace elephaas::ssh
