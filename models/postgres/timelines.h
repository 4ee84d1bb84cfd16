#pragma once

#include "models/domain/lsn.h"

#include <QByteArrayView>

#include <optional>
#include <vector>

namespace elephaas {

// Where a timeline's ancestors ended (PostgreSQL manual, "Timelines"), oldest first; empty for timeline 1.
struct TimelineSwitch {
    int timeline = 0;
    Lsn end = {};
    bool operator==(const TimelineSwitch&) const = default;
};
using TimelineHistory = std::vector<TimelineSwitch>;

// "1@0/3000000 2@0/5000000", as a survey tells it; nothing where anything of it is not understood, or not in order.
std::optional<TimelineHistory> parseTimelineHistory(QByteArrayView text);

// Where one server stands: the timeline it writes or replays, and that one's history where it is known.
struct TimelinePlace {
    int timeline = 0;
    std::optional<TimelineHistory> history = {}; // of timeline 1 also when not said
};

// How one server's history of writes continues in another's. The same number does not make the same timeline: two standbys that were
// promoted apart from each other both begin the next one.
struct Descent {
    enum class Kind {
        Unknown,
        Same, // on one timeline
        Continues, // the other one went on, where this one's timeline ended at `fork`
        Parted, // each wrote what the other does not have, from `fork` on
    };
    Kind kind = Kind::Unknown;
    std::optional<Lsn> fork = {};
    bool operator==(const Descent&) const = default;
};
// Unknown also where `own` is on a later timeline than `other`, whose descent it then is.
Descent descentOf(const TimelinePlace& own, const TimelinePlace& other);

} // namespace elephaas
