# shellcheck shell=bash
# What every part of the lab uses: where the state is, who we are, and the way into the lab's namespaces.

NET=10.77.0
NET6=fd77:
ZONE=db.lab.test
MANY_HOST=many
HOST_LIMIT=40
CALLER_VARIABLES=()
KEEP_STATE=0
KEEPER_IS_OURS=0

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '3,/^set -u/{/^set -u/d;s/^# \{0,1\}//;p}' "$SELF"; }

# Sets S (state directory, absolute), and what the state says about itself.
choose_state() {
  S=${1:-${XDG_STATE_HOME:-$HOME/.local/state}/elephaas/lab}
  [[ $S == /* ]] || S=$PWD/$S
  [[ $S != *[[:space:]\"\'\\%]* ]] || die "the state directory must have no blanks, quotes, backslashes or percent signs: $S"
  export LAB_STATE=$S
  settings_of_caller
  if [[ -n ${LAB_CALLER_ENVIRONMENT:-} ]]; then
    mapfile -d '' CALLER_VARIABLES <"$LAB_CALLER_ENVIRONMENT"
    rm -f "$LAB_CALLER_ENVIRONMENT"
    unset LAB_CALLER_ENVIRONMENT
  fi
  if [[ -f $S/settings ]]; then
    # Written by write_settings below: MODE, OWNER_UID, OWNER_GID, PG_VERSION, PG_SERVER.
    # shellcheck source=/dev/null
    source "$S/settings"
  fi
}
settings_of_caller() {
  MODE=user OWNER_UID=$(id -u) OWNER_GID=$(id -g) PG_VERSION='' PG_SERVER=''
  [[ $OWNER_UID != 0 ]] || MODE=root
  if [[ -n ${LAB_OWNER:-} && $MODE == root ]]; then
    OWNER_UID=${LAB_OWNER%:*} OWNER_GID=${LAB_OWNER#*:}
  fi
}
write_settings() {
  printf '%s=%q\n' MODE "$MODE" OWNER_UID "$OWNER_UID" OWNER_GID "$OWNER_GID" PG_VERSION "$PG_VERSION" PG_SERVER "$PG_SERVER" >"$S/settings"
}

host_dir() { printf '%s/host/%s' "$S" "$1"; }
host_names() { [[ ! -f $S/hosts ]] || cat "$S/hosts"; }
known_host() { grep -qxF -e "$1" "$S/hosts" 2>/dev/null; }
need_host() { known_host "${1:-}" || die "there is no host ${1:-(none named)}; there are: $(host_names | tr '\n' ' ')"; }
host_number() {
  case $1 in
    dns1) echo 53 ;;
    "$MANY_HOST") echo 254 ;;
    db*) echo $((10 + ${1#db})) ;;
  esac
}
host_address() { echo "$NET.$(host_number "$1")"; }

# A process id alone may belong to somebody else by now: with the start time it is one process for ever.
start_time_of() {
  local text
  read -r text 2>/dev/null <"/proc/$1/stat" || return 1
  text=${text##*) }
  # shellcheck disable=SC2086 # a list of numbers
  set -- $text
  echo "${20}"
}
inside() { [[ ${LAB_INSIDE:-} == "$S" ]]; }
keeper_pid() {
  local pid start
  read -r pid start 2>/dev/null <"$S/keeper" || return 1
  [[ $(start_time_of "$pid") == "$start" ]] && echo "$pid"
}
is_up() { inside || keeper_pid >/dev/null; }
need_up() { is_up || die "the lab in $S is not up (lab up)"; }

# enter owner|root COMMAND… - replaces this process by the command in the controller's namespaces.
enter() {
  local who=$1 keeper
  shift
  [[ $# -gt 0 ]] || die 'what is to be run?'
  if inside; then
    exec "$@"
  fi
  keeper=$(keeper_pid) || die "the lab in $S is not up (lab up)"
  if [[ $MODE == root && $(id -u) != 0 ]]; then
    through_sudo "$([[ $who == owner ]] && echo app || echo run)" "$@"
  fi
  local -a way as
  way=(nsenter --target "$keeper" --net --mount --pid)
  as=()
  if [[ $MODE == user ]]; then
    way+=(--user --preserve-credentials)
    [[ $who == root ]] || as=(unshare --user --map-user="$OWNER_UID" --map-group="$OWNER_GID" --)
  elif [[ $who == owner && $OWNER_UID != 0 ]]; then
    as=(setpriv --reuid "$OWNER_UID" --regid "$OWNER_GID" --init-groups --)
  fi
  caller_environment
  exec "${way[@]}" -- "${as[@]}" "${CALLER_ENVIRONMENT[@]}" LAB_INSIDE="$S" LAB_STATE="$S" ELEPHAAS_LAB="$SELF" "$@"
}

# `env` with the caller's directory, and with its variables where sudo took them away.
caller_environment() {
  CALLER_ENVIRONMENT=(env -C "$PWD")
  [[ ${#CALLER_VARIABLES[@]} == 0 ]] || CALLER_ENVIRONMENT+=(-i "${CALLER_VARIABLES[@]}")
}

# Where the distribution forbids user namespaces: the same command as root, for the calling user.
through_sudo() {
  sudo -n true 2>/dev/null || die "this needs root here, and sudo asks for a password: run 'sudo true' first, or work as root"
  local variables
  variables=$(mktemp "${TMPDIR:-/tmp}/elephaas-lab-env.XXXXXX")
  env -0 >"$variables"
  exec sudo -n LAB_OWNER="$(id -u):$(id -g)" LAB_CALLER_ENVIRONMENT="$variables" \
    setpriv --pdeathsig KILL bash "$SELF" --state "$S" "$@"
}

# Ends with a sentence where no lab can run. Where only root may make namespaces, goes on as root if sudo lets us.
check_machine_or_sudo() {
  local problem=0
  if [[ $MODE == root && $(id -u) != 0 ]]; then
    through_sudo "$@"
  fi
  check_machine || problem=$?
  case $problem in
    0) return ;;
    2) ! sudo -n true 2>/dev/null || through_sudo "$@"; explain_user_namespaces ;;
  esac
  exit 1
}
explain_user_namespaces() {
  say 'this system refuses user namespaces to ordinary users, so the lab has to be run as root (sudo), or they have to be allowed:' \
    'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu) or kernel.unprivileged_userns_clone=1 (Debian).'
}
# Why no lab can run here, in a sentence and status 1; silent status 2 where root could.
check_machine() {
  local need missing=()
  for need in unshare nsenter setpriv setsid ip ssh ssh-keygen pg_createcluster nsupdate tsig-keygen mkfifo flock; do
    type -P "$need" >/dev/null || missing+=("$need")
  done
  [[ -x /usr/sbin/sshd ]] || missing+=(sshd)
  [[ -x /usr/sbin/named ]] || missing+=(named)
  [[ -d /var/cache/bind ]] || missing+=(/var/cache/bind)
  if [[ ${#missing[@]} -gt 0 ]]; then
    say "missing on this machine: ${missing[*]}. ./installer/dependencies --group test installs what the lab needs."
    return 1
  fi
  [[ -e /etc/resolv.conf ]] || { say 'this machine has no /etc/resolv.conf to put the lab'\''s own over; create an empty one.'; return 1; }
  if [[ $MODE == root ]]; then
    id postgres >/dev/null 2>&1 || { say 'the account postgres is missing: install PostgreSQL (./installer/dependencies --group test).'; return 1; }
    unshare --net --mount --pid --fork true 2>/dev/null || {
      ! unshare --net --mount --propagation unchanged --pid --fork true 2>/dev/null || {
        say 'this is a chroot whose / is not a mount point: bind-mount it onto itself before chroot, or use a container.'
        return 1
      }
      say 'the kernel refuses new namespaces even to root (a container without CAP_SYS_ADMIN?): start the container privileged.'
      return 1
    }
  elif ! unshare --user --map-root-user --net --mount --pid --fork ip link set lo up 2>/dev/null; then
    return 2
  fi
}
# Sets PG_VERSION, and PG_SERVER: the folder of a server that the distribution does not have (servers/install), else "".
choose_pg_version() {
  local wanted=${1:-} newest servers=${ELEPHAAS_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/elephaas/servers}
  PG_SERVER=
  if [[ -n $wanted ]]; then
    PG_VERSION=$wanted
    [[ ! -x /usr/lib/postgresql/$wanted/bin/postgres ]] || return 0
    [[ $wanted =~ ^[0-9]+$ && -x $servers/$wanted/bin/postgres ]] ||
      die "PostgreSQL $wanted is neither in /usr/lib/postgresql nor in $servers (tests/lab/servers/install puts it there)"
    PG_SERVER=$servers/$wanted
    return
  fi
  newest=$(find /usr/lib/postgresql/*/bin/postgres 2>/dev/null | cut -d/ -f5 | sort -V | tail -n 1)
  [[ -n $newest ]] || die 'no PostgreSQL in /usr/lib/postgresql: ./installer/dependencies --group test installs one'
  PG_VERSION=$newest
}
