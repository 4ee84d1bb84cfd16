#include "models/operations/steprun.h"

#include "models/domain/visibletext.h"

using namespace Qt::Literals::StringLiterals;

// The steps of a plan that change the DNS.
namespace elephaas {

namespace {

bool isSame(const QString& one, const QString& other) { return one.compare(other, Qt::CaseInsensitive) == 0; }

StepResult noDns() { return {StepState::Failed, StepRun::tr("How the DNS is changed is not set up.")}; }

} // namespace

StepResult StepRun::inspectAlias(const QString& name, const QString& target)
{
    if (!m_dns)
        return {StepState::Indeterminate, noDns().message};
    const Expected<DnsReading> now = m_dns->read(name, m_context.cancel);
    if (!now || !now->primary.isKnown())
        return {StepState::Indeterminate, visibleText(now ? now->primary.error->text() : now.error().text())};
    const QString words = now->primary.target.isEmpty() ? tr("%1 is no alias now.").arg(visibleText(name)) : tr("%1 points to %2 now.").arg(visibleText(name), visibleText(now->primary.target));
    return {isSame(now->primary.target, target) ? StepState::Succeeded : StepState::Failed, words};
}

// What is there is looked at first: an earlier try may have done it, and somebody else something else.
StepResult StepRun::change(const ChangeAlias& alias)
{
    if (!m_dns)
        return noDns();
    const DnsChange& change = alias.change;
    if (alias.rehearse) {
        say(tr("Asking %1.").arg(visibleText(change.zone.primary)));
        if (const StepResult now = inspectAlias(change.name, change.to); now.state == StepState::Succeeded)
            return {.state = StepState::Skipped, .message = now.message, .skip = SkipReason::Done};
        const Expected<void> allowed = m_dns->rehearse(change, m_context.cancel);
        if (allowed)
            return {StepState::Succeeded, tr("%1 would accept the change.").arg(visibleText(change.zone.primary))};
        if (m_context.cancel.stop_requested())
            return {StepState::Cancelled, tr("Cancelled; nothing was changed.")};
        return {StepState::Failed, visibleText(allowed.error().text())};
    }
    say(tr("Sending the update to %1.").arg(visibleText(change.zone.primary)));
    const Expected<void> made = m_dns->replace(change, m_context.cancel);
    // The reading is the proof, whatever the answer was.
    const Expected<DnsReading> now = m_dns->read(change.name, m_context.abort);
    const bool isThere = now && now->primary.isKnown() && isSame(now->primary.target, change.to);
    if (made && isThere)
        return {StepState::Succeeded, tr("%1 points to %2 now.").arg(visibleText(change.name), visibleText(change.to))};
    if (isThere)
        return {StepState::Succeeded, tr("%1 points to %2 now, though the update ended with: %3").arg(visibleText(change.name), visibleText(change.to), visibleText(made.error().text())), true};
    if (made)
        return {StepState::Indeterminate, tr("The update was accepted, but what %1 is now could not be read.").arg(visibleText(change.name))};
    const QString words = visibleText(made.error().text());
    if (now && now->primary.isKnown())
        return {m_context.cancel.stop_requested() ? StepState::Cancelled : StepState::Failed, words};
    return {made.error().kind == ErrorKind::LinkLost ? StepState::Indeterminate : StepState::Failed, words};
}

StepResult StepRun::await(const AwaitAlias& alias)
{
    if (!m_dns)
        return noDns();
    QString seen;
    for (;;) {
        const Expected<DnsReading> now = m_dns->read(alias.name, m_context.cancel);
        if (m_context.cancel.stop_requested())
            return {StepState::Cancelled, tr("Cancelled. %1").arg(seen)};
        if (now && now->agreesOn(alias.target)) {
            const QString all = tr("All %n name server(s) of %1 answer %2.", nullptr, static_cast<int>(now->nameServers.size())).arg(visibleText(now->zone.name), visibleText(alias.target));
            // A change keeps the time to live, so that the old answer had the same.
            const auto timeToLive = now->primary.timeToLive;
            if (timeToLive.count() <= 0)
                return {StepState::Succeeded, all};
            const QDateTime until = m_clock.now().addDuration(timeToLive);
            return {.state = StepState::Succeeded,
                .message = QString(all % u' ' % tr("Resolvers may remember the old answer until %1 UTC, for %n second(s).", nullptr, static_cast<int>(timeToLive.count())).arg(until.toUTC().toString(u"HH:mm:ss"_s))),
                .oldAnswersUntil = until};
        }
        QStringList others;
        if (!now)
            others << visibleText(now.error().text());
        else {
            for (const DnsAnswer& answer : now->nameServers) {
                if (!answer.isKnown())
                    others << tr("%1 is not known to say so: %2").arg(visibleText(answer.server), visibleText(answer.error->text()));
                else if (!isSame(answer.target, alias.target))
                    others << tr("%1 answers %2").arg(visibleText(answer.server), visibleText(answer.target));
            }
        }
        seen = others.join(u"; "_s);
        say(seen);
        if (m_clock.steady() + m_options.namePoll >= m_deadline)
            return {StepState::Failed, tr("Not all name servers say so: %1").arg(seen)};
        if (!pause(m_options.namePoll))
            return {StepState::Cancelled, tr("Cancelled. %1").arg(seen)};
    }
}

} // namespace elephaas
