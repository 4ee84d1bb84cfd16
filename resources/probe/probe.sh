# The console's probe: tells what is known of the instances of one server, in one round trip. POSIX sh; only reads; leaves nothing
# behind. It arrives on standard input: first `tag` (a random word that marks its lines), `limit` (seconds) and `sql` (the questions),
# then this text, then one line `instance ID CLUSTER PORT DIRECTORY VERSION` for each instance, then `finish`.
#
# An answer is a line "TAG ID KEY VALUES": at most 4000 bytes, written at once, because the instances are asked side by side. Text
# that somebody else chose is written in hexadecimal.

set -f
umask 077
LC_ALL=C PGCONNECT_TIMEOUT=$limit PGAPPNAME='elephaas probe'
PGOPTIONS="-c statement_timeout=${limit}s -c search_path=pg_catalog -c standard_conforming_strings=on"
export LC_ALL PGCONNECT_TIMEOUT PGAPPNAME PGOPTIONS
unset PGCLIENTENCODING PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGSSLMODE PGREQUIRESSL PGPASSWORD PGTARGETSESSIONATTRS
newline='
'
if command -v timeout >/dev/null 2>&1; then bounded="timeout -k 1 $((limit + 2))"; else bounded=; fi

say() { printf '%s %s %s\n' "$tag" "$id" "$1"; }
hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n' | cut -c 1-3000; }
complain() { say "error $1 $(hex "$2")"; }

# Sets `found` to the path of program $1, of version $2 if there is one.
find_program() {
  found=
  for directory in "/usr/lib/postgresql/$2/bin" "/usr/pgsql-$2/bin" "$bindir"; do
    if [ -x "$directory/$1" ]; then found=$directory/$1; return 0; fi
  done
  found=$(command -v "$1" 2>/dev/null) && return 0
  set +f
  for found in /usr/lib/postgresql/*/bin/"$1" /usr/pgsql-*/bin/"$1" /usr/local/pgsql/bin/"$1"; do
    if [ -x "$found" ]; then set -f; return 0; fi
  done
  set -f
  found=
  return 1
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

ask() {
  if ! find_program psql "$version"; then
    complain psql 'psql was not found on the server'
    return
  fi
  if [ -z "$socket" ]; then
    complain psql 'the instance has no local socket'
    return
  fi
  for database in postgres template1; do
    answer=$(printf '%s\n' "$sql" | $bounded "$found" -XAtqw -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -d "$database" 2>&1)
    status=$?
    case $answer in *"database \"$database\" does not exist"*) ;; *) break ;; esac
  done
  words=
  IFS=$newline
  for line in $answer; do
    case $line in
      'f '*) say "$line" ;;
      *) words=$words$line$newline ;;
    esac
  done
  unset IFS
  say "asked $status"
  [ "$status" = 0 ] || complain psql "$words"
}

# Where a stopped instance stands (pg_controldata), and whom it is configured to follow.
read_files() {
  [ -e "$data/PG_VERSION" ] || return
  if [ -e "$data/standby.signal" ] || [ -e "$data/recovery.conf" ]; then say 'standby 1'; else say 'standby 0'; fi
  if ! find_program pg_controldata "$version"; then
    complain control 'pg_controldata was not found on the server'
    return
  fi
  answer=$($bounded "$found" -D "$data" 2>&1 </dev/null)
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
  for line in $(printf '%s\n' "$answer" | sed -n \
    -e 's/^Database cluster state: */state /p' \
    -e 's/^Database system identifier: */identifier /p' \
    -e 's/^Latest checkpoint location: */checkpoint /p' \
    -e "s/^Latest checkpoint's TimeLineID: */timeline /p" \
    -e 's/^Minimum recovery ending location: */recoveryend /p' \
    -e "s/^Min recovery ending loc's timeline: */recoverytimeline /p"); do
    say "control $line"
  done
  unset IFS
}

configured_upstream() {
  for file in recovery.conf postgresql.auto.conf postgresql.conf; do
    [ -r "$data/$file" ] || continue
    line=$(sed -n 's/^[[:space:]]*primary_conninfo[[:space:]]*=\{0,1\}[[:space:]]*//p' "$data/$file" | tail -n 1 |
      sed -e 's/[a-z]*password *= *[^ ]*//g' -e 's,//[^@/]*@,//,')
    [ -z "$line" ] || { say "inconf $(hex "$line")"; return; }
  done
}

examine() {
  given=$data
  look
  if [ -n "$data" ] && [ -r "$data/PG_VERSION" ] && IFS= read -r major <"$data/PG_VERSION"; then
    case $major in *[!0-9.]* | '') ;; *) version=$major; say "major $major" ;; esac
  fi
  [ "$data" = "$given" ] || say "directory $(hex "$data")"
  if [ -n "$given" ] && [ -n "$found_by" ] && are_two "$given" "$data"; then
    say "instead $found_by $(hex "$given")"
    # Another cluster: nothing that it says is true of this instance.
    if [ "$found_by" = port ]; then say 'running ?'; say complete; return; fi
  fi
  say "running $running"
  case $running in
    1)
      case $p_status in starting* | ready* | standby* | stopping*) say "status ${p_status%% *}" ;; esac
      if [ -r "/proc/$p_pid/exe" ]; then bindir=$(readlink "/proc/$p_pid/exe" 2>/dev/null) && bindir=${bindir%/*}; fi
      ask
      # Only since 12 the server itself knows its primary_conninfo.
      [ ! -e "$data/recovery.conf" ] || configured_upstream
      ;;
    0)
      read_files
      configured_upstream
      ;;
    *)
      [ -z "$socket" ] || ask
      ;;
  esac
  say complete
}

instance() {
  id=$1 cluster=$2 port=$3 data=$4 version=$5
  while :; do case $data in ?*/) data=${data%/} ;; *) break ;; esac; done
  examine &
}

finish() {
  wait
  printf '%s end\n' "$tag"
}

printf '%s begin %s\n' "$tag" "$(date +%s)"
