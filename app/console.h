#pragma once

#include "app/commandline.h"
#include "app/hostkeybridge.h"
#include "app/session.h"
#include "models/items/roles.h"

#include <QObject>
#include <QPointer>

#include <deque>
#include <memory>
#include <set>
#include <thread>
#include <vector>

class QDialog;
class QMessageBox;
class QSettings;

namespace elephaas {

class DesktopColorScheme;
class MainWindow;
class UnfinishedDialog;
class PlanDesk;

// One window on one inventory: builds the adapters, hands them to the session, and answers what the window asks for.
// It knows who does what and decides nothing itself.
class Console final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Console)

public:
    // What is known before there is a window.
    struct Setup {
        Session::Ports ports;
        Session::Options session;
        std::shared_ptr<HostKeyBridge> hostKeys;
        std::unique_ptr<QSettings> settings;
        CommandLine commandLine;
        QStringList libraries = {}; // "libssh 0.10.6", for the About dialog
    };

    explicit Console(Setup setup);
    ~Console() override;

    // Shows the window and opens the inventory.
    void start();
    MainWindow& window() { return *m_window; }
    Session& session() { return *m_session; }

    // The whole life of a window: raises another one on the same inventory, or runs until this one is closed. Returns the exit code.
    static int run(const CommandLine& options);

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void connectData();
    void connectIntents();
    void connectHostKeys();
    void connectNames();
    void followDesktop();
    void applyLimits();

    void runPlan(const Plan& plan);
    void showOperation(const QUuid& operation);
    void showRecord(const QUuid& operation); // from the journal
    void refresh(const std::vector<InstanceId>& instances);
    void add(ItemKind kind);
    void edit(ItemKind kind, qint64 id);
    void remove(ItemKind kind, const std::vector<qint64>& ids);
    void importDocument();
    void reviewImport(const QString& file, Expected<ChangeSet> changes);
    void exportInventory();
    void showPreferences();
    void askNextHostKey();
    void takeHistory();
    void takeUnfinished();
    template <class Dialog>
    void connectWays(Dialog* dialog);
    void decide(const std::vector<OperationRecord>& records, const QUuid& chosen, bool activate);
    void saveScreenshot();
    void askBeforeClosing();
    void closeWhenAllHasEnded();
    void inBackground(std::function<std::function<void()>()> work);

    const std::unique_ptr<QSettings> m_settings;
    const CommandLine m_commandLine;
    const QStringList m_libraries;
    const std::shared_ptr<HostKeyBridge> m_hostKeys;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<PlanDesk> m_planDesk;
    std::unique_ptr<DesktopColorScheme> m_desktop;
    std::deque<HostKeyBridge::PendingPtr> m_questions;
    QPointer<QDialog> m_question;
    QPointer<UnfinishedDialog> m_unfinishedDialog;
    std::vector<HerdId> m_pairsInView; // their names are read now and then
    std::set<QUuid> m_unfinished; // left open by a console that is gone, and nobody has decided
    QPointer<QMessageBox> m_closeQuestion;
    bool m_closing = false; // as soon as the operations that were cancelled for it have ended
    Mailbox<std::function<void()>> m_results;
    std::vector<std::jthread> m_workers; // last: they report to everything above
};

} // namespace elephaas
