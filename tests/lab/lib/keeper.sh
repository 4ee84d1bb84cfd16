# shellcheck shell=bash
# The keeper is process 1 of the lab's process namespace: when it ends, the kernel ends every process of the lab, hosts and
# all. It is the only process id that is ever recorded outside. It answers requests that arrive through a FIFO.

lab_up() {
  local count='' version='' herds=() words=("$@")
  while [[ $# -gt 0 ]]; do
    case $1 in
      --pg-version) version=${2:?lab: --pg-version needs a version}; shift 2 ;;
      --herd) herds+=("${2:?lab: --herd needs NAME:PORT:HOST,HOST}"); shift 2 ;;
      [0-9]*) count=$1; shift ;;
      *) die "up: what is $1?" ;;
    esac
  done
  check_machine_or_sudo up "${words[@]}"
  bring_up "$count" "$version" || exit 1
  make_herds "${herds[@]}"
}

# bring_up COUNT VERSION [WATCH_FD] - state, keeper, hosts. With WATCH_FD the keeper ends when that pipe closes.
bring_up() {
  local count=${1:-} version=${2:-} watch=${3:-} lock number
  mkdir -p "$S" || die "cannot make the state directory $S"
  exec {lock}>"$S/lock"
  flock -n "$lock" || die "another command is starting the lab in $S just now"
  keeper_pid >/dev/null && die "the lab in $S is up already"
  rm -f "$S/keeper" "$S"/control "$S"/host/*/pid
  rm -rf "$S/requests"
  [[ -z $count || $count =~ ^[0-9]+$ && $count -ge 1 && $count -le $HOST_LIMIT ]] || die "a lab has 1 to $HOST_LIMIT hosts"
  if [[ -n $count || ! -f $S/hosts ]]; then
    { echo dns1; for ((number = 1; number <= ${count:-3}; number++)); do echo "db$number"; done; host_names | grep '^db'; } |
      awk '!seen[$0]++' >"$S/hosts.new"
    mv "$S/hosts.new" "$S/hosts"
  fi
  sed -i "/^$MANY_HOST\$/d" "$S/hosts"
  [[ -n $PG_VERSION && -z $version ]] || choose_pg_version "$version"
  prepare_files
  start_keeper "$watch" "$lock"
  exec {lock}>&-
  request boot
}

start_keeper() {
  local watch=$1 lock=$2 hello answer='' launcher
  KEEPER_IS_OURS=1
  local -a namespaces=(--net --mount --pid --fork --kill-child=KILL)
  [[ $MODE == root ]] || namespaces=(--user --map-root-user "${namespaces[@]}")
  mkfifo "$S/control" "$S/hello"
  chmod 600 "$S/control"
  [[ $MODE == user || $OWNER_UID == 0 ]] || chown "$OWNER_UID:$OWNER_GID" "$S/control"
  exec {hello}<>"$S/hello"
  if [[ -n $watch ]]; then
    local word=watch
    [[ $KEEP_STATE == 0 ]] || word=watch-and-keep
    setsid unshare "${namespaces[@]}" -- bash "$SELF" --state "$S" __keeper "$word" \
      <&"$watch" >"$S/keeper.log" 2>&1 {lock}>&- {hello}>&- {WATCH_WRITE}>&- {watch}>&- &
  else
    setsid unshare "${namespaces[@]}" -- bash "$SELF" --state "$S" __keeper \
      </dev/null >"$S/keeper.log" 2>&1 {lock}>&- {hello}>&- &
  fi
  launcher=$!
  disown "$launcher"
  read -r -t 15 -u "$hello" answer
  exec {hello}>&-
  rm -f "$S/hello"
  [[ $answer == ready ]] || {
    kill -KILL "$launcher" 2>/dev/null
    die "the lab's controller did not start: $(tail -n 3 "$S/keeper.log")"
  }
}

keeper_main() {
  local own start
  read -r own _ </proc/self/stat # still the /proc of outside: the id by which outside knows this process
  start=$(start_time_of "$own")
  echo "$own $start" >"$S/keeper"
  export LAB_INSIDE=$S
  trap 'exit 0' TERM
  trap 'printf "failed\n" 1<>"$S/hello"' EXIT
  set -e
  mount --make-rslave /
  mount -t proc proc /proc
  mount --bind "$S/etc/hosts" /etc/hosts
  mount --bind "$S/etc/resolv.conf" "$(readlink -f /etc/resolv.conf)"
  mount --bind "$S/etc/nsswitch.conf" /etc/nsswitch.conf
  printf '%s\n' 'link set lo up' 'link add br0 address 02:77:00:00:00:fe type bridge' "addr add $NET.254/24 dev br0" 'link set br0 up' | ip -batch -
  ip -6 addr add "$NET6:254/64" dev br0 nodad 2>/dev/null || true # a kernel without IPv6 is good enough
  echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
  echo 1 >/proc/sys/net/ipv4/ip_forward 2>/dev/null || true
  set +e
  trap - EXIT
  local control id
  exec {control}<>"$S/control"
  if [[ -n ${1:-} ]]; then
    end_with_the_lease "$1" <&0 {control}<&- &
  fi
  exec </dev/null
  cd /
  printf 'ready\n' 1<>"$S/hello"
  while :; do
    read -r -u "$control" id || continue
    answer "$id" {control}<&- &
  done
}

# Standard input is a pipe that only the lease can write to: its end is the lease's end, however that came about.
end_with_the_lease() {
  while read -r _; do :; done
  kill -KILL -1
  [[ $1 == watch-and-keep ]] || rm -rf "$S"
  kill -TERM 1
}

# request COMMAND… - has the keeper run one command of serve(), prints what it printed, returns its status.
request() {
  local dir finished status='' piece='' deadline=$((SECONDS + ${LAB_REQUEST_SECONDS:-180}))
  dir=$(mktemp -d "$S/requests/XXXXXXXX") || die "cannot write to $S/requests"
  printf '%s\0' "$@" >"$dir/args"
  mkfifo "$dir/done"
  exec {finished}<>"$dir/done"
  printf '%s\n' "${dir##*/}" 1<>"$S/control"
  # The second may be over between the number and its end of line: what was read so far counts.
  until read -r -t 1 -u "$finished" piece; do
    status+=$piece
    is_up || { status=1 piece=; say 'the lab ended meanwhile'; break; }
    [[ $SECONDS -lt $deadline ]] || { status=124 piece=; say "no answer to: $*"; break; }
  done
  status+=$piece
  exec {finished}>&-
  cat "$dir/out" 2>/dev/null
  cat "$dir/err" >&2 2>/dev/null
  rm -rf "$dir"
  return "$status"
}
answer() {
  local dir=$S/requests/$1
  local -a words
  mapfile -d '' words <"$dir/args"
  (serve "${words[@]}") >"$dir/out" 2>"$dir/err" </dev/null
  printf '%s\n' "$?" 1<>"$dir/done"
}

lab_down() {
  local keeper purge=${1:-}
  [[ -z $purge || $purge == --purge || $purge == purge ]] || die "down: what is $purge?"
  inside && die 'a lab cannot be taken down from inside itself'
  if keeper=$(keeper_pid); then
    if [[ $MODE == root && $(id -u) != 0 ]]; then
      through_sudo down ${purge:+"$purge"}
    fi
    [[ -n $purge ]] || LAB_REQUEST_SECONDS=10 request halt
    end_keeper "$keeper"
  fi
  rm -f "$S/keeper" "$S/control" "$S/hello" "$S"/host/*/pid
  [[ -z $purge ]] || purge_state
}
end_keeper() {
  local start
  start=$(start_time_of "$1") || return 0
  kill -KILL "$1" 2>/dev/null
  for _ in {1..500}; do
    [[ $(start_time_of "$1") == "$start" ]] || return 0
    sleep 0.02
  done
  die "process $1, the lab's keeper, does not end"
}
purge_state() {
  [[ ! -e $S || -f $S/settings || -f $S/lock ]] || die "$S is not a lab's state; nothing deleted"
  # A lease that notices only now that its lab has ended still writes there for a moment.
  local deadline=$((SECONDS + 15))
  until rm -rf "$S" 2>/dev/null || { [[ $(id -u) != 0 ]] && sudo -n rm -rf "$S"; }; do
    [[ $SECONDS -lt $deadline ]] || die "cannot delete $S"
    sleep 0.1
  done
}
