# shellcheck shell=bash
# A private lab for one command. The command runs inside the lab's process namespace, so that whatever it starts ends
# with the lab; the lab ends with the command, or when this process is gone, for whatever reason.

lab_lease() {
  local count='' keep=0 version='' herds=() words=("$@") command status
  while [[ $# -gt 0 ]]; do
    case $1 in
      --keep) keep=1; shift ;;
      --hosts) count=${2:?lab: --hosts needs a number}; shift 2 ;;
      --pg-version) version=${2:?lab: --pg-version needs a version}; shift 2 ;;
      --herd) herds+=("${2:?lab: --herd needs NAME:PORT:HOST,HOST}"); shift 2 ;;
      --) shift; break ;;
      *) die "lease: what is $1?" ;;
    esac
  done
  [[ $# -gt 0 ]] || die 'lease: which command?'
  inside_any && die 'lease: this is inside a lab already'
  # A private lab has nothing to do with the one that LAB_STATE may name.
  [[ $keep == 1 ]] || settings_of_caller
  check_machine_or_sudo lease "${words[@]}"

  if [[ $keep == 1 ]]; then
    mkdir -p "$S" || die "cannot make the state directory $S"
  else
    S=$(mktemp -d "${TMPDIR:-/tmp}/elephaas-lab.XXXXXX") || die 'no temporary directory'
  fi
  export LAB_STATE=$S
  KEEP_STATE=$keep
  trap 'end_lease' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  trap 'exit 129' HUP
  # This process alone can write to the pipe; the keeper reads it and learns from its end that the lease is over.
  rm -f "$S/watch"
  mkfifo "$S/watch" || die "cannot write to $S"
  local watch
  exec {WATCH_WRITE}<>"$S/watch" {watch}<"$S/watch"
  rm "$S/watch"
  bring_up "$count" "$version" "$watch" || exit 1
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
  if [[ $KEEPER_IS_OURS == 1 ]] && keeper=$(keeper_pid); then
    [[ $KEEP_STATE == 0 ]] || LAB_REQUEST_SECONDS=10 request halt
    end_keeper "$keeper"
  fi
  [[ $KEEP_STATE == 1 ]] || rm -rf "$S"
  exit "$status"
}
