#include "models/postgres/handoverscripts.h"

#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// The way there and back, and what a busy server takes besides.
constexpr std::chrono::seconds slack{10};

// As the owner, before anything is asked to stop: waits for the process to be gone, makes it a standby, then tells what the control file says. A
// process that has ended and was not waited for is gone, too. Without a postmaster at the beginning there is nothing to wait for.
// tail(1) waits without a process for each look, which would take the time from the server that it waits for.
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
nap() {
  { timeout -s KILL 0.2 tail -s 0.004 --pid="$pid" -f /dev/null; } >/dev/null 2>&1
  case $? in 0 | 124 | 137) ;; *) sleep 0.004 2>/dev/null || sleep 1 ;; esac
}
now() { read -r up rest </proc/uptime; up=${up%%.*}; }
# Sets `state` to what the control file says, and `lsn`; `said` is all of it. Fails as pg_controldata does.
look() {
  state= lsn=
  said=$("$controldata" -D "$data" 2>&1) || return
  while read -r line; do
    case $line in
      'Database cluster state:'*) state=${line#*:} state=${state#"${state%%[! ]*}"} ;;
      'Latest checkpoint location:'*) lsn=${line##* } ;;
    esac
  done <<END
$said
END
}
# Once its last checkpoint is written, only what sends WAL is left: a replica that hangs would be waited for as long as wal_sender_timeout says.
# It is given a second; then its connection is ended. Whatever it has not got the standby that takes over has.
release() {
  [ -n "$others" ] || return 0
  look || return 0
  if [ "$state" != 'shut down' ]; then waited=; return 0; fi
  if [ -z "$waited" ]; then waited=1; return 0; fi
  for folder in /proc/[0-9]*; do
    line=
    { read -r line <"$folder/stat"; } 2>/dev/null || continue
    set -- ${line##*') '}
    [ "${2:-}" = "$pid" ] || continue
    title=$(tr '\000' ' ' <"$folder/cmdline" 2>/dev/null)
    for one in $others; do
      case $title in
        *walsender*" $one("* | *'wal sender'*" $one("*)
          kill -TERM "${folder#/proc/}" 2>/dev/null && echo "The replica at $one does not take the rest: its connection was ended."
          ;;
      esac
    done
  done
}
pid=
{ read -r pid <"$data/postmaster.pid"; } 2>/dev/null || :
case $pid in *[!0-9]*) pid= ;; esac
if [ -n "$pid" ] && [ -e "$data/$sign" ]; then
  echo "It is running, and has $sign: whoever starts it again gets a standby. Take that away first."
  exit 3
fi
echo "watching $pid"
if [ -n "$pid" ]; then
  now
  most=$((up + stop_seconds)) limit= second=$up waited=
  until gone; do
    # Its end is waited for as long as whoever stops it does, and then a while.
    now
    if [ -z "$limit" ] && [ -e "$over" ]; then limit=$((up + seconds)); fi
    if [ "$up" -gt "${limit:-$most}" ]; then echo "The postmaster, process $pid, did not end."; exit 3; fi
    if [ "$up" -gt "$second" ]; then second=$up; release; fi
    nap
  done
fi
echo ended
[ -d "${over%/*}" ] || exit 3 # nobody would take it back
# From here on nobody starts it as a primary, whoever starts what is down. Only then it is looked at: what is seen is how it stays.
mine=
give_back() {
  if [ -n "$mine" ] && rm -f "$data/$sign"; then echo unmarked; fi
  echo "$1"
  exit 3
}
if [ ! -e "$data/$sign" ]; then
  mine=1
  echo marked # before it is so: whatever ends this, it is known that there may be something to take back
  printf %s "$sign_text" >"$data/$sign" || give_back "It could not be made a standby."
fi
look || give_back "$said"
case $state:$lsn in
  'shut down:'*/*) ;;
  *) give_back "Its control file says \"$state\": it was not shut down as a primary." ;;
esac
[ ! -e "$data/postmaster.pid" ] || give_back "Somebody started it again."
echo "stopped $lsn"
# A host that loses power must not come back with another primary.
{ sync "$data/$sign" "$data" 2>/dev/null || sync; } && echo synced
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
words=$folder/words
mkfifo "$words" || exit 3
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
hear_standby() {
  hear
  while :; do
    case $word in
      'w synced') synced=1 ;;
      'w '*) ;;
      *) return ;;
    esac
    hear
  done
}
as_owner() { $owner_shell; }
arm "$ready_seconds"
hear
[ "$word" = ready ] || { say "The standby is not ready. Nothing was stopped."; exit 3; }
# What ends this script ends neither the watcher nor what it has to say.
(
  trap '' TERM HUP INT
  { printf "over='%s'\n" "$over"; printf '%s\n' "$watcher"; } | as_owner 2>&1 | while IFS= read -r line; do printf 'w %s\n' "$line"; done
  echo 'w end'
) </dev/null >&5 2>/dev/null &
# Who becomes another account may have something to say first.
arm "$ready_seconds"
while :; do
  hear
  case $word in
    'w watching '*) break ;;
    'w end' | late) say "Its data directory could not be looked at. Nothing was stopped."; tell failed; exit 3 ;;
    'w '*) say "${word#w }" ;;
    over | refused) say "The standby, or the console between, is gone. Nothing was stopped."; exit 3 ;;
  esac
done
case $word in
  'w watching ') say "It is not running." ; stopping= ;;
  *)
    say "$stopping_text"
    { (set +u; eval "$stop_command"); status=$?; : >"$over"; exit "$status"; } </dev/null >&2 5<&- &
    stopping=$!
    ;;
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
  let_it_end
  if [ -n "$stopping" ]; then say "Starting it again."; fi
  if [ -n "$marked" ] && ! printf '%s\n' "$unmark" | as_owner >"$folder/said" 2>&1; then
    say "It would start as a standby, because $sign could not be removed: $(cat "$folder/said")"
    exit 5
  fi
  if [ -z "$stopping" ]; then say "It was off before, and stays off."; exit 7; fi
  # Into a file: it has to start whether anybody reads what it says or not.
  (set +u; eval "$start_command") </dev/null >"$folder/said" 2>&1 5<&-
  status=$?
  cat "$folder/said" >&2
  [ "$status" != 0 ] || exit 4
  say "The start command ended with status $status."
  exit 5
}
lsn= marked= ended= alone= synced=
arm "$stop_seconds"
while [ -z "$lsn" ]; do
  hear
  case $word in
    'w stopped '*) lsn=${word#w stopped } ;;
    'w marked') marked=1 ;;
    'w unmarked') marked= ;;
    'w ended') ended=1 ;;
    'w end' | late) break ;;
    'w '*) say "${word#w }" ;;
    over | refused) alone=1 ;;
  esac
done
# Who is told "failed" is never promoted: where it went down all the same, it can come back.
if [ -z "$lsn" ]; then
  tell failed
  if [ -n "$stopping" ] && [ -n "$ended" ]; then start_again; fi
  exit 3
fi
say "Stopped cleanly; its last checkpoint is at $lsn."
if [ -n "$alone" ]; then
  say "The standby, or the console between, is gone; it was not told to take over."
  start_again
fi
# What is told first is not kept waiting by the making of a process.
tell "stopped $lsn"
arm "$replay_seconds"
hear_standby
# Not before it is on disk that it is a standby.
while [ "$word" = replayed ] && [ -z "$synced" ]; do
  hear
  case $word in
    'w synced') synced=1 word=replayed ;;
    'w end') ;;
    'w '*) word=replayed ;;
  esac
done
# Without "go" nobody is promoted.
if [ "$word" != replayed ] || ! tell go; then
  case $word in
    refused) say "The standby did not take over." ;;
    late) say "The standby did not answer in time." ;;
    'w end') say "That it is a standby now could not be written to disk." ;;
    *) say "The standby, or the console between, is gone; it was not told to take over." ;;
  esac
  start_again
fi
arm "$promote_seconds"
while :; do
  hear_standby
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

QByteArray secondsOf(std::chrono::milliseconds time) { return QByteArray::number(static_cast<qlonglong>(time.count() / 1000 + 1)); }

// As pg_stat_replication shows them: digits, or hexadecimal ones with colons.
bool isAddress(const QString& text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](QChar c) { return u"0123456789abcdefABCDEF.:"_s.contains(c); });
}

// What psql is given once the promotion may begin. What fails ends it (ON_ERROR_STOP).
QByteArray promotion(const HandoverStandby& standby)
{
    QByteArray script = "promotion() {\n  cat <<'END'\n\\echo promoting\n";
    if (standby.facts.hasPromoteFunction)
        script += "select pg_promote(false) \\g /dev/null\n";
    else // as pg_ctl does it
        script += "\\! : >\"$EH_DATA/promote\" && read -r pid <\"$EH_DATA/postmaster.pid\" && kill -s USR1 \"$pid\"\n";
    return script + "END\n  until_seen open 'not pg_is_in_recovery()' " + secondsOf(standby.promotePatience)
        + " || return 1\n  printf '%s\\n' 'select txid_current() \\g /dev/null' '\\echo promoted'\n}\n";
}

// Each question is a transaction of its own, and so is the pause between two, which the server makes: a process for each would take longer than
// the pause itself. A longer one would hold a snapshot that the replay it waits for has to wait for; a short one is cancelled by it at worst, and that is no end.
constexpr auto standbyFunctions = R"sh(
set -u
trap '' PIPE # whoever stops listening does not end what was begun
say() { printf '%s\n' "$*" >&2; }
now() { read -r up rest </proc/uptime; up=${up%%.*}; }
folder=$(mktemp -d) || exit 3
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/answers" || exit 3
exec 7<>"$folder/answers"
begin() {
  # Fails where it is no standby.
  printf '%s\n' "select set_config(name, '0', false) from pg_settings where name in ('statement_timeout', 'idle_session_timeout') \g /dev/null" \
    'select 1 / pg_is_in_recovery()::int \g /dev/null'
}
until_seen() {
  now
  limit=$((up + $3)) seen= answer=
  echo '\set ON_ERROR_STOP 0'
  while [ -z "$seen" ]; do
    [ "$up" -le "$limit" ] || return 1
    [ -z "$answer" ] || printf '%s\n' 'select pg_sleep(0.004) \g /dev/null'
    printf '%s\n' "select case when $2 then '$1' else 'not yet' end;" '\echo asked'
    answer=
    until [ "$answer" = asked ]; do
      IFS= read -r answer <&7 || return 1
      case $answer in
        "$1") seen=1 ;;
        over) return 1 ;;
      esac
    done
    now
  done
  echo '\set ON_ERROR_STOP 1'
}
# Passes on what psql says, and tells how it came to that.
listen() {
  wanted= done=
  while IFS= read -r line; do
    case $line in
      'not yet') continue ;;
      asked | open) echo "$line" >&7; continue ;;
      replayed) echo "$line" >&7 ;;
      promoting) wanted=1 ;;
      promoted) done=1 ;;
    esac
    printf '%s\n' "$line" 2>/dev/null || :
  done
  echo over >&7
  [ -z "$done" ] || return 0
  if [ -n "$wanted" ]; then echo "Promotion was asked for, and its end was not seen." >&2; return 6; fi
  echo refused
  return 3
}
)sh";

QByteArray standbyHead(const HandoverStandby& standby)
{
    return QByteArray(shellVariable("EH_DATA", standby.dataDirectory) + "export EH_DATA" + standbyFunctions + promotion(standby));
}

} // namespace

QByteArray handoverPrimaryScript(const HandoverPrimary& primary)
{
    QByteArray shell = primary.shell;
    if (shell.startsWith("exec "))
        shell.remove(0, 5);
    const bool hasSignal = primary.facts.standbyConfiguration == StandbyConfiguration::StandbySignal;
    const QByteArray sign = hasSignal ? "standby.signal" : "recovery.conf";
    QByteArray others;
    for (const QString& address : primary.otherFollowers) {
        if (isAddress(address))
            others += ' ' + address.toLatin1();
    }
    const QByteArray data = shellVariable("data", primary.dataDirectory);
    const QByteArray watcher = data + shellVariable("controldata", primary.controldata) + "others='" + others + "'\nsign=" + sign + "\nsign_text="
        + (hasSignal ? "" : "\"# Made a standby while it hands over\nstandby_mode = 'on'\n\"") + "\nseconds=" + secondsOf(primary.patience) + "\nstop_seconds=" + secondsOf(primary.stopPatience) + watch;
    QByteArray script = giveUp;
    script.replace("$owner_shell", shell);
    return QByteArray("watcher=" + shellQuote(QString::fromUtf8(watcher)) + "\nunmark=" + shellQuote(QString::fromUtf8(data + "rm -f \"$data/" + sign + '"'))
        + "\nsign=" + sign + "\nstopping_text=" + shellQuote(QString::fromUtf8(handoverStops)) + "\nstop_command=" + shellQuote(QString::fromUtf8(primary.stop)) + "\nstart_command=" + shellQuote(QString::fromUtf8(primary.start))
        + "\nready_seconds=" + secondsOf(primary.patience + slack) + "\nstop_seconds=" + secondsOf(primary.stopPatience + primary.patience + slack)
        + "\nreplay_seconds=" + secondsOf(primary.replayPatience + slack) + "\npromote_seconds="
        + secondsOf(primary.promotePatience + slack) + '\n' + script);
}

QByteArray handoverStandbyScript(const HandoverStandby& standby)
{
    const QByteArray replayed = QByteArray(standby.facts.replayLsn.data(), standby.facts.replayLsn.size()) + "() > '$lsn'::pg_lsn";
    // A "go" that was under way for longer than the primary waits for an answer is not meant any more.
    return QByteArray(standbyHead(standby) + R"sh(
questions() {
  begin
  printf '%s\n' '\echo ready'
  IFS= read -r word || word=
  case $word in
    'stopped '*) lsn=${word#stopped } ;;
    *) say "The primary did not stop. Nothing is promoted."; return ;;
  esac
  case $lsn in *[!0-9A-Fa-f/]* | '') say "The primary told no position."; return ;; esac
  now
  latest=$((up + )sh" + secondsOf(standby.replayPatience + 2 * slack) + R"sh())
  until_seen replayed ")sh" + replayed + "\" " + secondsOf(standby.replayPatience) + R"sh( || { say "It did not replay that in time."; return; }
  IFS= read -r word || word=
  now
  [ "$word" = go ] || { say "The primary did not say go. Nothing is promoted."; return; }
  [ "$up" -le "$latest" ] || { say "The primary said go too long ago. Nothing is promoted."; return; }
  promotion
}
questions | )sh" + standby.psql
        + R"sh( -v ON_ERROR_STOP=1 | listen
)sh");
}

QByteArray takeOverScript(const HandoverStandby& standby)
{
    return QByteArray(standbyHead(standby) + "{ begin; promotion; } | " + standby.psql + " -v ON_ERROR_STOP=1 | listen\n");
}

} // namespace elephaas
