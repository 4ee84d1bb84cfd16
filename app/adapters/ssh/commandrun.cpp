#include "app/adapters/ssh/commandrun.h"

#include <QRandomGenerator>

#include <algorithm>

#include <poll.h>

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto openPatience = 5s; // without any sign of life while a channel is opened: the session is dead
constexpr auto drainQuiet = 200ms;
constexpr auto drainStep = 60ms;
constexpr auto afterEnd = 2s; // for the exit status to arrive after the group has gone
constexpr auto markerPatience = 2s;
constexpr uint32_t writeChunk = RelayPipe::chunk; // libssh cuts it into packets
// A command whose reader has gone gets so much time and so many bytes to notice that its input has ended too, and to say so on its
// standard error, before its output is closed under it.
constexpr auto unwantedTime = 2s;
constexpr qint64 unwantedBytes = 4 * 1024 * 1024;
// libssh grants a new window with every line of standard error that arrives while output is held: beyond this, hardly anything is read.
constexpr qsizetype mostHeld = 4 * 1024 * 1024;
constexpr auto trickle = 1s;

} // namespace

const QByteArray& marker()
{
    static const QByteArray text = "EH" + QByteArray::number(QRandomGenerator::system()->generate64(), 16);
    return text;
}

void CappedBuffer::add(QByteArrayView data)
{
    m_kept.total += data.size();
    const qsizetype headRoom = std::min(m_limit / 2 - m_kept.head.size(), data.size());
    if (headRoom > 0) {
        m_kept.head.append(data.first(headRoom));
        data = data.sliced(headRoom);
    }
    const qsizetype tailLimit = m_limit - m_limit / 2;
    if (data.size() >= tailLimit) {
        m_ring = data.last(tailLimit).toByteArray();
        m_ringStart = 0;
        return;
    }
    const qsizetype room = std::min(tailLimit - m_ring.size(), data.size());
    m_ring.append(data.first(room));
    data = data.sliced(room);
    while (!data.isEmpty()) { // the ring is full: the oldest bytes give way
        const qsizetype count = std::min(m_ring.size() - m_ringStart, data.size());
        std::copy_n(data.begin(), count, m_ring.begin() + m_ringStart);
        m_ringStart = (m_ringStart + count) % m_ring.size();
        data = data.sliced(count);
    }
}

CappedOutput CappedBuffer::take()
{
    QByteArray tail = m_ring.sliced(m_ringStart) + m_ring.first(m_ringStart);
    if (m_kept.total <= m_kept.head.size() + tail.size())
        m_kept.head += std::exchange(tail, {});
    m_kept.tail = std::move(tail);
    return std::move(m_kept);
}

CommandRun::CommandRun(
    Session& session, const RemoteCommand& command, const OutputSink& sink, Heartbeat heartbeat, const Patience& patience, RelayEnd* relay)
    : m_session(session), m_command(command), m_sink(sink), m_heartbeat(heartbeat), m_patience(patience), m_relay(relay),
      m_channel(session),
      m_line(withGroupMarker(marker(), command.command)), m_filter(marker()), m_output(command.outputLimit),
      m_errors(command.outputLimit), m_input(relay ? QByteArray() : command.input)
{
    m_channel.sink = [this](OutputStream stream, QByteArrayView data) { receive(stream, data); };
    if (relay)
        m_channel.accepts = [this](qsizetype size) { return accepts(size); };
}

void CommandRun::receive(OutputStream stream, QByteArrayView data)
{
    m_lastData = SteadyClock::now();
    m_quietAnswers = 0;
    m_askedWhileDraining = false;
    QByteArray filtered;
    if (stream == OutputStream::Output && !m_filter.isOpen()) {
        filtered = m_filter.pass(data);
        data = filtered;
    }
    if (data.isEmpty())
        return;
    if (m_relay && stream == OutputStream::Output) {
        relayOutput(data);
        return;
    }
    (stream == OutputStream::Output ? m_output : m_errors).add(data);
    if (m_sink)
        m_sink(stream, data);
}

bool CommandRun::accepts(qsizetype size) { return !m_filter.isOpen() || m_reason || m_relay->output.hasRoomFor(size); }

void CommandRun::relayOutput(QByteArrayView data)
{
    if (m_reason) // it is being ended
        return;
    const auto abandoned = m_relay->output.abandonedSince();
    if (!abandoned) {
        m_relay->output.write(data);
        return;
    }
    m_unwanted += data.size();
    m_hangUp = m_hangUp || m_unwanted > unwantedBytes || SteadyClock::now() - *abandoned > unwantedTime;
}

// What cannot be done inside libssh's callbacks.
void CommandRun::tendRelay()
{
    if (m_channel.held() > 0 && accepts(m_channel.held()))
        m_channel.takeHeld();
    // It may go on reading after it has closed its output.
    if (m_channel.isEof() && m_filter.isOpen() && !m_reason)
        m_relay->output.finish();
    if (m_channel.hasEnded())
        m_relay->input.abandon();
    if (m_hangUp && m_inputEnded) // not before it has been given all that there was for it
        m_channel.close();
}

// Nothing has been sent yet: what goes wrong here goes wrong before the start.
std::optional<Error> CommandRun::awaitOtherEnd()
{
    const QString where = m_session.config().where();
    m_relay->relay.ready();
    for (;;) {
        switch (m_relay->relay.start()) {
        case Relay::Start::Go: return std::nullopt;
        case Relay::Start::Off: return Error{.kind = ErrorKind::Cancelled, .what = SshText::tr("Cancelled."), .where = where};
        case Relay::Start::Wait: break;
        }
        if (m_patience.isOver())
            return m_patience.error(SshText::tr("The command was out of time."), where);
        if (isLinkLost()) {
            m_sessionWasDead = m_relay->relay.unready();
            return Error{.kind = ErrorKind::LinkLost,
                .what = SshText::tr("The connection was lost before the command was sent."),
                .where = where,
                .detail = m_session.lastError()};
        }
        m_session.pump(nextWake(), &m_patience.stop, &m_relay->wake);
    }
}

std::optional<Error> CommandRun::openChannel()
{
    const QString where = m_session.config().where();
    const Patience patience = m_patience.atMost(openPatience);
    const auto before = m_session.bytesIn();
    const int status = m_channel.open(patience);
    if (status == SSH_OK)
        return std::nullopt;
    if (m_patience.isOver() && (m_patience.stop.requested() || status == SSH_AGAIN))
        return m_patience.error(SshText::tr("The server did not open a channel in time."), where);
    if (!m_session.isAlive() || (status == SSH_AGAIN && m_session.bytesIn() == before)) {
        m_sessionWasDead = true;
        return Error{.kind = ErrorKind::LinkLost,
            .what = SshText::tr("The connection was lost before the command was sent."),
            .where = where,
            .detail = m_session.lastError()};
    }
    return Error{.kind = ErrorKind::Busy,
        .what = SshText::tr("The server refuses to open a channel for the command."),
        .where = where,
        .detail = m_session.lastError(),
        .remedy = SshText::tr("Check MaxSessions and ForceCommand in its sshd_config.")};
}

RemoteResult CommandRun::run(const SecondConnection& second)
{
    RemoteResult result;
    auto error = openChannel();
    if (!error && m_relay)
        error = awaitOtherEnd();
    if (!error && m_patience.isOver())
        error = m_patience.error(SshText::tr("The command was out of time."), m_session.config().where());
    if (error) {
        result.outcome = NotStarted{std::move(*error)};
        return result;
    }
    m_lastData = SteadyClock::now();
    step(); // sends the command: from here on only the server knows
    while (!isOver()) {
        if (m_patience.isOver() && !m_giveUp)
            endGroup(second);
        else
            step();
    }
    if (const QByteArray rest = m_filter.rest(); !rest.isEmpty())
        receive(OutputStream::Output, rest);
    if (m_relay)
        m_relay->isWhole = m_channel.hasEnded() && !m_reason && !m_linkLost;
    result.outcome = outcome();
    result.output = m_output.take();
    result.errors = m_errors.take();
    result.ended = m_ended;
    m_isSessionUsable = m_session.isAlive() && (m_refused || m_channel.hasEnded());
    return result;
}

bool CommandRun::isOver()
{
    if (m_refused || m_channel.isClosed())
        return true;
    if (m_channel.hasEnded() && (m_channel.isEof() || drained()))
        return true;
    if (isLinkLost())
        return true;
    return m_giveUp && SteadyClock::now() >= *m_giveUp;
}

// A daemon may hold the streams open for ever after the command has ended. What the command itself wrote has arrived when the
// server, asked twice, had nothing to send before its answer, and a moment has passed.
bool CommandRun::drained()
{
    if (m_channel.held() > 0) // the server waits for us, not we for it
        return false;
    if (m_askedWhileDraining && m_session.hasAnswered()) {
        ++m_quietAnswers;
        m_askedWhileDraining = false;
    }
    if (m_quietAnswers >= 2 && SteadyClock::now() - m_lastData >= drainQuiet)
        return true;
    if (!m_askedWhileDraining) {
        m_session.askForLife();
        m_askedWhileDraining = true;
    }
    return false;
}

bool CommandRun::isLinkLost()
{
    m_linkLost = m_session.isLost(m_heartbeat);
    return m_linkLost;
}

TimePoint CommandRun::nextWake() const
{
    const TimePoint now = SteadyClock::now();
    const TimePoint heard = m_session.lastHeard();
    TimePoint wake = now < heard + m_heartbeat.interval ? heard + m_heartbeat.interval
                                                        : std::min(heard + m_heartbeat.patience, now + m_heartbeat.interval);
    if (m_channel.hasEnded())
        wake = std::min(wake, now + drainStep);
    return std::min(wake, m_giveUp.value_or(m_patience.until));
}

void CommandRun::step()
{
    if (!m_accepted) {
        const int status = m_channel.requestExec(m_line);
        m_accepted = status == SSH_OK;
        m_refused = status == SSH_ERROR && m_session.isAlive() && !m_channel.hasEnded();
        if (m_refused)
            return;
    }
    if (m_relay)
        tendRelay();
    if (m_accepted)
        writeInput();
    if (!m_channel.hasEnded() || !m_channel.isEof())
        pump();
}

void CommandRun::pump()
{
    const StopSignal* stop = m_giveUp ? nullptr : &m_patience.stop;
    if (m_channel.held() > mostHeld) {
        if (const TimePoint now = SteadyClock::now(); now < m_nextTrickle) {
            const Patience pause{m_patience.stop, std::min(nextWake(), m_nextTrickle)};
            waitFor(m_relay->wake.fd(), POLLIN, pause);
            m_relay->wake.quiet();
            return;
        }
        m_nextTrickle = SteadyClock::now() + trickle;
    }
    m_session.pump(nextWake(), stop, m_relay ? &m_relay->wake : nullptr);
}

// The next part of the input is at hand.
bool CommandRun::hasInput()
{
    if (m_written == m_input.size() && m_relay && !m_channel.hasEnded()) {
        m_input = m_relay->input.take();
        m_written = 0;
    }
    return m_written < m_input.size();
}

void CommandRun::writeInput()
{
    if (m_inputEnded)
        return;
    while (!m_channel.isClosed() && hasInput()) {
        const auto left = static_cast<uint64_t>(m_input.size() - m_written);
        const auto size = static_cast<uint32_t>(
            std::min<uint64_t>({left, ssh_channel_window_size(m_channel.handle()), writeChunk}));
        if (size == 0 || (ssh_get_poll_flags(m_session.handle()) & SSH_WRITE_PENDING) != 0)
            return;
        const int count = ssh_channel_write(m_channel.handle(), m_input.constData() + m_written, size);
        if (count <= 0)
            return;
        m_written += count;
        if (m_relay) {
            m_relay->input.notePassed(count);
            m_relay->relay.tellProgress();
        }
    }
    if (!m_relay || m_relay->input.isAtEnd()) {
        ssh_channel_send_eof(m_channel.handle());
        m_inputEnded = true;
    }
}

void CommandRun::endGroup(const SecondConnection& second)
{
    m_reason = m_patience.error(SshText::tr("The command was out of time."), m_session.config().where());
    // The group is known when the shell has started: an instant, but not none.
    for (const TimePoint until = SteadyClock::now() + markerPatience;
         !m_filter.processGroup() && SteadyClock::now() < until && !m_channel.hasEnded() && !m_channel.isClosed() && !isLinkLost();) {
        m_giveUp = until;
        step();
    }
    if (m_filter.processGroup() && !m_channel.hasEnded() && !m_channel.isClosed()) {
        switch (ssh::endGroup(m_session, *m_filter.processGroup(), m_command.killGrace, m_heartbeat, second)) {
        case GroupEnd::Gone: m_ended = RemoteResult::Ended::Gone; break;
        case GroupEnd::StillThere: m_ended = RemoteResult::Ended::StillThere; break;
        case GroupEnd::NotOurs:
        case GroupEnd::Unknown: m_ended = RemoteResult::Ended::Unknown; break;
        }
    } else if (!m_channel.hasEnded()) {
        m_ended = RemoteResult::Ended::Unknown;
    }
    m_giveUp = SteadyClock::now() + (m_ended == RemoteResult::Ended::Gone || m_channel.hasEnded() ? afterEnd : 0s);
}

GroupEnd endGroup(Session& session, qint64 group, std::chrono::milliseconds grace, Heartbeat heartbeat, const SecondConnection& second)
{
    const StopSignal never{std::stop_token()};
    const Patience patience{never, SteadyClock::now() + grace + 8s};
    QByteArray text;
    Channel channel(session);
    channel.sink = [&](OutputStream, QByteArrayView data) { text.append(data); };
    if (channel.open(patience.atMost(openPatience)) != SSH_OK) {
        if (!session.isAlive() || session.lastHeard() + openPatience < SteadyClock::now())
            return GroupEnd::Unknown;
        const auto answer = second ? second(endGroupCommand(group, grace, false), patience) : std::nullopt;
        return answer ? parseGroupEnd(*answer) : GroupEnd::Unknown;
    }
    const QByteArray line = endGroupCommand(group, grace, true);
    bool accepted = false;
    while (!channel.isClosed() && !(channel.hasEnded() && channel.isEof()) && !patience.isOver() && !session.isLost(heartbeat)) {
        if (!accepted) {
            const int status = channel.requestExec(line);
            if (status == SSH_ERROR)
                return GroupEnd::Unknown;
            accepted = status == SSH_OK;
        }
        session.pump(std::min(patience.until, SteadyClock::now() + heartbeat.interval), nullptr);
    }
    return parseGroupEnd(text);
}

RemoteOutcome CommandRun::outcome()
{
    const QString where = m_session.config().where();
    if (m_refused)
        return NotStarted{{.kind = ErrorKind::PermissionDenied,
            .what = SshText::tr("The server refuses to run a command."),
            .where = where,
            .detail = m_session.lastError()}};
    if (m_channel.exitStatus())
        return Exited{*m_channel.exitStatus()};
    if (!m_channel.exitSignal().isEmpty())
        return Signalled{m_channel.exitSignal()};
    if (m_linkLost)
        return OutcomeUnknown{{.kind = ErrorKind::LinkLost,
            .what = SshText::tr("The connection was lost while the command was running."),
            .where = where,
            .detail = m_session.lastError(),
            .remedy = SshText::tr("Nobody knows how it ended: look at the server before doing it again.")}};
    if (m_reason)
        return OutcomeUnknown{*m_reason};
    return OutcomeUnknown{{.kind = ErrorKind::LinkLost,
        .what = SshText::tr("The server did not say how the command ended."),
        .where = where,
        .remedy = SshText::tr("Look at the server before doing it again.")}};
}

} // namespace elephaas::ssh
