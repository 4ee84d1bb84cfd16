#pragma once

#include "dialogs/parts/filewriter.h"
#include "models/ports/clock.h"
#include "models/services/operationservice.h"

#include <QDialog>
#include <QTimer>

#include <set>

class QPushButton;

namespace elephaas {

class MessageStrip;
class OperationView;

// An operation while it runs, or one of the past. Closing it never ends the operation: "Send to background" and Escape only close
// the dialog. Cancel asks nothing, says "cancelling…", and the operation then ends by itself. Opened with show(); deletes itself.
class OperationDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OperationDialog)

public:
    OperationDialog(OperationService& operations, const QUuid& operation, QWidget* parent = nullptr,
        std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());
    // A record from the journal: nothing moves any more. With the service it may be gone on with.
    explicit OperationDialog(const OperationRecord& record, QWidget* parent = nullptr);
    OperationDialog(OperationService& operations, const OperationRecord& record, QWidget* parent = nullptr);

    QUuid operation() const { return m_operation; }

Q_SIGNALS:
    void sentToBackground(const QUuid& operation);
    void cancelRequested(const QUuid& operation);
    // To be planned from what holds now, and reviewed. For operations that did not come to a good end.
    void wayChosen(const elephaas::OperationRecord& record, elephaas::Way way);

public Q_SLOTS:
    // For whoever feeds the dialog; the first constructor connects them to the service.
    void showRecord(const elephaas::OperationRecord& record);
    void noteChange(const QUuid& operation, int step);
    void noteFinished(const QUuid& operation);

public:
    using RecordSource = std::function<const OperationRecord*()>; // null when it is unknown
    // Updates are read from the source, at most ten times a second, when noteChange and noteFinished say so.
    OperationDialog(RecordSource source, const QUuid& operation, std::shared_ptr<const Clock> clock, QWidget* parent);

private:
    void build(const QString& title);
    void flush();
    void cancel();
    void showFinished();
    void askForWays();
    void offerWays(const WaysOn& ways);
    void copyReport();
    void exportReport();
    QByteArray contentFor(const QString& path) const;

    const QUuid m_operation;
    RecordSource m_source;
    OperationService* m_operations = nullptr; // null: nothing can be gone on with
    OperationView* m_view;
    QPushButton* m_copy = nullptr;
    QPushButton* m_export = nullptr;
    MessageStrip* m_strip = nullptr; // what became of an export
    QPushButton* m_cancel = nullptr;
    QPushButton* m_close = nullptr;
    QPushButton* m_undo = nullptr;
    QPushButton* m_continue = nullptr;
    QTimer m_flushTimer;
    QTimer m_secondTimer;
    std::set<int> m_changed;
    bool m_isOver = false;
    FileWriter m_writer;
};

} // namespace elephaas
