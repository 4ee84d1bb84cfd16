#pragma once

#include "models/operations/plan.h"

#include <QTreeWidget>

#include <vector>

namespace elephaas {

// What was found before a plan: a row per check, grouped by target, the worst first. What is ok is there as well, folded together. The
// weight is told by a sign and by a word.
class FindingsTree final : public QTreeWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FindingsTree)

public:
    explicit FindingsTree(const std::vector<Finding>& findings, QWidget* parent = nullptr);

    // As tall as what is unfolded.
    int wantedHeight();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void addGroup(const QString& target, const std::vector<const Finding*>& findings);
    QTreeWidgetItem* addRow(QTreeWidgetItem* parent, const Finding& finding);
    void setMark(QTreeWidgetItem* item, Severity severity);
    void markAll();
    void shareWidth();
    int heightOf(QTreeWidgetItem* item);
};

// "Ok", "Warning: …": what a screen reader says of a finding.
QString spokenText(const Finding& finding);

} // namespace elephaas
