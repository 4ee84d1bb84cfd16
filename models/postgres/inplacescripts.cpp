#include "models/postgres/inplacescripts.h"

#include "models/postgres/rebuildwork.h"
#include "models/postgres/rsyncrelay.h"
#include "models/postgres/shellquote.h"
#include "models/postgres/standbyscripts.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Slot names may have lower-case letters, digits and underscores.
QString slotName(const RebuildPlaces& places) { return QString(u"elephaas_" % places.key); }

constexpr auto dropSlot = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$slot' and not active";

QByteArray sourceOf(const RebuildPlaces& places, const InPlaceSource& source)
{
    return QByteArray("LC_ALL=C; export LC_ALL; umask 077\n" + shellVariable("data", source.directory)
        + shellVariable("label", QString(source.directory % u"/elephaas-label-" % places.key)) + shellVariable("slot", slotName(places)));
}

// What stands in the WAL directory is removed, also where a link leads elsewhere.
QByteArray lookAtWal(const VersionFacts& facts)
{
    return QByteArray("wal=$data/" + QByteArray(facts.walDirectory.data(), facts.walDirectory.size())
        + "\n[ ! -d \"$wal/\" ] || holds_wal \"$wal\" || refuse \"$wal has other files than WAL: nothing is removed there\"\n");
}

// What a copy never takes over (manual, "Backing Up the Data Directory"), and what is made anew at the start.
QStringList excluded(bool keepsConfiguration)
{
    QStringList patterns{u"/postmaster.pid"_s, u"/postmaster.opts"_s, u"/pg_wal"_s, u"/pg_xlog"_s, u"/pg_replslot/*"_s, u"/pg_dynshmem/*"_s,
        u"/pg_notify/*"_s, u"/pg_serial/*"_s, u"/pg_snapshots/*"_s, u"/pg_stat_tmp/*"_s, u"/pg_subtrans/*"_s, u"pg_internal.init*"_s,
        u"pgsql_tmp*"_s, u"/backup_label*"_s, u"/tablespace_map*"_s, u"/backup_manifest"_s, u"/global/pg_control*"_s, u"/recovery.*"_s,
        u"/standby.signal"_s, u"/elephaas-*"_s, u"/postgresql.auto.conf.*"_s, u"/current_logfiles*"_s, u"/log/"_s, u"/pg_log/"_s, u"/*.log"_s};
    if (keepsConfiguration)
        patterns += {u"/*.conf"_s, u"/*.crt"_s, u"/*.key"_s, u"/*.crl"_s, u"/*.pem"_s, u"/conf.d/"_s};
    QStringList options;
    for (const QString& pattern : patterns)
        options << QString(u"--exclude="_s % pattern);
    return options;
}

} // namespace

// psql is held open through a pipe; the answers go to files. The session is ended by the end of its input, also when this script is killed.
// A try that fails takes its slot along: the next one makes another, and nobody may come to remove it.
QByteArray sendScript(const RebuildPlaces& places, const InPlaceSource& source)
{
    const bool old = source.facts.startBackup != "pg_backup_start"_L1; // with a third argument: not exclusive
    const auto name = [](QLatin1StringView function) { return QByteArray(function.data(), function.size()); };
    const bool mayNotWait = old && source.facts.walDirectory != "pg_xlog"_L1; // for an archiver that fails: since 10 by a second argument
    return QByteArray(sourceOf(places, source) + "begin=\"" + name(source.facts.startBackup) + (old ? "('elephaas', true, false)" : "('elephaas', true)")
        + "\"\nend=\"" + name(source.facts.stopBackup) + (mayNotWait ? "(false, false)" : "(false)") + "\"\nsend() (\n"
        + rsyncSourceScript(source.directory) + "\n)\nsession() { exec " + source.psql + " -f -; }\nforget_slot() { " + source.psql + " -c \"" + dropSlot
        + R"sh("; }
rm -f "$label"
work=$(mktemp -d) || exit 70
whole=
leave() {
  exec 8>&-
  rm -rf "$work"
  if [ -z "$whole" ]; then rm -f "$label"; forget_slot </dev/null >/dev/null 2>&1; fi
}
trap leave EXIT
trap 'exit 71' HUP INT TERM
mkfifo "$work/sql" || exit 70
exec 6<&0 7>&1
session <"$work/sql" >"$work/answer" 2>&1 7>&- 6<&- 8>&- &
exec 8>"$work/sql"
wait_for() {
  tries=0
  until grep -Fqx -e "$1" "$work/answer"; do
    kill -0 $! 2>/dev/null || { grep -Fqx -e "$1" "$work/answer" && return 0; cat "$work/answer" >&2; exit 72; }
    tries=$((tries + 1))
    sleep 0.2 2>/dev/null || sleep 1
  done
}
cat >&8 <<END
\set ON_ERROR_STOP 0
select pg_create_physical_replication_slot('$slot', true) where not exists (select 1 from pg_replication_slots where slot_name = '$slot');
\set ON_ERROR_STOP 1
set statement_timeout = 0;
select set_config(name, '0', false) from pg_settings where name = 'idle_session_timeout';
select $begin;
\echo begun
END
wait_for begun
status=0
send <&6 >&7 8>&- || status=$?
exec 6<&- 7>&-
case $status in 0 | 24) ;; *) exit "$status" ;; esac
cat >&8 <<END
select * from $end \gset b_
\o $work/label
select :'b_labelfile';
\o $work/map
select :'b_spcmapfile';
\o
\echo ended
END
wait_for ended
grep -q '^START WAL LOCATION' "$work/label" || { cat "$work/answer" >&2; exit 73; }
cp "$work/label" "$label"
sync "$label" 2>/dev/null || sync
whole=1
exit 0)sh");
}

// rsync tells the source nothing of what went wrong here, and the relay may be cut after it ended: what it said is written down.
QByteArray receiveScript(const RebuildPlaces& places, const VersionFacts& facts, bool keepsConfiguration)
{
    QStringList options = rsyncCopyOptions();
    options << u"--delete"_s << u"--timeout=600"_s << excluded(keepsConfiguration);
    return QByteArray(rebuildWork(places) + R"sh(
[ -d "$data" ] || mkdir -p -m 700 "$data" || exit 3
begin_work
[ ! -e "$data/$marker" ] || refuse "the data are complete already"
if [ -e "$data/postmaster.pid" ] && read -r pid <"$data/postmaster.pid" && kill -0 "$pid" 2>/dev/null; then
  refuse "process $pid of postmaster.pid runs in $data"
fi
[ -e "$data/PG_VERSION" ] || [ -e "$data/$inplace" ] || is_empty "$data" || refuse "$data has files, but no database: nothing is removed there"
)sh" + lookAtWal(facts) + R"sh(
rm -f "$data/$received" && : >"$data/$inplace" && flush "$data/$inplace" "$data" || exit 3
chmod 700 "$data"
[ ! -e "$data/global/pg_control" ] || mv -f "$data/global/pg_control" "$data/global/pg_control.elephaas" || exit 3
status=0
)sh" + rsyncTargetScript(places.directory, options, "watched ") + R"sh( || status=$?
case $status in 0 | 24) sync && : >"$data/$received" && flush "$data/$received" "$data" || exit 3 ;; esac
exit "$status")sh");
}

QByteArray sendControlScript(const RebuildPlaces& places, const InPlaceSource& source)
{
    return QByteArray(sourceOf(places, source) + R"sh(
[ -e "$label" ] || { echo "there is no backup label in $data" >&2; exit 3; }
exec tar -C "$data" -cf - "${label##*/}" global/pg_control </dev/null
)sh");
}

QByteArray receiveControlScript(const RebuildPlaces& places, const VersionFacts& facts, const QString& controldata)
{
    return QByteArray(rebuildWork(places) + shellVariable("controldata", controldata)
        + shellVariable("label", QString(u"elephaas-label-" % places.key)) + R"sh(
set -eu
begin_work
[ ! -e "$data/$marker" ] || refuse "the data are complete already"
[ -e "$data/$received" ] || refuse "the data have not come whole: nothing is completed"
)sh" + lookAtWal(facts) + R"sh(part=$data/elephaas-part
rm -rf "$part"
mkdir -m 700 "$part"
tar -C "$part" -xf -
grep -q '^START WAL LOCATION' "$part/$label"
[ -s "$part/global/pg_control" ]
mkdir -p "$wal"
find "$wal/" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
mkdir "$wal/archive_status"
for folder in pg_replslot pg_dynshmem pg_notify pg_serial pg_snapshots pg_stat_tmp pg_subtrans; do
  mkdir -p "$data/$folder"
  find "$data/$folder/" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
done
rm -f "$data/tablespace_map" "$data/backup_manifest" "$data/recovery.signal"
mv -f "$part/$label" "$data/backup_label"
sync
mv -f "$part/global/pg_control" "$data/global/pg_control"
if [ -n "$controldata" ]; then
  said=$("$controldata" -D "$data" 2>&1)
  case $said in *WARNING*) mv -f "$data/global/pg_control" "$part/torn"; echo "the control file came in two halves: try again" >&2; exit 3 ;; esac
fi
rm -rf "$part" "$data/global/pg_control.elephaas"
: >"$data/$marker"
flush "$data/$marker" "$data/global" "$data"
rm -f "$data/$received" "$data/$inplace"
)sh");
}

QByteArray receivedScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + "[ -e \"$data/$received\" ] || { [ -e \"$data/$marker\" ] && [ -e \"$data/global/pg_control\" ]; } || exit 1\n");
}

QByteArray completedScript(const RebuildPlaces& places)
{
    return QByteArray(rebuildNames(places) + "[ -e \"$data/$marker\" ] && [ -e \"$data/global/pg_control\" ] || exit 1\n");
}

QByteArray forgetBackupScript(const RebuildPlaces& places, const InPlaceSource& source)
{
    return QByteArray(sourceOf(places, source) + R"sh(
set -eu
rm -f "$label"
)sh" + source.psql
        + " -c \"" + dropSlot + "\"\n");
}

QByteArray backupForgottenScript(const RebuildPlaces& places, const InPlaceSource& source)
{
    return QByteArray(sourceOf(places, source) + "[ ! -e \"$label\" ] || exit 1\ncount=$(" + source.psql
        + " -c \"select count(*) from pg_replication_slots where slot_name = '$slot'\") || exit 2\n[ \"$count\" = 0 ] || exit 1\n");
}

} // namespace elephaas
