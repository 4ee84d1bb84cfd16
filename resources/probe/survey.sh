# The closer look at one instance and its server. POSIX sh; only reads; leaves nothing behind. Before it stand assignments (`tag`,
# `limit`, `sql`, `id`, `cluster`, `port`, `data`, `version`), settings.sh and common.sh; all of that, this text included, is also in `settings` and
# `body`, because whatever needs the files of the instance is asked again as the account that owns them.

tell() { write "$2"; say "$1 $written"; }
long='' longest=''
if [ -n "$bounded" ]; then long="timeout -k 1 $((limit + 4))" longest="timeout -k 1 $((limit + 9))"; fi

# Runs a shell that reads its script from standard input as account $owner.
run_as_owner() {
  case $way in
    runuser) $1 runuser -u "$owner" -- /bin/sh -s ;;
    sudo) $1 sudo -n -H -u "$owner" /bin/sh -s ;;
  esac
}
# Scripts come on standard input, but where data pass through a script it is an argument. sudo may allow the one and not the other.
can_run_as_owner() { printf 'exit 0\n' | run_as_owner "$bounded" >/dev/null 2>&1; }
can_relay_as_owner() { [ "$way" != sudo ] || $bounded sudo -n -H -u "$owner" /bin/sh -c 'exit 0' >/dev/null 2>&1 </dev/null; }

# Sets `place` to $1, or the nearest folder above it that is there and can be seen.
nearest() {
  place=$1
  while [ -n "$place" ] && [ ! -e "$place" ]; do place=${place%/*}; done
  [ -n "$place" ] || place=/
}

# Sets `owner`, the account that the data directory belongs to, and `way`, how this user becomes it.
find_owner() {
  nearest "$data"
  case $my_name in
    root | -* | '' | *[!A-Za-z0-9_.-]*) ;;
    *)
      # shellcheck disable=SC3067 # a shell that does not know -O asks ls
      if [ -O "$place" ] 2>/dev/null; then owner=$my_name way=same; return; fi
      ;;
  esac
  # Mode, links, account; split at blanks on purpose.
  # shellcheck disable=SC2046
  { set -- $(ls -ldnL -- "$place" 2>/dev/null); uid=${3:-}; }
  me=$(id -u)
  owner=$my_name
  # shellcheck disable=SC2046
  if [ "$uid" != "$me" ]; then set -- $(ls -ldL -- "$place" 2>/dev/null); owner=${3:-}; fi
  # What is made below a folder of the system's is no business of root's: no server runs as root.
  if [ "$uid" = 0 ] && [ "$place" != "$data" ] && id -u postgres >/dev/null 2>&1; then owner=postgres uid=$(id -u postgres); fi
  way=none
  case $owner in
    -* | '' | *[!A-Za-z0-9_.-]*) owner= ;;
    *[!0-9]*) ;;
    *) owner= ;; # a number without a name
  esac
  if [ -n "$uid" ] && [ "$uid" = "$me" ]; then
    way=same
    [ -n "$owner" ] || owner=$uid
  elif [ -n "$owner" ]; then
    if way=runuser && [ "$me" = 0 ] && command -v runuser >/dev/null 2>&1 && can_run_as_owner; then
      :
    elif way=sudo && command -v sudo >/dev/null 2>&1 && can_run_as_owner; then
      :
    else
      way=none
    fi
  fi
}

# Prints how many bytes are free for each of the places "$@", a line each; nothing where one of them is not known.
free_bytes() {
  $bounded df -Pk -- "$@" 2>/dev/null </dev/null | awk -v wanted=$# 'NR > 1 {
    for (i = NF; i > 2; i--) if ($i ~ /^([0-9]+%|-)$/ && $(i - 1) ~ /^-?[0-9]+$/) { free[++n] = $(i - 1) < 0 ? 0 : $(i - 1) * 1024; break }
  } END { if (n == wanted) for (i = 1; i <= n; i++) printf "%.0f\n", free[i] }'
}
# Sets `free` and `inside` to what is free for $1 and $2, which may be "".
find_free() {
  free='' inside=''
  if [ -n "$2" ]; then
    free=$(free_bytes "$1" "$2")
    case $free in *"$newline"*) inside=${free#*"$newline"} free=${free%%"$newline"*}; return ;; esac
    inside=$(free_bytes "$2")
  fi
  free=$(free_bytes "$1")
}

# Prints "." when something is mounted on $1, and the paths below it where something is: by the kernel's own list, in which also a folder
# of the same file system is seen that was mounted there. Fails when that is not known.
mounts_in() {
  if [ -r /proc/self/mountinfo ]; then
    PLACE=$1 awk 'BEGIN {
      wanted = ENVIRON["PLACE"]
      while ((getline line < "/proc/self/mountinfo") > 0) {
        split(line, part, " ")
        path = part[5]
        out = ""
        while (match(path, /\\[0-7][0-7][0-7]/)) {
          n = substr(path, RSTART + 1, 1) * 64 + substr(path, RSTART + 2, 1) * 8 + substr(path, RSTART + 3, 1)
          out = out substr(path, 1, RSTART - 1) sprintf("%c", n)
          path = substr(path, RSTART + 4)
        }
        path = out path
        if (path == wanted) print "."
        else if (index(path, wanted "/") == 1) print path
        known = 1
      }
      exit !known
    }' </dev/null && return
  fi
  command -v mountpoint >/dev/null 2>&1 || return 1
  $bounded mountpoint -q "$1" </dev/null
  case $? in 0) echo . ;; 1 | 32) ;; *) return 1 ;; esac
}

tell_files() {
  [ -n "$data" ] || return
  tell data "$data"
  nearest "$data"
  if [ -d "$data" ]; then
    real=$(cd -P "$data" 2>/dev/null && pwd -P)
    say 'exists 1'
  elif [ -e "$data" ]; then
    real=$data
    say 'exists 1'
    complain kind "$data is no directory"
  elif [ -L "$data" ]; then
    real=$(readlink -f "$data" 2>/dev/null)
    say 'exists 0'
    complain kind "$data is a symbolic link to $(readlink "$data" 2>/dev/null), which is not there"
  elif [ -x "$place" ]; then
    say 'exists 0'
    real=$(cd -P "$place" 2>/dev/null && pwd -P) && real=${real%/}${data#"${place%/}"}
  else
    real=
    complain access "$place cannot be searched by $my_name"
  fi
  if [ -n "$real" ]; then tell_places; fi
  if [ ! -d "$data" ]; then return; fi
  if [ ! -r "$data" ] || [ ! -x "$data" ]; then
    complain access "$data cannot be read by $my_name"
    return
  fi
  tell_contents
}

tell_places() {
  tell real "$real"
  parent=${real%/*}
  nearest "${parent:-/}"
  if [ "$asowner" = 1 ]; then
    if [ -w "$place" ] && [ -x "$place" ]; then say 'parentwritable 1'; else say 'parentwritable 0'; fi
    if [ -d "$real" ]; then if [ -w "$real" ] && [ -x "$real" ]; then say 'writable 1'; else say 'writable 0'; fi; fi
  fi
  if [ -d "$real" ]; then find_free "$place" "$real"; else find_free "$place" ''; fi
  say "free $free"
  if [ -r "$place" ] && [ -x "$place" ]; then say 'beside 1'; fi
  tell_beside "$real"
  set +f
  for file in "$real".conf-* "$real"/elephaas-* "$real/global/pg_control.elephaas"; do
    if [ -e "$file" ]; then tell leftover "$file"; fi
  done
  set -f
  tell_work "$real.elephaas-work"
  if [ -d "$real" ]; then
    say "inside $inside"
    if mounts=$(mounts_in "$real"); then
      on_it=0
      IFS=$newline
      for file in $mounts; do
        if [ "$file" = . ]; then on_it=1; else tell mountbelow "$file"; fi
      done
      unset IFS
      say "mounted $on_it"
    fi
  fi
}

# What operations left beside directory $1.
tell_beside() {
  set +f
  for file in "$1".new-* "$1".old-*; do
    if [ -d "$file" ]; then tell leftover "$file"; fi
  done
  set -f
}

# A script that works on the directory writes "KEY PID START" into file $1, START being field 22 of /proc/PID/stat: process ids are used again.
tell_work() {
  [ -e "$1" ] || return
  w_key='' w_pid='' w_start=''
  IFS=' ' read -r w_key w_pid w_start w_rest 2>/dev/null <"$1"
  case $w_key$w_pid in *[!0-9A-Za-z_-]* | '') ;; *)
    case $w_pid in '' | *[!0-9]*) ;; *)
      # The second field is a name in parentheses, in which anything may stand.
      w_now=$(sed 's/.*) //' "/proc/$w_pid/stat" 2>/dev/null | awk '{ print $20; exit }')
      if [ -n "$w_now" ] && [ "$w_now" = "$w_start" ]; then say "busy $w_key"; return; fi
      ;;
    esac
    ;;
  esac
  tell leftover "$1"
}

tell_contents() {
  empty=1
  set +f
  for file in "$data"/* "$data"/.[!.]* "$data"/..?*; do
    if [ -e "$file" ] || [ -L "$file" ]; then empty=0; break; fi
  done
  for file in "$data"/*.conf "$data"/.[!.]*.conf; do
    if [ -f "$file" ]; then tell conf "${file##*/}"; fi
  done
  for file in "$data"/pg_tblspc/*; do
    if [ -L "$file" ]; then tell_tablespace "$file"; fi
  done
  set -f
  say "empty $empty"
  for file in pg_wal pg_xlog; do
    if [ -L "$data/$file" ]; then tell_wal "$data/$file"; fi
  done
  if [ -e "$data/PG_VERSION" ]; then say 'database 1'; else say 'database 0'; fi
  for file in standby.signal recovery.conf recovery.done backup_label; do
    if [ -e "$data/$file" ]; then say "file $file"; fi
  done
  say 'contents'
}

# Sets `mounted` to whether something is mounted on directory $1; - where that is not known.
find_mount() {
  mounted='-'
  if mounts=$(mounts_in "$1"); then
    case $newline$mounts$newline in *"$newline.$newline"*) mounted=1 ;; *) mounted=0 ;; esac
  fi
}

tell_wal() {
  target=$(readlink "$1") mounted='-'
  while :; do case $target in ?*/) target=${target%/} ;; *) break ;; esac; done
  # It is renamed by its own name.
  if own=$(cd -P "$1" 2>/dev/null && pwd -P); then
    target=$own
    find_mount "$own"
    tell_beside "$own"
  fi
  tell wal "$target"
  say "walmounted $mounted"
}

tell_tablespace() {
  target=$(readlink "$1") mounted='-' above=''
  if own=$(cd -P "$1" 2>/dev/null && pwd -P); then
    find_mount "$own"
    above=$(free_bytes "${own%/*}/")
    tell_beside "$target"
  fi
  write "$target"
  say "tablespace ${1##*/} $mounted ${above:--} $written"
}

tell_settings() {
  find_configuration
  if [ -n "$debian" ]; then tell debian "$debian"; fi
  [ -e "$data/PG_VERSION" ] || return
  following='primary_conninfo primary_slot_name restore_command'
  case $version in
    9.* | 10* | 11*) find_configured "$following" ;;
    *) find_configured "$following $targets" ;;
  esac
  if [ -n "${set_primary_conninfo+set}" ]; then tell_conninfo "$set_primary_conninfo"; else say 'conninfo 0 '; fi
  [ -z "${set_primary_slot_name+set}" ] || tell slotname "$set_primary_slot_name"
  if [ -n "${set_restore_command:-}" ]; then say 'restores 1'; else say 'restores 0'; fi
  case $version in 9.* | 10* | 11*) find_standby "$targets" ;; esac
  tell_targets
}

# With a recovery target a standby promotes itself.
targets='recovery_target recovery_target_lsn recovery_target_name recovery_target_time recovery_target_xid'
tell_targets() {
  for name in $targets; do
    eval "value=\${set_$name:-}"
    [ -z "$value" ] || tell "target $name" "$value"
  done
}

# Passwords stay on this server.
tell_conninfo() {
  cut_secrets "$1"
  tell "conninfo $had" "$shown"
}

unhex() {
  STRING=$1 awk 'BEGIN {
    s = ENVIRON["STRING"]
    for (i = 1; i < length(s); i += 2) {
      n = 16 * (index("0123456789abcdef", substr(s, i, 1)) - 1) + index("0123456789abcdef", substr(s, i + 1, 1)) - 1
      printf "%c", n
    }
    exit
  }' </dev/null
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
    answer=$(questions "$long" -XAtqw -h "$socket" -p "$port" -d "$database")
    status=$?
    case $answer in *"database \"$database\" does not exist"*) ;; *) break ;; esac
  done
  words='' ended=''
  IFS=$newline
  for line in $answer; do
    case $line in
      'f conninfo '*) unset IFS; tell_conninfo "$(unhex "${line#f conninfo }")"; IFS=$newline ;;
      'f timeline '*) timelines="$timelines 0x${line#f timeline }"; say "$line" ;;
      'f end') ended=1; say "$line" ;;
      'f '*) say "$line" ;;
      *) [ -n "$ended" ] || words=$words$line$newline ;; # behind the end only the sizes are asked, which may take too long
    esac
  done
  unset IFS
  say "asked $status"
  [ -n "$ended" ] || words="${words}(psql ended with $status)"
  [ -z "$words" ] || complain psql "$words"
}

# Where the ancestors of the timelines seen so far ended; nothing of a file that is not as PostgreSQL writes it.
tell_histories() {
  h_told=' '
  for timeline in $timelines; do
    case ${timeline#0x} in '' | *[!0-9A-Fa-f]*) continue ;; esac
    h_name=$(printf '%08X' "$timeline" 2>/dev/null) || continue
    case $h_told in *" $h_name "*) continue ;; esac
    h_told="$h_told$h_name "
    for h_file in "$data/pg_wal/$h_name.history" "$data/pg_xlog/$h_name.history"; do
      [ -r "$h_file" ] || continue
      history=
      while read -r h_timeline h_end h_reason || [ -n "$h_timeline" ]; do
        case $h_timeline in '' | '#'*) continue ;; esac
        case $h_timeline@$h_end in *[!0-9A-F@/]*) continue 2 ;; esac
        history="$history $h_timeline@$h_end"
      done <"$h_file"
      [ "${#history}" -gt 3800 ] || say "history $h_name$history"
    done
  done
}

# A package's own directory has programs of one version: one of them is asked, the one that starts fastest.
tell_programs() {
  asked='' answered=''
  for program in pg_controldata psql pg_basebackup pg_rewind rsync pg_ctl initdb; do
    find_program "$program" "$version" || continue
    said=
    case $program:${found%/*} in
      pg_ctl:* | initdb:*) ;;
      *:/usr/lib/postgresql/*/bin | *:/usr/pgsql-*/bin)
        if [ "${found%/*}" != "$asked" ] || [ -z "$answered" ]; then
          ask_version
          asked=${found%/*} answered=$said
        fi
        said=$answered
        ;;
      *) ask_version ;;
    esac
    tell "program $program ${said:--}" "$found"
  done
}
# Sets `said` to the version of the program at $found: "psql (PostgreSQL) 15.4 (Debian 15.4-1)".
ask_version() {
  said=$("$found" --version 2>/dev/null </dev/null)
  said=${said%%"$newline"*}
  said=${said#"${said%%[0-9]*}"}
  said=${said%%[!0-9.]*}
}

tell_addresses() {
  {
    if command -v ip >/dev/null 2>&1; then
      # "2: eth0    inet 10.0.0.1/24 brd …"
      ip -o addr show 2>/dev/null | while read -r number device family address rest; do
        case $family in inet | inet6) printf '%s\n' "${address%%[/%]*}" ;; esac
      done
    elif command -v ifconfig >/dev/null 2>&1; then
      ifconfig -a 2>/dev/null | awk '$1 == "inet" || $1 == "inet6" { sub(/^addr:/, "", $2); sub(/[\/%].*/, "", $2); print $2 }'
    else
      hostname -I 2>/dev/null | tr ' ' '\n'
    fi
  } </dev/null | while IFS= read -r address; do
    case $address in '' | 127.* | ::1 | fe80:* | *[!0-9a-fA-F:.]*) ;; *) say "address $address" ;; esac
  done
}

# The arguments, or with `environ` the variables, of process $1, one a line.
words_of() { tr '\000' '\n' 2>/dev/null <"/proc/$1/${2:-cmdline}"; }

# Whether a supervisor that works on the directories in the lines of $1 works on this one. Where they are not known, it may.
may_be_ours() {
  [ -n "$1" ] || return 0
  IFS=$newline
  for directory in $1; do
    unset IFS
    while :; do case $directory in ?*/) directory=${directory%/} ;; *) break ;; esac; done
    # shellcheck disable=SC3013 # a shell that does not know -ef has compared the names
    if [ "$directory" = "$data" ] || [ "$directory" = "$real" ] || [ "$directory" -ef "$data" ] 2>/dev/null; then return 0; fi
    IFS=$newline
  done
  unset IFS
  return 1
}

yaml_directories() { sed -n "s/^[[:space:]]*data_dir[[:space:]]*:[[:space:]]*[\"']\{0,1\}\([^\"'#]*[^\"'# ]\).*/\1/p"; }

# The directories of Patroni process $1: of its environment, which counts more, or its files.
patroni_directories() {
  words_of "$1" environ | sed -n 's/^PATRONI_POSTGRESQL_DATA_DIR=//p' | grep . && return
  words_of "$1" environ | sed -n 's/^PATRONI_CONFIGURATION=//p' | yaml_directories | grep . && return
  words_of "$1" | while IFS= read -r word; do
    case $word in
      /*.y*ml) yaml_directories <"$word" ;;
      /*) [ ! -d "$word" ] || cat "$word"/*.y*ml | yaml_directories ;;
    esac
  done 2>/dev/null
}

# The value of option $2 (--data-dir) of process $1, or else of its variable $3.
option_of() {
  words_of "$1" | awk -v name="$2" 'index($0, name "=") == 1 { print substr($0, length(name) + 2) }
    last == name { print } { last = $0 }' | grep . && return
  words_of "$1" environ | sed -n "s/^$3=//p"
}

repmgr_directories() {
  file=$(words_of "$1" | awk 'last == "-f" || last == "--config-file" { print } /^--config-file=/ { sub(/^[^=]*=/, ""); print } { last = $0 }')
  if [ -z "$file" ]; then
    set +f
    for file in "/etc/repmgr/$version/repmgr.conf" "/etc/repmgr/${version%%.*}/repmgr.conf" /etc/repmgr.conf /etc/postgresql/repmgr.conf; do
      [ ! -r "$file" ] || break
    done
    set -f
  fi
  awk "$settings_awk"'BEGIN { configured(ARGV[1], "data_directory"); print value; exit }' "$file" </dev/null 2>/dev/null
}

pacemaker_directories() {
  cluster_says=$($bounded cibadmin -Q 2>/dev/null </dev/null) || return 0
  case $cluster_says in
    *'type="pgsql'*)
      printf '%s\n' "$cluster_says" | sed -n -e 's/.*name="pgdata"[^>]*value="\([^"]*\)".*/\1/p' \
        -e 's/.*value="\([^"]*\)"[^>]*name="pgdata".*/\1/p'
      ;;
    *) echo '(none)' ;; # it runs no PostgreSQL
  esac
}

# The program that starts or promotes by itself. Who may not see other people's processes does not see it either.
tell_supervisor() {
  ancestors=' ' process=$p_pid
  [ "$running" = 1 ] || process=
  while [ "${process:-0}" -gt 1 ] 2>/dev/null; do
    parent=
    while read -r key value; do
      if [ "$key" = PPid: ]; then parent=$value; break; fi
    done 2>/dev/null <"/proc/$process/status"
    process=$parent
    ancestors="$ancestors$process "
  done
  set +f
  for folder in /proc/[0-9]*; do
    set -f
    process=${folder#/proc/} name=''
    IFS= read -r name 2>/dev/null <"$folder/comm" || continue
    kind=
    case $name in
      patroni) kind=Patroni ;;
      python* | pypy*)
        all=
        IFS= read -r all 2>/dev/null <"$folder/cmdline"
        case $all in
          *patroni*)
            words_of "$process" | awk '{ sub(/.*\//, "") } NR > 1 && ($0 == "patroni" || $0 == "patroni.py") { exit 10 }'
            [ $? != 10 ] || kind=Patroni
            ;;
        esac
        ;;
      pg_autoctl) kind=pg_auto_failover ;;
      stolon-keeper) kind=Stolon ;;
      repmgrd) kind=repmgrd ;;
      pacemakerd) kind=Pacemaker ;;
    esac
    [ -n "$kind" ] || continue
    case $ancestors in *" $process "*) tell supervisor "$kind"; return ;; esac
    case $kind in
      Patroni) [ -e "$data/patroni.dynamic.json" ] && { tell supervisor "$kind"; return; }; directories=$(patroni_directories "$process") ;;
      pg_auto_failover) directories=$(option_of "$process" --pgdata PGDATA) ;;
      Stolon) directories=$(option_of "$process" --data-dir STKEEPER_DATA_DIR | sed 's,$,/postgres,') ;;
      repmgrd) directories=$(repmgr_directories "$process") ;;
      Pacemaker) directories=$(pacemaker_directories) ;;
    esac
    if may_be_ours "$directories"; then tell supervisor "$kind"; return; fi
  done
  set -f
}

# The second half, as the owner where this user can become it.
examine() {
  case $my_name in -* | '' | *[!A-Za-z0-9_.-]*) ;; *) eval "HOME=~$my_name"; export HOME ;; esac
  case $data in
    /* | '') ;;
    *) complain directory "$data does not begin with a slash"; data= ;;
  esac
  while :; do case $data in ?*/) data=${data%/} ;; *) break ;; esac; done
  given=$data real=''
  look
  if [ "$found_by" = port ] && [ -n "$given" ] && are_two "$given" "$data"; then
    tell other "$data"
    data=$given running='?' socket='' p_pid='' p_status=''
  fi
  if [ -n "$data" ] && [ -r "$data/PG_VERSION" ] && IFS= read -r major <"$data/PG_VERSION"; then
    case $major in *[!0-9.]* | '') ;; *) version=$major; say "major $major" ;; esac
  fi
  say "running $running"
  find_bindir
  tell_files
  tell_settings
  [ ! -e "$data/PG_VERSION" ] || read_control
  if [ -n "$socket" ]; then ask; fi
  tell_histories
  tell_programs
  tell_addresses
  tell_supervisor
  say complete
}

# The first half: who the remote user is, and how it becomes the owner.
survey() {
  printf '%s begin %s\n' "$tag" "$(date +%s.%N)"
  my_name=$(id -un)
  tell user "$my_name"
  while :; do case $data in ?*/) data=${data%/} ;; *) break ;; esac; done
  given=$data
  case $data in /*) look >/dev/null ;; *) data= ; look >/dev/null ;; esac
  if [ "$found_by" = port ] && [ -n "$given" ] && are_two "$given" "$data"; then data=$given; fi
  find_owner
  home=
  [ -z "$owner" ] || eval "home=~$owner"
  write "$owner"
  own=$written
  write "$home"
  say "owner $way $own $written"
  case $way in
    same) say 'relays 1' ;;
    runuser | sudo) if can_relay_as_owner; then say 'relays 1'; else say 'relays 0'; fi ;;
  esac
  data=$given
  case $way in
    same) asowner=1; examine ;;
    none)
      complain access "$my_name cannot become the owner of ${data:-the data directory} ($owner)"
      examine
      ;;
    *)
      printf '%s\nasowner=1 my_name=%s\n%s\nexamine\n' "$settings" "$owner" "$body" | run_as_owner "$longest"
      ;;
  esac
  printf '%s end\n' "$tag"
}
