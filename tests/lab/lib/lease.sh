# shellcheck shell=bash
# A private lab for one command. The command runs inside the lab's process namespace, so that whatever it starts ends
# with the lab; the lab ends with the command, or when this process is gone, for whatever reason.

lab_lease() {
  local count=3 version='' herds=() words=("$@") command status
  while [[ $# -gt 0 ]]; do
    case $1 in
      --hosts) count=${2:?lab: --hosts needs a number}; shift 2 ;;
      --pg-version) version=${2:?lab: --pg-version needs a version}; shift 2 ;;
      --herd) herds+=("${2:?lab: --herd needs NAME:PORT:HOST,HOST}"); shift 2 ;;
      --) shift; break ;;
      *) die "lease: what is $1?" ;;
    esac
  done
  [[ $# -gt 0 ]] || die 'lease: which command?'
  inside_any && die 'lease: this is inside a lab already'
  settings_of_caller # not those of the state that LAB_STATE may name
  check_machine_or_sudo lease "${words[@]}"

  S=$(mktemp -d "${TMPDIR:-/tmp}/elephaas-lab.XXXXXX") || die 'no temporary directory'
  export LAB_STATE=$S
  trap 'end_lease' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  trap 'exit 129' HUP
  # This process alone can write to the pipe; the keeper reads it and learns from its end that the lease is over.
  mkfifo "$S/watch"
  local watch
  exec {WATCH_WRITE}<>"$S/watch" {watch}<"$S/watch"
  rm "$S/watch"
  bring_up "$count" "$version" "$watch"
  exec {watch}<&-
  [[ ${#herds[@]} == 0 ]] || make_herds "${herds[@]}" || exit 1
  (exec {WATCH_WRITE}>&-; enter owner "$@") <&0 &
  command=$!
  wait "$command"
  status=$?
  exit "$status"
}
inside_any() { [[ -n ${LAB_INSIDE:-} ]]; }
end_lease() {
  local status=$? keeper
  trap '' TERM INT HUP
  trap - EXIT
  ! keeper=$(keeper_pid) || end_keeper "$keeper"
  rm -rf "$S"
  exit "$status"
}
