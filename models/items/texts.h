#pragma once

#include "models/items/assessment.h"
#include "models/items/roles.h"

#include <QLocale>
#include <QString>

namespace elephaas {

// The words for what is known, the same everywhere. Plain text.
QString livenessText(Liveness liveness);
QString roleText(Role role);
QString healthText(Health health);
// "2 s", "4 min", "3 h", "2 d"; never negative.
QString ageText(qint64 milliseconds);
// The same as a phrase: "seen 4 min ago".
QString seenText(qint64 milliseconds);
// MB (1024*1024 bytes) with two decimals, by locale.
QString megabytesText(qint64 bytes, const QLocale& locale);
// Why there is no lag; "" when there is.
QString lagReasonText(LagReason reason);
QString unknownText(); // "-"

// The worst state, or every problem with how many have it: "online", "2 of 5: offline", "3 of 5: 2 offline, 1 unreachable".
QString tallyText(const Tally& tally);

// A tool tip that shows exactly the plain text, whatever is in it; "" stays "".
QString plainToolTip(const QString& plain);

// Order for names as people read them: case-insensitive, digits by value ("db2" before "db10"); "" last.
// Total: differs from 0 whenever the strings differ.
int compareNatural(QStringView a, QStringView b);

} // namespace elephaas
