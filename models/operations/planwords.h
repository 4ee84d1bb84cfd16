#pragma once

#include "models/operations/plan.h"

#include <QStringList>

#include <functional>
#include <vector>

namespace elephaas {

// A command or a script, and what it is for people.
struct CodeWords {
    QString heading; // "On postgres@db1, given to exec /bin/sh -s"
    QByteArray code;
};

// A step in words: the same in the review, in Markdown and in reports. Texts may hold hostile characters.
struct StepWords {
    QString where; // "postgres@db1:2222"; "" when nothing is sent
    QString effect; // of a step that sends nothing: "Waits.", "Inventory: trading on db2 follows trading on db1 from now on."
    QStringList conditions; // "Only if step 3 succeeded.", "Done when it accepts connections."
    std::vector<CodeWords> commands; // exactly what is sent, in order
    std::vector<CodeWords> proofs; // the scripts that ask whether it is done, and those that take it back
};
// `nameOf` knows instances that the plan only mentions; it may say "".
StepWords wordsOf(const Plan& plan, const Step& step, const std::function<QString(InstanceId)>& nameOf = {});

// "trading on db1", as the plan's own steps and findings call it; else the number of the row.
QString nameOf(const Plan& plan, InstanceId instance);
// For people: "ok", "warning", "blocker", "unknown".
QString titleOf(Severity severity);
// Blockers first, then what is not known, warnings, ok.
int rankOf(Severity severity);
// "It accepts connections.", "" for None.
QString sentenceOf(Condition condition);

} // namespace elephaas
