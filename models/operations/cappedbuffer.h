#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace elephaas {

// Output of a command, kept at its head and tail when it grows past the limit. Never holds more than twice half the limit and one
// appended chunk.
class CappedBuffer final {
public:
    explicit CappedBuffer(qsizetype limit = 128 * 1024) // bytes kept
        : m_half(qMax<qsizetype>(limit / 2, 1))
    {
    }

    void append(QByteArrayView bytes);
    qint64 total() const { return m_total; } // bytes appended
    bool isCapped() const { return m_total > m_head.size() + m_tail.size(); }
    // Everything, or head and tail with a line between them that says how many bytes were left out.
    QByteArray toBytes() const;

private:
    qsizetype m_half;
    QByteArray m_head;
    QByteArray m_tail;
    qint64 m_total = 0;
};

} // namespace elephaas
