#include "app/adapters/journal/sqlitejournal.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

OperationRecord operation(int steps, qint64 startedSecond = 0)
{
    OperationRecord record{.id = QUuid::createUuid(), .kind = u"restart"_s, .title = u"Restart \u4e2d \"x\" '); drop table step; --"_s,
        .operatorName = u"ops"_s, .clientHost = u"desk"_s, .reason = u"patch"_s,
        .started = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123 + startedSecond * 1000, Qt::UTC),
        .plan = {{u"kind"_s, u"restart"_s}}};
    for (int i = 0; i < steps; ++i)
        record.steps.push_back({.number = i, .title = u"Restart %1"_s.arg(i), .target = u"t%1"_s.arg(i), .instance = InstanceId(i + 1)});
    return record;
}

StepRecord ended(const OperationRecord& of, int number)
{
    StepRecord step = of.steps[static_cast<size_t>(number)];
    step.state = StepState::Succeeded;
    step.warning = true;
    step.started = of.started.addMSecs(5);
    step.ended = of.started.addMSecs(77);
    step.message = u"Runs as primary."_s;
    step.command = u"pg_ctlcluster 15 x start"_s;
    step.output = QByteArray("a\0b\xff", 4);
    step.skip = SkipReason::NotNeeded;
    return step;
}

// What this program does when it is started a second time by the test: writes and ends without any farewell, as a crash does.
[[noreturn]] void writeAndDie(const QString& file, const QUuid& id)
{
    SqliteJournal journal(file);
    OperationRecord lost = operation(2, 1);
    lost.id = id;
    const bool written = journal.begin(lost) && journal.writeStep(lost.id, ended(lost, 0));
    ::_exit(written ? 0 : 1);
}

} // namespace

class JournalTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_file = m_folder->filePath(u"state/operations.sqlite"_s);
    }

    void nothingYet()
    {
        SqliteJournal journal(m_file);
        QVERIFY(journal.recent(10)->empty());
        QVERIFY(journal.unfinished()->empty());
        QCOMPARE(journal.find(QUuid::createUuid()).error().kind, ErrorKind::NotFound);
        QVERIFY(!QFile::exists(m_file)); // looking makes nothing
    }

    // Those that go on with an operation, or have to do with its instances, and began after it.
    void whatCameLater()
    {
        SqliteJournal journal(m_file);
        QVERIFY(journal.later(QUuid::createUuid())->empty());
        const OperationRecord first = operation(2, 10);
        OperationRecord before = operation(2, 5);
        OperationRecord elsewhere = operation(1, 20);
        elsewhere.steps[0].instance = InstanceId(99);
        OperationRecord next = operation(1, 21); // on another instance, but says so
        next.steps[0].instance = InstanceId(99);
        next.plan[u"continues"_s] = first.id.toString(QUuid::WithoutBraces);
        OperationRecord liar = operation(1, 22);
        liar.steps[0].instance = InstanceId(99);
        liar.plan[u"title"_s] = u"\"continues\":\"%1\""_s.arg(first.id.toString(QUuid::WithoutBraces));
        OperationRecord same = operation(3, 23); // shares instances
        same.steps[0] = ended(same, 0);
        for (const OperationRecord& one : {same, first, before, elsewhere, next, liar})
            QVERIFY(journal.begin(one));
        const auto later = journal.later(first.id);
        QVERIFY(later);
        QCOMPARE(later->size(), 2u);
        QCOMPARE(later->at(0).id, next.id);
        QCOMPARE(later->at(0).plan, next.plan);
        QCOMPARE(later->at(1).id, same.id);
        QVERIFY(later->at(1).steps[0].output.isEmpty()); // not needed, and may be large
        QCOMPARE(later->at(1).steps[0].started, same.steps[0].started);
    }

    void roundTrip()
    {
        OperationRecord record = operation(3);
        {
            SqliteJournal journal(m_file);
            QVERIFY(journal.begin(record));
            QVERIFY(*journal.find(record.id) == record);
            record.steps[1] = ended(record, 1);
            QVERIFY(journal.writeStep(record.id, record.steps[1]));
            QVERIFY(*journal.find(record.id) == record);
        }
        SqliteJournal journal(m_file); // the next start
        record.state = OperationState::Warning;
        record.message = u"1 succeeded"_s;
        record.ended = record.started.addSecs(9);
        QVERIFY(journal.finish(record.id, record.state, record.message, record.ended));
        QVERIFY(*journal.find(record.id) == record);

        OperationRecord brief = record;
        brief.plan = {};
        brief.steps[1].output = {};
        QVERIFY(journal.recent(1)->front() == brief);
        QVERIFY(!(QFile::permissions(m_file) & (QFile::ReadGroup | QFile::ReadOther)));
    }

    void newestFirst()
    {
        SqliteJournal journal(m_file);
        std::vector<QUuid> ids;
        for (const int second : {5, 9, 1}) {
            const OperationRecord record = operation(1, second);
            QVERIFY(journal.begin(record));
            ids.push_back(record.id);
        }
        const auto recent = *journal.recent(2);
        QCOMPARE(recent.size(), 2u);
        QCOMPARE(recent[0].id, ids[1]);
        QCOMPARE(recent[1].id, ids[0]);
    }

    void unfinishedOfTheDeadOnly()
    {
        const OperationRecord lost = operation(2, 1);
        const QUuid id = QUuid::createUuid();
        QCOMPARE(QProcess::execute(QCoreApplication::applicationFilePath(), {u"--write-and-die"_s, m_file, id.toString()}), 0);
        SqliteJournal living(m_file);
        const OperationRecord running = operation(1, 2);
        QVERIFY(living.begin(running));
        QCOMPARE(living.unfinished()->size(), 1u); // its own is not unfinished
        SqliteJournal other(m_file); // nor is it for another window
        const auto open = *other.unfinished();
        QCOMPARE(open.size(), 1u);
        QCOMPARE(open.front().id, id);
        QCOMPARE(open.front().steps[0].state, StepState::Succeeded);
        QCOMPARE(open.front().steps[1].state, StepState::Pending);
        QCOMPARE(open.front().plan, lost.plan);
        QVERIFY(other.finish(id, OperationState::Indeterminate, {}, lost.started));
        QVERIFY(other.unfinished()->empty());
    }

    void manyThreads()
    {
        SqliteJournal journal(m_file);
        const OperationRecord record = operation(64);
        QVERIFY(journal.begin(record));
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 16; ++t) {
                threads.emplace_back([&, t] {
                    for (int i = 0; i < 4; ++i) {
                        if (!journal.writeStep(record.id, ended(record, t * 4 + i)))
                            qFatal("write failed");
                    }
                });
            }
        }
        const OperationRecord back = *journal.find(record.id);
        for (const StepRecord& step : back.steps)
            QCOMPARE(step.state, StepState::Succeeded);
    }

    void twoConsoles()
    {
        SqliteJournal one(m_file);
        SqliteJournal two(m_file);
        std::vector<std::jthread> threads;
        for (SqliteJournal* journal : {&one, &two}) {
            threads.emplace_back([journal] {
                for (int i = 0; i < 20; ++i) {
                    const OperationRecord record = operation(2, i);
                    if (!journal->begin(record) || !journal->writeStep(record.id, ended(record, 1)))
                        qFatal("write failed");
                }
            });
        }
        threads.clear();
        QCOMPARE(one.recent(100)->size(), 40u);
    }

    void twiceTheSameFailsAlone()
    {
        SqliteJournal journal(m_file);
        const OperationRecord record = operation(1);
        QVERIFY(journal.begin(record));
        QVERIFY(!journal.begin(record));
        QCOMPARE(journal.find(record.id)->steps.size(), 1u);
        QCOMPARE(journal.writeStep(QUuid::createUuid(), record.steps[0]).error().kind, ErrorKind::NotFound);
        StepRecord missing = record.steps[0];
        missing.number = 7;
        const std::vector<StepRecord> both{ended(record, 0), missing};
        QVERIFY(!journal.writeSteps(record.id, both));
        QCOMPARE(journal.find(record.id)->steps[0].state, StepState::Pending); // all or none
    }

    void badFiles_data()
    {
        QTest::addColumn<QString>("how");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("not a database") << u"garbage"_s << ErrorKind::Storage;
        QTest::newRow("a folder in its place") << u"folder"_s << ErrorKind::PermissionDenied;
        QTest::newRow("its folder is a file") << u"blocked"_s << ErrorKind::PermissionDenied;
        QTest::newRow("a newer version's") << u"newer"_s << ErrorKind::Schema;
    }
    void badFiles()
    {
        QFETCH(QString, how);
        QFETCH(ErrorKind, kind);
        const QString folder = m_folder->filePath(u"state"_s);
        if (how == "blocked"_L1) {
            QFile file(folder);
            QVERIFY(file.open(QIODevice::WriteOnly));
        } else {
            QVERIFY(QDir().mkpath(how == "folder"_L1 ? m_file : folder));
        }
        if (how == "garbage"_L1) {
            QFile file(m_file);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray(20'000, 'x'));
        }
        if (how == "newer"_L1) {
            QVERIFY(SqliteJournal(m_file).begin(operation(1)));
            {
                QSqlDatabase later = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"later"_s);
                later.setDatabaseName(m_file);
                QVERIFY(later.open());
                QSqlQuery(later).exec(u"pragma user_version = 99"_s);
            }
            QSqlDatabase::removeDatabase(u"later"_s);
        }
        SqliteJournal journal(m_file);
        const auto begun = journal.begin(operation(1));
        QVERIFY(!begun);
        QCOMPARE(begun.error().kind, kind);
        QVERIFY(!begun.error().what.isEmpty() && !begun.error().where.isEmpty() && !begun.error().remedy.isEmpty());
    }

    void firstVersionIsTakenOver()
    {
        const OperationRecord record = operation(2);
        StepRecord old = ended(record, 0);
        {
            SqliteJournal journal(m_file);
            QVERIFY(journal.begin(record) && journal.writeStep(record.id, old));
        }
        {
            QSqlDatabase file = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"first"_s);
            file.setDatabaseName(m_file);
            QVERIFY(file.open());
            QVERIFY(QSqlQuery(file).exec(u"alter table step drop column skip"_s));
            QVERIFY(QSqlQuery(file).exec(u"pragma user_version = 1"_s));
        }
        QSqlDatabase::removeDatabase(u"first"_s);
        old.skip = SkipReason::Nothing;
        for (int i = 0; i < 2; ++i) { // once to change it, once to find it changed
            SqliteJournal journal(m_file);
            const OperationRecord kept = *journal.find(record.id);
            QCOMPARE(kept.title, record.title);
            QCOMPARE(kept.steps[0], old);
            QCOMPARE(kept.steps[1].state, i == 0 ? StepState::Pending : StepState::Succeeded);
            StepRecord next = ended(record, 1);
            QVERIFY(journal.writeStep(record.id, next));
            QCOMPARE(journal.find(record.id)->steps[1], next);
        }
    }

    // The kernel refuses to let the file grow, as a full disk does.
    void fullDisk()
    {
        SqliteJournal journal(m_file);
        OperationRecord record = operation(1);
        QVERIFY(journal.begin(record));
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        rlimit tight = before;
        tight.rlim_cur = 64 * 1024;
        ::setrlimit(RLIMIT_FSIZE, &tight);
        StepRecord step = ended(record, 0);
        step.output = QByteArray(200'000, 'x');
        const auto refused = journal.writeStep(record.id, step);
        ::setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Storage);
        QCOMPARE(journal.find(record.id)->steps[0].state, StepState::Pending);
        QVERIFY(journal.writeStep(record.id, step)); // there is room again
        QCOMPARE(journal.find(record.id)->steps[0], step);
    }

    void deletedWhileOpen()
    {
        SqliteJournal journal(m_file);
        const OperationRecord lost = operation(1);
        QVERIFY(journal.begin(lost));
        QVERIFY(QDir(m_folder->filePath(u"state"_s)).removeRecursively());
        QVERIFY(!journal.writeStep(lost.id, ended(lost, 0))); // said, not swallowed
        const OperationRecord next = operation(1);
        QVERIFY(journal.begin(next));
        QVERIFY(SqliteJournal(m_file).find(next.id));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
};

} // namespace elephaas

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == "--write-and-die"_L1)
        elephaas::writeAndDie(arguments.value(2), QUuid::fromString(arguments.value(3)));
    elephaas::JournalTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_journal.moc"
