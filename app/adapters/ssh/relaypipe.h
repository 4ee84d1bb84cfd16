#pragma once

#include "app/adapters/ssh/waiting.h"
#include "models/ports/remoteshell.h"

#include <atomic>
#include <deque>
#include <mutex>

namespace elephaas::ssh {

// Wakes a thread that waits in poll(): the descriptor is readable from ring() to quiet().
class WakeUp {
public:
    WakeUp();
    int fd() const { return m_fd.get(); }
    void ring() const noexcept;
    void quiet() const noexcept;

private:
    FileDescriptor m_fd;
};

// One direction of a relay: the output of one command on its way to be the input of another. One thread writes, another one reads,
// neither ever waits in here: who finds it full or empty is woken through its own WakeUp when that has changed.
class RelayPipe {
public:
    static constexpr qsizetype capacity = 768 * 1024;
    static constexpr qsizetype lowWater = 256 * 1024;
    static constexpr qsizetype chunk = 128 * 1024;

    RelayPipe(const WakeUp& writer, const WakeUp& reader) : m_writer(writer), m_reader(reader) { }
    RelayPipe(const RelayPipe&) = delete;
    RelayPipe& operator=(const RelayPipe&) = delete;

    // For the writer. A block larger than the capacity fits once little is left: what libssh has held back is at most one window.
    bool hasRoomFor(qsizetype size);
    void write(QByteArrayView data); // nowhere when abandoned
    void finish(); // end of file
    // Since when nobody has been reading: what is written is lost, as in a pipe whose reader has gone.
    std::optional<TimePoint> abandonedSince();

    // For the reader.
    QByteArray take(); // at most `chunk`; empty: nothing is there
    bool isAtEnd();
    void abandon();
    void notePassed(qint64 count) { m_passed += count; }

    qint64 passed() const { return m_passed; } // bytes given to the reading command

private:
    const WakeUp& m_writer;
    const WakeUp& m_reader;
    std::mutex m_mutex;
    std::deque<QByteArray> m_chunks;
    qsizetype m_size = 0;
    bool m_finished = false;
    bool m_writerWaits = false;
    bool m_readerWaits = false;
    std::optional<TimePoint> m_abandoned;
    std::atomic<qint64> m_passed = 0;
};

// What the two ends of a relay share.
class Relay {
public:
    explicit Relay(const RelayProgress& progress) : m_progress(progress) { }

    // Neither command is sent before both servers have opened a channel for theirs.
    enum class Start { Wait, Go, Off };
    Start start();
    void ready(); // by each end, once
    // Takes it back, to be ready again over another session; false when both were ready: the other command may have been sent.
    bool unready();
    void callOff();

    void tellProgress(); // now and then
    void tellLast();

    const WakeUp sourceWake;
    const WakeUp targetWake;
    RelayPipe toTarget{sourceWake, targetWake};
    RelayPipe toSource{targetWake, sourceWake};

private:
    const RelayProgress& m_progress;
    std::mutex m_mutex;
    int m_ready = 0;
    bool m_isOff = false;
    std::mutex m_telling;
    TimePoint m_told = SteadyClock::now();
};

// One end of a relay, as the run of its command sees it.
struct RelayEnd {
    Relay& relay;
    RelayPipe& input;
    RelayPipe& output;
    const WakeUp& wake;
    bool isWhole = false; // the command ended by itself, and its output was taken to the end
};

} // namespace elephaas::ssh
