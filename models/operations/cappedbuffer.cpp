#include "models/operations/cappedbuffer.h"

#include <QString> // string builder

namespace elephaas {

void CappedBuffer::append(QByteArrayView bytes)
{
    m_total += bytes.size();
    const qsizetype toHead = qMin(bytes.size(), m_half - m_head.size());
    m_head.append(bytes.first(toHead));
    bytes = bytes.sliced(toHead);
    if (bytes.size() >= m_half) {
        m_tail = bytes.last(m_half).toByteArray();
        return;
    }
    m_tail.append(bytes);
    if (m_tail.size() > m_half)
        m_tail.remove(0, m_tail.size() - m_half);
}

QByteArray CappedBuffer::toBytes() const
{
    if (!isCapped())
        return m_head + m_tail;
    const qint64 leftOut = m_total - m_head.size() - m_tail.size();
    return m_head + "\n[... " + QByteArray::number(leftOut) + " bytes left out ...]\n" + m_tail;
}

} // namespace elephaas
