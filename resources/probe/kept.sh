# Read by a shell that stays open for questions (RemoteCommand::kept), before the first of them. POSIX sh; leaves nothing behind.
# Before it stands the assignment `k_mark`, a random word.
#
# Most of what a question costs a busy server is the start of psql and of its connection. So the first question that asks the instance leaves
# its psql to the next one, behind two pipes without a name: descriptor 3 takes questions, 4 has the answers. The scripts of
# questions run in subshells, so that what is known of psql lies in a third pipe, 5: one line, none, "on" and what it was started with,
# or off. Where there is no /proc, each question starts its own.

k_newline='
'
k_open() {
  k_dir=$(umask 077 && mktemp -d 2>/dev/null) || return
  case $k_dir in /?*) ;; *) return ;; esac
  if mkfifo -m 600 "$k_dir/q" "$k_dir/a" "$k_dir/s" 2>/dev/null; then
    exec 3<>"$k_dir/q" 4<>"$k_dir/a" 5<>"$k_dir/s"
    if [ -p /proc/self/fd/3 ]; then
      echo none >&5
      elephaas_sql=kept_sql
    fi
  fi
  rm -rf -- "$k_dir"
}

# [env NAME=VALUE…] PSQL ARGUMENTS… -c TEXT…: as psql with TEXT on its standard input. Where its status is not 0, all that it said goes to
# standard error: what is wrong is in it.
kept_sql() {
  while :; do case $1 in env | [A-Z]*=*) shift ;; *) break ;; esac; done
  k_text='' k_id='' k_stop=off k_left=$#
  while [ "$k_left" -gt 0 ]; do
    case $1 in
      -c) k_text="$k_text$2$k_newline;$k_newline" ;;
      -v) if [ "$2" = ON_ERROR_STOP=1 ]; then k_stop=on; fi ;;
      *)
        k_id="$k_id $1"
        set -- "$@" "$1"
        shift
        k_left=$((k_left - 1))
        continue
        ;;
    esac
    shift 2
    k_left=$((k_left - 2))
  done
  k_status=again
  IFS= read -r k_state <&5
  while [ "$k_status" = again ]; do k_ask "$@"; done
  printf '%s\n' "$k_state" >&5
  if [ "$k_status" = 0 ]; then printf '%s' "$k_said"; else printf '%s' "$k_said" >&2; fi
  return "$k_status"
}

# Psql "$@" with what it is asked. Sets k_status, to `again` when the psql of the question before has gone without having been asked anything.
k_ask() {
  # What it said since the last answer.
  printf '%s drained\n' "$k_mark" >&4
  while IFS= read -r k_line <&4; do
    case $k_line in
      "$k_mark drained") break ;;
      "$k_mark exit "*) if [ "$k_state" != off ]; then k_state=none; fi ;;
    esac
  done
  k_begun='' k_said=''
  case $k_state in
    "on$k_id") ;;
    none)
      # What the one before has not read any more.
      printf '%s drained\n' "$k_mark" >&3
      while IFS= read -r k_line <&3; do if [ "$k_line" = "$k_mark drained" ]; then break; fi; done
      k_start "$@"
      k_state="on$k_id" k_begun=new
      ;;
    *)
      k_questions | k_psql "$@" -v "ON_ERROR_STOP=$k_stop"
      k_status=$?
      return
      ;;
  esac
  {
    # The first answer tells that it is still there.
    printf "\\\\set ON_ERROR_STOP %s\nselect '%s begin';\nreset all;\n" "$k_stop" "$k_mark"
    k_questions
    printf "select '%s end';\n" "$k_mark"
  } >&3
  while IFS= read -r k_line <&4; do
    case $k_line in
      "$k_mark begin") k_begun=1 k_said='' ;;
      "$k_mark end") k_status=0; return ;;
      "$k_mark exit "*)
        k_state=none
        [ -z "$k_begun" ] || k_status=${k_line##* }
        return
        ;;
      *) k_said="$k_said$k_line$k_newline" ;;
    esac
  done
  k_state=off k_status=2
}

k_questions() {
  [ -z "${limit:-}" ] || printf "set statement_timeout = '%ss';\n" "$limit"
  printf '%s' "$k_text"
}

k_start() {
  (
    exec 3>&- 4>&- 5>&-
    k_psql "$@"
    printf '%s exit %s\n' "$k_mark" "$?"
  ) </proc/self/fd/3 >/proc/self/fd/4 2>&1 &
}

k_psql() {
  (
    unset PGCLIENTENCODING PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGSSLMODE PGREQUIRESSL PGPASSWORD PGTARGETSESSIONATTRS
    LC_ALL=C PGCONNECT_TIMEOUT="${limit:-10}" PGAPPNAME='elephaas probe' PGOPTIONS='-c search_path=pg_catalog -c standard_conforming_strings=on'
    export LC_ALL PGCONNECT_TIMEOUT PGAPPNAME PGOPTIONS
    exec "$@"
  )
}

# Who stays must not keep a file system from being unmounted.
cd /
k_open
