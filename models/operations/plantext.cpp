#include "models/operations/plan.h"
#include "models/domain/visibletext.h"

#include <QStringList>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

// Several lines of one value stay inside the value's own block.
QString indented(const QString& text) { return visibleText(text).replace(u'\n', u"\n      "_s); }

} // namespace

QString Plan::toText() const
{
    const auto severity = [](Severity of) {
        switch (of) {
        case Severity::Ok: return tr("ok");
        case Severity::Warning: return tr("warning");
        case Severity::Blocker: return tr("blocker");
        case Severity::Unknown: return tr("unknown");
        }
        return QString();
    };
    QStringList lines{visibleText(title),
        //: %1 is a time, %2 the revision number of the inventory snapshot
        tr("Made %1 UTC from inventory revision %2.")
            .arg(created.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s))
            .arg(basedOn)};
    if (!findings.empty())
        lines << QString() << tr("Findings");
    for (const Finding& finding : findings) {
        QString line = u"  ["_s % severity(finding.severity) % u"] "_s;
        if (!finding.target.isEmpty())
            line += indented(finding.target) % u": "_s;
        line += indented(finding.text);
        if (!finding.measured.isEmpty())
            line += u' ' % tr("Measured: %1.").arg(indented(finding.measured));
        if (!finding.limit.isEmpty())
            line += u' ' % tr("Limit: %1.").arg(indented(finding.limit));
        if (!finding.cure.isEmpty())
            line += u' ' % indented(finding.cure);
        if (!finding.reason.isEmpty())
            line += u' ' % tr("Passed over because: %1").arg(indented(finding.reason));
        lines << line;
    }
    lines << QString() << tr("Steps");
    for (const Step& step : steps) {
        lines << u"  "_s % QString::number(step.id + 1) % u". "_s % indented(step.title);
        QStringList after;
        for (const int before : step.after)
            after << QString::number(before + 1);
        if (!after.isEmpty())
            lines << u"      "_s % tr("after step %1").arg(after.join(u", "_s));
        const QString user = step.address.remote.user;
        const QString where = (user.isEmpty() ? QString() : QString(user % u'@')) % step.address.remote.host
            % (step.address.remote.port > 0 ? QString(u':' % QString::number(step.address.remote.port)) : QString());
        for (const QByteArray& command : step.commands())
            lines << u"      "_s % indented(where) % u"$ "_s % indented(QString::fromUtf8(command));
    }
    return lines.join(u'\n') % u'\n';
}

} // namespace elephaas
