#pragma once

#include "models/domain/error.h"

#include <QCoreApplication>

#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>

#include <unistd.h>

namespace elephaas::sockets {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

// A file descriptor that closes itself.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : m_fd(fd) { }
    FileDescriptor(FileDescriptor&& other) noexcept : m_fd(other.release()) { }
    FileDescriptor& operator=(FileDescriptor&& other) noexcept
    {
        reset(other.release());
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { reset(); }

    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    int release() { return std::exchange(m_fd, -1); }
    void reset(int fd = -1)
    {
        if (m_fd >= 0)
            ::close(m_fd);
        m_fd = fd;
    }

private:
    int m_fd = -1;
};

// A stop token that poll() can wait for: the descriptor turns readable, and stays so, when the stop is requested.
class StopSignal {
public:
    explicit StopSignal(std::stop_token token);
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    int fd() const { return m_fd.get(); }
    bool requested() const { return m_token.stop_requested(); }
    const std::stop_token& token() const { return m_token; }

private:
    struct Wake {
        int fd;
        void operator()() const noexcept;
    };
    std::stop_token m_token;
    FileDescriptor m_fd;
    std::stop_callback<Wake> m_callback;
};

// How long a caller is ready to wait, and how it changes its mind.
struct Patience {
    const StopSignal& stop;
    TimePoint until;

    bool isOver() const { return stop.requested() || SteadyClock::now() >= until; }
    std::chrono::milliseconds left() const;
    Patience atMost(std::chrono::milliseconds time) const;
    // Cancelled or TimedOut, whichever it is. `what`: the sentence for the time-out.
    Error error(const QString& what, const QString& where) const;
};

enum class Waited { Ready, TimedOut, Stopped };
// Waits until `fd` has one of `events` (poll(2)), the patience is over or the stop is requested.
Waited waitFor(int fd, short events, const Patience& patience);

// Milliseconds for poll(2) until `until`: never negative, rounded up, so that a loop cannot spin on a rest below one.
int pollTimeout(TimePoint until);

// Sentences about sockets are translated in this context.
class SocketText {
    Q_DECLARE_TR_FUNCTIONS(elephaas::sockets::SocketText)
};

} // namespace elephaas::sockets
