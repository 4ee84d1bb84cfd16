#include "models/postgres/rebuildwork.h"

#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

namespace elephaas {

namespace {

// Names as rebuildscripts.h and inplacescripts.h tell. A directory that cannot be listed is not empty.
constexpr auto names = R"sh(
carried=elephaas-carried-$key
inplace=elephaas-inplace-$key
received=elephaas-received-$key
folder=${data%/*}
folder=${folder:-/}
flush() { sync "$@" 2>/dev/null || sync; }
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
is_empty() {
  inside=$(ls -A "$1" 2>/dev/null) || return 1
  case $inside in '' | elephaas-work) return 0 ;; esac
  return 1
}
)sh";

// A number alone may be another process's by now: its start and the boot are told along. Programs are found by a variable in their
// environment, so that those are found, too, whose shell was killed. A shell that goes on without its program would start the next one:
// it is ended first.
constexpr auto work = R"sh(
work=$data.elephaas-work
# In a folder of somebody else's nothing can be made beside a mount point.
if [ -d "$folder" ] && [ ! -w "$folder" ]; then work=$data/elephaas-work; fi
refuse() { printf '%s\n' "$*" >&2; exit 3; }
boot=
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || boot=unknown
began() {
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- ${line##*') '}
  case ${1:-Z} in Z | X) return 1 ;; esac
  printf '%s\n' "${20}-$boot"
}
programs_of() {
  ELEPHAAS_WORK= grep -lsxzF -e "ELEPHAAS_WORK=$1" /proc/[0-9]*/environ | sed 's,^/proc/\([0-9]*\)/.*,\1,'
}
end_earlier() {
  [ -e "$work" ] || return 0
  other= shell= start=
  read -r other shell start <"$work" || :
  case $other:$shell:$start in *[!0-9a-z:-]* | *:*[!0-9]*:* | :* | *::* | *:) rm -f "$work"; return 0 ;; esac
  token=$other-$shell-$start
  tries=0 all=0
  while :; do
    if [ -n "$shell" ] && [ "$(began "$shell")" != "$start" ]; then shell= tries=0; fi
    alive=$shell
    [ -n "$alive" ] || alive=$(programs_of "$token")
    [ -n "$alive" ] || break
    [ "$other" = "$key" ] || refuse "operation $other is at work here (process ${alive%%[!0-9]*})"
    [ "$all" -lt 80 ] || refuse "process ${alive%%[!0-9]*} of an earlier try does not end"
    signal=TERM
    [ "$tries" -lt 20 ] || signal=KILL
    kill -s "$signal" $alive 2>/dev/null || :
    tries=$((tries + 1)) all=$((all + 1))
    sleep 0.25 2>/dev/null || sleep 1
  done
  rm -f "$work"
}
begin_work() {
  [ -d "$folder" ] || mkdir -p "$folder"
  end_earlier
  start=$(began $$) || start=unknown
  token=$key-$$-$start
  if (set -C; printf '%s\n' "$key $$ $start" >"$work") 2>/dev/null; then
    ELEPHAAS_WORK=$token
    export ELEPHAAS_WORK
    trap end_work EXIT
  else
    [ -s "$work" ] || rm -f "$work"
    [ "${1-}" = anyway ] || refuse "$work cannot be written"
  fi
}
end_work() {
  unset ELEPHAAS_WORK
  [ -n "$(programs_of "$token")" ] || rm -f "$work"
}
watched() {
  "$@" &
  pid=$!
  trap 'kill -s TERM "$pid" 2>/dev/null' HUP INT TERM
  status=0
  wait "$pid" || status=$?
  trap - HUP INT TERM
  [ "$status" -lt 128 ] || exit "$status"
  return "$status"
}
holds_wal() {
  for file in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    is_there "$file" || continue
    case ${file##*/} in
      archive_status | summaries | xlogtemp.* | RECOVERYXLOG | RECOVERYHISTORY) ;;
      [0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]*) ;;
      *) return 1 ;;
    esac
  done
}
holds_tablespace() {
  for file in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    is_there "$file" || continue
    case ${file##*/} in PG_"$major"_*) ;; *) return 1 ;; esac
  done
}
# One of the links of the target's own data directory leads there.
is_linked() {
  for link in "$data"/$2 "$old"/$2; do
    if [ -L "$link" ] && [ "$(cd -P "$link" 2>/dev/null && pwd -P)" = "$1" ]; then return 0; fi
  done
  return 1
}
# What is swapped out is removed in the end.
look_outside() {
  above=$(cd -P "${1%/*}/" 2>/dev/null && pwd -P) || refuse "${1%/*} is not there, or cannot be entered"
  [ -w "$above" ] || refuse "nothing can be written in $above, where $1 is to be"
  real=${above%/}/${1##*/}
  case $real/ in "$data"/* | "$new"/* | "$old"/*) refuse "$1 lies in the data directory: it cannot be swapped" ;; esac
  case $data/ in "$real"/*) refuse "the data directory lies in $1: it cannot be swapped" ;; esac
  [ ! -L "$1" ] || refuse "$1 is a symbolic link here: only a directory can be swapped"
  [ -e "$1" ] || return 0
  [ -d "$1" ] && ls -A "$1" >/dev/null 2>&1 || refuse "$1 is no directory that can be read"
  if command -v mountpoint >/dev/null 2>&1 && mountpoint -q "$1"; then refuse "$1 is a mount point: it cannot be renamed"; fi
  ! is_empty "$1" || return 0
  case $4 in
    pg_tblspc/*)
      holds_tablespace "$1" || refuse "$1 has other files than those of a tablespace of version $major: it cannot be swapped"
      is_linked "$real" 'pg_tblspc/*' || refuse "$1 is not empty, and no tablespace of $data: look what it is, and move it away"
      ;;
    *)
      holds_wal "$1" || refuse "$1 has other files than WAL: it cannot be swapped"
      is_linked "$real" "$4" || refuse "$1 is not empty, and not the WAL of $data: look what it is, and move it away"
      ;;
  esac
}
)sh";

} // namespace

QByteArrayView sharedNamesScript() { return names; }
QByteArrayView sharedWorkScript() { return work; }

QByteArray rebuildNames(const RebuildPlaces& places)
{
    return QByteArray("LC_ALL=C; export LC_ALL; umask 077\n" + shellVariable("key", places.key) + shellVariable("major", places.major)
        + shellVariable("data", places.directory) + shellVariable("new", places.copied()) + shellVariable("old", places.old())
        + shellVariable("kept", places.kept()) + shellVariable("marker", places.marker()) + names);
}

QByteArray rebuildWork(const RebuildPlaces& places) { return QByteArray(rebuildNames(places) + work); }

QByteArray eachOutside(const RebuildPlaces& places, const QByteArray& function, const QByteArray& rest)
{
    QByteArray text;
    for (const auto& [link, path] : places.outside) {
        text += function + ' ' + shellQuote(path) + ' ' + shellQuote(places.besides(path, u".new-")) + ' '
            + shellQuote(places.besides(path, u".old-")) + ' ' + shellQuote(link) + rest + '\n';
    }
    return text;
}

} // namespace elephaas
