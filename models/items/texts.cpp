#include "models/items/texts.h"

#include <QCoreApplication>

namespace elephaas {

using namespace Qt::Literals::StringLiterals;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Items)
};

bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

// Positions move past the digits.
int compareNumbers(QStringView a, qsizetype& i, QStringView b, qsizetype& j)
{
    const auto skipZeros = [](QStringView text, qsizetype& at) {
        while (at < text.size() && text[at] == u'0')
            ++at;
    };
    const auto digits = [](QStringView text, qsizetype at) {
        qsizetype end = at;
        while (end < text.size() && isDigit(text[end]))
            ++end;
        return text.sliced(at, end - at);
    };
    skipZeros(a, i);
    skipZeros(b, j);
    const QStringView x = digits(a, i);
    const QStringView y = digits(b, j);
    i += x.size();
    j += y.size();
    if (x.size() != y.size())
        return x.size() < y.size() ? -1 : 1;
    return x.compare(y);
}

} // namespace

QString livenessText(Liveness liveness)
{
    switch (liveness) {
    case Liveness::Online:
        //: State of an instance: its server was asked and PostgreSQL runs.
        return Words::tr("online");
    case Liveness::Offline:
        //: State of an instance: its server was asked and PostgreSQL does not run.
        return Words::tr("offline");
    case Liveness::Unreachable:
        //: State of an instance: its server could not be asked.
        return Words::tr("unreachable");
    case Liveness::Unknown:
        //: State of an instance: nobody could say.
        return Words::tr("unknown");
    }
    return {};
}

QString roleText(Role role)
{
    switch (role) {
    case Role::Primary:
        //: Role of an instance in replication.
        return Words::tr("primary");
    case Role::Replica:
        //: Role of an instance in replication: it follows another one.
        return Words::tr("replica");
    case Role::Detached:
        //: Role of an instance: in recovery, but configured to follow nobody.
        return Words::tr("detached");
    case Role::Unknown:
        //: Role of an instance.
        return Words::tr("unknown");
    }
    return {};
}

QString healthText(Health health)
{
    switch (health) {
    case Health::Empty:
        //: Shown for a herd or server without any instance.
        return Words::tr("no instances");
    case Health::Good:
        return livenessText(Liveness::Online);
    case Health::Unknown:
        return livenessText(Liveness::Unknown);
    case Health::Lagging:
        //: State: the replica is further behind its upstream than the limit.
        return Words::tr("lagging");
    case Health::NotStreaming:
        //: State: the replica runs, but receives no WAL.
        return Words::tr("not streaming");
    case Health::RoleConflict:
        //: State: the inventory and the last probe disagree about the role.
        return Words::tr("role differs");
    case Health::Unreachable:
        return livenessText(Liveness::Unreachable);
    case Health::Offline:
        return livenessText(Liveness::Offline);
    case Health::TwoPrimaries:
        //: State: two running primaries were seen in one herd.
        return Words::tr("two primaries");
    }
    return {};
}

QString ageText(qint64 milliseconds)
{
    const qint64 seconds = std::max<qint64>(0, milliseconds / 1000);
    const QLocale locale;
    if (seconds < 60) {
        //: An age in seconds, as short as possible.
        return Words::tr("%1 s").arg(locale.toString(seconds));
    }
    if (seconds < 3600) {
        //: An age in minutes, as short as possible.
        return Words::tr("%1 min").arg(locale.toString(seconds / 60));
    }
    if (seconds < 86400) {
        //: An age in hours, as short as possible.
        return Words::tr("%1 h").arg(locale.toString(seconds / 3600));
    }
    //: An age in days, as short as possible.
    return Words::tr("%1 d").arg(locale.toString(seconds / 86400));
}

QString seenText(qint64 milliseconds)
{
    //: %1 is an age such as "4 min".
    return Words::tr("seen %1 ago").arg(ageText(milliseconds));
}

QString megabytesText(qint64 bytes, const QLocale& locale)
{
    const qint64 hundredths = (bytes * 100 + bytesPerMegabyte / 2) / bytesPerMegabyte;
    if (hundredths > 99999 || locale.zeroDigit() != u"0")
        return locale.toString(static_cast<double>(hundredths) / 100, 'f', 2);
    // The common case by hand: this is called for every row when text is searched.
    const QChar digits[] = {QChar(u'0' + static_cast<int>(hundredths / 10 % 10)), QChar(u'0' + static_cast<int>(hundredths % 10))};
    return QString::number(hundredths / 100) + locale.decimalPoint() + QStringView(digits, 2);
}

QString lagReasonText(LagReason reason)
{
    switch (reason) {
    case LagReason::Known:
        return {};
    case LagReason::NoUpstream:
        return Words::tr("No lag: it has no upstream in the inventory.");
    case LagReason::UpstreamMissing:
        return Words::tr("Lag unknown: the inventory names an upstream that does not exist.");
    case LagReason::NotSeen:
        return Words::tr("Lag unknown: its upstream was probed, this instance was not.");
    case LagReason::UpstreamNotSeen:
        return Words::tr("Lag unknown: its upstream was never probed.");
    case LagReason::Unreachable:
        return Words::tr("Lag unknown: the last probe got no answer from this instance.");
    case LagReason::UpstreamUnreachable:
        return Words::tr("Lag unknown: the last probe got no answer from its upstream.");
    case LagReason::NoPosition:
        return Words::tr("Lag unknown: the WAL position of this instance is not known.");
    case LagReason::UpstreamNoPosition:
        return Words::tr("Lag unknown: the WAL position of its upstream is not known.");
    }
    return {};
}

QString unknownText()
{
    return u"-"_s;
}

QString tallyText(const Tally& tally)
{
    if (tally.problems == 0)
        return healthText(tally.worst);
    QString what = healthText(tally.worst);
    if (tally.of(tally.worst) < tally.problems) {
        QStringList kinds;
        for (size_t kind = tally.kinds.size(); kind-- > 0;) {
            const auto health = static_cast<Health>(kind);
            //: one of several problems: %1 how many instances have it, %2 is its name, as in "3 offline"
            if (isProblem(health) && tally.of(health) > 0)
                kinds << Words::tr("%1 %2", "number and problem").arg(QLocale().toString(tally.of(health)), healthText(health));
        }
        what = kinds.join(Words::tr(", ", "between problems"));
    }
    //: %1 of %2 instances have a problem, %3 says which: "2 of 5: offline", "3 of 5: 2 offline, 1 unreachable".
    return Words::tr("%1 of %2: %3").arg(QLocale().toString(tally.problems), QLocale().toString(tally.count), what);
}

QString plainToolTip(const QString& plain)
{
    if (plain.isEmpty())
        return {};
    // Marked as rich text on purpose: else Qt guesses from the content, and content is hostile.
    return u"<qt>"_s + plain.toHtmlEscaped().replace(u'\n', "<br/>"_L1) + u"</qt>"_s;
}

int compareNatural(QStringView a, QStringView b)
{
    if (a.isEmpty() != b.isEmpty())
        return a.isEmpty() ? 1 : -1;
    qsizetype i = 0;
    qsizetype j = 0;
    while (i < a.size() && j < b.size()) {
        if (isDigit(a[i]) && isDigit(b[j])) {
            if (const int order = compareNumbers(a, i, b, j))
                return order;
            continue;
        }
        if (a[i] != b[j]) {
            const char16_t x = a[i].toCaseFolded().unicode();
            const char16_t y = b[j].toCaseFolded().unicode();
            if (x != y)
                return x < y ? -1 : 1;
        }
        ++i;
        ++j;
    }
    if (i < a.size() || j < b.size())
        return i < a.size() ? 1 : -1;
    return a.compare(b); // "DB1" and "db1", "db01" and "db1"
}

} // namespace elephaas
