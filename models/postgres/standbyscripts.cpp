#include "models/postgres/standbyscripts.h"

#include "models/postgres/shellquote.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Functions of awk. Configuration files as guc-file.l reads them, connection strings as fe-connect.c does. No single quotes in here: the
// text stands between some in the script; `q` is one.
constexpr auto awkTools = R"awk(
function name_of(line) {
  sub(/^[ \t]+/, "", line)
  return match(line, /^[A-Za-z_][A-Za-z0-9_$.]*/) ? tolower(substr(line, 1, RLENGTH)) : ""
}
function value_of(line,   out, c, i, n) {
  sub(/^[ \t]*[A-Za-z_][A-Za-z0-9_$.]*[ \t]*=?[ \t]*/, "", line)
  if (substr(line, 1, 1) != q) { sub(/[ \t\r]*(#.*)?$/, "", line); return line }
  n = length(line)
  for (i = 2; i <= n; i++) {
    c = substr(line, i, 1)
    if (c == q) { if (substr(line, i + 1, 1) != q) return out; i++ }
    else if (c == "\\") { i++; c = substr(line, i, 1) }
    out = out c
  }
  return out
}
function blank(c) { return c == " " || c == "\t" || c == "\n" || c == "\r" }
function part_of(info, key,   i, n, c, k, v, quoted, found) {
  n = length(info)
  i = 1
  while (i <= n) {
    while (i <= n && blank(substr(info, i, 1))) i++
    k = ""
    while (i <= n && (c = substr(info, i, 1)) != "=" && !blank(c)) { k = k c; i++ }
    while (i <= n && blank(substr(info, i, 1))) i++
    if (substr(info, i, 1) != "=") return found
    i++
    while (i <= n && blank(substr(info, i, 1))) i++
    v = ""
    quoted = substr(info, i, 1) == q
    if (quoted) i++
    for (; i <= n; i++) {
      c = substr(info, i, 1)
      if (quoted ? c == q : blank(c)) { i++; break }
      if (c == "\\") { i++; c = substr(info, i, 1) }
      v = v c
    }
    if (k == key) found = v
  }
  return found
}
function doubled(text, escape,   out, c, i, n) {
  n = length(text)
  for (i = 1; i <= n; i++) {
    c = substr(text, i, 1)
    if (c == "\\") out = out "\\"
    else if (c == q) out = out escape
    out = out c
  }
  return out
}
)awk";

QByteArray tools() { return QByteArray("awk_tools='") + awkTools + "'\n"; }

// What has to stand in the file, one setting a line.
constexpr auto wantedLines = R"sh(
wanted() {
  EH_CONNINFO=$conninfo${password:+ $password} EH_SLOT=$slot awk -v q="'" "$awk_tools"'
    BEGIN {
      print "primary_conninfo = " q doubled(ENVIRON["EH_CONNINFO"], q) q
      if (ENVIRON["EH_SLOT"] != "") print "primary_slot_name = " q doubled(ENVIRON["EH_SLOT"], q) q
    }'
  [ "$kind" = signal ] || printf '%s\n' "standby_mode = 'on'" "recovery_target_timeline = 'latest'"
}
)sh";

constexpr auto configure = R"sh(
set -eu
umask 077
[ -e "$data/PG_VERSION" ]
if [ "$kind" = signal ]; then file=$data/postgresql.auto.conf; else file=$data/recovery.conf; fi
from=$file
[ "$kind" = signal ] || [ -e "$file" ] || from=$data/recovery.done
{
  [ ! -f "$from" ] || awk "$awk_tools"'
    name_of($0) !~ /^(primary_conninfo|primary_slot_name|standby_mode|recovery_target_timeline)$/ ||
      (signal && name_of($0) == "recovery_target_timeline")' signal="$([ "$kind" != signal ] || echo 1)" q="'" "$from"
  wanted
} >"$file.elephaas"
sync "$file.elephaas" 2>/dev/null || sync
mv -f "$file.elephaas" "$file"
if [ "$kind" = signal ]; then
  [ ! -e "$data/recovery.conf" ] || mv -f "$data/recovery.conf" "$data/recovery.conf.elephaas"
  rm -f "$data/recovery.signal"
  : >"$data/standby.signal"
fi
sync "$data" 2>/dev/null || sync
)sh";

constexpr auto configured = R"sh(
if [ "$kind" = signal ]; then
  [ -e "$data/standby.signal" ] && [ ! -e "$data/recovery.conf" ] || exit 1
  file=$data/postgresql.auto.conf
else
  file=$data/recovery.conf
fi
[ -r "$file" ] || exit 1
names='primary_conninfo|primary_slot_name'
[ "$kind" = signal ] || names="$names|standby_mode|recovery_target_timeline"
[ "$(wanted)" = "$(awk "$awk_tools"'name_of($0) ~ ("^(" names ")$")' names="$names" q="'" "$file")" ] || exit 1
)sh";

QByteArray settingsOf(const StandbySettings& settings)
{
    return QByteArray(shellVariable("data", settings.dataDirectory) + shellVariable("conninfo", settings.conninfo)
        + shellVariable("slot", settings.slotName)
        + (settings.kind == StandbyConfiguration::StandbySignal ? "kind=signal\n" : "kind=recovery\n")
        + passwordFromFiles(settings.secretFiles) + wantedLines);
}

} // namespace

QByteArray shellVariable(const char* name, const QString& value) { return QByteArray(QByteArray(name) + '=' + shellQuote(value) + '\n'); }

QByteArray passwordFromFiles(const QStringList& secretFiles)
{
    QByteArray text = tools() + "password= secret=\n";
    if (secretFiles.isEmpty())
        return text;
    QByteArray files;
    for (const QString& file : secretFiles)
        files += ' ' + shellQuote(file);
    text += "for file in" + files + R"sh(; do
  [ -r "$file" ] || continue
  # The password is that of one user.
  secret=$(EH_CONNINFO=$conninfo awk -v q="'" "$awk_tools"'
    name_of($0) == "primary_conninfo" { then = value_of($0) }
    END { if (part_of(then, "user") == part_of(ENVIRON["EH_CONNINFO"], "user")) print part_of(then, "password") }' "$file")
  [ -z "$secret" ] || break
done
if [ -n "$secret" ]; then
  PGPASSWORD=$secret
  export PGPASSWORD
  password="password='$(EH_SECRET=$secret awk -v q="'" "$awk_tools"'BEGIN { print doubled(ENVIRON["EH_SECRET"], "\\") }')'"
fi
)sh";
    return text;
}

QByteArray configureStandbyScript(const StandbySettings& settings) { return QByteArray(settingsOf(settings) + configure); }

QByteArray standbyConfiguredScript(const StandbySettings& settings) { return QByteArray(settingsOf(settings) + configured); }

} // namespace elephaas
