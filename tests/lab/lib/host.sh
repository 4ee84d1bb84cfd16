# shellcheck shell=bash
# A simulated host: network, mount, UTS, IPC and process namespaces of its own. Started by the keeper, run by host_main.

host_alive() { [[ -f $(host_dir "$1")/pid ]] && kill -0 "$(<"$(host_dir "$1")/pid")" 2>/dev/null; }
host_frozen() { grep -q '^State:[[:space:]]*T' "/proc/$(<"$(host_dir "$1")/pid")/status"; }
need_alive() {
  need_host "$1"
  host_alive "$1" || die "host $1 is powered off (lab start $1)"
}

# Run something on a host without ssh: as the host's root, or as its account postgres.
in_host() {
  local host=$1
  shift
  need_alive "$host"
  nsenter --target "$(<"$(host_dir "$host")/pid")" --net --mount --uts --ipc --pid -- "$@"
}
set_postgres_way() {
  if [[ $MODE == user ]]; then
    POSTGRES_WAY=(unshare --user --map-user="$OWNER_UID" --map-group="$OWNER_GID" --)
  else
    POSTGRES_WAY=(setpriv --reuid postgres --regid postgres --init-groups --)
  fi
  POSTGRES_WAY+=(env -i -C /var/lib/postgresql HOME=/var/lib/postgresql USER=postgres LOGNAME=postgres LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
}
as_postgres() {
  local host=$1
  shift
  set_postgres_way
  in_host "$host" "${POSTGRES_WAY[@]}" "$@"
}

boot_all() {
  local host failed=0
  local -a jobs=()
  while read -r host; do
    boot_host "$host" &
    jobs+=("$!")
  done < <(host_names)
  for host in "${jobs[@]}"; do wait "$host" || failed=1; done
  return "$failed"
}

# boot_host HOST [--bare] - back when its sshd (and BIND, and clusters that start by themselves) answer.
boot_host() {
  local host=$1 dir pid='' result=''
  dir=$(host_dir "$host")
  ! host_alive "$host" || die "host $host is running already"
  local -a namespaces=(--mount --uts --ipc --pid --fork --kill-child=KILL)
  [[ $host == "$MANY_HOST" ]] || namespaces=(--net "${namespaces[@]}")
  local pid_pipe done_pipe
  rm -f "$dir"/boot.*
  mkfifo "$dir"/boot.{pid,link,done}
  exec {pid_pipe}<>"$dir/boot.pid" {done_pipe}<>"$dir/boot.done" # before anything is written: a pipe that nobody has open keeps nothing
  setsid unshare "${namespaces[@]}" -- bash "$SELF" --state "$S" __host "$host" "${2:-}" </dev/null >"$dir/init.log" 2>&1 {pid_pipe}>&- {done_pipe}>&- &
  read -r -t 30 -u "$pid_pipe" pid
  exec {pid_pipe}>&-
  [[ -n $pid ]] || die "host $host did not start: $(tail -n 3 "$dir/init.log")"
  if [[ $host != "$MANY_HOST" ]]; then
    plug_in "$host" "$pid" || die "no network for host $host"
  fi
  printf 'go\n' 1<>"$dir/boot.link"
  read -r -t 60 -u "$done_pipe" result
  exec {done_pipe}>&-
  rm -f "$dir"/boot.{pid,done}
  [[ $result == up ]] || { kill -KILL "$pid" 2>/dev/null; die "host $host did not come up: $(tail -n 3 "$dir/init.log")"; }
}

# The hardware address is fixed: a restarted host with a new one would be unreachable until ARP times out after 30 s.
plug_in() {
  local host=$1 pid=$2
  ip link del "v-$host" 2>/dev/null
  ip link add "v-$host" type veth peer name eth0 address "02:77:00:00:00:$(printf %02x "$(host_number "$host")")" netns "$pid" &&
    ip link set "v-$host" master br0 up
}

# Process 1 of a host.
host_main() {
  local host=$1 bare=${2:-} dir own word link done_pipe
  dir=$(host_dir "$host")
  read -r own _ </proc/self/stat # still the keeper's /proc: the id by which the keeper knows this process
  echo "$own" >"$dir/pid"
  # Opened now: the host's own /tmp may soon hide the state directory.
  exec {link}<>"$dir/boot.link" {done_pipe}<>"$dir/boot.done"
  trap 'printf "failed\n" >&"$done_pipe"' EXIT
  set -e
  printf '%s\n' "$own" 1<>"$dir/boot.pid"
  mount_host "$host" "$dir"
  read -r -t 30 -u "$link" word
  [[ $word == go ]]
  [[ $host == "$MANY_HOST" ]] || configure_link "$host"
  set_postgres_way
  cd /
  case $host in
    dns*) start_named ;;
    *) [[ -n $bare ]] || start_clusters {link}>&- {done_pipe}>&- ;;
  esac
  if [[ $host == "$MANY_HOST" ]]; then
    start_many_sshd
  else
    start_sshd
  fi
  set +e
  trap - EXIT
  printf 'up\n' >&"$done_pipe"
  while :; do read -r -u "$link" _; done # waits for ever, and reaps what loses its parent
}

mount_host() {
  local host=$1 dir=$2 file
  mount --make-rprivate /
  mount -t proc proc /proc
  hostname "$host"
  # Ids of one boot are not met again in the next: a postmaster.pid that a power cut left must not name a living process.
  echo $(($(date +%s) % 200 * 130 + 300)) >/proc/sys/kernel/ns_last_pid 2>/dev/null || true
  for file in passwd group shadow; do
    [[ ! -f $S/etc/$file ]] || mount --bind "$S/etc/$file" "/etc/$file"
  done
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/{sshd,postgresql,named,lab,many} "$dir"/{etc,data,log,dns}
  [[ -z $PG_SERVER ]] || mount_server
  cp "$S"/ssh/sshd_* "$dir/"
  mount --bind "$dir" /run/lab
  mount --bind "$dir/etc" /etc/postgresql
  mount --bind "$dir/data" /var/lib/postgresql
  mount --bind "$dir/log" /var/log/postgresql
  mount --bind "$dir/dns" /var/cache/bind
  if [[ ! -d $dir/data/.ssh ]]; then
    mkdir -m 700 "$dir/data/.ssh"
    cp "$S/ssh/id.pub" "$dir/data/.ssh/authorized_keys"
    cp "$S/ssh/id" "$dir/data/.ssh/id_ed25519"
    printf 'Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n' >"$dir/data/.ssh/config"
    chmod 600 "$dir"/data/.ssh/*
    [[ $MODE == user ]] || chown -R postgres:postgres "$dir/data/.ssh"
  fi
  [[ $MODE == user ]] || chown -R postgres:postgres "$dir/dns" /run/postgresql /run/named
  [[ $MODE == user ]] || chown postgres:postgres "$dir"/{etc,data,log}
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts
  mount --bind /dev/pts/ptmx /dev/ptmx
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount -t tmpfs -o mode=1777 tmpfs /tmp # last: the state directory may be under it
}

# A server that the distribution does not have, as if its package were installed; psql is the distribution's newest.
mount_server() {
  local own=/usr/lib/postgresql/$PG_VERSION file
  mkdir /run/servers
  mount --bind /usr/lib/postgresql /run/servers
  mount -t tmpfs -o mode=755 tmpfs /usr/lib/postgresql
  for file in /run/servers/*; do
    mkdir "/usr/lib/postgresql/${file##*/}"
    mount --bind "$file" "/usr/lib/postgresql/${file##*/}"
  done
  mkdir -p "$own"/{bin,lib,share}
  mount --bind "$PG_SERVER/lib" "$own/lib"
  mount --bind "$PG_SERVER/share" "$own/share"
  for file in "$PG_SERVER"/bin/*; do
    touch "$own/bin/${file##*/}"
    mount --bind "$file" "$own/bin/${file##*/}"
  done
  file=$(printf '%s\n' /run/servers/*/bin/psql | sort -V | tail -n 1)
  ln -s "/usr/lib/postgresql/${file#/run/servers/}" "$own/bin/psql"
}

configure_link() {
  printf '%s\n' 'link set lo up' "addr add $(host_address "$1")/24 dev eth0" 'link set eth0 up' | ip -batch -
  ip -6 addr add "$NET6:$(host_number "$1")/64" dev eth0 nodad 2>/dev/null || true
  echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
}

# named and sshd return when they listen.
NAMED=(/usr/sbin/named -n 1 -4 -c /var/cache/bind/named.conf -L /var/cache/bind/named.log)
start_named() { "${POSTGRES_WAY[@]}" "${NAMED[@]}"; }
sshd_way() {
  SSHD_WAY=()
  [[ $MODE == root ]] || SSHD_WAY=(unshare --user --map-user="$OWNER_UID" --map-group="$OWNER_GID" --)
}
start_sshd() {
  sshd_way
  "${SSHD_WAY[@]}" /usr/sbin/sshd -f /run/lab/sshd_wide -E /run/lab/sshd.log -o PidFile=/run/sshd/22.pid
}

# Every cluster whose start.conf says auto, as at the boot of a real server. `pg_ctlcluster start` polls for two seconds;
# pg_ctl with the same arguments does not, and leaves the same files for pg_lsclusters.
start_clusters() {
  local directory
  for directory in /etc/postgresql/*/*/; do
    [[ -f $directory/postgresql.conf ]] || continue
    grep -q '^auto' "$directory/start.conf" 2>/dev/null || continue
    directory=${directory%/}
    "${POSTGRES_WAY[@]}" bash -c "$PG_START" pg_start "$(basename "$(dirname "$directory")")" "$(basename "$directory")" &
  done
  wait || true # a cluster that does not start is the cluster's matter: the host is up
}
# shellcheck disable=SC2016 # expanded by the shell that runs it
PG_START='[ "$1" -ge 15 ] || mkdir -p -m 2750 "/run/postgresql/$1-$2.pg_stat_tmp" # pg_ctlcluster makes it, too
exec "/usr/lib/postgresql/$1/bin/pg_ctl" start -s -w -t 30 -D "/var/lib/postgresql/$1/$2" \
  -l "/var/log/postgresql/postgresql-$1-$2.log" -o "-c config_file=/etc/postgresql/$1/$2/postgresql.conf"'

halt_clusters() {
  local host
  while read -r host; do
    if host_alive "$host"; then
      # shellcheck disable=SC2016
      as_postgres "$host" bash -c 'for pid in /var/lib/postgresql/*/*/postmaster.pid; do
        [ -f "$pid" ] || continue
        version=${pid#/var/lib/postgresql/}; version=${version%%/*}
        "/usr/lib/postgresql/$version/bin/pg_ctl" stop -s -m fast -t 8 -D "${pid%/postmaster.pid}" &
      done; wait' &
    fi
  done < <(host_names)
  wait
}

# Extra sshd ------------------------------------------------------------------------------------------------------------

# extra_sshd HOST PORT [stop | Option=value…]
extra_sshd() {
  local host=${1:-} port=${2:-} option type key
  need_alive "$host"
  [[ $port =~ ^[0-9]+$ && $port -ge 1 && $port -le 65535 ]] || die "sshd: $port is not a port"
  shift 2
  if [[ ${1:-} == stop ]]; then
    # shellcheck disable=SC2016
    in_host "$host" sh -c 'kill "$(cat "/run/sshd/$0.pid")"' "$port"
    return
  fi
  local -a options=()
  for option in "$@"; do options+=(-o "$option"); done
  sshd_way
  in_host "$host" "${SSHD_WAY[@]}" /usr/sbin/sshd -f /run/lab/sshd_plain -E "/run/lab/sshd-$port.log" \
    -o "Port=$port" -o "PidFile=/run/sshd/$port.pid" "${options[@]}" || die "sshd on $host:$port did not start"
  read -r type key _ <"$(host_dir "$host")/hostkey.pub"
  printf '%s\n' "[$host]:$port,[$(host_address "$host")]:$port $type $key" >>"$S/ssh/known_hosts"
}

# extra_named HOST DIRECTORY | HOST stop
extra_named() {
  local host=${1:-} from=${2:-} dir
  need_alive "$host"
  # shellcheck disable=SC2016
  in_host "$host" sh -c 'pid=$(cat /run/named/named.pid 2>/dev/null) || exit 0
    kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done'
  [[ $from != stop ]] || return 0
  [[ -f $from/named.conf ]] || die "named: there is no $from/named.conf"
  dir=$(host_dir "$host")/dns
  rm -rf "${dir:?}"/*
  cp -R "$from"/. "$dir"
  [[ $MODE == user ]] || chown -R postgres:postgres "$dir"
  as_postgres "$host" "${NAMED[@]}" || die "named on $host did not start: $(tail -n 5 "$dir/named.log" 2>/dev/null)"
}

# The old sshd goes, its connections stay, as after a reinstallation seen from outside.
rekey_host() {
  need_alive "${1:-}"
  local dir
  dir=$(host_dir "$1")
  rm -f "$dir"/hostkey*
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$dir/hostkey"
  # shellcheck disable=SC2016
  in_host "$1" sh -c 'pid=$(cat /run/sshd/22.pid); kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done'
  sshd_way
  in_host "$1" "${SSHD_WAY[@]}" /usr/sbin/sshd -f /run/lab/sshd_wide -E /run/lab/sshd.log -o PidFile=/run/sshd/22.pid
}

add_name() {
  local name=${1:-} address
  [[ $name =~ ^[A-Za-z0-9.-]+$ && $# -ge 2 ]] || die 'name: which name, which addresses?'
  shift
  for address in "$@"; do
    [[ $address =~ ^[0-9a-fA-F.:]+$ ]] || die "name: $address is not an address"
    echo "$address $name" >>"$S/etc/hosts"
  done
}

# Many sshd -------------------------------------------------------------------------------------------------------------

many_address() { echo "127.1.$(($1 / 256)).$(($1 % 256))"; }

# N sshd, a process each, in the controller's own network: one light host with N addresses. Its clusters (lab herd … many)
# are seen through every one of them.
start_many() {
  local count=${1:-} dir number
  [[ $count =~ ^[0-9]+$ && $count -ge 1 && $count -le 1000 ]] || die 'many: a number from 1 to 1000'
  ! known_host "$MANY_HOST" || die 'many is running already'
  dir=$(host_dir "$MANY_HOST")
  mkdir -p "$dir"
  echo "$count" >"$dir/count"
  [[ -f $dir/hostkey ]] || ssh-keygen -q -t ed25519 -N '' -C "$MANY_HOST" -f "$dir/hostkey"
  echo "$MANY_HOST" >>"$S/hosts"
  write_known_hosts
  for ((number = 1; number <= count; number++)); do
    echo "$(many_address "$number") $MANY_HOST$number"
  done >>"$S/etc/hosts"
  echo "$NET.254 $MANY_HOST" >>"$S/etc/hosts"
  update_dns "update delete $MANY_HOST.$ZONE A" "update add $MANY_HOST.$ZONE 5 A $NET.254" || die 'the DNS name of many could not be set'
  boot_host "$MANY_HOST"
}
start_many_sshd() {
  local count number address
  read -r count </run/lab/count
  sshd_way
  for ((number = 1; number <= count; number++)); do
    address=$(many_address "$number")
    "${SSHD_WAY[@]}" /usr/sbin/sshd -f /run/lab/sshd_plain -E /run/lab/sshd.log -o "ListenAddress=$address:22" \
      -o "PidFile=/run/many/$number.pid" -o MaxStartups=200:30:400
  done
}
