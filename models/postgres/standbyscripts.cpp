#include "models/postgres/standbyscripts.h"

#include "models/postgres/probetext.h"
#include "models/postgres/shellquote.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// With settings.sh: the same rules as those of the trial connection, or a password would be lost that it found.
constexpr auto places = R"sh(
standby_awk='
function name_of(line) {
  sub(/^[ \t]+/, "", line)
  return match(line, /^[A-Za-z_][A-Za-z0-9_$.]*/) ? tolower(substr(line, 1, RLENGTH)) : ""
}
function is_ours(name) { return name ~ /^(primary_conninfo|primary_slot_name|recovery_target.*)$/ || (old && name ~ /^(standby_mode|recovery_end_command)$/) }
function none_of(name) { return name == "recovery_target_timeline" ? "latest" : "" }
function doubled(text, escape,   out, c, i, n) {
  n = length(text)
  for (i = 1; i <= n; i++) {
    c = substr(text, i, 1)
    if (c == "\\") out = out "\\"
    else if (c == "\047") out = out escape
    out = out c
  }
  return out
}
'
# Runs the rest of the arguments with `data` in one of the folders in which settings are kept after the other, until it succeeds; `conf` is the
# folder of postgresql.conf. A rewind has put all of them aside before it replaces any.
in_places() (
  LC_ALL=C version= first= list=
  export LC_ALL
  while [ "$1" != -- ]; do
    if [ -z "$version" ] && [ -r "$1/PG_VERSION" ]; then IFS= read -r version <"$1/PG_VERSION"; fi
    if [ -e "$1/whole" ]; then first=$1; fi
    list=${list:+$list$newline}$1
    shift
  done
  shift
  data=$home
  find_configuration
  IFS=$newline
  set -f
  for data in $first $list; do
    unset IFS
    if [ -z "$debian" ]; then conf=$data; fi
    if "$@"; then return 0; fi
  done
  return 1
)
kept() { read_standby primary_conninfo && printf '%s' "$configured"; }
)sh";

// What has to stand in the file, one setting a line.
constexpr auto wantedLines = R"sh(
old=
[ "$kind" = signal ] || old=1
wanted() {
  EH_CONNINFO=$conninfo${password:+ $password} EH_SLOT=$slot awk "$standby_awk"'BEGIN {
    print "primary_conninfo = \047" doubled(ENVIRON["EH_CONNINFO"], "\047") "\047"
    if (ENVIRON["EH_SLOT"] != "") print "primary_slot_name = \047" doubled(ENVIRON["EH_SLOT"], "\047") "\047"
  }'
  [ -z "$old" ] || printf '%s\n' "standby_mode = 'on'" "recovery_target_timeline = 'latest'"
}
# What must have no value in any file: a server that comes to a recovery target, or finds that it is past one, promotes itself.
none="recovery_target recovery_target_lsn recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid"
[ -n "$slot" ] || none="$none primary_slot_name"
# The file that the server begins with; "" where it is not known.
main_file() (
  LC_ALL=C
  export LC_ALL
  if [ -r "$main" ]; then echo "$main"; return; fi
  there=$data data=$home
  find_configuration
  if [ -n "$debian" ]; then echo "$debian/postgresql.conf"; return; fi
  [ ! -r "$there/postgresql.conf" ] || echo "$there/postgresql.conf"
)
# Empties what other files than postgresql.auto.conf set, or may set.
emptied() {
  main=$(main_file)
  list_included "$main"
  LISTED=$c_listed LC_ALL=C awk "$settings_awk$standby_awk"'BEGIN {
    n = split(ARGV[1], names, " ")
    for (i = 1; i <= n; i++) {
      seen = 0
      value = ""
      if (ARGV[2] != "") configured(ARGV[2], names[i])
      if (ARGV[2] == "" || (seen && value != none_of(names[i]))) print names[i] " = \047" none_of(names[i]) "\047"
    }
    exit
  }' "$none" "$main" </dev/null
}
)sh";

constexpr auto configure = R"sh(
set -eu
umask 077
[ -e "$data/PG_VERSION" ]
recovery_file() {
  for file in "$data/recovery.conf" "$data/recovery.done"; do
    if [ -f "$file" ] && ! is_mark "$file"; then echo "$file"; return 0; fi
  done
  return 1
}
if [ -z "$old" ]; then
  file=$data/postgresql.auto.conf
  from=$file
else
  # A copy has that of its source.
  from=$(kept_in recovery_file || recovery_file || :)
  file=$data/recovery.conf
fi
{
  [ ! -f "$from" ] || awk "$standby_awk"'!is_ours(name_of($0))' old="$old" "$from"
  wanted
  [ -n "$old" ] || emptied
} >"$file.elephaas"
sync "$file.elephaas" 2>/dev/null || sync
mv -f "$file.elephaas" "$file"
if [ -z "$old" ]; then
  [ ! -e "$data/recovery.conf" ] || mv -f "$data/recovery.conf" "$data/recovery.conf.elephaas"
  rm -f "$data/recovery.signal"
  : >"$data/standby.signal"
fi
sync "$data" 2>/dev/null || sync
)sh";

constexpr auto configured = R"sh(
if [ -z "$old" ]; then
  [ -e "$data/standby.signal" ] && [ ! -e "$data/recovery.conf" ] && [ ! -e "$data/recovery.signal" ] || exit 1
  file=$data/postgresql.auto.conf
else
  file=$data/recovery.conf
fi
[ -r "$file" ] || exit 1
lines=$(awk "$standby_awk"'is_ours(name_of($0)) && (old || $0 != name_of($0) " = \047" none_of(name_of($0)) "\047")' old="$old" "$file") || exit 2
[ "$(wanted)" = "$lines" ] || exit 1
[ -z "$old" ] || exit 0
main=$(main_file)
list_included "$main"
LISTED=$c_listed LC_ALL=C awk "$settings_awk$standby_awk"'BEGIN {
  n = split(ARGV[1], names, " ")
  for (i = 1; i <= n; i++) {
    seen = 0
    if (ARGV[2] != "") configured(ARGV[2], names[i])
    configured(ARGV[3], names[i])
    if (seen && value != none_of(names[i])) exit 1
  }
  exit
}' "$none" "$main" "$file" </dev/null || exit 1
)sh";

QByteArray settingsOf(const StandbySettings& settings)
{
    return QByteArray(shellVariable("data", settings.dataDirectory) + shellVariable("conninfo", settings.conninfo)
        + shellVariable("slot", settings.slotName) + shellVariable("main", settings.configFile)
        + (settings.kind == StandbyConfiguration::StandbySignal ? "kind=signal\n" : "kind=recovery\n")
        + passwordOfFolders(settings.secretFolders) + wantedLines);
}

} // namespace

QByteArrayView sharedSettingsScript() { return settingsScriptText; }
QByteArrayView sharedFoldersScript() { return places; }

QByteArray nameLeadsScript(const QString& name, const QString& target, std::chrono::milliseconds patience)
{
    return QByteArray(shellVariable("name", name) + shellVariable("target", target) + "seconds="
        + QByteArray::number(static_cast<qlonglong>(patience.count() / 1000)) + R"sh(
LC_ALL=C
export LC_ALL
command -v getent >/dev/null 2>&1 || { echo "There is no getent on this server: where $name leads is not known."; exit 2; }
addresses() { getent ahosts "$1" 2>/dev/null </dev/null | while read -r address kind rest; do case $kind in STREAM) echo "$address" ;; esac; done; }
now() { read -r up rest </proc/uptime; up=${up%%.*}; }
now
limit=$((up + seconds))
while :; do
  there=$(addresses "$name")
  first=${there%%"
"*}
  for address in $(addresses "$target"); do
    if [ "$address" = "$first" ]; then
      echo "$name leads to $first."
      exit 0
    fi
  done
  now
  [ "$up" -lt "$limit" ] || break
  sleep 0.1 2>/dev/null || sleep 1
done
echo "$name leads to ${first:-no address}, which is not $target."
exit 1
)sh");
}

QByteArray shellVariable(const char* name, const QString& value) { return QByteArray(QByteArray(name) + '=' + shellQuote(value) + '\n'); }

QByteArray passwordOfFolders(const QStringList& secretFolders)
{
    QByteArray folders;
    for (const QString& folder : secretFolders)
        folders += shellQuote(folder) + ' ';
    return QByteArray("newline='\n'\nhome=" + (secretFolders.isEmpty() ? QByteArray("$data") : shellQuote(secretFolders.first())) + '\n' + settingsScriptText + places
        + "kept_in() { in_places " + folders + R"sh(-- "$@"; }
quoted_part() { printf '%s' "$1='$(EH_SECRET=$2 awk "$standby_awk"'BEGIN { print doubled(ENVIRON["EH_SECRET"], "\\"); exit }' </dev/null)'"; }
password=
configured=$(kept_in kept) || configured=
secret=$(kept_part password "$conninfo" 2>/dev/null)
if [ -n "$secret" ]; then
  PGPASSWORD=$secret
  export PGPASSWORD
  password=$(quoted_part password "$secret")
fi
secret=$(kept_part sslpassword "$conninfo" 2>/dev/null)
if [ -n "$secret" ]; then password="${password:+$password }$(quoted_part sslpassword "$secret")"; fi
secret='' configured=
)sh");
}

QByteArray configureStandbyScript(const StandbySettings& settings) { return QByteArray(settingsOf(settings) + configure); }

QByteArray configureAndProveStandbyScript(const StandbySettings& settings)
{
    return QByteArray(settingsOf(settings) + "is_configured() (" + configured + ")\nif is_configured; then echo 'It was so already.'; sync \"$data\" 2>/dev/null || sync; exit 0; fi\n" + configure
        + "is_configured\n");
}

QByteArray standbyConfiguredScript(const StandbySettings& settings) { return QByteArray(settingsOf(settings) + configured); }

} // namespace elephaas
