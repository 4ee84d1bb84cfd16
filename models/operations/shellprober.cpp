#include "models/operations/shellprober.h"

#include "models/domain/visibletext.h"
#include "models/operations/questions.h"
#include "models/postgres/probe.h"
#include "models/postgres/shellquote.h"

#include <QCoreApplication>
#include <QUuid>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

class Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::ShellProber)
};

constexpr std::chrono::milliseconds onlyReads{0}; // nothing is lost when a question is killed at once

// Sets data, cluster, port and version before the scripts below. Debian keeps the directory elsewhere than plain installations; its
// own list knows (pg_lsclusters(1): Ver Cluster Port Status Owner Data Log).
constexpr auto preamble = R"sh(
set -f
LC_ALL=C
export LC_ALL
log=
find_known() {
  known=$(pg_lsclusters -h 2>/dev/null | awk -v c="$cluster" -v p="$port" '$2 == c && $3 == p { print $6 " " $7; exit }')
  [ -n "$known" ] || return 0
  log=${known#* }
  [ -e "$data/PG_VERSION" ] || data=${known%% *}
}
)sh";

// Prints each error as a line of hexadecimal digits, and "done" when everything could be asked. 9.6 has no pg_hba_file_rules.
constexpr auto errorsScript = R"sh(
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGOPTIONS PGSSLMODE PGPASSWORD PGTARGETSESSIONATTRS
PGCONNECT_TIMEOUT=5 PGCLIENTENCODING=UTF8
export PGCONNECT_TIMEOUT PGCLIENTENCODING
[ -e "$data/PG_VERSION" ] || find_known
IFS= read -r version <"$data/PG_VERSION" || exit 1
socket=$(sed -n 5p "$data/postmaster.pid") && [ -n "$socket" ] || exit 1
set +f
for psql in "/usr/lib/postgresql/$version/bin/psql" "/usr/pgsql-$version/bin/psql" "$(command -v psql)" \
  /usr/lib/postgresql/*/bin/psql /usr/pgsql-*/bin/psql /usr/local/pgsql/bin/psql; do
  [ -x "$psql" ] && break
done
set --
if [ "$version" != 9.6 ]; then
  set -- -c "select '$tag ' || encode(convert_to(format('%s line %s: %s', current_setting('hba_file'), line_number, error), 'UTF8'), 'hex')
    from pg_catalog.pg_hba_file_rules where error is not null order by line_number limit 50"
fi
$elephaas_sql "$psql" -XAtqw -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -d postgres -c "set statement_timeout = '10s'" -c "select '$tag ' || encode(convert_to(format('%s line %s: %s%s', sourcefile, sourceline, name || ': ', error), 'UTF8'), 'hex')
  from pg_catalog.pg_file_settings f where error is not null and not exists
  (select 1 from pg_catalog.pg_settings s where s.name = f.name and s.pending_restart) order by seqno limit 50" "$@" || exit 1
echo "$tag done"
)sh";

// The log that was written to last, of those where a server may write: an early failure goes to another file than later messages.
constexpr auto logScript = R"sh(
find_known
set +f
newest=$(ls -t -- "$log" "$data"/log/*.log "$data"/pg_log/*.log "$data"/*.log "$data"/logfile 2>/dev/null | sed -n 1p)
[ -n "$newest" ] && [ -r "$newest" ] || exit 3
printf '\n%s %s\n' "$tag" "$newest"
tail -n "$lines" -- "$newest"
)sh";

QByteArray setting(const char* name, const QString& value)
{
    return QByteArray(name) + '=' + (isShellWord(value) ? shellQuote(value) : QByteArray("''")) + '\n';
}

QString major(const QString& version)
{
    const auto parsed = PgVersion::parse(version);
    return parsed ? parsed->major() : QString();
}

Error notAsked(const RemoteResult& result)
{
    if (const auto* notStarted = std::get_if<NotStarted>(&result.outcome))
        return notStarted->error;
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return unknown->error;
    return {.kind = ErrorKind::Unsupported,
        .what = Words::tr("The server did not answer the question."),
        .detail = visibleText(QByteArrayView(result.errors.head)).trimmed()};
}

QByteArray newTag() { return 't' + QUuid::createUuid().toByteArray(QUuid::Id128); }

} // namespace

ShellProber::ShellProber(std::shared_ptr<RemoteShell> shell, std::shared_ptr<const Clock> clock)
    : m_shell(std::move(shell))
    , m_clock(std::move(clock))
{
}

Expected<Observation> ShellProber::observe(
    const InstanceAddress& address, InstanceId instance, std::chrono::milliseconds timeout, std::stop_token stop)
{
    const Probe probe({{.instance = instance, .baseName = address.baseName, .port = address.port,
        .dataDirectory = address.dataDirectory, .versionMajor = major(address.version)}});
    const RemoteResult result = m_shell->run({.target = address.remote, .command = Probe::command(), .input = probe.input(),
                                                 .timeout = timeout, .killGrace = onlyReads, .outputLimit = 2 * probe.outputLimit(),
                                                 .kept = shellForQuestions(address)},
        {}, stop);
    const bool ended = std::holds_alternative<Exited>(result.outcome);
    if (stop.stop_requested() && !ended)
        return fail({.kind = ErrorKind::Cancelled, .what = Words::tr("Cancelled."), .where = address.remote.host});
    if (!ended)
        return fail(notAsked(result));
    const QByteArray answer = result.output.head + result.output.tail;
    const auto seen = probe.parse(answer, m_clock->now());
    if (!seen)
        return fail(seen.error());
    return seen->front();
}

Expected<QByteArray> ShellProber::runScript(
    const InstanceAddress& address, QByteArray script, std::chrono::milliseconds timeout, const std::stop_token& stop)
{
    script = setting("data", address.dataDirectory) + setting("cluster", address.baseName)
        + setting("port", QString::number(address.port)) + preamble + script;
    const RemoteResult result = m_shell->run(
        {.target = address.remote, .command = Probe::command(), .input = script, .timeout = timeout, .killGrace = onlyReads,
            .kept = shellForQuestions(address)},
        {}, stop);
    if (!result.succeeded())
        return fail(notAsked(result));
    return result.output.head + result.output.tail;
}

Expected<std::vector<QString>> ShellProber::configurationErrors(
    const InstanceAddress& address, std::chrono::milliseconds timeout, std::stop_token stop)
{
    const QByteArray tag = newTag();
    const auto answer = runScript(address, "tag=" + tag + '\n' + errorsScript, timeout, stop);
    if (!answer)
        return fail(answer.error());
    std::vector<QString> errors;
    bool complete = false;
    for (const QByteArray& line : answer->split('\n')) {
        if (!line.startsWith(tag))
            continue;
        const QByteArray value = line.mid(tag.size()).trimmed();
        if (value == "done")
            complete = true;
        else
            errors.push_back(QString::fromUtf8(QByteArray::fromHex(value)));
    }
    if (!complete)
        return fail({.kind = ErrorKind::Unsupported, .what = Words::tr("The server did not answer the question."),
            .where = address.remote.host});
    return errors;
}

Expected<QByteArray> ShellProber::serverLogTail(
    const InstanceAddress& address, int lines, std::chrono::milliseconds timeout, std::stop_token stop)
{
    const QByteArray tag = newTag();
    const auto answer
        = runScript(address, "tag=" + tag + "\nlines=" + QByteArray::number(lines) + '\n' + logScript, timeout, stop);
    if (!answer)
        return fail(answer.error());
    // Whatever a login shell printed before is none of the log's.
    const QByteArray heading = '\n' + tag + ' ';
    const qsizetype at = answer->indexOf(heading);
    if (at < 0)
        return fail({.kind = ErrorKind::NotFound, .what = Words::tr("The server's log was not found."), .where = address.remote.host});
    return answer->mid(at + heading.size());
}

} // namespace elephaas
