#include "models/postgres/rebuildscripts.h"

#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// What belongs to a server and not to its data: never taken over from another one.
constexpr auto ownFiles = "*.conf *.crt *.key *.crl *.pem conf.d";

QByteArray placesOf(const RebuildPlaces& places)
{
    return QByteArray("LC_ALL=C; export LC_ALL; umask 077\n" + shellVariable("data", places.directory) + shellVariable("new", places.copied())
        + shellVariable("old", places.old()) + shellVariable("kept", places.kept()) + shellVariable("marker", places.marker()) + R"sh(
flush() { sync "$@" 2>/dev/null || sync; }
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
# Ends what an interrupted try left running: its process group, by the id it wrote down.
end_earlier() {
  [ -r "$1" ] || return 0
  read -r pid <"$1" || pid=
  case $pid in '' | *[!0-9]*) rm -f "$1"; return 0 ;; esac
  tries=0
  while [ -d "/proc/$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fq -e "$2"; do
    if [ "$tries" -lt 20 ]; then kill -s TERM "$pid" 2>/dev/null; else kill -s KILL "$pid" 2>/dev/null; fi
    tries=$((tries + 1))
    if [ "$tries" -ge 40 ]; then echo "process $pid of an earlier try does not end" >&2; exit 3; fi
    sleep 0.25 2>/dev/null || sleep 1
  done
  rm -f "$1"
}
# A program in the foreground whose process id is written down, so that a later try can end it.
watched() {
  "$@" &
  pid=$!
  echo "$pid" >"$new.pid"
  trap 'kill -s TERM "$pid" 2>/dev/null' HUP INT TERM
  status=0
  wait "$pid" || status=$?
  trap - HUP INT TERM
  rm -f "$new.pid"
  return "$status"
}
)sh");
}

// Calls `function PATH NEW OLD LINK` for everything outside.
QByteArray eachOutside(const RebuildPlaces& places, const QByteArray& function)
{
    QByteArray text;
    for (const auto& [link, path] : places.outside) {
        text += function + ' ' + shellQuote(path) + ' ' + shellQuote(places.besides(path, u".new-")) + ' '
            + shellQuote(places.besides(path, u".old-")) + ' ' + shellQuote(link) + '\n';
    }
    return text;
}

QByteArray sourceOf(const CopySource& source)
{
    return QByteArray(shellVariable("program", source.program) + shellVariable("conninfo", source.conninfo) + passwordFromFiles(source.secretFiles));
}

QByteArray optionsOf(const RewindOptions& options, bool dryRun)
{
    QByteArray text = "set -- --target-pgdata=\"$data\" --source-server=\"$conninfo\" --progress\n";
    if (dryRun)
        text += "set -- \"$@\" --dry-run\n";
    if (options.restoresWal)
        text += "restore=-c\n";
    else
        text += "restore=\n";
    if (options.takesConfigFile && !options.configFile.isEmpty())
        text += "set -- \"$@\" --config-file=" + shellQuote(options.configFile) + '\n';
    return text;
}

// pg_rewind is content where the source has removed WAL that the target needs then, and where nothing is to be rewound because the target is
// only behind. Follows its dry run, whose words are in `said`. Segments count whatever their timeline: those of the source reach back on all.
QByteArray sourceHasWal(const RewindOptions& options)
{
    if (options.psql.isEmpty() || options.controldata.isEmpty())
        return {};
    return QByteArray(shellVariable("psql", options.psql) + shellVariable("controldata", options.controldata) + "folder=" + options.facts.walDirectory.latin1()
        + "\nname=" + options.facts.walFileName.latin1() + R"sh(
from=$(printf '%s\n' "$said" | sed -n 's,.*rewinding from last common checkpoint at \([0-9A-F]*/[0-9A-F]*\) on timeline.*,\1,p' | head -n 1)
if [ -z "$from" ]; then
  from=$("$controldata" -D "$data" 2>/dev/null | sed -n -e 's/^Minimum recovery ending location: *//p' -e "s/^Latest checkpoint's REDO location: *//p" |
    grep -v '^0/0$' | tail -n 1)
fi
case $from in
  *[!0-9A-F/]* | '') ;;
  *)
    count=$("$psql" -XAtqw -v ON_ERROR_STOP=1 -d "$conninfo connect_timeout=20" -c "select count(*) from pg_ls_dir('$folder', false, false) as f(name)
      where name ~ '^[0-9A-F]{24}\$' and substr(name, 9) <= substr($name('$from'), 9)") || { echo "the source could not be asked for its WAL" >&2; exit 1; }
    if [ "$count" = 0 ]; then echo "the source no longer has the WAL from $from on, where it would go on"; exit 1; fi
    ;;
esac
)sh");
}

} // namespace

QString RebuildPlaces::marker() const { return QString(u"elephaas-copy-" % key); }

QString RebuildPlaces::besides(const QString& path, QStringView infix) const { return QString(path % infix % key); }

// pg_basebackup writes plain text for --progress to standard error; -X stream has been there since 9.2 and --no-password means that nobody waits for one.
QByteArray copyScript(const RebuildPlaces& places, const CopySource& source)
{
    QByteArray mapping;
    for (const auto& [link, path] : places.outside) {
        const QString to = places.besides(path, u".new-");
        if (!link.startsWith("pg_tblspc/"_L1)) {
            mapping += "set -- \"$@\" --waldir=" + shellQuote(to) + '\n'; // since 10; --xlogdir before
            continue;
        }
        const auto escaped = [](QString text) { return text.replace(u'=', u"\\="_s); }; // the equals sign divides the two
        mapping += "set -- \"$@\" -T " + shellQuote(QString(escaped(path) % u'=' % escaped(to))) + '\n';
    }
    return QByteArray(placesOf(places) + sourceOf(source) + R"sh(
set -eu
end_earlier "$new.pid" "$new"
[ ! -e "$data/$marker" ] || { echo "the copy is in place already" >&2; exit 3; }
forget() { rm -rf "$2"; mkdir -m 700 "$2"; }
rm -rf "$new"
mkdir -p "${new%/*}"
mkdir -m 700 "$new"
)sh" + eachOutside(places, "forget")
        + "set -- -d \"$conninfo\" -D \"$new\" -X stream -c fast --progress --no-password\n" + mapping + R"sh(
watched "$program" "$@"
[ -e "$new/global/pg_control" ] && [ -e "$new/backup_label" ]
: >"$new/$marker"
flush "$new/$marker" "$new"
)sh");
}

QByteArray copiedScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
[ -e "$data/$marker" ] || [ -e "$new/$marker" ] || exit 1
)sh");
}

QByteArray carryConfigurationScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
set -eu
[ -e "$new/$marker" ]
from=$data
[ ! -e "$kept/whole" ] || from=$kept # a rewind that failed has replaced those in the data directory
[ -e "$from/postgresql.conf" ] || [ -e "$from/postgresql.auto.conf" ] || exit 0
cd "$from"
for file in )sh" + ownFiles + R"sh(; do
  is_there "$file" || continue
  case $file in recovery.conf) continue ;; esac
  rm -rf "$new/$file"
  cp -pR "$file" "$new/$file"
done
flush "$new"
)sh");
}

QByteArray swapScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
set -eu
if [ -e "$data/postmaster.pid" ] && read -r pid <"$data/postmaster.pid" && kill -0 "$pid" 2>/dev/null; then
  echo "process $pid of postmaster.pid runs in $data" >&2
  exit 3
fi
[ -e "$data/$marker" ] || [ -e "$new/$marker" ] || { echo "there is no complete copy in $new" >&2; exit 3; }
swap() {
  if [ -e "$2" ]; then
    if [ -e "$1" ]; then [ ! -e "$3" ]; mv "$1" "$3"; fi
    mv "$2" "$1"
  fi
}
outside() {
  swap "$1" "$2" "$3"
  if [ -d "$new" ]; then ln -sfn "$1" "$new/$4"; fi
}
)sh" + eachOutside(places, "outside")
        + R"sh(swap "$data" "$new" "$old"
flush "$data" "${data%/*}"
)sh");
}

QByteArray swappedScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + "[ -e \"$data/$marker\" ] && [ ! -e \"$new\" ] || exit 1\n");
}

QByteArray swapBackScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
set -eu
if [ -e "$data/postmaster.pid" ] && read -r pid <"$data/postmaster.pid" && kill -0 "$pid" 2>/dev/null; then
  echo "process $pid of postmaster.pid runs in $data" >&2
  exit 3
fi
[ -e "$old" ] || { echo "there is no $old to be put back" >&2; exit 3; }
back() {
  [ -e "$3" ] || return 0
  if [ -e "$1" ]; then [ ! -e "$2" ]; mv "$1" "$2"; fi
  mv "$3" "$1"
}
outside() {
  back "$1" "$2" "$3"
  if [ -d "$new" ]; then ln -sfn "$2" "$new/$4"; fi
}
back "$data" "$new" "$old"
)sh" + eachOutside(places, "outside")
        + "flush \"$data\" \"${data%/*}\"\n");
}

QByteArray swappedBackScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + "[ -e \"$data/PG_VERSION\" ] && [ ! -e \"$data/$marker\" ] && [ ! -e \"$old\" ] || exit 1\n");
}

QByteArray cleanUpScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
set -eu
[ -e "$data/PG_VERSION" ] || { echo "there is no database in $data: nothing is removed" >&2; exit 3; }
end_earlier "$new.pid" "$new"
rm -rf "$old" "$new" # a copy is left where the source was gone at first, and a rewind did it later
outside() { rm -rf "$3" "$2"; }
)sh" + eachOutside(places, "outside")
        + "rm -rf \"$kept\"\nrm -f \"$data/$marker\"\nflush \"$data\" \"${data%/*}\"\n");
}

QByteArray cleanedUpScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
for path in "$old" "$new" "$kept" "$data/$marker"; do ! is_there "$path" || exit 1; done
outside() { ! is_there "$3" && ! is_there "$2" || exit 1; }
)sh" + eachOutside(places, "outside"));
}

QByteArray removeCopyScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + R"sh(
set -eu
end_earlier "$new.pid" "$new"
[ ! -e "$data/$marker" ] || { echo "the copy is in place" >&2; exit 3; }
rm -rf "$new"
outside() { rm -rf "$2"; }
)sh" + eachOutside(places, "outside"));
}

// A target that crashed is recovered by pg_rewind itself since 13, but not in a dry run; it then says that it "must be shut down cleanly".
QByteArray canRewindScript(const RebuildPlaces& places, const CopySource& source, const RewindOptions& options)
{
    return QByteArray(placesOf(places) + sourceOf(source) + optionsOf(options, true) + R"sh(
[ ! -e "$kept/rewound" ] || exit 0
if [ -e "$new/$marker" ] || [ -e "$data/$marker" ]; then echo "a copy was made already"; exit 1; fi
said=$("$program" "$@" 2>&1)
status=$?
printf '%s\n' "$said" | grep -v ' kB (' | tail -n 20
if [ "$status" != 0 ]; then
  case $restore:$said in -c:*'must be shut down cleanly'*) exit 0 ;; esac
  exit 1
fi
)sh" + sourceHasWal(options) + "exit 0\n");
}

// The configuration files of the target are put aside once, before pg_rewind takes over those of the source, and put back at the end.
// -c needs a restore_command: it is tried where the first run misses WAL.
QByteArray rewindScript(const RebuildPlaces& places, const CopySource& source, const RewindOptions& options)
{
    return QByteArray(placesOf(places) + sourceOf(source) + optionsOf(options, false) + R"sh(
set -eu
[ ! -e "$data/$marker" ]
end_earlier "$new.pid" "$data"
cd "$data"
if [ ! -e "$kept/whole" ]; then
  rm -rf "$kept"
  mkdir -m 700 "$kept"
  for file in )sh" + ownFiles + R"sh(; do
    ! is_there "$file" || cp -pR "$file" "$kept/"
  done
  : >"$kept/whole"
  flush "$kept/whole" "$kept"
fi
if ! watched "$program" "$@"; then
  [ -n "$restore" ]
  watched "$program" "$@" "$restore"
fi
cd "$kept"
for file in *; do
  case $file in whole | rewound | recovery.conf) continue ;; esac
  rm -rf "$data/$file"
  cp -pR "$file" "$data/$file"
done
: >"$kept/rewound"
flush "$kept/rewound" "$kept" "$data"
)sh");
}

QByteArray rewoundScript(const RebuildPlaces& places)
{
    return QByteArray(placesOf(places) + "[ -e \"$kept/rewound\" ] && [ -e \"$data/global/pg_control\" ] || exit 1\n");
}

} // namespace elephaas
