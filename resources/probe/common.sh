# What the scripts for servers have in common; it is put before them. POSIX sh; only reads; leaves nothing behind.
#
# Before it stand assignments: `tag` (a random word that marks the lines of the answer) and `limit` (seconds). An answer is a line
# "TAG ID KEY VALUES". Text that somebody else chose is `written`. Processes are what costs on a busy server: where the shell can do it
# itself, it does.

set -f
umask 077
LC_ALL=C PGCONNECT_TIMEOUT=$limit PGAPPNAME='elephaas probe'
PGOPTIONS="-c statement_timeout=${limit}s -c search_path=pg_catalog -c standard_conforming_strings=on"
export LC_ALL PGCONNECT_TIMEOUT PGAPPNAME PGOPTIONS
unset PGCLIENTENCODING PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGSSLMODE PGREQUIRESSL PGPASSWORD PGTARGETSESSIONATTRS CDPATH
newline='
'
if command -v timeout >/dev/null 2>&1; then bounded="timeout -k 1 $((limit + 2))"; else bounded=; fi

say() { printf '%s %s %s\n' "$tag" "$id" "$1"; }
# Sets `written` to text $1 without a blank or a line break: behind "=" where it can stand as it is, behind "%" with blanks and percent signs as
# in a URI (%20, %25), else all of it in hexadecimal.
write() {
  case $1 in
    *[!\ -~]*) written=$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n') ;;
    *[\ %]*)
      written=% w_rest=$1
      while :; do
        w_head=${w_rest%%[\ %]*}
        written=$written$w_head
        w_rest=${w_rest#"$w_head"}
        case $w_rest in
          ' '*) written=$written%20 ;;
          %*) written=$written%25 ;;
          *) break ;;
        esac
        w_rest=${w_rest#?}
      done
      ;;
    *) written="=$1" ;;
  esac
}
# The same of text that may be long; an answer has lines of at most 4000 bytes.
write_some() {
  write "$1"
  [ "${#written}" -le 3000 ] || written=$(printf '%s' "$written" | cut -c 1-3000)
}
complain() { write_some "$2"; say "error $1 $written"; }

# Sets `found` to the path of program $1, of version $2 if there is one.
find_program() {
  found=
  for directory in "/usr/lib/postgresql/$2/bin" "/usr/pgsql-$2/bin" "$bindir"; do
    if [ -x "$directory/$1" ]; then found=$directory/$1; return 0; fi
  done
  # Debian's pg_wrapper, behind the names in /usr/bin, runs the program of a cluster's own version, or none.
  if found=$(command -v "$1" 2>/dev/null); then
    [ "$1" != rsync ] || return 0
    case $(readlink -f "$found" 2>/dev/null) in */pg_wrapper) ;; *) return 0 ;; esac
  fi
  found=
  set +f
  # The newest comes last.
  for candidate in /usr/lib/postgresql/9.*/bin/"$1" /usr/pgsql-9.*/bin/"$1" /usr/local/pgsql/bin/"$1" /usr/pgsql-[1-9][0-9]/bin/"$1" \
    /usr/lib/postgresql/[1-9][0-9]/bin/"$1"; do
    if [ -x "$candidate" ]; then found=$candidate; fi
  done
  set -f
  [ -n "$found" ]
}

# Prints what psql at $found says to the questions in `sql`, and its complaints. $1: the command before it that bounds its time; the rest are its
# arguments. A shell that stays open for questions has its own way (kept.sh).
questions() {
  q_bounded=$1
  shift
  if [ -n "${elephaas_sql:-}" ]; then
    $elephaas_sql "$found" "$@" -c "$sql"
  else
    printf '%s\n' "$sql" | $q_bounded "$found" "$@"
  fi 2>&1
}

# Sets `bindir` to where the postmaster's program is, of the running one ($p_pid) or the last one: the postmaster writes its own command line
# into postmaster.opts, each argument in quotes but for the program.
find_bindir() {
  bindir='' options=''
  IFS= read -r options 2>/dev/null <"$data/postmaster.opts"
  options=${options%%' "'*}
  case $options in /*/postgres | /*/postmaster) ;; *) options= ;; esac
  if [ -n "${p_pid:-}" ] && [ "${running-1}" != 0 ] && [ -r "/proc/$p_pid/exe" ]; then
    # shellcheck disable=SC3013 # a shell that does not know -ef asks readlink
    if [ -z "$options" ] || ! [ "/proc/$p_pid/exe" -ef "$options" ] 2>/dev/null; then
      bindir=$(readlink "/proc/$p_pid/exe" 2>/dev/null) && bindir=${bindir%/*}
    fi
  fi
  [ -n "$bindir" ] || bindir=${options%/*}
}

# Reads a lock file of a postmaster (postmaster.pid, or the lock of its socket): sets p_pid, p_directory, p_port, p_socket, p_status.
read_lock() {
  p_pid='' p_directory='' p_started='' p_port='' p_socket='' p_listen='' p_memory='' p_status=''
  {
    IFS= read -r p_pid; IFS= read -r p_directory; IFS= read -r p_started; IFS= read -r p_port; IFS= read -r p_socket
    IFS= read -r p_listen; IFS= read -r p_memory; IFS= read -r p_status
  } 2>/dev/null <"$1"
  case $p_pid in '' | *[!0-9]*) return 1 ;; esac
}

# Whether process $p_pid is a postmaster working in directory $1, as far as this user may see. Process ids are used again.
is_postmaster() {
  [ -d "/proc/$p_pid" ] || { [ ! -d /proc/self ] && kill -0 "$p_pid" 2>/dev/null && return 0; return 1; }
  p_command=
  IFS= read -r p_command 2>/dev/null <"/proc/$p_pid/comm"
  case $p_command in *postgres* | *postmaster*) ;; *) return 1 ;; esac
  # shellcheck disable=SC3013 # a shell that does not know -ef compares the names
  if [ "/proc/$p_pid/cwd" -ef "$1" ] 2>/dev/null; then return 0; fi
  p_cwd=$(cd -P "/proc/$p_pid/cwd" 2>/dev/null && pwd -P) || return 0
  p_real=$(cd -P "$1" 2>/dev/null && pwd -P) || return 0
  [ "$p_cwd" = "$p_real" ]
}

# Debian keeps clusters by version and name; the directory is then the configuration's business.
debian_directory() {
  set +f
  for conf in /etc/postgresql/*/"$cluster"/postgresql.conf; do
    set -f
    [ -r "$conf" ] || continue
    conf_port=$(sed -n "s/^[[:space:]]*port[[:space:]]*=\{0,1\}[[:space:]]*\([0-9]\{1,5\}\).*/\1/p" "$conf" | tail -n 1)
    [ "${conf_port:-5432}" = "$port" ] || continue
    directory=$(sed -n "s/^[[:space:]]*data_directory[[:space:]]*=\{0,1\}[[:space:]]*'\([^']*\)'.*/\1/p" "$conf" | tail -n 1)
    [ -z "$directory" ] || { data=$directory; return 0; }
  done
  set -f
  return 1
}

# Whether the inventory's directory $1 and directory $2, which is there, are two. Where this user cannot tell, they are not.
are_two() {
  # shellcheck disable=SC3013 # a shell that does not know -ef goes on below
  if [ "$1" = "$2" ] || [ "$1" -ef "$2" ] 2>/dev/null; then return 1; fi
  t_there=$(cd -P "$2" 2>/dev/null && pwd -P) || return 1
  if t_given=$(cd -P "$1" 2>/dev/null && pwd -P); then [ "$t_given" != "$t_there" ]; return; fi
  t_above=$1
  while [ -n "$t_above" ] && [ ! -e "$t_above" ]; do case $t_above in */*) t_above=${t_above%/*} ;; *) t_above= ;; esac; done
  [ "$t_above" != "$1" ] && { [ -z "$t_above" ] || [ -x "$t_above" ]; }
}

# Sets `running` to 1, 0 or ?, what is known of the postmaster, and how `data` was found when not by the inventory's word: by the
# cluster's name in Debian's configuration, or only because its postmaster has the port.
look() {
  running='?' socket='' bindir='' stale='' found_by=''
  if [ -z "$data" ] || [ ! -e "$data/PG_VERSION" ]; then
    ! debian_directory || found_by=name
  fi
  if [ -n "$data" ] && [ -e "$data/postmaster.pid" ]; then
    if ! read_lock "$data/postmaster.pid"; then
      complain lock "$data/postmaster.pid cannot be read"
    elif ! is_postmaster "$data"; then
      running=0 stale=1
    elif [ "$p_port" != "$port" ]; then
      complain port "the postmaster in $data listens on port $p_port"
      return
    else
      running=1 socket=$p_socket
      return
    fi
  elif [ -n "$data" ] && [ -r "$data" ] && [ -x "$data" ]; then
    running=0
    [ -e "$data/PG_VERSION" ] || complain directory "there is no database in $data"
  elif [ -n "$data" ]; then
    above=${data%/*}
    if [ -e "$data" ] || { [ -n "$above" ] && [ -e "$above" ] && [ ! -x "$above" ]; }; then
      complain directory "$data cannot be read by $(id -un)"
    else
      running=0
      complain directory "there is no directory $data"
    fi
  else
    complain directory 'the data directory is not known'
  fi
  # A postmaster elsewhere may own the port.
  for place in /var/run/postgresql /run/postgresql /tmp; do
    [ -S "$place/.s.PGSQL.$port" ] || continue
    socket=$place
    if read_lock "$place/.s.PGSQL.$port.lock"; then
      if is_postmaster "$p_directory"; then running=1 data=$p_directory found_by=port; return; fi
    elif [ "$running" != 0 ] || [ -e "$place/.s.PGSQL.$port.lock" ]; then
      running='?'
      return
    fi
  done
  # A process that this user cannot see, as in a container that shares the directory.
  if [ -n "$stale" ] && find_program pg_isready "$version"; then
    $bounded "$found" -q -h 127.0.0.1 -p "$port" -t 2 </dev/null
    case $? in
      0 | 1)
        running='?'
        complain lock "process $p_pid of $data/postmaster.pid is not there, but something answers on port $port"
        ;;
    esac
  fi
}

# Tells what the control file of $data says (pg_controldata), and adds its timelines to `timelines`.
timelines=
read_control() {
  if ! find_program pg_controldata "$version"; then
    complain control 'pg_controldata was not found on the server'
    return
  fi
  answer=$("$found" -D "$data" 2>&1 </dev/null)
  status=$?
  # The program of another version reads nonsense, ends with 0, and only warns that the checksum is wrong.
  case $status$answer in
    0*WARNING*) status=warning ;;
  esac
  if [ "$status" != 0 ]; then
    complain control "$answer"
    return
  fi
  IFS=$newline
  for line in $answer; do
    case $line in
      'Database cluster state:'*) key=state ;;
      'Database system identifier:'*) key=identifier ;;
      'Latest checkpoint location:'*) key=checkpoint ;;
      "Latest checkpoint's TimeLineID:"*) key=timeline ;;
      'Minimum recovery ending location:'*) key=recoveryend ;;
      "Min recovery ending loc's timeline:"*) key=recoverytimeline ;;
      'wal_log_hints setting:'*) key=hints ;;
      'Data page checksum version:'*) key=checksums ;;
      *) continue ;;
    esac
    line=${line#*:}
    line=${line#"${line%%[! ]*}"}
    case $key in *timeline) timelines="$timelines $line" ;; esac
    say "control $key $line"
  done
  unset IFS
}

# cut(STRING): a connection string without what is secret in it; `had` tells whether there was any. What libpq would not understand is
# cut off where a secret may begin.
cut_awk='
function secret(name) {
  name = tolower(name)
  return name ~ /password$/ || name ~ /secret$/ || name ~ /^scram_.*key$/
}
function cut(s,   i, n, out, parts, separator) {
  had = 0
  if (s ~ /^[ \t]*[A-Za-z]*:\/\//) {
    split_uri(s)
    had = hides
    out = scheme (user != "" ? user (place != "" ? "@" : "") : "") place
    separator = "?"
    n = split(query, parts, "&")
    for (i = 1; i <= n; i++) {
      if (secret(decoded(substr(parts[i], 1, index(parts[i] "=", "=") - 1)))) {
        had = 1
      } else {
        out = out separator parts[i]
        separator = "&"
      }
    }
    return out
  }
  if (!split_words(s)) {
    if (!match(tolower(s), /pass|secret|scram|:\/\//)) return s
    had = 1
    return substr(s, 1, RSTART - 1)
  }
  out = ""
  for (i = 1; i <= count; i++) {
    if (secret(key[i])) had = had || content[i] != ""
    else out = out (out == "" ? "" : " ") raw[i]
  }
  return out
}
'

# Sets `shown` to the connection string $1 without its secrets, and `had` to whether there were any.
cut_secrets() {
  shown=$1 had=0
  case $1 in *[Pp][Aa][Ss][Ss]* | *[Ss][Ee][Cc][Rr][Ee][Tt]* | *[Ss][Cc][Rr][Aa][Mm]* | *://*) ;; *) return 0 ;; esac
  shown=$(STRING=$1 awk "$settings_awk$cut_awk"'BEGIN { text = cut(ENVIRON["STRING"]); printf "%s%s", had, text; exit }' </dev/null)
  case $shown in 1*) had=1 ;; esac
  shown=${shown#?}
}
