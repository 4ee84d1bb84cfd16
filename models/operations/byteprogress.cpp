#include "models/operations/byteprogress.h"

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ByteProgress)
};

constexpr qsizetype longestLine = 4096;

QString sizeText(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat); }

// Digits at `at`, with commas between them; moves `at` behind them.
std::optional<qint64> number(QByteArrayView line, qsizetype& at)
{
    qint64 value = 0;
    int digits = 0;
    for (; at < line.size() && digits < 18; ++at) {
        const char c = line[at];
        if (c >= '0' && c <= '9') {
            value = 10 * value + (c - '0');
            ++digits;
        } else if (c != ',' || digits == 0) {
            break;
        }
    }
    return digits > 0 ? std::optional(value) : std::nullopt;
}

} // namespace

QByteArray ByteProgress::take(const QByteArray& chunk, TimePoint now)
{
    QByteArray kept;
    m_held += chunk;
    qsizetype begin = 0;
    for (qsizetype at = 0; at < m_held.size(); ++at) {
        if (m_held[at] != '\n' && m_held[at] != '\r')
            continue;
        const QByteArrayView line = QByteArrayView(m_held).sliced(begin, at - begin);
        if (!readLine(line, now) && (m_held[at] == '\n' || !line.trimmed().isEmpty()))
            kept.append(m_held.constData() + begin, at + 1 - begin);
        begin = at + 1;
    }
    m_held.remove(0, begin);
    if (m_held.size() > longestLine)
        kept += rest();
    return kept;
}

QByteArray ByteProgress::rest() { return std::exchange(m_held, {}); }

bool ByteProgress::readLine(QByteArrayView line, TimePoint now)
{
    line = line.trimmed();
    qsizetype at = 0;
    const auto first = number(line, at);
    if (!first)
        return false;
    if (at < line.size() && line[at] == '/') {
        ++at;
        const auto second = number(line, at);
        if (!second || !line.sliced(at).startsWith(" kB ("))
            return false;
        report(*first * 1024, *second * 1024, now);
        return true;
    }
    while (at < line.size() && line[at] == ' ')
        ++at;
    const auto percent = number(line, at);
    if (!percent || *percent > 100 || at >= line.size() || line[at] != '%')
        return false;
    report(*first, *percent > 0 ? *first / *percent * 100 : 0, now);
    return true;
}

void ByteProgress::report(qint64 done, qint64 total, TimePoint now)
{
    if (m_done < 0) {
        m_first = now;
        m_firstDone = done;
    }
    if (done != m_done)
        m_moved = now;
    m_changed = m_changed || done != m_done || total != m_total;
    m_done = done;
    m_total = total;
}

QString ByteProgress::rate(TimePoint now) const
{
    const double seconds = std::chrono::duration<double>(now - m_first).count();
    if (seconds < 1 || m_done <= m_firstDone)
        return {};
    const double perSecond = static_cast<double>(m_done - m_firstDone) / seconds;
    //: %1 is a size in bytes: transfer rate
    QString text = Words::tr("%1/s").arg(sizeText(static_cast<qint64>(perSecond)));
    if (m_total > m_done) {
        const auto left = static_cast<qint64>(static_cast<double>(m_total - m_done) / perSecond);
        text += u", "_s;
        text += left < 100 ? Words::tr("%1 s left").arg(left) : Words::tr("%1 min left").arg((left + 30) / 60);
    }
    return text;
}

std::optional<QString> ByteProgress::news(TimePoint now)
{
    const bool stalled = m_done >= 0 && now - m_moved >= 1min;
    if (m_done < 0 || (!m_changed && !stalled) || now - m_told < 500ms)
        return {};
    m_told = now;
    m_changed = false;
    QString text = m_total > 0 ? Words::tr("%1 of %2").arg(sizeText(m_done), sizeText(std::max(m_total, m_done))) : sizeText(m_done);
    if (stalled)
        return text + u". "_s + Words::tr("Nothing has moved for %1 min.").arg(std::chrono::duration_cast<std::chrono::minutes>(now - m_moved).count());
    if (const QString speed = rate(now); !speed.isEmpty())
        text += u", "_s + speed;
    return text;
}

} // namespace elephaas
