#include "models/operations/plancompare.h"

#include "models/operations/planwords.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(elephaas::PlanCompare)
};

bool isSameSubject(const Finding& a, const Finding& b)
{
    return a.code == b.code && a.check == b.check && a.target == b.target && a.instance == b.instance && a.environment == b.environment;
}

QString lineOf(const Finding& finding)
{
    const QString text = finding.target.isEmpty() ? finding.text : QString(finding.target % u": "_s % finding.text);
    return u"["_s % titleOf(finding.severity) % u"] "_s % text;
}

// Findings of `a` without their equal in `b`, one for one.
std::vector<const Finding*> without(const std::vector<Finding>& a, const std::vector<Finding>& b)
{
    std::vector<const Finding*> left;
    std::vector<bool> used(b.size());
    for (const Finding& finding : a) {
        bool found = false;
        for (size_t i = 0; i < b.size() && !found; ++i) {
            if (!used[i] && isSameFinding(finding, b[i])) {
                used[i] = true;
                found = true;
            }
        }
        if (!found)
            left.push_back(&finding);
    }
    return left;
}

void compareFindings(const Plan& shown, const Plan& now, QStringList& differences)
{
    std::vector<const Finding*> gone = without(shown.findings, now.findings);
    for (const Finding* finding : without(now.findings, shown.findings)) {
        const auto before = std::ranges::find_if(gone, [&](const Finding* old) { return isSameSubject(*old, *finding); });
        if (before == gone.end()) {
            differences << Words::tr("New: %1").arg(lineOf(*finding));
            continue;
        }
        const Severity was = (*before)->severity;
        gone.erase(before);
        // Whoever went on in spite of a warning goes on without it. What moves all the time, as lag does, must not keep a plan from running.
        if (was == Severity::Warning && finding->severity == Severity::Ok)
            continue;
        //: %1 a finding as it is now, %2 its weight before: "ok", "warning", …
        differences << Words::tr("Now: %1 (was: %2)").arg(lineOf(*finding), titleOf(was));
    }
    for (const Finding* finding : gone)
        differences << Words::tr("No longer: %1").arg(lineOf(*finding));
}

void compareSteps(const Plan& shown, const Plan& now, QStringList& differences)
{
    if (shown.steps == now.steps)
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
            if (shown.steps[i] != now.steps[i])
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
    return isSameSubject(a, b) && a.severity == b.severity && a.override_ == b.override_;
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
    std::vector<bool> used(from.findings.size());
    for (Finding& finding : to.findings) {
        for (size_t i = 0; i < from.findings.size(); ++i) {
            const Finding& old = from.findings[i];
            if (used[i] || old.reason.isEmpty() || finding.severity != Severity::Blocker || finding.override_ != Override::WithReason
                || !isSameFinding(old, finding))
                continue;
            finding.reason = old.reason;
            used[i] = true;
            break;
        }
    }
}

} // namespace elephaas
