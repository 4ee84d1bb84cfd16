#include "models/postgres/rebuildscripts.h"

#include "models/postgres/rebuildwork.h"
#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// What belongs to a server and not to its data: never taken over from another one.
constexpr auto ownFiles = "*.conf recovery.done *.crt *.key *.crl *.pem conf.d";

QByteArray sourceOf(const CopySource& source)
{
    return QByteArray(shellVariable("program", source.program) + shellVariable("conninfo", source.conninfo) + passwordOfFolders(source.secretFolders));
}

QByteArray optionsOf(const RewindOptions& options)
{
    QByteArray text = "set -- --target-pgdata=\"$data\" --source-server=\"$conninfo\" --progress\n";
    text += options.recoversCrash ? "recovers=1\n" : "recovers=\n";
    text += options.restoresWal ? "restores=1\n" : "restores=\n";
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
    return QByteArray(shellVariable("psql", options.psql) + shellVariable("controldata", options.controldata) + "segments=" + options.facts.walDirectory.latin1()
        + "\nname=" + options.facts.walFileName.latin1() + R"sh(
from=$(printf '%s\n' "$said" | sed -n 's,.*rewinding from last common checkpoint at \([0-9A-F]*/[0-9A-F]*\) on timeline.*,\1,p' | head -n 1)
if [ -z "$from" ]; then
  from=$("$controldata" -D "$data" 2>/dev/null | sed -n -e 's/^Minimum recovery ending location: *//p' -e "s/^Latest checkpoint's REDO location: *//p" |
    grep -v '^0/0$' | tail -n 1)
fi
case $from in
  *[!0-9A-F/]* | '') ;;
  *)
    count=$("$psql" -XAtqw -v ON_ERROR_STOP=1 -d "$conninfo connect_timeout=20" -c "select count(*) from pg_ls_dir('$segments', false, false) as f(name)
      where name ~ '^[0-9A-F]{24}\$' and substr(name, 9) <= substr($name('$from'), 9)") || { echo "the source could not be asked for its WAL" >&2; exit 1; }
    if [ "$count" = 0 ]; then echo "the source no longer has the WAL from $from on, where it would go on"; exit 1; fi
    ;;
esac
)sh");
}

// The old data directory or one of the old places outside is aside.
QByteArray swappedOut(const RebuildPlaces& places)
{
    return QByteArray("swapped_out() {\n  ! is_there \"$old\" || return 0\n  is_out() { is_there \"$3\"; }\n" + eachOutside(places, "! is_out", " || return 0")
        + "  return 1\n}\n");
}

constexpr auto refuseWherePostmasterRuns = R"sh(
if [ -e "$data/postmaster.pid" ] && read -r pid <"$data/postmaster.pid" && kill -0 "$pid" 2>/dev/null; then
  refuse "process $pid of postmaster.pid runs in $data"
fi
)sh";

// Brings back what was swapped, as far as it was. Where nothing was at a place before, the new one stands there alone.
QByteArray putBack(const RebuildPlaces& places)
{
    return QByteArray(R"sh(
back() {
  if is_there "$3"; then
    if is_there "$1"; then ! is_there "$2" && mv "$1" "$2" || return 1; fi
    mv "$3" "$1"
  elif is_there "$1" && ! is_there "$2" && { [ -e "$new/$marker" ] || [ -e "$1/$marker" ]; }; then
    mv "$1" "$2"
  fi
}
back_outside() {
  back "$1" "$2" "$3" || { failed=1; return 0; }
  if [ -d "$new" ] && is_there "$2"; then ln -sfn "$2" "$new/$4" || failed=1; fi
}
flush_all() {
  flush "$data" "$folder"
)sh" + eachOutside(places, "  flush_outside")
        + "}\nflush_outside() { flush \"${1%/*}/\"; }\nput_back() {\n  failed=\n  back \"$data\" \"$new\" \"$old\" || failed=1\n"
        + eachOutside(places, "  back_outside") + "  flush_all\n}\n");
}

} // namespace

QString RebuildPlaces::marker() const { return QString(u"elephaas-copy-" % key); }

QString RebuildPlaces::besides(const QString& path, QStringView infix) const { return QString(path % infix % key); }

QByteArray lookOutsideScript(const RebuildPlaces& places) { return QByteArray(rebuildWork(places) + eachOutside(places, "look_outside")); }

// pg_basebackup writes plain text for --progress to standard error; -X stream has been there since 9.2 and --no-password means that nobody waits for
// one. Up to 9.6 it leaves the flushing to others.
QByteArray copyScript(const RebuildPlaces& places, const CopySource& source)
{
    QByteArray mapping;
    for (const auto& [link, path] : places.outside) {
        const QString to = places.besides(path, u".new-");
        if (!link.startsWith("pg_tblspc/"_L1)) {
            mapping += QByteArray("set -- \"$@\" ") + (source.saysXlog ? "--xlogdir=" : "--waldir=") + shellQuote(to) + '\n';
            continue;
        }
        const auto escaped = [](QString text) { return text.replace(u'=', u"\\="_s); }; // the equals sign divides the two
        mapping += "set -- \"$@\" -T " + shellQuote(QString(escaped(path) % u'=' % escaped(to))) + '\n';
    }
    return QByteArray(rebuildWork(places) + swappedOut(places) + sourceOf(source) + R"sh(
set -eu
begin_work
[ ! -e "$data/$marker" ] || refuse "the copy is in place already"
! swapped_out || refuse "what was swapped out is still aside"
)sh" + eachOutside(places, "look_outside")
        + R"sh(
forget() { rm -rf "$2"; mkdir -m 700 "$2"; }
rm -rf "$new"
mkdir -m 700 "$new"
)sh" + eachOutside(places, "forget")
        + "set -- -d \"$conninfo\" -D \"$new\" -X stream -c fast --progress --no-password\n" + mapping + R"sh(
watched "$program" "$@"
[ -e "$new/global/pg_control" ] && [ -e "$new/backup_label" ]
)sh" + (source.saysXlog ? "sync\n" : "") + R"sh(: >"$new/$marker"
flush "$new/$marker" "$new"
)sh");
}

QByteArray copiedScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + R"sh(
[ -e "$data/$marker" ] || [ -e "$new/$marker" ] || exit 1
)sh");
}

QByteArray carryConfigurationScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildWork(places) + R"sh(
set -eu
begin_work
[ -e "$new/$marker" ] || refuse "there is no complete copy in $new"
from=$data
[ ! -e "$kept/whole" ] || from=$kept # a rewind that failed has replaced those in the data directory
if [ -e "$from/postgresql.conf" ] || [ -e "$from/postgresql.auto.conf" ]; then
  cd "$from"
  for file in )sh" + ownFiles + R"sh(; do
    is_there "$file" || continue
    case $file in recovery.conf | recovery.done) continue ;; esac
    rm -rf "$new/$file"
    cp -pR "$file" "$new/$file"
  done
  sync
fi
: >"$new/$carried"
flush "$new/$carried" "$new"
)sh");
}

QByteArray carriedScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + R"sh(
[ -e "$data/$carried" ] || [ -e "$new/$carried" ] || exit 1
)sh");
}

QByteArray swapScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildWork(places) + putBack(places) + R"sh(
set -eu
begin_work
)sh" + refuseWherePostmasterRuns + R"sh(
[ -e "$data/$marker" ] || [ -e "$new/$marker" ] || refuse "there is no complete copy in $new"
if is_there "$new" && is_there "$data" && [ ! -e "$data/PG_VERSION" ]; then
  is_empty "$data" || refuse "$data has files, but no database: it is not moved away"
fi
look() { [ ! -e "$2" ] || look_outside "$@"; }
swap() {
  [ -e "$2" ] || return 0
  if is_there "$1"; then ! is_there "$3" && mv "$1" "$3" || return 1; fi
  mv "$2" "$1"
}
outside() { swap "$1" "$2" "$3" && { [ ! -d "$new" ] || ln -sfn "$1" "$new/$4"; }; }
give_up() {
  put_back
  [ -z "$failed" ] || refuse "it was not swapped, and not all could be put back"
  refuse "it was not swapped: all is as it was"
}
)sh" + eachOutside(places, "look")
        + eachOutside(places, "outside", " || give_up") + "swap \"$data\" \"$new\" \"$old\" || give_up\nflush_all\n");
}

QByteArray swappedScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + "[ -e \"$data/$marker\" ] && [ ! -e \"$new\" ] || exit 1\n");
}

QByteArray swapBegunScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + swappedOut(places) + "swapped_out || exit 1\n");
}

QByteArray swapBackScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildWork(places) + swappedOut(places) + putBack(places) + R"sh(
set -eu
begin_work anyway
)sh" + refuseWherePostmasterRuns + R"sh(
swapped_out || refuse "nothing is there to be put back"
put_back
[ -z "$failed" ] || refuse "not all could be put back"
)sh");
}

QByteArray swappedBackScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + swappedOut(places) + R"sh(
! swapped_out && [ ! -e "$data/$marker" ] || exit 1
[ -e "$data/PG_VERSION" ] || is_empty "$data" || exit 1
)sh");
}

QByteArray cleanUpScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildWork(places) + R"sh(
set -eu
[ -e "$data/PG_VERSION" ] || refuse "there is no database in $data: nothing is removed"
begin_work anyway
rm -rf "$old" "$new" # a copy is left where the source was gone at first, and a rewind did it later
outside() { rm -rf "$3" "$2"; }
)sh" + eachOutside(places, "outside")
        + R"sh(rm -rf "$kept"
rm -f "$data/$carried" "$data/$received" "$data/$inplace" "$data/$marker"
flush "$data" "$folder"
)sh");
}

QByteArray cleanedUpScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + R"sh(
for path in "$old" "$new" "$kept" "$data/$carried" "$data/$received" "$data/$inplace" "$data/$marker"; do ! is_there "$path" || exit 1; done
outside() { ! is_there "$3" && ! is_there "$2" || exit 1; }
)sh" + eachOutside(places, "outside"));
}

QByteArray removeCopyScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildWork(places) + swappedOut(places) + R"sh(
set -eu
begin_work anyway
[ ! -e "$data/$marker" ] || refuse "the copy is in place"
! swapped_out || refuse "what was swapped out is still aside"
rm -rf "$new"
outside() { rm -rf "$2"; }
)sh" + eachOutside(places, "outside"));
}

QByteArray copyRemovedScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + R"sh(
! is_there "$new" && [ ! -e "$data/$marker" ] || exit 1
outside() { ! is_there "$2" || exit 1; }
)sh" + eachOutside(places, "outside"));
}

// A target that crashed is recovered by pg_rewind itself since 13, but not in a dry run; it then says that it "must be shut down cleanly".
// What a rewind left that broke off says of itself that nothing is to be done: pg_rewind would believe it.
QByteArray canRewindScript(const RebuildPlaces& places, const CopySource& source, const RewindOptions& options)
{
    return QByteArray(rebuildWork(places) + sourceOf(source) + optionsOf(options) + R"sh(
begin_work
if [ -e "$kept/rewound" ] || [ -e "$kept/through" ]; then exit 0; fi
if [ -e "$new/$marker" ] || [ -e "$data/$marker" ]; then echo "a copy was made already"; exit 1; fi
if [ -e "$kept/begun" ]; then echo "an earlier rewind broke off: the data have to be copied anew"; exit 1; fi
said=$("$program" "$@" --dry-run 2>&1)
status=$?
if [ "$status" != 0 ] && [ -n "$restores" ]; then
  again=$("$program" "$@" -c --dry-run 2>&1) && said=$again status=0
fi
printf '%s\n' "$said" | grep -v ' kB (' | tail -n 20
if [ "$status" != 0 ]; then
  case $recovers:$said in 1:*'must be shut down cleanly'*) exit 0 ;; esac
  exit 1
fi
)sh" + sourceHasWal(options) + "exit 0\n");
}

// The configuration files of the target are put aside once, before pg_rewind takes over those of the source, and put back at the end.
// -c needs a restore_command; only a dry run may find out that there is none: what has begun to write is not run a second time.
// Until it is through, nobody starts it, as an init system would after a power cut: PostgreSQL refuses a directory that others may write (they
// cannot, without the right to search it). Marks inside do not do: pg_rewind removes what the source does not have. Not where pg_rewind starts
// the server itself, to recover it.
QByteArray rewindScript(const RebuildPlaces& places, const CopySource& source, const RewindOptions& options, const StandbySettings& standby)
{
    return QByteArray(rebuildWork(places) + sourceOf(source) + optionsOf(options) + R"sh(
set -eu
begin_work
[ ! -e "$data/$marker" ] || refuse "a copy is in place already"
cd "$data"
if [ ! -e "$kept/whole" ]; then
  rm -rf "$kept"
  mkdir -m 700 "$kept"
  for file in )sh" + ownFiles + R"sh(; do
    ! is_there "$file" || cp -pR "$file" "$kept/"
  done
  : >"$kept/whole"
  sync
fi
if [ ! -e "$kept/through" ]; then
  [ ! -e "$kept/begun" ] || refuse "an earlier rewind broke off: the data have to be copied anew"
  if [ -n "$restores" ]; then
    said=$("$program" "$@" -c --dry-run 2>&1) && said=
    case $said in '' | *'must be shut down cleanly'*) set -- "$@" -c ;; esac
  fi
  controldata=${program%/*}/pg_controldata
  state=$("$controldata" -D "$data" 2>/dev/null | sed -n 's/^Database cluster state: *//p') || state=
  case $state in 'shut down' | 'shut down in recovery') chmod o=w "$data"; flush "$data" ;; esac
  : >"$kept/begun"
  flush "$kept/begun" "$kept"
  watched "$program" "$@"
)sh" + (standby.kind == StandbyConfiguration::StandbySignal ? "  : >\"$data/standby.signal\"\n" : "  echo \"standby_mode = 'on'\" >\"$data/recovery.conf\"\n")
        + R"sh(  sync
  : >"$kept/through"
  flush "$kept/through" "$kept"
fi
cd "$kept"
for file in *; do
  case $file in whole | begun | through | rewound | recovery.conf | recovery.done) continue ;; esac
  rm -rf "$data/$file"
  cp -pR "$file" "$data/$file"
done
sync
( set +eu
)sh" + configureStandbyScript(standby) + R"sh(
)
chmod o= "$data"
flush "$data"
: >"$kept/rewound"
flush "$kept/rewound" "$kept"
)sh");
}

QByteArray rewoundScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + "[ -e \"$kept/rewound\" ] && [ -e \"$data/global/pg_control\" ] || exit 1\n");
}

} // namespace elephaas
