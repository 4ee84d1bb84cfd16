# shellcheck shell=bash
# What can go wrong with a host.

# A power cut: nothing is closed, nobody is told.
kill_host() {
  local dir pid
  need_alive "${1:-}"
  dir=$(host_dir "$1")
  pid=$(<"$dir/pid")
  ip link del "v-$1" 2>/dev/null
  kill -KILL "$pid"
  for _ in {1..500}; do
    kill -0 "$pid" 2>/dev/null || { rm -f "$dir/pid"; return 0; }
    sleep 0.01
  done
  die "host $1 does not end"
}
start_host() {
  need_host "${1:-}"
  [[ ${2:-} == '' || $2 == --bare ]] || die "start: what is $2?"
  boot_host "$@"
}

set_link() {
  need_alive "${1:-}"
  [[ $1 != "$MANY_HOST" ]] || die 'many lives in the controller itself and has no link'
  ip link set "v-$1" "$2"
}

drop_port() {
  need_alive "${1:-}"
  [[ ${2:-} == tcp || ${2:-} == udp ]] || die 'drop: tcp or udp?'
  [[ ${3:-} =~ ^[0-9]+$ ]] || die 'drop: which port?'
  type -P iptables >/dev/null || die 'drop needs iptables (./installer/dependencies --group test)'
  in_host "$1" iptables -w -A INPUT -p "$2" --dport "$3" -j DROP
}
undrop_ports() {
  need_alive "${1:-}"
  in_host "$1" iptables -w -F INPUT
}

# Again until a whole pass finds nothing new: what is being stopped may still fork.
signal_host() {
  local host=$1 signal=$2 namespace count=-1 pids
  need_alive "$host"
  namespace=$(stat -L -c %i "/proc/$(<"$(host_dir "$host")/pid")/ns/pid")
  for _ in {1..20}; do
    pids=$(stat -L -c '%i %n' /proc/[0-9]*/ns/pid 2>/dev/null | awk -F '[ /]' -v ns="$namespace" '$1 == ns { print $4 }')
    # shellcheck disable=SC2086 # a list of numbers
    kill -"$signal" $pids 2>/dev/null
    [[ $(wc -w <<<"$pids") != "$count" ]] || return 0
    count=$(wc -w <<<"$pids")
  done
  die "the processes of $host do not settle"
}

set_lag() {
  need_alive "${1:-}"
  tc qdisc replace dev "v-$1" root netem delay "${2:?delay, such as 50ms}" ||
    die 'this kernel has no netem: links cannot be slowed here'
}
clear_lag() {
  need_alive "${1:-}"
  tc qdisc del dev "v-$1" root
}

# isolate HOST via HOST - by routes, which every kernel has: the isolated host answers nobody but the other one and dns1.
isolate_host() {
  local host=${1:-} via=${3:-} other
  need_alive "$host"
  [[ ${2:-} == via ]] || die 'isolate: HOST via HOST'
  need_host "$via"
  while read -r other; do
    [[ $other == "$host" || $other == "$via" || $other == dns1 ]] || in_host "$host" ip route replace blackhole "$(host_address "$other")"
  done < <(host_names)
  in_host "$host" ip route replace blackhole "$NET.254"
}
unisolate_host() {
  need_alive "${1:-}"
  in_host "$1" ip route flush type blackhole
}
