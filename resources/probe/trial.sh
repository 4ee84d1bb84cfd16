# Tries to connect to a server from here, as a standby or pg_rewind of this instance would. POSIX sh; leaves nothing behind. Before it
# stand assignments (`tag`, `limit`, `id`, `cluster`, `port`, `data`, `version`, `conninfo`, `replication`, `sql`),
# settings.sh and common.sh. It runs as the
# account that owns the data directory, so that its password file counts.

unset PGPASSFILE PGSERVICEFILE PGOPTIONS PGSSLCERT PGSSLKEY PGSSLROOTCERT PGSSLCRL PGCHANNELBINDING PGGSSENCMODE PGREQUIREAUTH PGREQUIREPEER

try() {
  my_name=$(id -un)
  case $my_name in -* | '' | *[!A-Za-z0-9_.-]*) ;; *) eval "HOME=~$my_name"; export HOME ;; esac
  case $data in /*) ;; *) data= ;; esac
  if [ -z "$data" ] || [ ! -e "$data/PG_VERSION" ]; then debian_directory; fi
  if [ -r "$data/PG_VERSION" ] && IFS= read -r major <"$data/PG_VERSION"; then
    case $major in *[!0-9.]* | '') ;; *) version=$major ;; esac
  fi
  p_pid=
  [ ! -r "$data/postmaster.pid" ] || read_lock "$data/postmaster.pid"
  find_bindir
  find_configuration
  if ! find_program psql "$version"; then
    complain psql 'psql was not found on the server'
    return
  fi
  cut_secrets "$conninfo"
  # The password is this user's only. It goes through the environment: a command line is for everybody to read.
  if [ -e "$data/PG_VERSION" ] && read_standby primary_conninfo; then
    PGPASSWORD=$(kept_part password "$shown")
    configured=
    if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
  fi
  case $replication in
    1) more='replication=true dbname=replication' ;;
    *) more='replication=false dbname=postgres' ;;
  esac
  answer=$(printf '%s\n' "$sql" | $bounded "$found" -XAtqw -v ON_ERROR_STOP=1 -d "$shown $more connect_timeout=$limit" 2>&1)
  status=$?
  unset PGPASSWORD
  words=
  IFS=$newline
  for line in $answer; do
    case $line in
      'f '*) say "$line" ;;
      *'|'*) if [ "$replication" = 1 ] && [ "$status" = 0 ]; then write_some "$line"; say "identified $written"; else words=$words$line$newline; fi ;;
      *) words=$words$line$newline ;;
    esac
  done
  unset IFS
  say "tried $status"
  [ -z "$words" ] || complain psql "$words"
}

trial() {
  printf '%s begin %s\n' "$tag" "$(date +%s)"
  try
  printf '%s end\n' "$tag"
}
