#pragma once

#include <QByteArray>
#include <QString>

#include <chrono>
#include <optional>

namespace elephaas {

// Reads how far a copy is from what the copying programs print, and says it for people: bytes, of bytes, rate, time left.
// Understood: pg_basebackup and pg_rewind --progress ("1234/5678 kB (21%)"), rsync --info=progress2 ("1,234,567  21% …").
class ByteProgress final {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Takes a chunk as it came; gives back what of it is no progress: whole lines, with the rest of the last one held back until it ends.
    QByteArray take(const QByteArray& chunk, TimePoint now);
    // What is still held back, at the end.
    QByteArray rest();
    // Bytes that were counted elsewhere; `total` below 1: not known.
    void report(qint64 done, qint64 total, TimePoint now);

    // "1.2 of 4.8 GB, 110 MB/s, 33 s left"; nothing before the first report, or when nothing new is worth telling: at most twice a second.
    std::optional<QString> news(TimePoint now);
    // "No progress for 2 min." after a minute without a byte.
    qint64 bytes() const { return m_done; }

private:
    bool readLine(QByteArrayView line, TimePoint now);
    QString rate(TimePoint now) const;

    QByteArray m_held;
    qint64 m_done = -1;
    qint64 m_total = 0;
    qint64 m_firstDone = 0;
    TimePoint m_first = {};
    TimePoint m_moved = {};
    TimePoint m_told = {};
    bool m_changed = false;
};

} // namespace elephaas
