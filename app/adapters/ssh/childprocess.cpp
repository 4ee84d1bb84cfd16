#include "app/adapters/ssh/childprocess.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

extern char** environ;

namespace elephaas::ssh {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype outputLimit = 1024 * 1024;

class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&m_actions); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { posix_spawn_file_actions_destroy(&m_actions); }
    void take(int from, int to) { posix_spawn_file_actions_adddup2(&m_actions, from, to); }
    void openNull(int to, int flags) { posix_spawn_file_actions_addopen(&m_actions, to, "/dev/null", flags, 0); }
    const posix_spawn_file_actions_t* get() const { return &m_actions; }

private:
    posix_spawn_file_actions_t m_actions{};
};

// The child leads a process group of its own (so that it can be ended with what it started) and has default signals.
class SpawnAttributes {
public:
    SpawnAttributes()
    {
        posix_spawnattr_init(&m_attributes);
        posix_spawnattr_setflags(
            &m_attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        sigset_t signalSet;
        sigemptyset(&signalSet);
        posix_spawnattr_setsigmask(&m_attributes, &signalSet);
        sigaddset(&signalSet, SIGPIPE);
        posix_spawnattr_setsigdefault(&m_attributes, &signalSet);
    }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    ~SpawnAttributes() { posix_spawnattr_destroy(&m_attributes); }
    const posix_spawnattr_t* get() const { return &m_attributes; }

private:
    posix_spawnattr_t m_attributes{};
};

Expected<pid_t> spawn(const QByteArrayList& arguments, const FileActions& actions)
{
    std::vector<char*> words;
    for (const QByteArray& argument : arguments)
        words.push_back(const_cast<char*>(argument.constData())); // posix_spawn does not write to them
    words.push_back(nullptr);
    const SpawnAttributes attributes;
    pid_t pid = 0;
    const int error = posix_spawnp(&pid, words.front(), actions.get(), attributes.get(), words.data(), environ);
    if (error == 0)
        return pid;
    return fail({.kind = error == ENOENT ? ErrorKind::NotFound : ErrorKind::Internal,
        .what = SshText::tr("%1 cannot be started.").arg(QString::fromLocal8Bit(arguments.front())),
        .detail = QString::fromLocal8Bit(std::strerror(error))});
}

int reap(pid_t pid)
{
    int status = -1;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) { }
    return status;
}

struct Pipe {
    FileDescriptor read;
    FileDescriptor write;
    Pipe()
    {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
            read.reset(ends[0]);
            write.reset(ends[1]);
        }
    }
};

// False at end of file.
bool collect(const FileDescriptor& from, QByteArray& to)
{
    std::array<char, 16384> chunk;
    const auto count = ::read(from.get(), chunk.data(), chunk.size());
    if (count > 0 && to.size() < outputLimit)
        to.append(chunk.data(), count);
    return count > 0 || (count < 0 && errno == EINTR);
}

// False: the patience was over before both streams had ended.
bool collectBoth(Pipe& output, Pipe& errors, ProgramOutput& result, const Patience& patience)
{
    while (output.read.isOpen() || errors.read.isOpen()) {
        std::array<pollfd, 3> watched{{{output.read.get(), POLLIN, 0}, {errors.read.get(), POLLIN, 0},
            {patience.stop.fd(), POLLIN, 0}}}; // poll(2) passes over negative descriptors
        ::poll(watched.data(), watched.size(), pollTimeout(patience.until));
        if (patience.isOver())
            return false;
        if (watched[0].revents != 0 && !collect(output.read, result.output))
            output.read.reset();
        if (watched[1].revents != 0 && !collect(errors.read, result.errors))
            errors.read.reset();
    }
    return true;
}

} // namespace

Expected<ProgramOutput> runProgram(const QByteArrayList& arguments, const Patience& patience)
{
    Pipe output;
    Pipe errors;
    FileActions actions;
    actions.openNull(0, O_RDONLY);
    actions.take(output.write.get(), 1);
    actions.take(errors.write.get(), 2);
    const auto pid = spawn(arguments, actions);
    if (!pid)
        return fail(pid.error());
    output.write.reset();
    errors.write.reset();
    ProgramOutput result;
    if (!collectBoth(output, errors, result, patience)) {
        ::kill(-*pid, SIGKILL);
        reap(*pid);
        return fail(patience.error(
            SshText::tr("%1 took too long.").arg(QString::fromLocal8Bit(arguments.front())), {}));
    }
    result.status = reap(*pid);
    return result;
}

Expected<std::pair<FileDescriptor, FileDescriptor>> socketPair()
{
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return fail({.kind = ErrorKind::Internal,
            .what = SshText::tr("No socket pair could be made."),
            .detail = QString::fromLocal8Bit(std::strerror(errno))});
    return std::pair(FileDescriptor(ends[0]), FileDescriptor(ends[1]));
}

Expected<FileDescriptor> ProxyProcess::start(const QByteArray& commandLine, ProxyProcess& process)
{
    auto pair = socketPair();
    if (!pair)
        return fail(std::move(pair.error()));
    // The child's end blocks, as a pipe of ssh would.
    ::fcntl(pair->second.get(), F_SETFL, ::fcntl(pair->second.get(), F_GETFL) & ~O_NONBLOCK);
    FileActions actions;
    actions.take(pair->second.get(), 0);
    actions.take(pair->second.get(), 1);
    actions.openNull(2, O_WRONLY);
    const auto pid = spawn({"/bin/sh"_ba, "-c"_ba, "exec " + commandLine}, actions);
    if (!pid)
        return fail(pid.error());
    process.end();
    process.m_pid = *pid;
    return std::move(pair->first);
}

ProxyProcess& ProxyProcess::operator=(ProxyProcess&& other) noexcept
{
    if (this != &other) {
        end();
        m_pid = std::exchange(other.m_pid, 0);
    }
    return *this;
}

void ProxyProcess::end()
{
    if (m_pid <= 0)
        return;
    ::kill(-m_pid, SIGKILL);
    reap(m_pid);
    m_pid = 0;
}

} // namespace elephaas::ssh
