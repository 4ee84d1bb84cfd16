#pragma once

#include "models/ports/operationjournal.h"
#include "views/facts.h"
#include "views/laghistory.h"

#include <QScrollArea>

#include <vector>

class QLabel;

namespace elephaas {

class Actions;
class EnvironmentBadge;
class LagPlot;

// What is selected: facts with their ages, lag over time, members, last operations, what can be done and, for what cannot, why.
class DetailsPanel final : public QScrollArea {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DetailsPanel)

public:
    explicit DetailsPanel(const Actions& actions, QWidget* parent = nullptr);

    // Nothing to show: a hint instead.
    void showNothing();
    void showFacts(const EntityFacts& facts);
    // The plot is shown for replicas only.
    void showLag(bool applies, std::vector<LagSample> samples, double limitMegabytes);
    void showOperations(const std::vector<Fact>& operations);
    // The reasons why of the actions, anew.
    void showActions(bool lifecycle);

protected:
    void changeEvent(QEvent* event) override;

private:
    QLabel* addHeading(const char* name);
    void adoptFonts();
    void buildButtons();

    const Actions& m_actions;
    QWidget* m_body;
    QLabel* m_hint;
    QWidget* m_content;
    QLabel* m_title;
    QLabel* m_subtitle;
    GlyphLabel* m_glyph;
    EnvironmentBadge* m_environment;
    QWidget* m_buttons;
    QLabel* m_whyHeading;
    FactGrid* m_why;
    FactGrid* m_facts;
    QLabel* m_lagHeading;
    LagPlot* m_lag;
    QLabel* m_membersHeading;
    FactGrid* m_members;
    QLabel* m_operationsHeading;
    FactGrid* m_operations;
};

} // namespace elephaas
