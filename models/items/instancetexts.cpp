// The sentences of the instances table: tool tips and what screen readers say.
#include "models/items/instancetablemodel.h"

#include "models/items/cells.h"

namespace elephaas {

namespace {

void addSentence(QString& text, const QString& sentence)
{
    if (sentence.isEmpty())
        return;
    if (!text.isEmpty())
        text += u'\n';
    text += sentence;
}

} // namespace

QString InstanceTableModel::explanation(const InstanceRow& row, Column column) const
{
    const Observation* seen = snapshot()->observation(row.id);
    QString text;
    switch (column) {
    case Column::State:
        if (row.state.health != Health::Good && row.state.health > Health::Unknown
            && row.state.health != Health::Offline && row.state.health != Health::Unreachable)
            addSentence(text, healthText(row.state.health));
        if (seen && seen->error)
            addSentence(text, seen->error->text());
        if (!seen)
            addSentence(text, tr("Never probed: this is what the inventory says."));
        break;
    case Column::Role:
        if (row.state.twoPrimaries)
            addSentence(text, tr("Two running primaries were seen in this herd."));
        if (row.state.roleConflict) {
            addSentence(text, tr("The inventory says %1, the last probe saw %2.")
                                  .arg(roleText(row.hasUpstream ? Role::Replica : Role::Primary), roleText(row.state.role)));
        }
        if (!seen)
            addSentence(text, tr("Never probed: this is what the inventory says."));
        break;
    case Column::Lag:
        addSentence(text, lagReasonText(row.state.lagReason));
        break;
    case Column::ReceiveLag:
        if (!row.state.receiveLagBytes)
            addSentence(text, row.state.lagReason == LagReason::Known
                    ? tr("Receive lag unknown: no receive position was seen.")
                    : lagReasonText(row.state.lagReason));
        break;
    case Column::Upstream:
        if (row.hasUpstream && row.upstream.isEmpty())
            addSentence(text, tr("The inventory names an upstream that does not exist."));
        break;
    case Column::Version:
    case Column::Timeline:
        if (freshnessOf(row, column) == Freshness::Unknown)
            addSentence(text, seen ? tr("Unknown: no probe could read it.") : tr("Unknown: never probed."));
        break;
    case Column::Seen:
        if (!seen)
            addSentence(text, tr("Never probed."));
        else if (!seen->seenBy.isEmpty())
            //: %1 is who saw it ("probe", "agent"), %2 a date and time.
            addSentence(text, tr("Seen by %1 at %2").arg(seen->seenBy, m_locale.toString(seen->at.toLocalTime(), QLocale::ShortFormat)));
        break;
    case Column::Herd:
    case Column::Server:
    case Column::Port:
    case Column::Environment:
    case Column::DataDirectory:
        break;
    }
    if (seen && column != Column::Seen && freshnessOf(row, column) == Freshness::Stale) {
        const qint64 at = column == Column::State ? row.seenAt : row.factsAt;
        if (at > 0)
            addSentence(text, seenText(nowMs() - at));
    }
    return text;
}

QString InstanceTableModel::accessibleText(const InstanceRow& row, Column column) const
{
    QString text = display(row, column);
    //: Said by a screen reader for an empty cell.
    if (text.isEmpty())
        text = tr("none");
    else if (text == unknownText())
        text = column == Column::Seen ? tr("never") : tr("unknown");
    text = cellSentence(headerText(column), text);
    if (column == Column::State && row.state.health != Health::Good
        && healthText(row.state.health) != livenessText(row.state.liveness))
        text += QStringLiteral(", ") + healthText(row.state.health);
    if (column == Column::Role && row.state.roleConflict)
        text += QStringLiteral(", ") + tr("the inventory says otherwise");
    const bool aged = column == Column::State || freshnessOf(row, column) == Freshness::Stale;
    if (column == Column::Seen || !aged)
        return text;
    const qint64 at = column == Column::State ? row.seenAt : row.factsAt;
    return text + QStringLiteral(", ") + (at > 0 ? seenText(nowMs() - at) : tr("never probed"));
}

} // namespace elephaas
