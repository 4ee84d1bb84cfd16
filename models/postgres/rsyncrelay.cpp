#include "models/postgres/rsyncrelay.h"

#include "models/postgres/shellquote.h"

#include <algorithm>

namespace elephaas {

using namespace Qt::Literals::StringLiterals;

namespace {

// The words come as one line, so none of them can contain a blank; read takes a byte at a time and leaves what follows to rsync. The
// short options end with "e." and what the asking rsync is able to do. There is no "s" among them: with it the path and more options would
// come later, by another way.
constexpr const char* sourceScript = R"(LC_ALL=C; export LC_ALL
refuse() { printf "%s\n" "The other server asked for what is not done here: $1" >&2; exit 64; }
cd @DIRECTORY@ || exit 66
IFS= read -r line || refuse nothing
set -f
IFS=" "
set -- $line
[ "$1 $2 $3" = "rsync --server --sender" ] || refuse "$line"
shift 3
options=
while [ $# -gt 2 ]; do
  case $1 in
    *[!A-Za-z0-9.,=-]*) refuse "$1" ;;
    --inplace | --numeric-ids | --checksum | --stats | --partial | --sparse | --ignore-errors | --force | --delete* | --no-[rW] | \
    --whole-file | --no-whole-file | --open-noatime | --preallocate | --fsync | --new-compress | --old-compress | --info=[A-Za-z0-9]* | \
    --block-size=[0-9]* | --bwlimit=[0-9]* | --timeout=[0-9]* | --checksum-seed=[0-9]* | --compress-level=[0-9]* | \
    --checksum-choice=[a-z0-9]* | --compress-choice=[a-z0-9]* | --max-alloc=[0-9]*) ;;
    --*) refuse "$1" ;;
    -B[0-9]*) case ${1#-B} in *[!0-9]*) refuse "$1" ;; esac ;;
    -*e.*) letters=${1%%e.*}; case ${letters#-} in *[!vqlogDtprHAXENUcSzxWuOJmId]*) refuse "$1" ;; esac ;;
    *) refuse "$1" ;;
  esac
  options="$options $1"
  shift
done
[ "$1" = . ] || refuse "$line"
exec rsync --server --sender $options . ./)";

// Runs as rsync's remote shell, between single quotes: it can have none. Its input and output are rsync's, 3 and 4 the script's.
// One of the two copies ends first: that from the other server when the command there has ended, as rsync expects it of a remote shell; the other
// one when rsync itself has gone, and then the first would read for ever.
constexpr const char* helper = R"(shift
printf "%s\n" "$*" >&4
exec 5<&0 </dev/null
cat <&3 & from=$!
{ cat <&5 >&4; kill $from; } >/dev/null 2>&1 3<&- & to=$!
exec 5<&- 3<&- 4>&- >/dev/null 2>&1
wait $from
kill $to 2>/dev/null
exit 0)";

// Without --blocking-io, cat gets EAGAIN as soon as rsync does not read fast enough.
constexpr const char* targetScript = R"(LC_ALL=C; RSYNC_PROTECT_ARGS=0; export LC_ALL RSYNC_PROTECT_ARGS
unset RSYNC_OLD_ARGS
cd @DIRECTORY@ || exit 66
exec 3<&0 4>&1 </dev/null >&2
@RUNNER@rsync -e @SHELL@ --blocking-io --no-protect-args @OPTIONS@ source:/ ./)";

std::optional<qint64> numberAfter(QByteArrayView text, QByteArrayView label)
{
    const qsizetype start = text.indexOf(label);
    if (start < 0)
        return std::nullopt;
    qint64 number = -1;
    for (const char c : text.sliced(start + label.size())) {
        if (c >= '0' && c <= '9')
            number = std::max<qint64>(number, 0) * 10 + (c - '0');
        else if (c != ',') // thousands, as some versions print them
            break;
    }
    return number < 0 ? std::nullopt : std::optional(number);
}

} // namespace

QByteArray rsyncSourceScript(const QString& directory)
{
    return QByteArray(sourceScript).replace("@DIRECTORY@", shellQuote(directory));
}

QByteArray rsyncTargetScript(const QString& directory, const QStringList& options, const QByteArray& runner)
{
    QByteArrayList quoted;
    for (const QString& option : options)
        quoted += shellQuote(option);
    const QString shell = u"/bin/sh -c '"_s + QString::fromLatin1(helper) + u"' helper"_s;
    // What comes from outside goes in last: nothing in it is taken for a place to fill.
    QByteArray script = targetScript;
    script.replace("@RUNNER@", runner);
    script.replace("@SHELL@", shellQuote(shell));
    const qsizetype at = script.indexOf("@OPTIONS@");
    script.replace(at, 9, quoted.join(' '));
    return script.replace(script.indexOf("@DIRECTORY@"), 11, shellQuote(directory));
}

QStringList rsyncCopyOptions()
{
    return {u"--archive"_s, u"--checksum"_s, u"--inplace"_s, u"--no-whole-file"_s, u"--block-size=8192"_s, u"--no-human-readable"_s,
        u"--info=progress2"_s, u"--stats"_s, u"--outbuf=L"_s, u"--no-inc-recursive"_s};
}

bool isRsyncSuccess(int exitStatus)
{
    return exitStatus == 0 || exitStatus == 24;
}

std::optional<RsyncProgress> parseRsyncProgress(QByteArrayView line)
{
    const QByteArrayList words = line.toByteArray().simplified().split(' ');
    if (words.size() < 3 || !words[1].endsWith('%') || !words[2].endsWith("/s"))
        return std::nullopt;
    bool isNumber = false;
    bool isPercent = false;
    const RsyncProgress progress{QByteArray(words[0]).replace(",", "").toLongLong(&isNumber), words[1].chopped(1).toInt(&isPercent)};
    if (!isNumber || !isPercent || progress.bytes < 0 || progress.percent < 0 || progress.percent > 100)
        return std::nullopt;
    return progress;
}

std::optional<RsyncStatistics> parseRsyncStatistics(QByteArrayView text)
{
    const auto total = numberAfter(text, "Total file size: ");
    const auto literal = numberAfter(text, "Literal data: ");
    const auto matched = numberAfter(text, "Matched data: ");
    if (!total || !literal || !matched)
        return std::nullopt;
    return RsyncStatistics{*total, *literal, *matched};
}

} // namespace elephaas
