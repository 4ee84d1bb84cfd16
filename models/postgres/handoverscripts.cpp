#include "models/postgres/handoverscripts.h"

#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

namespace elephaas {

namespace {

// Between two looks, where sleep(1) takes parts of a second.
constexpr int tick = 4; // milliseconds
constexpr std::chrono::seconds slack{10};

// As the owner, before anything is asked to stop: waits for the process to be gone, then tells what the control file says. A process that has
// ended and was not waited for is gone, too. Without a postmaster at the beginning there is nothing to wait for.
constexpr auto watch = R"sh(
LC_ALL=C
export LC_ALL
gone() {
  line=
  { read -r line <"/proc/$pid/stat"; } 2>/dev/null || return 0
  set -- ${line##*') '}
  case ${1:-Z} in Z | X) return 0 ;; esac
  return 1
}
pid=
{ read -r pid <"$data/postmaster.pid"; } 2>/dev/null || :
case $pid in *[!0-9]*) pid= ;; esac
echo "watching $pid"
if [ -n "$pid" ]; then
  left=$ticks most=$most_ticks
  until gone; do
    # Its end is waited for as long as whoever stops it does, and then a while.
    if [ -e "$over" ]; then left=$((left - 1)); fi
    most=$((most - 1))
    if [ "$left" -le 0 ] || [ "$most" -le 0 ]; then echo "The postmaster, process $pid, did not end."; exit 3; fi
    sleep 0.004 2>/dev/null || sleep 1
  done
fi
said=$("$controldata" -D "$data" 2>&1) || { echo "$said"; exit 3; }
state= lsn=
while read -r line; do
  case $line in
    'Database cluster state:'*) state=${line#*:} state=${state#"${state%%[! ]*}"} ;;
    'Latest checkpoint location:'*) lsn=${line##* } ;;
  esac
done <<END
$said
END
case $state:$lsn in
  'shut down:'*/*)
    # From here on nobody may start it as a primary, whoever starts what is down.
    if [ ! -e "$data/$sign" ]; then
      printf %s "$sign_text" >"$data/$sign" || { echo "It could not be made a standby."; exit 3; }
      echo marked
    fi
    echo "stopped $lsn"
    exec >/dev/null 2>&1
    sync "$data/$sign" "$data"
    ;;
  *) echo "Its control file says \"$state\": it was not shut down as a primary."; exit 3 ;;
esac
)sh";

// As the remote user. `watcher` is the text above with its variables. The marker in a folder of its own tells the watcher that the stop command is over.
// All that is waited for comes through one pipe as a line: the other script's words, "over" when there will be no more of them, "late".
constexpr auto giveUp = R"sh(
set -u
trap '' PIPE
say() { printf '%s\n' "$*" >&2; }
tell() { printf '%s\n' "$*"; }
folder=$(mktemp -d) || exit 3
listener= timer=
disarm() {
  for one in $timer; do kill "$one" 2>/dev/null; done
  timer=
}
trap 'disarm; kill $listener 2>/dev/null; rm -rf "$folder"' EXIT
chmod 711 "$folder"
over=$folder/over
answer=$folder/answer
words=$folder/words
mkfifo "$answer" "$words" || exit 3
exec 3<&0 5<>"$words" </dev/null
trap 'echo over >&5' TERM HUP INT
{ while IFS= read -r word; do printf '%s\n' "$word"; done; echo over; } <&3 >&5 2>/dev/null &
listener=$!
exec 3<&-
arm() {
  disarm
  (
    trap 'kill "${sleeper-}"; exit' TERM
    sleep "$1" &
    sleeper=$!
    wait "$sleeper"
    echo late
  ) </dev/null >&5 2>/dev/null &
  timer=$!
}
hear() {
  word=
  until IFS= read -r word <&5; do :; done
}
as_owner() { $owner_shell; }
arm "$ready_seconds"
hear
[ "$word" = ready ] || { say "The standby is not ready. Nothing was stopped."; exit 3; }
disarm
{ printf "over='%s'\n" "$over"; printf '%s\n' "$watcher"; } | as_owner >"$answer" 2>&1 5<&- &
exec 4<"$answer"
# Who becomes another account may have something to say first.
word=
while IFS= read -r word <&4; do
  case $word in 'watching '*) break ;; esac
  say "$word"
  word=
done
pid=${word#watching }
case $word in
  'watching ') say "It is not running." ; stopping= ;;
  'watching '*)
    say "Stopping it."
    { (set +u; eval "$stop_command"); status=$?; : >"$over"; exit "$status"; } </dev/null >&2 4<&- 5<&- &
    stopping=$!
    ;;
  *) say "Its data directory could not be looked at. Nothing was stopped."; tell failed; exit 3 ;;
esac
# The stop command may still be at it, as a service manager that looks after its children.
let_it_end() {
  left=2500
  while [ -n "$stopping" ] && [ ! -e "$over" ] && [ "$left" -gt 0 ]; do
    left=$((left - 1))
    sleep 0.004 2>/dev/null || sleep 1
  done
}
start_again() {
  disarm
  if [ -z "$stopping" ]; then say "It was off before, and stays off."; exit 7; fi
  let_it_end
  say "Starting it again."
  if [ -n "$marked" ] && ! printf '%s\n' "$unmark" | as_owner >"$folder/said" 2>&1; then
    say "It would start as a standby, because $sign could not be removed: $(cat "$folder/said")"
    exit 5
  fi
  # Into a file: it has to start whether anybody reads what it says or not.
  (set +u; eval "$start_command") </dev/null >"$folder/said" 2>&1 5<&-
  status=$?
  cat "$folder/said" >&2
  [ "$status" != 0 ] || exit 4
  say "The start command ended with status $status."
  exit 5
}
lsn= marked=
while IFS= read -r word <&4; do
  case $word in 'stopped '*) lsn=${word#stopped } ;; marked) marked=1 ;; *) say "$word" ;; esac
done
exec 4<&-
# Who is told "failed" is never promoted: where it went down all the same, it can come back.
if [ -z "$lsn" ]; then
  tell failed
  if [ -n "$stopping" ] && [ ! -d "/proc/$pid" ]; then start_again; fi
  exit 3
fi
tell "stopped $lsn"
say "Stopped cleanly; its last checkpoint is at $lsn."
arm "$replay_seconds"
hear
# Without "go" nobody is promoted.
if [ "$word" != replayed ] || ! tell go; then
  case $word in
    refused) say "The standby did not take over." ;;
    late) say "The standby did not answer in time." ;;
    *) say "The standby, or the console between, is gone; it was not told to take over." ;;
  esac
  start_again
fi
arm "$promote_seconds"
while :; do
  hear
  case $word in
    promoted) exit 0 ;;
    refused)
      say "The standby did not take over."
      start_again
      ;;
    over | late)
      say "It is not known whether the standby was promoted: it stays off."
      exit 6
      ;;
  esac
done
)sh";

QByteArray ticksOf(std::chrono::milliseconds time) { return QByteArray::number(static_cast<qlonglong>(time.count() / tick + 1)); }

// What the other script needs at most for something, and the way there and back.
QByteArray secondsOf(std::chrono::milliseconds time) { return QByteArray::number(static_cast<qlonglong>((time + slack).count() / 1000 + 1)); }

// SQL that gives one row as soon as the condition holds, and none when it did not within the time. It runs on every version, in a standby, without
// a language or a function of one's own.
QByteArray untilSql(const QByteArray& condition, std::chrono::milliseconds time)
{
    return QByteArray("(select 1 from generate_series(1, " + ticksOf(time) + ") as tick where " + condition
        + " or pg_sleep(0.004)::text is null limit 1) as reached");
}

// What psql reads once the promotion may begin. A failed division ends psql (ON_ERROR_STOP) before anything was asked for.
QByteArray promotionSql(const HandoverStandby& standby)
{
    QByteArray sql = "\\echo promoting\n";
    if (standby.facts.hasPromoteFunction)
        sql += "select pg_promote(false) \\g /dev/null\n";
    else // as pg_ctl does it
        sql += "\\! : >\"$EH_DATA/promote\" && read -r pid <\"$EH_DATA/postmaster.pid\" && kill -s USR1 \"$pid\"\n";
    sql += "select 1 / count(*) from " + untilSql("not pg_is_in_recovery()", standby.promotePatience) + " \\g /dev/null\n"
        + "select txid_current() \\g /dev/null\n\\echo promoted\n";
    return sql;
}

// Passes on what psql says, and tells how it came to that.
constexpr auto listen = R"sh(
listen() {
  asked= done=
  while IFS= read -r line; do
    case $line in promoting) asked=1 ;; promoted) done=1 ;; esac
    printf '%s\n' "$line"
  done
  [ -z "$done" ] || return 0
  if [ -n "$asked" ]; then echo "Promotion was asked for, and its end was not seen." >&2; return 6; fi
  echo refused
  return 3
}
)sh";

QByteArray standbyHead(const HandoverStandby& standby)
{
    return QByteArray("set -u\n" + shellVariable("EH_DATA", standby.dataDirectory) + "export EH_DATA\nsay() { printf '%s\\n' \"$*\" >&2; }\n" + listen
        + "promotion() { cat <<'END'\n" + promotionSql(standby) + "END\n}\n");
}

} // namespace

QByteArray handoverPrimaryScript(const HandoverPrimary& primary)
{
    QByteArray shell = primary.shell;
    if (shell.startsWith("exec "))
        shell.remove(0, 5);
    const bool hasSignal = primary.facts.standbyConfiguration == StandbyConfiguration::StandbySignal;
    const QByteArray sign = hasSignal ? "standby.signal" : "recovery.conf";
    const QByteArray data = shellVariable("data", primary.dataDirectory);
    const QByteArray watcher = data + shellVariable("controldata", primary.controldata) + "sign=" + sign + "\nsign_text="
        + (hasSignal ? "" : "\"standby_mode = 'on'\n\"") + "\nticks=" + ticksOf(primary.patience) + "\nmost_ticks=" + ticksOf(primary.stopPatience) + watch;
    QByteArray script = giveUp;
    script.replace("$owner_shell", shell);
    return QByteArray("watcher=" + shellQuote(QString::fromUtf8(watcher)) + "\nunmark=" + shellQuote(QString::fromUtf8(data + "rm -f \"$data/" + sign + '"'))
        + "\nsign=" + sign + "\nstop_command=" + shellQuote(QString::fromUtf8(primary.stop)) + "\nstart_command=" + shellQuote(QString::fromUtf8(primary.start))
        + "\nready_seconds=" + secondsOf(primary.patience) + "\nreplay_seconds=" + secondsOf(primary.replayPatience) + "\npromote_seconds="
        + secondsOf(primary.promotePatience) + '\n' + script);
}

QByteArray handoverStandbyScript(const HandoverStandby& standby)
{
    const QByteArray replayed = QByteArray(standby.facts.replayLsn.data(), standby.facts.replayLsn.size()) + "() > '$lsn'::pg_lsn";
    return QByteArray(standbyHead(standby) + R"sh(
questions() {
  # Fails where it is no standby: then nothing is stopped.
  printf '%s\n' 'set statement_timeout = 0;' 'select 1 / pg_is_in_recovery()::int \g /dev/null' '\echo ready'
  IFS= read -r word || word=
  case $word in
    'stopped '*) lsn=${word#stopped } ;;
    *) say "The primary did not stop. Nothing is promoted."; return ;;
  esac
  case $lsn in *[!0-9A-Fa-f/]* | '') say "The primary told no position."; return ;; esac
  printf '%s\n' "select 1 / count(*) from )sh"
        + untilSql(replayed, standby.replayPatience) + R"sh( \\g /dev/null" '\echo replayed'
  IFS= read -r word || word=
  [ "$word" = go ] || { say "The primary did not say go. Nothing is promoted."; return; }
  promotion
}
questions | )sh" + standby.psql
        + R"sh( -v ON_ERROR_STOP=1 | listen
)sh");
}

QByteArray takeOverScript(const HandoverStandby& standby)
{
    return QByteArray(standbyHead(standby) + "{ printf '%s\\n' 'set statement_timeout = 0;' 'select 1 / pg_is_in_recovery()::int \\g /dev/null'; promotion; } | " + standby.psql
        + " -v ON_ERROR_STOP=1 | listen\n");
}

} // namespace elephaas
