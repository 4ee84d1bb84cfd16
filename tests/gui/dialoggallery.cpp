// Saves a picture of every dialog, to be looked at: dialoggallery FOLDER [dark]. Not a test.
#include "dialogs/aboutdialog.h"
#include "dialogs/connectiondialog.h"
#include "dialogs/deletedialog.h"
#include "dialogs/environmentdialog.h"
#include "dialogs/helpdialog.h"
#include "dialogs/herddialog.h"
#include "dialogs/hostkeydialog.h"
#include "dialogs/instancedialog.h"
#include "dialogs/messagedialog.h"
#include "dialogs/operationdialog.h"
#include "dialogs/planningdialog.h"
#include "dialogs/preferencesdialog.h"
#include "dialogs/replicationdialog.h"
#include "dialogs/reviewdialog.h"
#include "dialogs/serverdialog.h"
#include "dialogs/shortcutsdialog.h"
#include "dialogs/unfinisheddialog.h"
#include "tests/gui/dialogfixture.h"
#include "tests/gui/operationsamples.h"
#include "tests/unit/operations/fakejournal.h"
#include "tests/gui/replicationsamples.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QPainter>
#include <QPushButton>
#include <QStyleFactory>
#include <QTabWidget>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QPalette darkPalette()
{
    QPalette palette(QColor(0x2b, 0x2e, 0x33));
    palette.setColor(QPalette::Window, QColor(0x23, 0x26, 0x2b));
    palette.setColor(QPalette::Base, QColor(0x1b, 0x1e, 0x23));
    palette.setColor(QPalette::AlternateBase, QColor(0x21, 0x24, 0x29));
    palette.setColor(QPalette::PlaceholderText, QColor(0x80, 0x86, 0x8e));
    palette.setColor(QPalette::Highlight, QColor(0x2f, 0x65, 0xa8));
    return palette;
}

class Gallery final {
public:
    explicit Gallery(QString folder)
        : m_folder(std::move(folder))
    {
    }
    void save(QWidget* widget, const QString& name)
    {
        widget->show();
        if (!QTest::qWaitForWindowExposed(widget))
            qWarning("%s is not exposed", qPrintable(name));
        QTest::qWait(120);
        widget->grab().save(m_folder + u'/' + name + u".png"_s);
        delete widget;
    }

private:
    QString m_folder;
};

class SampleLooker final : public StepExecutor {
public:
    StepResult execute(const Step&, const StepContext&) override { return {}; }
    StepResult inspect(const Step& step, std::stop_token) override
    {
        return step.id < 2 ? StepResult{StepState::Succeeded, step.id == 0 ? u"No postmaster; the control file says: shut down."_s : u"The copy is complete."_s}
            : step.id == 2 ? StepResult{StepState::Failed, u"The copy is still beside, and the old data are in place."_s}
                           : StepResult{StepState::Indeterminate, u"db2 cannot be reached: no route to host."_s};
    }
};

void saveUnfinished(Gallery& gallery, DialogFixture& f)
{
    OperationService service(std::make_shared<SampleLooker>(), std::make_shared<tests::FakeJournal>(), *f.service, nullptr,
        std::make_shared<SystemClock>(), {.operatorName = u"ada"_s});
    OperationRecord other = sampleUnfinished();
    other.id = QUuid::createUuid();
    other.title = u"Stop tools on db1"_s;
    other.plan = {{u"format"_s, 1}};
    OperationRecord record = sampleUnfinished();
    for (StepRecord& step : record.steps) { // as the service tells it
        if (!hasEnded(step.state))
            step.state = step.state == StepState::Running ? StepState::Indeterminate : StepState::Cancelled;
    }
    gallery.save(new UnfinishedDialog(service, {record}), u"unfinished"_s);
    auto* second = new UnfinishedDialog(service, {record, other});
    second->choose(other.id);
    gallery.save(second, u"unfinished-old"_s);
    record.state = OperationState::Indeterminate;
    record.ended = record.started.addSecs(300);
    gallery.save(new OperationDialog(service, record), u"operation-ways"_s);
}

void saveForms(Gallery& gallery, DialogFixture& f)
{
    gallery.save(new HerdDialog(*f.service, HerdId(1)), u"herd"_s);
    auto* broken = new HerdDialog(*f.service, {});
    broken->show();
    typeInto(broken, "herdName", u"trading"_s);
    typeInto(broken, "herdPort", u"70000"_s);
    typeInto(broken, "herdDataDirectory", u"data"_s);
    typeInto(broken, "herdVirtualHost", QString(44, u'v'));
    QTest::mouseClick(child(broken, "saveButton"), Qt::LeftButton);
    gallery.save(broken, u"herd-errors"_s);
    auto* instance = new InstanceDialog(*f.service, {});
    instance->show();
    instance->setHerd(HerdId(1));
    gallery.save(instance, u"instance"_s);
    gallery.save(new ServerDialog(*f.service, ServerId(1)), u"server"_s);
    auto* conflict = new HerdDialog(*f.service, HerdId(2));
    conflict->show();
    typeInto(conflict, "herdName", u"tools-new"_s);
    f.changeElsewhere([](InventoryRows& rows) {
        rows.herds[1].name = u"utilities"_s;
        rows.herds[1].port = 6543;
    });
    gallery.save(conflict, u"conflict"_s);
    auto* denied = new EnvironmentDialog(*f.service, EnvironmentId(1));
    {
        const std::lock_guard lock(f.state->mutex);
        f.state->applyError = Error{ErrorKind::PermissionDenied, u"Your account may not change environments."_s, u"ele_environment"_s,
            u"ERROR:  permission denied for table ele_environment"_s, u"Ask for membership in ele_admin."_s};
    }
    denied->show();
    typeInto(denied, "environmentName", u"production"_s);
    QTest::mouseClick(child(denied, "saveButton"), Qt::LeftButton);
    QTest::qWait(100);
    gallery.save(denied, u"denied"_s);
}

void saveReplication(Gallery& gallery, DialogFixture& f)
{
    const InventoryPtr inventory = f.service->snapshot();
    const auto clock = std::make_shared<SystemClock>();
    const QString erases = u"Erases the data of trading on db2 (/var/lib/postgresql/trading): the data of the herd's leader take their place. "
                           "What only they have is lost. After a copy the old data are kept until the new ones stream."_s;
    gallery.save(new ReviewDialog(sampleRebuild(), *inventory, {.consequence = erases, .replan = {}}), u"review-rebuild"_s);
    Plan now = sampleRunnableRebuild();
    now.findings[0].severity = Severity::Unknown;
    now.steps.pop_back();
    auto* changed = new ReviewDialog(sampleRunnableRebuild(), *inventory,
        {.consequence = erases, .replan = [now](QObject*, const std::function<void(Expected<Plan>)>& done) { done(now); }});
    changed->show();
    child<QPushButton>(changed, "runButton")->click();
    gallery.save(changed, u"review-changed"_s);
    gallery.save(new ReplicationDialog({.kind = ReplicationKind::Rebuild, .instances = {InstanceId(2)}}, *inventory, clock), u"rebuild"_s);
    gallery.save(new ReplicationDialog({.kind = ReplicationKind::Remaster, .instances = {InstanceId(2)}}, *inventory, clock), u"remaster"_s);
    gallery.save(new ReplicationDialog({.kind = ReplicationKind::Initialise, .instances = {InstanceId(4)}}, *inventory, clock), u"initialise"_s);
    gallery.save(new ReplicationDialog({.kind = ReplicationKind::Switchover, .instances = {InstanceId(2)}, .oldPrimary = OldPrimary::Rejoin}, *inventory, clock), u"switchover"_s);
    gallery.save(new ReplicationDialog({.kind = ReplicationKind::Failover, .instances = {InstanceId(2), InstanceId(5)}}, *inventory, clock), u"failover"_s);
    gallery.save(new PlanningDialog(u"Rebuild"_s, u"Looking at db1, db2, db3…"_s), u"planning"_s);
}

} // namespace

} // namespace elephaas

int main(int argc, char** argv)
{
    using namespace elephaas;
    QApplication app(argc, argv);
    QApplication::setStyle(QStyleFactory::create(u"Fusion"_s));
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.contains(u"dark"_s))
        QApplication::setPalette(darkPalette());
    Gallery gallery(arguments.value(1));
    DialogFixture f;
    saveReplication(gallery, f);
    saveForms(gallery, f);
    gallery.save(new DeleteDialog(*f.service, {ServerId(1)}), u"delete-server"_s);
    gallery.save(new DeleteDialog(*f.service, {EnvironmentId(1)}), u"delete-environment"_s);
    gallery.save(new HostKeyDialog({u"db1.example.org:2222"_s, u"ssh-ed25519"_s, u"SHA256:uNiVztksCsDhcc0u9e8BrenPlWL3Fj2Yl8hZr8w0Jv8"_s}),
        u"hostkey"_s);
    gallery.save(new ReviewDialog(samplePlan(u"stop"_s, true), *f.service->snapshot()), u"review"_s);
    gallery.save(new ReviewDialog(samplePlan(u"reload"_s, false), *f.service->snapshot()), u"review-plain"_s);
    {
        const std::lock_guard lock(f.state->mutex);
        f.state->applyError.reset();
    }
    for (int page = 0; page < 4; ++page) {
        auto* preferences = new PreferencesDialog(*f.service, nullptr);
        preferences->show();
        if (!QTest::qWaitFor([&] { return preferences->isReady(); }))
            qWarning("settings are not read");
        child<QTabWidget>(preferences, "preferencesTabs")->setCurrentIndex(page);
        if (page == 0)
            typeInto(preferences, "template_reload_text", u"{COMMANDS[nothing]} reload"_s);
        gallery.save(preferences, u"preferences-%1"_s.arg(page));
    }
    ConnectionProfile shared;
    shared.kind = ConnectionProfile::Kind::Shared;
    shared.hosts = u"pg1.example.org, pg2.example.org"_s;
    shared.user = u"ops"_s;
    auto* connection = new ConnectionDialog(shared, u"/home/ada/.local/share/elephaas/inventory.sqlite"_s);
    connection->showTestResult(fail({ErrorKind::Authentication, u"The server refused the password."_s, u"pg1.example.org"_s,
        u"FATAL:  password authentication failed for user \"ops\""_s, u"Check user and password."_s}));
    gallery.save(connection, u"connection"_s);
    gallery.save(new ConnectionDialog({}, u"/home/ada/.local/share/elephaas/inventory.sqlite"_s), u"connection-local"_s);
    gallery.save(showError(nullptr, u"Import"_s,
                     {ErrorKind::InvalidInput, u"The file is not an inventory."_s, u"/tmp/x.json"_s, u"line 3: expected ',' or '}'"_s,
                         u"Nothing was imported."_s}),
        u"message"_s);
    gallery.save(new AboutDialog({u"libssh 0.10.6"_s}), u"about"_s);
    QAction refresh(u"&Refresh"_s, nullptr);
    refresh.setShortcut(Qt::Key_F5);
    QAction find(u"&Find…"_s, nullptr);
    find.setShortcuts({QKeySequence(u"Ctrl+F"_s), QKeySequence(u"/"_s)});
    gallery.save(new ShortcutsDialog({&refresh, &find}), u"shortcuts"_s);
    gallery.save(new HelpDialog(u"instance"_s), u"help"_s);
    saveUnfinished(gallery, f);
    auto* running = new OperationDialog(sampleRecord(OperationState::Running));
    gallery.save(running, u"operation-running"_s);
    auto* failed = new OperationDialog(sampleRecord(OperationState::Failed));
    child<QCheckBox>(failed, "showOutput")->setChecked(true);
    gallery.save(failed, u"operation-failed"_s);
    return 0;
}
