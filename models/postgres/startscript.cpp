#include "models/postgres/startscript.h"

#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

namespace elephaas {

namespace {

// The lock file (miscadmin.h, LOCK_FILE_LINE_…): its first line is the process, its third when that began, its eighth the state, with blanks behind it.
constexpr auto text = R"sh(
folder=$(mktemp -d 2>/dev/null) || { eval "$start_command"; exit $?; }
trap 'rm -rf "$folder"; exit 143' TERM HUP INT
read_lock() {
  process='' place='' began='' port='' socket='' address='' memory='' state=''
  {
    read -r process && read -r place && read -r began && read -r port && read -r socket && read -r address && read -r memory && read -r state
  } 2>/dev/null <"$data/postmaster.pid"
}
read_lock
before="$process $began"
{
  (eval "$start_command") </dev/null >"$folder/said" 2>&1
  echo $? >"$folder/status"
  [ ! -e "$folder/left" ] || rm -rf "$folder"
} </dev/null >/dev/null 2>&1 &
while [ ! -s "$folder/status" ]; do
  read_lock
  case $state in
    ready* | standby*)
      if [ "$process $began" != "$before" ] && [ -e "/proc/$process" ]; then
        : >"$folder/left"
        [ ! -s "$folder/status" ] || break
        trap - TERM HUP INT
        exit 0
      fi
      ;;
  esac
  sleep 0.1 2>/dev/null || sleep 1
done
cat "$folder/said"
read -r status <"$folder/status"
rm -rf "$folder"
exit "$status"
)sh";

} // namespace

QByteArray startScript(const QByteArray& command, const QString& dataDirectory)
{
    return QByteArray(shellVariable("data", dataDirectory) + shellVariable("start_command", QString::fromUtf8(command)) + text);
}

} // namespace elephaas
