#include "app/adapters/ssh/keptshell.h"

#include <QRandomGenerator>

#include <algorithm>

namespace elephaas::ssh {

using namespace std::chrono_literals;

namespace {

constexpr auto endPatience = 1s;
constexpr uint32_t writeChunk = 32 * 1024;
constexpr qsizetype mostPending = 64 * 1024; // of a line that may be the marked one

QByteArray newMark()
{
    auto* random = QRandomGenerator::system();
    return "EK" + QByteArray::number(random->generate64(), 16) + QByteArray::number(random->generate64(), 16);
}

QByteArray quoted(QByteArray text) { return '\'' + text.replace("'", "'\\''") + '\''; }

} // namespace

KeptShell::KeptShell(Session& session, Heartbeat heartbeat)
    : m_session(session), m_heartbeat(heartbeat), m_mark(newMark()), m_channel(session), m_filter(marker())
{
    m_channel.sink = [this](OutputStream stream, QByteArrayView data) { receive(stream, data); };
}

bool KeptShell::isLost() const { return !isOpen() || m_session.isLost(m_heartbeat, m_since); }

bool KeptShell::open(const QByteArray& command, const QByteArray& prelude, const Patience& patience)
{
    if (m_channel.open(patience) != SSH_OK)
        return false;
    const QByteArray line = withGroupMarker(marker(), command);
    if (repeat(m_session, patience, [&] { return m_channel.requestExec(line); }) != SSH_OK)
        return false;
    return write("k_mark=" + m_mark + '\n' + prelude, patience);
}

bool KeptShell::write(const QByteArray& text, const Patience& patience)
{
    for (qsizetype written = 0; written < text.size();) {
        if (patience.isOver() || isLost())
            return false;
        const auto left = static_cast<uint64_t>(text.size() - written);
        const auto size = static_cast<uint32_t>(std::min<uint64_t>({left, ssh_channel_window_size(m_channel.handle()), writeChunk}));
        const bool mustWait = size == 0 || (ssh_get_poll_flags(m_session.handle()) & SSH_WRITE_PENDING) != 0;
        const int count = mustWait ? 0 : ssh_channel_write(m_channel.handle(), text.constData() + written, size);
        if (count < 0)
            return false;
        written += count;
        if (count == 0)
            m_session.pump(std::min(patience.until, SteadyClock::now() + m_heartbeat.interval), &patience.stop);
    }
    return true;
}

// The marked line stands alone: what comes before it is the script's, with or without a line break at its end.
void KeptShell::receive(OutputStream which, QByteArrayView data)
{
    QByteArray filtered;
    if (which == OutputStream::Output && !m_filter.isOpen()) {
        filtered = m_filter.pass(data);
        data = filtered;
    }
    std::optional<Stream>& stream = which == OutputStream::Output ? m_output : m_errors;
    if (!stream || stream->end) // the prelude's, or what a daemon says that a script has left behind
        return;
    stream->pending.append(data);
    const QByteArray mark = '\n' + m_mark;
    const qsizetype at = stream->pending.indexOf(mark);
    qsizetype ready = at;
    if (at < 0)
        ready = stream->pending.size() > mostPending ? stream->pending.size() - mark.size() : stream->pending.lastIndexOf('\n');
    if (ready > 0) {
        const QByteArray text = stream->pending.first(ready);
        stream->pending.remove(0, ready);
        stream->kept.add(text);
        if (*m_sink)
            (*m_sink)(which, text);
    }
    if (at < 0)
        return;
    const qsizetype end = stream->pending.indexOf('\n', 1);
    if (end >= 0)
        stream->end = stream->pending.sliced(mark.size(), end - mark.size()).trimmed();
}

std::optional<RemoteResult> KeptShell::run(
    const QByteArray& script, qsizetype outputLimit, const OutputSink& sink, const Patience& patience)
{
    m_sink = &sink;
    m_output.emplace(Stream{CappedBuffer(outputLimit)});
    m_errors.emplace(Stream{CappedBuffer(outputLimit)});
    m_isAtWork = true;
    // A link that has died in silence answers nothing.
    m_session.askForLife();
    m_since = SteadyClock::now();
    const auto isSilent = [&] { return m_session.lastHeard() < m_since && SteadyClock::now() - m_since >= m_heartbeat.interval; };
    const QByteArray text = "( eval " + quoted(script) + "\n) </dev/null\nprintf '\\n%s %s\\n' " + m_mark + " \"$?\"\nprintf '\\n%s\\n' " + m_mark
        + " >&2\n";
    if (!write(text, patience))
        return std::nullopt;
    while (!m_output->end || !m_errors->end) {
        if (patience.isOver() || isLost() || isSilent())
            return std::nullopt;
        m_session.pump(std::min(patience.until, SteadyClock::now() + m_heartbeat.interval), &patience.stop);
    }
    bool isNumber = false;
    const int status = m_output->end->toInt(&isNumber);
    if (!isNumber)
        return std::nullopt;
    m_isAtWork = false;
    m_sink = nullptr;
    RemoteResult result{.outcome = Exited{status}, .output = m_output->kept.take(), .errors = m_errors->kept.take()};
    m_output.reset();
    m_errors.reset();
    return result;
}

bool KeptShell::close(const SecondConnection& second)
{
    m_output.reset();
    m_errors.reset();
    m_since = SteadyClock::now();
    if (m_isAtWork && m_filter.processGroup() && !isLost())
        endGroup(m_session, *m_filter.processGroup(), 0ms, m_heartbeat, second);
    const StopSignal never{std::stop_token()};
    const Patience patience{never, SteadyClock::now() + endPatience};
    if (!isLost())
        ssh_channel_send_eof(m_channel.handle());
    while (!isLost() && !patience.isOver())
        m_session.pump(patience.until, nullptr);
    return m_channel.hasEnded();
}

} // namespace elephaas::ssh
