#include "app/adapters/ssh/remotegroup.h"

#include <algorithm>

namespace elephaas::ssh {

QByteArray withGroupMarker(const QByteArray& marker, const QByteArray& command)
{
    return "echo " + marker + " $$;" + command;
}

QByteArray MarkerFilter::pass(QByteArrayView data)
{
    if (m_open)
        return data.toByteArray();
    m_held.append(data);
    const qsizetype start = m_held.indexOf(m_marker);
    const qsizetype end = start < 0 ? -1 : m_held.indexOf('\n', start);
    if (end < 0)
        return m_held.size() > longestPreamble ? rest() : QByteArray();
    bool isNumber = false;
    const qint64 group = m_held.sliced(start + m_marker.size(), end - start - m_marker.size()).trimmed().toLongLong(&isNumber);
    if (isNumber && group > 1)
        m_group = group;
    m_open = true;
    return std::exchange(m_held, {}).sliced(end + 1);
}

QByteArray MarkerFilter::rest()
{
    m_open = true;
    return std::exchange(m_held, {});
}

QByteArray endGroupCommand(qint64 group, std::chrono::milliseconds grace, bool sameConnection)
{
    // No single quotes in here. ps sees processes of other users (sudo), which kill -0 reports as missing; zombies count as gone.
    QByteArray script = R"(p=@GROUP@; n=@TENTHS@; k=-$p
field() { ps -o $1= -p $p 2>/dev/null | tr -d " "; }
alive() {
  s=$(ps -A -o pid= -o pgid= -o stat= 2>/dev/null)
  [ -n "$s" ] || { kill -0 -- $k 2>/dev/null; return; }
  echo "$s" | while read -r i g t; do
    [ "$g" = "$p" ] || { [ "$i" = "$p" ] && [ $k = $p ]; } || continue
    case $t in Z*) ;; *) echo y; break ;; esac
  done | grep -q y
}
if [ @SAME@ = 1 ]; then o=$(field ppid); [ -z "$o" ] || [ "$o" = "$PPID" ] || { echo EH-OTHER; exit 0; }; fi
g=$(field pgid); [ -z "$g" ] || [ "$g" = "$p" ] || k=$p
nap() { sleep 0.05 2>/dev/null || sleep 1; }
kill -s TERM -- $k 2>/dev/null
i=0; while alive; do [ $i -lt $n ] || break; nap; i=$((i+1)); done
if alive; then
  kill -s KILL -- $k 2>/dev/null
  i=0; while alive; do [ $i -lt 40 ] || break; nap; i=$((i+1)); done
fi
if alive; then echo EH-THERE; else echo EH-GONE; fi)";
    script.replace("@GROUP@", QByteArray::number(group));
    script.replace("@TENTHS@", QByteArray::number(qint64(std::max<std::int64_t>(0, grace.count() / 50))));
    script.replace("@SAME@", sameConnection ? "1" : "0");
    return "exec /bin/sh -c '" + script + '\'';
}

GroupEnd parseGroupEnd(QByteArrayView output)
{
    const QByteArray text = output.toByteArray();
    if (text.contains("EH-GONE"))
        return GroupEnd::Gone;
    if (text.contains("EH-THERE"))
        return GroupEnd::StillThere;
    if (text.contains("EH-OTHER"))
        return GroupEnd::NotOurs;
    return GroupEnd::Unknown;
}

} // namespace elephaas::ssh
