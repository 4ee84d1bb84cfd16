# How the files of an instance are read. POSIX sh; only reads. It is put before common.sh, and into the scripts that make a standby: both
# have to find the same settings. `data` is the data directory, `version` its major version.

c_newline='
'

# The rules of configuration files ("Parameter Interaction via the Configuration File") and of connection strings ("Connection
# Strings") in the manual, in awk. \047 is an apostrophe.
# configured(FILE, NAME): sets `seen` and `value` when the file, or one that it includes, sets it; the last one counts. Each file is read
# once, whatever number of settings is asked for.
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
# The variable LISTED tells of some folders what is in them (list_included): a shell that looks takes longer than all the rest.
function files_in(folder,   n, i, lines, within, list, one) {
  if (!was_told) {
    was_told = 1
    n = split(ENVIRON["LISTED"], lines, "\n")
    for (i = 1; i <= n; i++) {
      one = substr(lines[i], 2)
      if (lines[i] ~ /^=/) listed[within = one] = ""
      else if (lines[i] ~ /^\+/) listed[within] = listed[within] one "\n"
    }
  }
  if (!(folder in listed)) {
    listed[folder] = ""
    list = "cd " quoted(folder) " 2>/dev/null && set +f && for f in [!.]*.conf; do printf \"%s\\n\" \"$f\"; done"
    while ((list | getline one) > 0) listed[folder] = listed[folder] one "\n"
    close(list)
  }
  return listed[folder]
}
function configured(file, name) {
  if (!(file in was_read)) {
    was_read[file] = 1
    read_settings(file, file, 0)
  }
  if ((file, name) in setting) {
    seen = 1
    value = setting[file, name]
  }
}
function read_settings(first, file, depth,   line, key, text, files, i, n) {
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
    if (key == "include" || key == "include_if_exists") {
      read_settings(first, beside(file, text), depth + 1)
    } else if (key == "include_dir") {
      text = beside(file, text)
      n = split(files_in(text), files, "\n")
      for (i = 1; i < n; i++) read_settings(first, text "/" files[i], depth + 1)
    } else {
      setting[first, key] = text
    }
  }
  close(file)
  delete reading[file]
}
function blank(c) { return c ~ /^[ \t\n\r\f\v]$/ }
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

# Sets `c_listed` to what is in the folders conf.d beside the files "$@", which Debian's configuration includes: a line "=FOLDER", then a line
# "+NAME" for each file. Folders with odd names are left out.
list_included() {
  c_listed='' c_flags=$-
  for c_file in "$@"; do
    case $c_file in */*) ;; *) continue ;; esac
    c_folder=${c_file%/*}/conf.d
    c_names=
    set +f
    for c_name in "$c_folder"/[!.]*.conf; do
      if [ -e "$c_name" ] || [ -L "$c_name" ]; then c_names="$c_names$c_newline+${c_name##*/}"; fi
    done
    case $c_flags in *f*) set -f ;; esac
    case $c_folder in *"$c_newline"*) continue ;; esac
    c_listed="$c_listed$c_newline=$c_folder$c_names"
  done
}

# Sets `conf` to the folder of the configuration files of $data: Debian keeps them elsewhere. Sets `debian` to it where that is so.
find_configuration() {
  conf=$data debian=
  set +f
  set -- /etc/postgresql/*/*/postgresql.conf
  set -f
  [ -e "$1" ] || return 0
  list_included "$@"
  c_directories=$(LISTED=$c_listed awk "$settings_awk"'BEGIN {
    for (i = 1; i < ARGC; i++) {
      value = ""
      configured(ARGV[i], "data_directory")
      print "=" (value ~ /\n/ ? "" : value)
    }
    exit
  }' "$@" </dev/null)
  c_ifs=${IFS-unset}
  IFS=$c_newline
  for c_directory in $c_directories; do
    c_directory=${c_directory#=}
    while :; do case $c_directory in ?*/) c_directory=${c_directory%/} ;; *) break ;; esac; done
    # shellcheck disable=SC3013 # a shell that does not know -ef has compared the names
    if [ -n "$c_directory" ] && { [ "$c_directory" = "$data" ] || [ "$c_directory" -ef "$data" ] 2>/dev/null; }; then
      conf=${1%/postgresql.conf}
      debian=$conf
      break
    fi
    shift
  done
  if [ "$c_ifs" = unset ]; then unset IFS; else IFS=$c_ifs; fi
}

# Sets `set_NAME` for each of the settings $1, names with blanks between them, to what the files behind it say, and unsets it where none of
# them sets it. Of a file that comes later more counts.
find_in() {
  for c_name in $1; do unset "set_$c_name"; done
  c_wanted=$1
  shift
  list_included "$@"
  set -- "$c_wanted" "$@"
  eval "$(LISTED=$c_listed awk "$settings_awk"'BEGIN {
    n = split(ARGV[1], names, " ")
    for (j = 1; j <= n; j++) {
      seen = 0
      for (i = 2; i < ARGC; i++) configured(ARGV[i], names[j])
      if (seen) print "set_" names[j] "=" quoted(value)
    }
    exit
  }' "$@" </dev/null)"
}

# What the files say of the settings $1 that make a standby follow.
find_configured() {
  case $version in
    9.* | 10* | 11*) find_in "$1" "$data/recovery.conf" ;;
    *) find_in "$1" "$conf/postgresql.conf" "$data/postgresql.auto.conf" ;;
  esac
}
# Whether recovery.conf $1 only keeps an instance that hands over from being a primary (models/postgres/handoverscripts): it has no settings.
is_mark() { c_first='' && { IFS= read -r c_first; } 2>/dev/null <"$1"; [ "$c_first" = '# Made a standby while it hands over' ]; }
# The same, as the instance would be configured when it becomes a standby again: up to 11 a promotion has renamed the file.
find_standby() {
  case $version in
    9.* | 10* | 11*)
      if [ -e "$data/recovery.conf" ] && ! is_mark "$data/recovery.conf"; then find_in "$1" "$data/recovery.conf"; else find_in "$1" "$data/recovery.done"; fi
      ;;
    *) find_configured "$1" ;;
  esac
}
# Sets `configured` to setting $1, and fails when no file sets it.
read_configured() { find_configured "$1"; read_found "$1"; }
read_standby() { find_standby "$1"; read_found "$1"; }
read_found() { eval "configured=\${set_$1:-}; [ -n \"\${set_$1+set}\" ]"; }

# Prints part $1 (password, sslpassword) of the connection string in `configured`, if it is of the same user as connection string $2: a password
# is that of one user. Without a name libpq takes the account's, which may be in `my_name`.
kept_part() {
  case $configured in *assword* | *://*) ;; *) return 0 ;; esac
  PART=$1 THEN=$configured NOW=$2 USER_HERE=${my_name:-$(id -un)} awk "$settings_awk"'BEGIN {
    then = part(ENVIRON["THEN"], "user")
    now = part(ENVIRON["NOW"], "user")
    if (then == "") then = ENVIRON["USER_HERE"]
    if (now == "") now = ENVIRON["USER_HERE"]
    if (then == now) printf "%s", part(ENVIRON["THEN"], ENVIRON["PART"])
    exit
  }' </dev/null
}
