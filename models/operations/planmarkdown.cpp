#include "models/operations/markdown.h"
#include "models/operations/planwords.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

using namespace markdown;

QString findingsTable(const std::vector<Finding>& findings)
{
    std::vector<const Finding*> sorted;
    for (const Finding& finding : findings)
        sorted.push_back(&finding);
    std::ranges::stable_sort(sorted, {}, [](const Finding* finding) { return rankOf(finding->severity); });
    QString out = headerRow({Plan::tr("Result"), Plan::tr("Target"), Plan::tr("Check"), Plan::tr("What was found"), Plan::tr("Measured"),
        Plan::tr("Limit"), Plan::tr("What would mend it"), Plan::tr("Passed over because")});
    for (const Finding* finding : sorted) {
        out += row({text(titleOf(finding->severity)), text(finding->target), text(finding->check), text(finding->text), text(finding->measured),
            text(finding->limit), text(finding->cure), text(finding->reason)});
    }
    return out;
}

QString codeWords(const CodeWords& words) { return text(words.heading) + u"\n\n"_s + code(QByteArrayView(words.code)) + u'\n'; }

} // namespace

QString Plan::toMarkdown(int level) const
{
    const QString heading(level, u'#');
    QString out = heading + u' ' + text(title) + u"\n\n"_s;
    //: %1 is a time, %2 the revision number of the inventory snapshot
    out += text(tr("Made %1 UTC from inventory revision %2.").arg(created.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s)).arg(basedOn)) + u"\n\n"_s;
    out += text(tr("Operation %1").arg(id.toString(QUuid::WithoutBraces))) + u"\n\n"_s;
    if (const QString why = whyNotRunnable(); !why.isEmpty())
        out += u"**"_s + text(tr("This cannot be run")) + u"**: "_s + text(why) + u"\n\n"_s;
    if (!findings.empty())
        out += heading + u"# "_s + text(tr("Findings")) + u"\n\n"_s + findingsTable(findings) + u'\n';
    out += heading + u"# "_s + text(tr("Steps")) + u"\n\n"_s;
    for (const Step& step : steps) {
        const StepWords words = wordsOf(*this, step);
        out += heading + u"## "_s + QString::number(step.id + 1) + u"\\. "_s + text(step.title) + u"\n\n"_s;
        if (!words.effect.isEmpty())
            out += text(words.effect) + u"\n\n"_s;
        for (const QString& condition : words.conditions)
            out += u"- "_s + text(condition) + u'\n';
        if (!words.conditions.isEmpty())
            out += u'\n';
        for (const CodeWords& command : words.commands)
            out += codeWords(command);
        for (const CodeWords& proof : words.proofs)
            out += codeWords(proof);
    }
    return out;
}

} // namespace elephaas
