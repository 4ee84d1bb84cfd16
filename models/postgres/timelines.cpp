#include "models/postgres/timelines.h"

#include "models/postgres/answertext.h"

#include <QByteArrayList>

#include <algorithm>

namespace elephaas {

namespace {

std::optional<TimelineHistory> historyOf(const TimelinePlace& place)
{
    return place.timeline == 1 ? TimelineHistory() : place.history;
}

} // namespace

std::optional<TimelineHistory> parseTimelineHistory(QByteArrayView text)
{
    TimelineHistory history;
    for (const QByteArray& word : text.toByteArray().simplified().split(' ')) {
        if (word.isEmpty())
            continue;
        const qsizetype at = word.indexOf('@');
        const auto timeline = at < 0 ? std::nullopt : integerOf<int>(word.first(at));
        const auto end = at < 0 ? std::nullopt : Lsn::parse(QString::fromLatin1(word.sliced(at + 1)));
        if (!timeline || !end || *timeline < 1)
            return std::nullopt;
        if (!history.empty() && (*timeline <= history.back().timeline || *end < history.back().end))
            return std::nullopt;
        history.push_back({*timeline, *end});
    }
    return history;
}

Descent descentOf(const TimelinePlace& own, const TimelinePlace& other)
{
    const auto ours = historyOf(own);
    const auto theirs = historyOf(other);
    if (own.timeline < 1 || other.timeline < own.timeline || !theirs || (own.timeline == other.timeline && !ours))
        return {};
    if (ours) {
        const auto [mine, their] = std::ranges::mismatch(*ours, *theirs);
        // Before the first difference both wrote the same.
        if (mine != ours->end() || (own.timeline == other.timeline && their != theirs->end())) {
            std::optional<Lsn> fork;
            if (mine != ours->end() && their != theirs->end())
                fork = std::min(mine->end, their->end);
            return {Descent::Kind::Parted, fork};
        }
    }
    if (own.timeline == other.timeline)
        return {Descent::Kind::Same, {}};
    const auto ended = std::ranges::find(*theirs, own.timeline, &TimelineSwitch::timeline);
    if (ended == theirs->end())
        return {Descent::Kind::Parted, {}};
    return {Descent::Kind::Continues, ended->end};
}

} // namespace elephaas
