#pragma once

#include "models/operations/plan.h"
#include "models/ports/operationjournal.h"
#include "tests/integration/replicationlab.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <functional>
#include <set>

namespace elephaas::tests {

// Runs plans of a lab's herd as the console would, each in a process of its own (planrun) that a test can kill, with one journal. What the process writes to the
// inventory is written to the lab's. Blocks; one at a time.
class PlanProcess final {
public:
    enum class DnsKey { Right, Wrong, None };
    struct Options {
        bool hasInventory = true;
        DnsKey key = DnsKey::Right;
        std::chrono::milliseconds deadline{180000}; // then it is killed
    };
    struct Outcome {
        OperationState state = OperationState::Running; // of the journal's record; Running: nobody finished it
        OperationRecord record = {};
        bool hasRecord = false;
        std::set<int> sent = {}; // steps that sent something, or began where they send nothing
    };
    // A line of the process: "started 3", "command 3", "finished 3 2", "upstream 2 1", "end 2"; and the process, to do something to it.
    using OnLine = std::function<void(const QList<QByteArray>& words, QProcess& process)>;

    explicit PlanProcess(ReplicationLab& herd);

    Outcome run(const Plan& plan, const Options& options, const OnLine& onLine = {});
    std::optional<OperationRecord> record(const QUuid& operation);

    // Whether a step sends something by itself; another one only looks, or writes to the inventory.
    static bool sends(const Plan& plan, int step);
    static QString nameOf(OperationState state); // "succeeded with warnings"

private:
    ReplicationLab& m_herd;
    QTemporaryDir m_state;
};

// A matrix, a line at a time, also into the file ELEPHAAS_FAULTS_TABLE: it takes long, and what was seen before an end by force counts.
class FaultsTable final {
public:
    void start(); // once more is nothing
    void tell(const QString& line);

private:
    QFile m_file;
};

// Whether it holds within the time; looks ten times a second.
bool eventually(std::chrono::milliseconds time, const std::function<bool()>& holds);

} // namespace elephaas::tests
