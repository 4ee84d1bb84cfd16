# What the scripts for servers have in common; it is put before them. POSIX sh; only reads; leaves nothing behind.
#
# Before it stand assignments: `tag` (a random word that marks the lines of the answer) and `limit` (seconds). An answer is a line
# "TAG ID KEY VALUES". Text that somebody else chose is written in hexadecimal.

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
hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n' | cut -c 1-3000; }
whole() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
complain() { say "error $1 $(hex "$2")"; }

# Sets `found` to the path of program $1, of version $2 if there is one.
find_program() {
  found=
  for directory in "/usr/lib/postgresql/$2/bin" "/usr/pgsql-$2/bin" "$bindir"; do
    if [ -x "$directory/$1" ]; then found=$directory/$1; return 0; fi
  done
  # Debian's pg_wrapper, behind the names in /usr/bin, runs the program of a cluster's own version, or none.
  if found=$(command -v "$1" 2>/dev/null); then
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

# Sets `bindir` to where the postmaster's program is, of the running one ($p_pid) or the last one.
find_bindir() {
  bindir=
  if [ -n "${p_pid:-}" ] && [ -r "/proc/$p_pid/exe" ]; then bindir=$(readlink "/proc/$p_pid/exe" 2>/dev/null) && bindir=${bindir%/*}; fi
  [ -z "$bindir" ] || return 0
  options=
  IFS= read -r options 2>/dev/null <"$data/postmaster.opts"
  case $options in /*/postgres*) bindir=${options%%/postgres*} ;; esac
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

# Tells what the control file of $data says (pg_controldata).
read_control() {
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
    -e "s/^Min recovery ending loc's timeline: */recoverytimeline /p" \
    -e 's/^wal_log_hints setting: */hints /p' \
    -e 's/^Data page checksum version: */checksums /p'); do
    say "control $line"
  done
  unset IFS
}

# The rules of configuration files ("Parameter Interaction via the Configuration File") and of connection strings ("Connection
# Strings") in the manual, in awk. \047 is an apostrophe.
# configured(FILE, NAME): sets `seen` and `value` when the file, or one that it includes, sets it; the last one counts.
# cut(STRING): a connection string without what is secret in it; `had` tells whether there was any. What libpq would not understand is
# cut off where a secret may begin.
# part(STRING, NAME): the value of one of its keywords.
settings_awk='
function unquoted(text,   i, c, out) {
  if (substr(text, 1, 1) != "\047") {
    sub(/[ \t#].*/, "", text)
    return text
  }
  out = ""
  for (i = 2; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\047") {
      if (substr(text, i + 1, 1) != "\047") break
      i++
    } else if (c == "\\") {
      c = substr(text, ++i, 1)
      if (c ~ /[0-7]/) {
        match(substr(text, i, 3), /^[0-7]+/)
        c = octal(substr(text, i, RLENGTH))
        i += RLENGTH - 1
      } else if (index("bfnrt", c) && c != "") {
        c = substr("\b\f\n\r\t", index("bfnrt", c), 1)
      }
    }
    out = out c
  }
  return out
}
function octal(digits,   i, n) {
  n = 0
  for (i = 1; i <= length(digits); i++) n = n * 8 + substr(digits, i, 1)
  return sprintf("%c", n % 256)
}
function beside(file, path) {
  if (path ~ /^\//) return path
  sub(/[^\/]*$/, "", file)
  return file path
}
function quoted(text) {
  gsub(/\047/, "\047\\\047\047", text)
  return "\047" text "\047"
}
function configured(file, name) { configured_at(file, name, 0) }
function configured_at(file, name, depth,   line, key, text, list, one) {
  if (depth > 10 || file in reading) return
  reading[file] = 1
  while ((getline line < file) > 0) {
    sub(/\r$/, "", line)
    sub(/^[ \t]+/, "", line)
    if (!match(line, /^[A-Za-z_][A-Za-z0-9_.$]*/)) continue
    key = tolower(substr(line, 1, RLENGTH))
    line = substr(line, RLENGTH + 1)
    sub(/^[ \t]*=?[ \t]*/, "", line)
    text = unquoted(line)
    if (key == name) {
      seen = 1
      value = text
    } else if (key == "include" || key == "include_if_exists") {
      configured_at(beside(file, text), name, depth + 1)
    } else if (key == "include_dir") {
      list = "cd " quoted(beside(file, text)) " 2>/dev/null && set +f && for f in [!.]*.conf; do printf \"%s\\n\" \"$f\"; done"
      while ((list | getline one) > 0) configured_at(beside(file, text) "/" one, name, depth + 1)
      close(list)
    }
  }
  close(file)
  delete reading[file]
}
function blank(c) { return c ~ /^[ \t\n\r\f\v]$/ }
function secret(name) {
  name = tolower(name)
  return name ~ /password$/ || name ~ /secret$/ || name ~ /^scram_.*key$/
}
# Sets count, key[], content[] and raw[]; 0 when libpq would refuse the string.
function split_words(s,   i, c, start, end) {
  count = 0
  end = length(s)
  for (i = 1; ; ) {
    while (i <= end && blank(substr(s, i, 1))) i++
    if (i > end) return 1
    start = i
    key[++count] = content[count] = ""
    while (i <= end && (c = substr(s, i, 1)) != "=" && !blank(c)) {
      key[count] = key[count] c
      i++
    }
    while (i <= end && blank(substr(s, i, 1))) i++
    if (i > end || substr(s, i, 1) != "=") return 0
    i++
    while (i <= end && blank(substr(s, i, 1))) i++
    if (substr(s, i, 1) == "\047") {
      for (i++; ; i++) {
        if (i > end) return 0
        c = substr(s, i, 1)
        if (c == "\047") break
        if (c == "\\") c = substr(s, ++i, 1)
        content[count] = content[count] c
      }
      i++
    } else {
      for (; i <= end && !blank(c = substr(s, i, 1)); i++) {
        if (c == "\\") c = substr(s, ++i, 1)
        content[count] = content[count] c
      }
    }
    raw[count] = substr(s, start, i - start)
  }
}
function decoded(s,   out, n) {
  out = ""
  while (match(s, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
    n = 16 * (index("0123456789abcdef", tolower(substr(s, RSTART + 1, 1))) - 1)
    n += index("0123456789abcdef", tolower(substr(s, RSTART + 2, 1))) - 1
    out = out substr(s, 1, RSTART - 1) sprintf("%c", n)
    s = substr(s, RSTART + 3)
  }
  return out s
}
# Sets scheme, user, hides (whether a password follows the user), login (what it is), place (hosts and database), query.
function split_uri(s,   i, rest) {
  i = index(s, "://")
  scheme = substr(s, 1, i + 2)
  rest = substr(s, i + 3)
  user = login = query = ""
  hides = 0
  i = match(rest, /[@\/]/) ? RSTART : 1
  if (match(substr(rest, i), /\?/)) {
    query = substr(rest, i + RSTART)
    rest = substr(rest, 1, i + RSTART - 2)
  }
  place = rest
  if (match(rest, /.*@/)) {
    user = substr(rest, 1, RLENGTH - 1)
    place = substr(rest, RLENGTH + 1)
  } else if (rest ~ /^[^\[\/:]*:[^\/,]*[^0-9\/,]/) {
    user = rest
    place = ""
  }
  i = index(user, ":")
  if (i) {
    login = substr(user, i + 1)
    hides = login != ""
    user = substr(user, 1, i - 1)
  }
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
function part(s, name,   i, n, out, parts, equals) {
  out = ""
  if (s ~ /^[ \t]*[A-Za-z]*:\/\//) {
    split_uri(s)
    if (name == "user") out = decoded(user)
    if (name == "password") out = decoded(login)
    n = split(query, parts, "&")
    for (i = 1; i <= n; i++) {
      equals = index(parts[i] "=", "=")
      if (decoded(substr(parts[i], 1, equals - 1)) == name) out = decoded(substr(parts[i], equals + 1))
    }
  } else if (split_words(s)) {
    for (i = 1; i <= count; i++) if (key[i] == name) out = content[i]
  }
  return out
}
'

# Sets `conf` to the folder of the configuration files of $data: Debian keeps them elsewhere. Sets `debian` to it where that is so.
find_configuration() {
  conf=$data debian=
  set +f
  for file in /etc/postgresql/*/*/postgresql.conf; do
    set -f
    [ -r "$file" ] || continue
    directory=$(awk "$settings_awk"'BEGIN { configured(ARGV[1], "data_directory"); print value; exit }' "$file" </dev/null)
    while :; do case $directory in ?*/) directory=${directory%/} ;; *) break ;; esac; done
    [ -n "$directory" ] || continue
    # shellcheck disable=SC3013 # a shell that does not know -ef has compared the names
    if [ "$directory" = "$data" ] || [ "$directory" -ef "$data" ] 2>/dev/null; then
      conf=${file%/postgresql.conf} debian=$conf
      return
    fi
  done
  set -f
}

# Sets `configured` to what the files say of setting $1, which says whom a standby follows, and fails when they do not.
read_configured() {
  case $version in
    9.* | 10* | 11*) set -- "$1" "$data/recovery.conf" ;;
    *) set -- "$1" "$conf/postgresql.conf" "$data/postgresql.auto.conf" ;;
  esac
  configured=$(awk "$settings_awk"'BEGIN {
    for (i = 2; i < ARGC; i++) configured(ARGV[i], ARGV[1])
    printf "%s%s", seen ? "=" : "", value
    exit
  }' "$@" </dev/null)
  case $configured in =*) configured=${configured#=} ;; *) configured=; return 1 ;; esac
}

# Sets `shown` to the connection string $1 without its secrets, and `had` to whether there were any.
cut_secrets() {
  shown=$(STRING=$1 awk "$settings_awk"'BEGIN { text = cut(ENVIRON["STRING"]); printf "%s%s", had, text; exit }' </dev/null)
  had=0
  case $shown in 1*) had=1 ;; esac
  shown=${shown#?}
}
