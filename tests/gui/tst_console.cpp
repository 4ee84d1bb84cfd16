// The console around the window: what closing it means while operations run, and what the command line asks of it.

#include "app/console.h"
#include "dialogs/planningdialog.h"
#include "dialogs/reviewdialog.h"
#include "dialogs/unfinisheddialog.h"
#include "tests/gui/operationsamples.h"
#include "models/operations/replicationrequest.h"
#include "tests/support/fakestore.h"
#include "tests/unit/operations/fakejournal.h"
#include "views/mainwindow.h"

#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTest>

#include <condition_variable>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace elephaas {

namespace {

// Every command takes until somebody cancels it.
class EndlessShell final : public RemoteShell {
public:
    RemoteResult run(const RemoteCommand&, const OutputSink&, std::stop_token stop) override
    {
        std::unique_lock lock(m_mutex);
        m_never.wait(lock, stop, [] { return false; });
        return {OutcomeUnknown{{ErrorKind::Cancelled, u"Cancelled."_s}}};
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_never;
};

} // namespace

class ConsoleTest final : public QObject {
    Q_OBJECT

    std::unique_ptr<Console> m_console;

    MainWindow& window() { return m_console->window(); }
    QMessageBox* question() { return window().findChild<QMessageBox*>(u"closeQuestion"_s); }
    static QPushButton* button(QMessageBox* box, QMessageBox::ButtonRole role)
    {
        for (QAbstractButton* one : box->buttons()) {
            if (box->buttonRole(one) == role)
                return qobject_cast<QPushButton*>(one);
        }
        return nullptr;
    }

    std::shared_ptr<tests::FakeJournal> m_journal = std::make_shared<tests::FakeJournal>();

    void start(const CommandLine& options = {})
    {
        auto state = std::make_shared<FakeStoreState>();
        state->rows.herds.push_back(Herd{.id = HerdId(1), .environment = {}, .baseName = u"h"_s, .name = u"trading"_s, .description = {},
            .port = 5432, .dataDirectory = u"/srv/pg"_s, .virtualHost = {}});
        state->rows.servers.push_back(Server{.id = ServerId(1), .environment = {}, .hostName = u"db1"_s});
        state->rows.instances.push_back(Instance{.id = InstanceId(1), .herd = HerdId(1), .server = ServerId(1), .version = u"15.4"_s,
            .localDataDirectory = {}, .walPosition = {}, .isOnline = true, .upstream = {}});
        state->settings = {{u"probe.interval_s"_s, u"0"_s}};
        Console::Setup setup;
        setup.ports = {.store = std::make_unique<FakeStore>(state), .offlineCopy = nullptr, .shell = std::make_shared<EndlessShell>(),
            .journal = m_journal, .clock = std::make_shared<SystemClock>()};
        setup.session.operatorName = u"ann"_s;
        setup.session.probes.patience = 20ms; // nobody answers
        setup.commandLine = options;
        m_console = std::make_unique<Console>(std::move(setup));
        m_console->start();
        QTRY_COMPARE(m_console->session().inventory().snapshot()->instances().size(), 1u);
    }

    // Through the review, as a person does it.
    void runReload()
    {
        QVERIFY(QTest::qWaitFor([&] { return m_console->session().inventory().status().connection == InventoryService::Connection::Live; }));
        Q_EMIT window().lifecycleRequested(LifecycleKind::Reload, {InstanceId(1)});
        QTRY_VERIFY(window().findChild<ReviewDialog*>());
        auto* run = window().findChild<ReviewDialog*>()->findChild<QPushButton*>(u"runButton"_s);
        QTRY_VERIFY(run->isEnabled());
        run->click();
        QTRY_COMPARE(m_console->session().operations().runningCount(), 1);
    }

private Q_SLOTS:
    void cleanup()
    {
        m_console.reset();
        m_journal = std::make_shared<tests::FakeJournal>();
    }

    void closesAtOnceWhenNothingRuns()
    {
        start();
        QVERIFY(window().close());
        QVERIFY(!question());
    }

    void runningOperationsAreNotTornOff()
    {
        start();
        runReload();
        QVERIFY(!window().close());
        QTRY_VERIFY(question());
        QVERIFY(question()->text().contains(u"1 operation"_s));
        QVERIFY(button(question(), QMessageBox::RejectRole)->isDefault());
        QTest::keyClick(question(), Qt::Key_Escape);
        QTRY_VERIFY(!question());
        QVERIFY(window().isVisible());
        QCOMPARE(m_console->session().operations().runningCount(), 1);

        QVERIFY(!window().close());
        QTRY_VERIFY(question());
        const QUuid operation = m_console->session().operations().operations().front();
        button(question(), QMessageBox::DestructiveRole)->click();
        QTRY_VERIFY(!window().isVisible());
        QCOMPARE(m_console->session().operations().runningCount(), 0);
        QVERIFY(m_console->session().operations().record(operation)->state != OperationState::Running);
    }

    // The servers never answer: a person does not have to wait for them.
    void lookingAtTheServersCanBeCancelled()
    {
        start();
        QVERIFY(QTest::qWaitFor([&] { return m_console->session().inventory().status().connection == InventoryService::Connection::Live; }));
        Q_EMIT window().replicationRequested({.kind = ReplicationKind::Promote, .instances = {InstanceId(1)}});
        const QPointer<PlanningDialog> looking = window().findChild<PlanningDialog*>();
        QVERIFY(looking);
        QVERIFY(!looking->isModal());
        QCOMPARE(looking->findChild<QLabel*>(u"planningText"_s)->text(), u"Looking at db1…"_s);
        QCOMPARE(m_console->session().planning().runningCount(), 1);
        QTest::keyClick(looking, Qt::Key_Escape);
        QTRY_VERIFY(!looking);
        QCOMPARE(m_console->session().planning().runningCount(), 0);
        QVERIFY(!window().findChild<ReviewDialog*>());
    }

    // Left by a console that is gone: shown at the start, and again from the Operations page; going on begins with a look.
    void unfinishedOperationsAreShown()
    {
        const OperationRecord left = sampleUnfinished();
        QVERIFY(m_journal->begin(left));
        start();
        QTRY_VERIFY(window().findChild<UnfinishedDialog*>());
        QCOMPARE(m_journal->find(left.id)->state, OperationState::Running);
        window().findChild<UnfinishedDialog*>()->reject();
        QTRY_VERIFY(!window().findChild<UnfinishedDialog*>());
        Q_EMIT window().operationDetailsRequested(left.id);
        QTRY_VERIFY(window().findChild<UnfinishedDialog*>());
        auto* button = window().findChild<UnfinishedDialog*>()->findChild<QPushButton*>(u"continueButton"_s);
        QTRY_VERIFY(button->isEnabled());
        button->click();
        // Never from what was found then: the servers are asked first, and these do not answer.
        const QPointer<PlanningDialog> looking = window().findChild<PlanningDialog*>();
        QVERIFY(looking);
        QCOMPARE(m_console->session().planning().runningCount(), 1);
        QVERIFY(!window().findChild<ReviewDialog*>());
        looking->reject();
        QTRY_VERIFY(!looking);
    }

    void filterOfTheCommandLineIsSet()
    {
        CommandLine options;
        options.filter = u"trad"_s;
        start(options);
        QCOMPARE(window().findChild<QLineEdit*>(u"filterText"_s)->text(), u"trad"_s);
    }
};

} // namespace elephaas

QTEST_MAIN(elephaas::ConsoleTest)
#include "tst_console.moc"
