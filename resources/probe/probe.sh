# The console's probe: tells what is known of the instances of one server, in one round trip. POSIX sh; only reads; leaves nothing
# behind. It arrives on standard input: first `tag` (a random word that marks its lines), `limit` (seconds) and `sql` (the questions),
# then settings.sh, common.sh, this text, one line `instance ID CLUSTER PORT DIRECTORY VERSION` for each instance, then `finish`.
#
# An answer is a line "TAG ID KEY VALUES": at most 4000 bytes, written at once, because the instances are asked side by side. Text
# that somebody else chose is `written` (common.sh).

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
    answer=$(questions "$bounded" -XAtqw -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -d "$database")
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

# Where a stopped instance stands, and whom it is configured to follow.
read_files() {
  [ -e "$data/PG_VERSION" ] || return
  # Others may write it, but nobody but the owner search it: a rewind has left it so (models/postgres/rebuildscripts).
  case $(ls -ld "$data/" 2>/dev/null) in d??????-w-*) say 'closed 1' ;; esac
  if [ -e "$data/standby.signal" ] || [ -e "$data/recovery.conf" ]; then say 'standby 1'; else say 'standby 0'; fi
  read_control
}

configured_upstream() {
  find_configuration
  if read_configured primary_conninfo; then
    cut_secrets "$configured"
    quoted="'$(printf '%s' "$shown" | sed "s/[\\\\']/&&/g")'"
    [ -z "$shown" ] || { write_some "$quoted"; say "inconf $written"; }
  fi
}

examine() {
  given=$data
  look
  if [ -n "$data" ] && [ -r "$data/PG_VERSION" ] && IFS= read -r major <"$data/PG_VERSION"; then
    case $major in *[!0-9.]* | '') ;; *) version=$major; say "major $major" ;; esac
  fi
  [ "$data" = "$given" ] || { write_some "$data"; say "directory $written"; }
  if [ -n "$given" ] && [ -n "$found_by" ] && are_two "$given" "$data"; then
    write_some "$given"
    say "instead $found_by $written"
    # Another cluster: nothing that it says is true of this instance.
    if [ "$found_by" = port ]; then say 'running ?'; say complete; return; fi
  fi
  say "running $running"
  case $running in
    1)
      case $p_status in starting* | ready* | standby* | stopping*) say "status ${p_status%% *}" ;; esac
      find_bindir
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
