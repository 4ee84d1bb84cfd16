#include "models/operations/plancompare.h"

#include "models/operations/planwords.h"

#include <algorithm>
#include <set>
#include <tuple>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::PlanCompare)
};

// What a finding is about, and how it came out. Plans have tens of thousands of them.
auto subjectOf(const Finding& finding)
{
    return std::tie(finding.code, finding.check, finding.target, finding.instance, finding.environment);
}
auto identityOf(const Finding& finding) { return std::tuple_cat(subjectOf(finding), std::tie(finding.severity, finding.override_)); }

// A reason is given for what was read: "db2 could not be looked at" is not "db3 could not be looked at", and 1 GB lost is not 10 GB.
bool isTakenAtItsWord(const Finding& finding) { return finding.severity == Severity::Blocker && finding.override_ == Override::WithReason; }
auto wordsOf(const Finding& finding) { return std::pair(finding.text, finding.measuredIsFailure ? QString() : finding.measured); }

struct IdentityLess {
    bool operator()(const Finding* a, const Finding* b) const
    {
        if (identityOf(*a) < identityOf(*b))
            return true;
        return isTakenAtItsWord(*a) && isTakenAtItsWord(*b) && !(identityOf(*b) < identityOf(*a)) && wordsOf(*a) < wordsOf(*b);
    }
};

QString lineOf(const Finding& finding)
{
    const QString text = finding.target.isEmpty() ? finding.text : QString(finding.target % u": "_s % finding.text);
    return u"["_s % titleOf(finding.severity) % u"] "_s % text;
}

// Findings of `a` without their equal in `b`, one for one.
std::vector<const Finding*> without(const std::vector<Finding>& a, const std::vector<Finding>& b)
{
    std::multiset<const Finding*, IdentityLess> others;
    for (const Finding& finding : b)
        others.insert(&finding);
    std::vector<const Finding*> left;
    for (const Finding& finding : a) {
        const auto other = others.find(&finding);
        if (other == others.end())
            left.push_back(&finding);
        else
            others.erase(other);
    }
    return left;
}

void compareFindings(const Plan& shown, const Plan& now, QStringList& differences)
{
    std::vector<const Finding*> gone = without(shown.findings, now.findings);
    for (const Finding* finding : without(now.findings, shown.findings)) {
        const auto before = std::ranges::find_if(gone, [&](const Finding* old) { return subjectOf(*old) == subjectOf(*finding); });
        if (before == gone.end()) {
            differences << Words::tr("New: %1").arg(lineOf(*finding));
            continue;
        }
        const Severity was = (*before)->severity;
        const QString wasText = (*before)->text;
        gone.erase(before);
        // Whoever went on in spite of a warning goes on without it. What moves all the time, as lag does, must not keep a plan from running.
        if (was == Severity::Warning && finding->severity == Severity::Ok)
            continue;
        //: %1 a finding as it is now, %2 its weight before ("ok", "warning", …) or, where that is the same, its text
        differences << Words::tr("Now: %1 (was: %2)").arg(lineOf(*finding), was == finding->severity && wasText != finding->text ? wasText : titleOf(was));
    }
    for (const Finding* finding : gone)
        differences << Words::tr("No longer: %1").arg(lineOf(*finding));
}

// What was measured may move: it is not what the step does.
bool doesTheSame(const Step& was, Step now)
{
    now.silentSince = was.silentSince;
    return was == now;
}

void compareSteps(const Plan& shown, const Plan& now, QStringList& differences)
{
    if (std::ranges::equal(shown.steps, now.steps, doesTheSame))
        return;
    const auto titles = [](const Plan& plan) {
        QStringList all;
        for (const Step& step : plan.steps)
            all << step.title;
        return all;
    };
    const QStringList before = titles(shown);
    const QStringList after = titles(now);
    if (before == after) {
        for (size_t i = 0; i < now.steps.size(); ++i) {
            if (!doesTheSame(shown.steps[i], now.steps[i]))
                differences << Words::tr("Step %1 is done in another way: %2").arg(i + 1).arg(now.steps[i].title);
        }
        return;
    }
    QStringList removed = before;
    for (const QString& title : after) {
        if (!removed.removeOne(title))
            differences << Words::tr("New step: %1").arg(title);
    }
    for (const QString& title : removed)
        differences << Words::tr("Step no longer needed or possible: %1").arg(title);
    if (differences.isEmpty())
        differences << Words::tr("The steps come in another order.");
}

} // namespace

bool isSameFinding(const Finding& a, const Finding& b)
{
    const IdentityLess less;
    return !less(&a, &b) && !less(&b, &a);
}

QStringList differencesBetween(const Plan& shown, const Plan& now)
{
    QStringList differences;
    compareSteps(shown, now, differences);
    compareFindings(shown, now, differences);
    if (differences.isEmpty() && (shown.kind != now.kind || shown.title != now.title || shown.limits != now.limits))
        differences << Words::tr("The operation is another one: %1").arg(now.title);
    return differences;
}

void keepReasons(const Plan& from, Plan& to)
{
    std::multiset<const Finding*, IdentityLess> given;
    for (const Finding& finding : from.findings) {
        if (!finding.reason.isEmpty())
            given.insert(&finding);
    }
    for (Finding& finding : to.findings) {
        if (finding.severity != Severity::Blocker || finding.override_ != Override::WithReason)
            continue;
        if (const auto old = given.find(&finding); old != given.end()) {
            finding.reason = (*old)->reason;
            given.erase(old);
        }
    }
}

} // namespace elephaas
