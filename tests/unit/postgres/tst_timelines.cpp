#include "models/postgres/timelines.h"

#include <QTest>

namespace elephaas {

class TimelinesTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void historiesAreParsed_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<std::optional<TimelineHistory>>("history");
        const auto row = [](const char* name, const char* text, std::optional<TimelineHistory> history) {
            QTest::newRow(name) << QByteArray(text) << std::move(history);
        };
        row("none", "", TimelineHistory());
        row("one", "1@0/3000000", TimelineHistory{{1, {0x3000000}}});
        row("two", "1@0/3000000 4@A/5", TimelineHistory{{1, {0x3000000}}, {4, {0xa00000005}}});
        row("both at one place", "1@0/3 2@0/3", TimelineHistory{{1, {3}}, {2, {3}}});
        row("no position", "1@", {});
        row("no timeline", "@0/3", {});
        row("no sign", "1", {});
        row("timeline 0", "0@0/3", {});
        row("backwards", "2@0/3 1@0/4", {});
        row("positions go back", "1@0/4 2@0/3", {});
        row("more behind it", "1@0/3x", {});
    }
    void historiesAreParsed()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const std::optional<TimelineHistory>, history);
        QVERIFY(parseTimelineHistory(text) == history);
    }

    void descent_data()
    {
        QTest::addColumn<TimelinePlace>("own");
        QTest::addColumn<TimelinePlace>("other");
        QTest::addColumn<Descent>("expected");
        using Kind = Descent::Kind;
        const auto row = [](const char* name, TimelinePlace own, TimelinePlace other, Descent expected) {
            QTest::newRow(name) << std::move(own) << std::move(other) << expected;
        };
        const TimelinePlace first{.timeline = 1};
        const auto place = [](int timeline, const char* history) { return TimelinePlace{timeline, parseTimelineHistory(history)}; };
        row("both on the first", first, first, {Kind::Same, {}});
        row("the other was promoted", first, place(2, "1@0/9"), {Kind::Continues, Lsn{9}});
        row("twice", first, place(3, "1@0/9 2@0/A"), {Kind::Continues, Lsn{9}});
        row("both followed", place(2, "1@0/9"), place(2, "1@0/9"), {Kind::Same, {}});
        row("each was promoted", place(2, "1@0/9"), place(2, "1@0/8"), {Kind::Parted, Lsn{8}});
        row("each was promoted, and one again", place(2, "1@0/9"), place(3, "1@0/A 2@0/B"), {Kind::Parted, Lsn{9}});
        row("one went on", place(2, "1@0/9"), place(3, "1@0/9 2@0/B"), {Kind::Continues, Lsn{11}});
        row("it passed over a timeline", place(2, "1@0/9"), place(3, "1@0/9"), {Kind::Parted, {}});
        row("a longer history of the same number", place(3, "1@0/9"), place(3, "1@0/9 2@0/B"), {Kind::Parted, {}});
        row("a shorter one", place(3, "1@0/9 2@0/B"), place(3, "1@0/9"), {Kind::Parted, {}});
        row("the other's is not known", first, {.timeline = 2}, {});
        row("the own one is not known", {.timeline = 2}, place(2, "1@0/9"), {});
        row("not known, but named", {.timeline = 2}, place(3, "1@0/9 2@0/B"), {Kind::Continues, Lsn{11}});
        row("not known, and not named", {.timeline = 2}, place(3, "1@0/9"), {Kind::Parted, {}});
        row("the other is before", place(2, "1@0/9"), first, {});
        row("nowhere", {}, first, {});
    }
    void descent()
    {
        QFETCH(const TimelinePlace, own);
        QFETCH(const TimelinePlace, other);
        QFETCH(const Descent, expected);
        QVERIFY(descentOf(own, other) == expected);
    }
};

} // namespace elephaas

QTEST_APPLESS_MAIN(elephaas::TimelinesTest)
#include "tst_timelines.moc"
