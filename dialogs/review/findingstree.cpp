#include "dialogs/review/findingstree.h"

#include "dialogs/parts/marks.h"
#include "dialogs/parts/plainlabel.h"
#include "models/operations/planwords.h"

#include <QEvent>
#include <QHash>
#include <QHeaderView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTextLayout>
#include <QTextOption>

#include <algorithm>
#include <map>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

enum Column { CheckColumn, TextColumn, MeasuredColumn, LimitColumn, CureColumn, columns };
constexpr int severityRole = Qt::UserRole + 1;
constexpr int headingRole = Qt::UserRole + 2; // of a target, or of what is folded together
constexpr int shares[] = {24, 30, 17, 13, 22}; // of the width, in parts
constexpr int margin = 6;

// Rows as tall as their longest cell needs in the column's width: nothing is cut off.
class WrapDelegate final : public QStyledItemDelegate {
public:
    explicit WrapDelegate(QTreeWidget* tree)
        : QStyledItemDelegate(tree)
        , m_tree(tree)
    {
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QString text = index.data().toString();
        QSize size(10, std::max(20, option.fontMetrics.lineSpacing() + margin));
        if (text.isEmpty())
            return size;
        int width = m_tree->columnWidth(index.column()) - 2 * margin;
        if (index.column() == CheckColumn) {
            width -= m_tree->iconSize().width() + margin;
            for (QModelIndex at = index; at.isValid(); at = at.parent())
                width -= m_tree->indentation();
        }
        if (isHeading(index))
            width += m_tree->viewport()->width() - m_tree->columnWidth(index.column());
        const QFont font = index.data(Qt::FontRole).isValid() ? index.data(Qt::FontRole).value<QFont>() : option.font;
        const QRect box = QFontMetrics(font).boundingRect(
            QRect(0, 0, std::max(40, width), 100000), Qt::TextWordWrap, text);
        size.setHeight(std::max(size.height(), box.height() + margin));
        return size;
    }

    // Headings go across all columns. (A view that is told so lays itself out anew for each of them.)
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        if (!isHeading(index))
            return QStyledItemDelegate::paint(painter, option, index);
        if (index.column() != CheckColumn)
            return;
        QStyleOptionViewItem across = option;
        if (m_tree->isRightToLeft())
            across.rect.setLeft(0);
        else
            across.rect.setRight(m_tree->viewport()->width() - 1);
        QStyledItemDelegate::paint(painter, across, index);
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->features |= QStyleOptionViewItem::WrapText;
        option->textElideMode = Qt::ElideNone;
        option->displayAlignment = Qt::AlignLeft | Qt::AlignTop;
        option->decorationAlignment = Qt::AlignTop | Qt::AlignHCenter;
        option->decorationPosition = QStyleOptionViewItem::Left;
    }

private:
    static bool isHeading(const QModelIndex& index) { return index.siblingAtColumn(CheckColumn).data(headingRole).toBool(); }

    QTreeWidget* m_tree;
};

Mark markOf(Severity severity)
{
    switch (severity) {
    case Severity::Ok:
        return Mark::Done;
    case Severity::Warning:
        return Mark::Warning;
    case Severity::Blocker:
        return Mark::Failed;
    case Severity::Unknown:
        return Mark::Unknown;
    }
    Q_UNREACHABLE();
}

// Text of servers may have no end and no space: it may be broken anywhere then, so that nothing is hidden.
QString cell(const QString& text)
{
    constexpr int longestRun = 24;
    QString broken;
    int run = 0;
    for (const QChar c : inOneLine(text, 600)) {
        run = c.isSpace() || c == u'/' || c == u'-' ? 0 : run + 1; // a line may end there anyhow
        if (run > longestRun && run % (longestRun / 2) == 1 && !c.isLowSurrogate())
            broken += QChar(0x200B); // zero width space
        broken += c;
    }
    return broken;
}

Severity worstOf(const std::vector<const Finding*>& findings)
{
    const auto worst = std::ranges::min_element(findings, {}, [](const Finding* finding) { return rankOf(finding->severity); });
    return worst == findings.end() ? Severity::Ok : (*worst)->severity;
}

// That so many targets belong to one protected environment is said once.
std::vector<Finding> summedUp(const std::vector<Finding>& findings)
{
    std::vector<Finding> rows;
    std::map<QString, int> inProtected;
    for (const Finding& finding : findings) {
        if (finding.code == FindingCode::ProtectedEnvironment)
            ++inProtected[finding.environment];
        else if (rows.empty() || rows.back() != finding) // two templates may lack the same
            rows.push_back(finding);
    }
    for (const auto& [environment, count] : inProtected) {
        rows.push_back({.severity = Severity::Warning,
            .code = FindingCode::ProtectedEnvironment,
            .target = {},
            .text = FindingsTree::tr("Targets in the protected environment %1: %n.", nullptr, count).arg(inOneLine(environment))});
    }
    return rows;
}

} // namespace

QString spokenText(const Finding& finding)
{
    QStringList parts;
    parts << titleOf(finding.severity) + u": "_s + (finding.target.isEmpty() ? QString() : finding.target + u": "_s) + finding.text;
    if (!finding.check.isEmpty())
        parts << FindingsTree::tr("Check: %1.").arg(finding.check);
    if (!finding.measured.isEmpty())
        parts << FindingsTree::tr("Measured: %1.").arg(finding.measured);
    if (!finding.limit.isEmpty())
        parts << FindingsTree::tr("Limit: %1.").arg(finding.limit);
    if (!finding.cure.isEmpty())
        parts << finding.cure;
    return inOneLine(parts.join(u' '), 600);
}

FindingsTree::FindingsTree(const std::vector<Finding>& findings, QWidget* parent)
    : QTreeWidget(parent)
{
    setObjectName(u"reviewFindings"_s);
    setAccessibleName(tr("What was found before"));
    setColumnCount(columns);
    setHeaderLabels({tr("Check"), tr("What was found"), tr("Measured"), tr("Limit"), tr("What would mend it")});
    setWordWrap(true);
    setUniformRowHeights(false);
    setAllColumnsShowFocus(true);
    setIndentation(14);
    setIconSize(QSize(16, 16));
    setTabKeyNavigation(false);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setItemDelegate(new WrapDelegate(this));
    header()->setStretchLastSection(true);
    header()->setSectionsMovable(false);
    connect(header(), &QHeaderView::sectionResized, this, [this] { scheduleDelayedItemsLayout(); });

    const std::vector<Finding> rows = summedUp(findings);
    std::vector<std::pair<QString, std::vector<const Finding*>>> groups;
    QHash<QString, size_t> known;
    for (const Finding& row : rows) {
        const auto group = known.constFind(row.target);
        if (group == known.cend()) {
            known.insert(row.target, groups.size());
            groups.push_back({row.target, {&row}});
        } else {
            groups[*group].second.push_back(&row);
        }
    }
    std::ranges::stable_sort(groups, {}, [](const auto& group) { return rankOf(worstOf(group.second)); });
    for (const auto& [target, of] : groups)
        addGroup(target, of);
    markAll();
}

void FindingsTree::addGroup(const QString& target, const std::vector<const Finding*>& findings)
{
    auto* group = new QTreeWidgetItem(this);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    group->setFont(0, bold);
    group->setData(0, headingRole, true);
    std::vector<const Finding*> sorted = findings;
    std::ranges::stable_sort(sorted, {}, [](const Finding* finding) { return rankOf(finding->severity); });
    std::vector<const Finding*> fine;
    std::map<int, int> counts;
    for (const Finding* finding : sorted) {
        ++counts[rankOf(finding->severity)];
        if (finding->severity == Severity::Ok)
            fine.push_back(finding);
        else
            addRow(group, *finding);
    }
    QStringList tally;
    const auto count = [&](Severity severity) { return counts[rankOf(severity)]; };
    if (const int n = count(Severity::Blocker))
        tally << tr("blockers: %n", nullptr, n);
    if (const int n = count(Severity::Unknown))
        tally << tr("unknown: %n", nullptr, n);
    if (const int n = count(Severity::Warning))
        tally << tr("warnings: %n", nullptr, n);
    if (const int n = count(Severity::Ok))
        tally << tr("ok: %n", nullptr, n);
    const QString name = target.isEmpty() ? tr("The whole plan") : inOneLine(target, 200);
    //: %1 an instance, %2 how many of its checks gave what
    group->setText(0, tr("%1 – %2").arg(name, tally.join(u", "_s)));
    group->setData(0, Qt::AccessibleTextRole, group->text(0));
    group->setData(0, severityRole, static_cast<int>(worstOf(findings)));
    if (!fine.empty()) {
        auto* folded = new QTreeWidgetItem(group);
        folded->setData(0, headingRole, true);
        folded->setText(0, tr("Checks that are ok: %n", nullptr, static_cast<int>(fine.size())));
        folded->setData(0, Qt::AccessibleTextRole, folded->text(0));
        folded->setData(0, severityRole, static_cast<int>(Severity::Ok));
        for (const Finding* finding : fine)
            addRow(folded, *finding);
    }
    scheduleDelayedItemsLayout(); // so that it is laid out once, not for each group
    group->setExpanded(worstOf(findings) != Severity::Ok);
}

QTreeWidgetItem* FindingsTree::addRow(QTreeWidgetItem* parent, const Finding& finding)
{
    auto* item = new QTreeWidgetItem(parent);
    const QString word = titleOf(finding.severity);
    item->setText(CheckColumn, finding.check.isEmpty() ? word : word + u": "_s + cell(finding.check));
    item->setText(TextColumn, cell(finding.text));
    item->setText(MeasuredColumn, cell(finding.measured));
    item->setText(LimitColumn, cell(finding.limit));
    item->setText(CureColumn, cell(finding.cure));
    item->setData(CheckColumn, Qt::AccessibleTextRole, spokenText(finding));
    item->setData(CheckColumn, severityRole, static_cast<int>(finding.severity));
    return item;
}

void FindingsTree::markAll()
{
    for (QTreeWidgetItemIterator it(this); *it; ++it)
        (*it)->setIcon(0, markIcon(markOf(static_cast<Severity>((*it)->data(0, severityRole).toInt())), palette()));
}

void FindingsTree::shareWidth()
{
    int all = 0;
    for (const int share : shares)
        all += share;
    for (int column = 0; column + 1 < columns; ++column)
        setColumnWidth(column, viewport()->width() * shares[column] / all);
    scheduleDelayedItemsLayout();
}

void FindingsTree::resizeEvent(QResizeEvent* event)
{
    QTreeWidget::resizeEvent(event);
    shareWidth();
}

void FindingsTree::changeEvent(QEvent* event)
{
    QTreeWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        markAll();
}

int FindingsTree::heightOf(QTreeWidgetItem* item)
{
    int height = rowHeight(indexFromItem(item));
    for (int i = 0; item->isExpanded() && i < item->childCount(); ++i)
        height += heightOf(item->child(i));
    return height;
}

int FindingsTree::wantedHeight()
{
    shareWidth();
    doItemsLayout();
    int height = header()->sizeHint().height() + 2 * frameWidth() + 2;
    for (int i = 0; i < topLevelItemCount(); ++i)
        height += heightOf(topLevelItem(i));
    return height;
}

} // namespace elephaas
