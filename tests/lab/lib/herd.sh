# shellcheck shell=bash
# Replication clusters, made with Debian's own tools: pg_createcluster, pg_basebackup, start as pg_ctlcluster does.

# make_herds NAME:PORT:HOST,HOST… - those that are not there yet, side by side.
make_herds() {
  local spec name port members failed=0
  local -a jobs=()
  for spec in "$@"; do
    IFS=: read -r name port members <<<"$spec"
    [[ -n $members ]] || die "a herd is NAME:PORT:HOST,HOST…, not $spec"
    ! grep -q "^$name " "$S/herds" || continue
    # shellcheck disable=SC2086 # words on purpose
    request herd "$name" "$port" ${members//,/ } &
    jobs+=("$!")
  done
  for spec in "${jobs[@]}"; do wait "$spec" || failed=1; done
  return "$failed"
}

# make_herd NAME PORT HOST [HOST…] - cluster name NAME, data directory /var/lib/postgresql/VERSION/NAME, trust within the lab.
make_herd() {
  local name=${1:-} port=${2:-} primary=${3:-} host failed=0
  [[ $name =~ ^[a-z][a-z0-9_-]*$ ]] || die "herd: $name is not a cluster name"
  [[ $port =~ ^[0-9]+$ && $port -ge 1024 && $port -le 65535 ]] || die "herd: $port is not a port"
  [[ -n $primary ]] || die 'herd: which hosts?'
  shift 2
  for host in "$@"; do need_alive "$host"; done
  ! grep -q -e "^$name " "$S/herds" || die "there is a herd $name already"
  point_virtual_host "$name" "$primary" || die "the DNS name of herd $name could not be set"
  cluster_settings "$name" |
    as_postgres "$primary" bash -c "$PG_PRIMARY" pg_primary "$PG_VERSION" "$name" "$port" "$PG_START" "$NET.0/24" "$NET6:/64" ||
    die "the primary of herd $name on $primary could not be made"
  local -a jobs=()
  for host in "${@:2}"; do
    as_postgres "$primary" tar -C "/etc/postgresql/$PG_VERSION" -cf - "$name" |
      as_postgres "$host" bash -c "$PG_REPLICA" pg_replica "$PG_VERSION" "$name" "$port" "$PG_START" "$host" "$primary" &
    jobs+=("$!")
  done
  for host in "${jobs[@]}"; do wait "$host" || failed=1; done
  [[ $failed == 0 ]] || die "a replica of herd $name could not be made"
  printf '%s %s %s\n' "$name" "$port" "$*" >>"$S/herds"
}

point_virtual_host() {
  update_dns "update delete $1-vhost.$ZONE" "update add $1-vhost.$ZONE 5 CNAME $2.$ZONE."
}
update_dns() { printf '%s\n' "server $(host_address dns1)" "zone $ZONE" "$@" send | nsupdate -k "$S/tsig.key"; }

# Small, and quick to notice a lost partner; fsync stays on, because durability is part of what is tested.
cluster_settings() {
  cat <<END
listen_addresses = '*'
wal_level = replica
wal_log_hints = on
max_wal_senders = 10
hot_standby = on
shared_buffers = 32MB
cluster_name = '$1'
wal_receiver_timeout = 10s
wal_sender_timeout = 10s
wal_retrieve_retry_interval = 1s
END
  if ((${PG_VERSION%%.*} >= 13)); then echo 'wal_keep_size = 256MB'; else echo 'wal_keep_segments = 16'; fi
}

# One at a time on a host: pg_createcluster reads every cluster there is, and gives up at one that is half made.
# shellcheck disable=SC2016
PG_ONE_AT_A_TIME='set -eu -o pipefail
exec {lock}</etc/postgresql
flock "$lock"
'
# Standard input is the configuration. Arguments: version, name, port, how to start, networks.
# shellcheck disable=SC2016
PG_PRIMARY=$PG_ONE_AT_A_TIME'
pg_createcluster -p "$3" "$1" "$2" -- --auth=trust --no-sync >/dev/null
exec {lock}<&-
cat >"/etc/postgresql/$1/$2/conf.d/lab.conf"
printf "host all,replication all %s trust\n" "$5" "$6" >>"/etc/postgresql/$1/$2/pg_hba.conf"
bash -c "$4" pg_start "$1" "$2"
psql -qXp "$3" -v ON_ERROR_STOP=1 -c "create role replicator login replication" \
  -c "create table beat(id bigserial primary key, at timestamptz default clock_timestamp(), host text)"
'
# Standard input is the primary's folder of configuration, which fits; making a cluster (initdb) to throw its data away would take
# longest of all. Arguments: version, name, port, how to start, this host, the primary's host. The standby's configuration is written
# here: a newer pg_basebackup -R writes connection options that an older server does not know.
# shellcheck disable=SC2016
PG_REPLICA=$PG_ONE_AT_A_TIME'
mkdir -p "/etc/postgresql/$1"
tar -C "/etc/postgresql/$1" -xf -
exec {lock}<&-
data=/var/lib/postgresql/$1/$2
mkdir -p "${data%/*}"
(umask 027; : >>"/var/log/postgresql/postgresql-$1-$2.log")
newest=$(printf "%s\n" /usr/lib/postgresql/*/bin/pg_basebackup | sort -V | tail -n 1)
client=${newest#/usr/lib/postgresql/}
if [ "${client%%/*}" -ge "$1" ]; then
  "$newest" -d "host=$2-vhost port=$3 user=replicator" -D "$data" -X stream -c fast --no-sync
else # pg_basebackup reads no newer server: by hand, with the functions since 15; WAL comes by streaming
  (umask 077; mkdir "$data")
  psql -qXAt -v ON_ERROR_STOP=1 -d "host=$2-vhost port=$3 dbname=postgres" >/dev/null <<END
select pg_backup_start(current_user::text, true);
\\! ssh $6 tar -C $data --exclude postmaster.pid --exclude postmaster.opts --exclude pg_wal/* -cf - . | tar -C $data -xf -
\\o $data/backup_label
select labelfile from pg_backup_stop(false);
\\o
END
  mkdir -p "$data/pg_wal/archive_status"
fi
upstream=$(printf "primary_conninfo = \047host=%s-vhost port=%s user=replicator application_name=%s\047" "$2" "$3" "$5")
if [ "$1" -ge 12 ]; then
  printf "%s\n" "$upstream" >>"$data/postgresql.auto.conf"
  : >"$data/standby.signal"
else
  printf "%s\n" "standby_mode = on" "$upstream" "recovery_target_timeline = latest" >"$data/recovery.conf"
fi
bash -c "$4" pg_start "$1" "$2"
'
