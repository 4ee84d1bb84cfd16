// Colours that mean something can be read, in both schemes, wherever they stand.
#include "models/items/fleetsummary.h"
#include "models/items/roles.h"
#include "views/environmentbadge.h"
#include "views/glyphs.h"
#include "views/icons.h"
#include "views/lagplot.h"
#include "views/statusstrip.h"
#include "views/theme.h"

#include "tests/gui/sample.h"

#include <QApplication>
#include <QCheckBox>
#include <QDir>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QRadioButton>
#include <QStyleOption>
#include <QTest>
#include <QToolButton>

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

constexpr double readable = 4.5; // WCAG 2.1, 1.4.3 (AA)

QImage pictureOf(Glyph glyph)
{
    QImage image(24, 24, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    QPainter painter(&image);
    paintGlyph(&painter, QRectF(4, 4, 16, 16), glyph, Qt::black, Qt::white); // without colour
    return image;
}

} // namespace

class AppearanceTest final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void colorsAreReadable_data()
    {
        QTest::addColumn<ColorScheme>("scheme");
        QTest::newRow("light") << ColorScheme::Light;
        QTest::newRow("dark") << ColorScheme::Dark;
    }

    void colorsAreReadable()
    {
        QFETCH(ColorScheme, scheme);
        const SemanticColors c = semanticColorsFor(scheme);
        const QPalette window = paletteFor(scheme);
        const QPalette view = itemViewPaletteFor(scheme);
        const std::vector<std::pair<QString, QColor>> texts{{u"online"_s, c.online}, {u"offline"_s, c.offline}, {u"unreachable"_s, c.unreachable},
            {u"unknown"_s, c.unknown}, {u"warning"_s, c.warning}, {u"running"_s, c.running}, {u"muted"_s, c.muted},
            {u"text"_s, window.color(QPalette::Text)}, {u"link"_s, window.color(QPalette::Link)}};
        const std::vector<std::pair<QString, QColor>> grounds{{u"base"_s, view.color(QPalette::Base)}, {u"alternate"_s, view.color(QPalette::AlternateBase)},
            {u"selected"_s, view.color(QPalette::Active, QPalette::Highlight)}, {u"selected without focus"_s, view.color(QPalette::Inactive, QPalette::Highlight)},
            {u"window"_s, window.color(QPalette::Window)}};
        for (const auto& [text, color] : texts) {
            for (const auto& [ground, behind] : grounds) {
                const double ratio = contrastRatio(color, behind);
                QVERIFY2(ratio >= readable, qPrintable(u"%1 on %2: %3"_s.arg(text, ground).arg(ratio)));
            }
        }
        for (const QColor& banner : {c.errorBackground, c.warningBackground, c.infoBackground})
            QVERIFY(contrastRatio(window.color(QPalette::WindowText), banner) >= readable);
        QVERIFY(contrastRatio(window.color(QPalette::HighlightedText), window.color(QPalette::Highlight)) >= readable);
        QVERIFY(contrastRatio(window.color(QPalette::ToolTipText), window.color(QPalette::ToolTipBase)) >= readable);
        QVERIFY(contrastRatio(c.accent, view.color(QPalette::Base)) >= 3.0); // 1.4.11: marks and lines
    }

    // WCAG 2.1, 1.4.11: what shows that there is something to be checked, or typed in, stands out from what is around it.
    void framesAreSeen_data() { colorsAreReadable_data(); }
    void framesAreSeen()
    {
        QFETCH(const ColorScheme, scheme);
        applyColorScheme(scheme);
        const auto frameOf = [](QAbstractButton& button, QStyle::SubElement indicator) {
            button.resize(button.sizeHint());
            QStyleOptionButton option;
            option.initFrom(&button);
            const QRect rect = button.style()->subElementRect(indicator, &option, &button);
            return button.grab().toImage().pixelColor(rect.left(), rect.center().y());
        };
        QCheckBox box(u"one"_s);
        QRadioButton radio(u"one"_s);
        const QColor window = paletteFor(scheme).color(QPalette::Window);
        QLineEdit line;
        line.resize(line.sizeHint());
        const QImage lineImage = line.grab().toImage();
        const std::array frames{frameOf(box, QStyle::SE_CheckBoxIndicator), frameOf(radio, QStyle::SE_RadioButtonIndicator),
            lineImage.pixelColor(lineImage.width() / 2, 0)};
        applyColorScheme(ColorScheme::Light);
        for (const QColor& frame : frames)
            QVERIFY2(contrastRatio(frame, window) >= 3.0, qPrintable(frame.name()));
    }

    void badgesAreReadable_data() { colorsAreReadable_data(); }

    void badgesAreReadable()
    {
        QFETCH(ColorScheme, scheme);
        for (const QString& name : {u"prod"_s, u"PROD-EU"_s, u"stage"_s, u"dev"_s, u"test"_s, u"qa"_s, u"a"_s, u"b"_s, u"c"_s, u"Ω"_s, u"lab 7"_s, u""_s}) {
            for (const bool isProtected : {false, true}) {
                const BadgeColors colors = environmentColors(name, isProtected, scheme);
                const double ratio = contrastRatio(colors.text, colors.background);
                QVERIFY2(ratio >= readable, qPrintable(u"%1: %2"_s.arg(name).arg(ratio)));
            }
            QVERIFY(environmentColors(name, true, scheme).background != environmentColors(name, false, scheme).background);
        }
    }

    void protectionFollowsTheSettings()
    {
        QVERIFY(isProtectedEnvironment(u"PROD"_s));
        QVERIFY(!isProtectedEnvironment(u"stage"_s));
        QVERIFY(!isProtectedEnvironment({}));
        const QSize before = environmentBadgeSize(u"stage"_s, QApplication::font());
        setProtectedEnvironments([](const QString& name) { return name == "stage"_L1; });
        QVERIFY(isProtectedEnvironment(u"stage"_s));
        QVERIFY(environmentBadgeSize(u"stage"_s, QApplication::font()).width() > before.width()); // the shield
        setProtectedEnvironments([](const QString& name) { return name.startsWith("prod"_L1, Qt::CaseInsensitive); });
    }

    void shapesDifferWithoutColour()
    {
        const std::vector<Glyph> states{Glyph::Online, Glyph::Offline, Glyph::Unreachable, Glyph::Unknown};
        const std::vector<Glyph> steps{Glyph::Pending, Glyph::Running, Glyph::Succeeded, Glyph::Skipped, Glyph::Failed, Glyph::Cancelled,
            Glyph::Indeterminate, Glyph::Warning};
        for (const std::vector<Glyph>& set : {states, steps}) {
            for (size_t i = 0; i < set.size(); ++i) {
                for (size_t j = i + 1; j < set.size(); ++j) {
                    const QImage a = pictureOf(set[i]);
                    const QImage b = pictureOf(set[j]);
                    int different = 0;
                    for (int y = 0; y < a.height(); ++y) {
                        for (int x = 0; x < a.width(); ++x)
                            different += std::abs(qGray(a.pixel(x, y)) - qGray(b.pixel(x, y))) > 100 ? 1 : 0;
                    }
                    QVERIFY2(different >= 20, qPrintable(u"%1 and %2: %3 pixels"_s.arg(int(set[i])).arg(int(set[j])).arg(different)));
                }
            }
        }
    }

    void unknownNeverLooksDown()
    {
        QVERIFY(glyphFor(Liveness::Unknown) != glyphFor(Liveness::Offline));
        QVERIFY(glyphFor(Liveness::Unreachable) != glyphFor(Liveness::Offline));
        QVERIFY(glyphFor(Health::Unknown) != glyphFor(Health::Offline));
        QVERIFY(glyphColor(Glyph::Unknown) != glyphColor(Glyph::Offline));
        QVERIFY(glyphColor(Glyph::Unreachable) != glyphColor(Glyph::Offline));
    }

    void everySymbolPaintsInTheSchemesColour()
    {
        const QStringList symbols = QDir(u":/icons"_s).entryList({u"*.svg"_s});
        QVERIFY(symbols.size() > 30);
        for (const ColorScheme scheme : {ColorScheme::Light, ColorScheme::Dark}) {
            applyColorScheme(scheme);
            for (const QString& file : symbols) {
                const QImage image = symbolIcon(file.chopped(4)).pixmap(QSize(32, 32), 2.0).toImage();
                QCOMPARE(image.size(), QSize(64, 64));
                int painted = 0;
                for (int y = 0; y < image.height(); ++y) {
                    for (int x = 0; x < image.width(); ++x)
                        painted += qAlpha(image.pixel(x, y)) > 128 ? 1 : 0;
                }
                QVERIFY2(painted > 40, qPrintable(file));
            }
        }
        applyColorScheme(ColorScheme::Light);
    }

    void lagIsRememberedAndTold()
    {
        sample::StillClock clock;
        LagHistory history;
        for (int i = 0; i < LagHistory::capacity + 20; ++i) {
            const InventoryPtr snapshot = sample::constellation(clock.now()).build();
            history.addAll(*snapshot);
            history.addAll(*snapshot); // the same observation again
            clock.advance(std::chrono::seconds(30));
        }
        const std::vector<LagSample> samples = history.of(InstanceId(3));
        QCOMPARE(int(samples.size()), LagHistory::capacity);
        QCOMPARE(samples.back().megabytes, 317.0);
        QCOMPARE(samples.back().atMs - samples.front().atMs, qint64(LagHistory::capacity - 1) * 30000);
        QVERIFY(history.of(InstanceId(4)).empty()); // down: unknown is not zero
        QVERIFY(history.of(InstanceId(1)).empty()); // a primary
        LagPlot plot;
        QVERIFY(plot.accessibleDescription().contains("No lag"_L1));
        plot.setSamples(samples, 100);
        QVERIFY2(plot.accessibleDescription().contains("317.00 MB"_L1), qPrintable(plot.accessibleDescription()));
        plot.resize(300, 80);
        QVERIFY(!plot.grab().isNull());
    }

    void countsFollowDifferences()
    {
        sample::StillClock clock;
        InventoryPtr before = sample::constellation(clock.now()).build();
        FleetSummary following;
        following.apply(before, nullptr);
        for (int id = 1; id <= int(before->instances().size()); ++id) {
            sample::Builder rows = sample::constellation(clock.now());
            if (id % 3 == 0)
                rows.seenOffline(InstanceId(id));
            else if (id % 3 == 1)
                rows.seenUnreachable(InstanceId(id));
            else
                rows.seenReplica(InstanceId(id), 77);
            const InventoryPtr next = rows.build(quint64(id) + 1);
            const InventoryDifference changes = difference(*before, *next);
            following.apply(next, &changes);
            FleetSummary anew;
            anew.apply(next, nullptr);
            QVERIFY(following.counts() == anew.counts());
            QCOMPARE(following.newest(), anew.newest());
            before = next;
        }
    }

    void runningButNotWellIsCounted()
    {
        sample::StillClock clock;
        const InventoryPtr well = sample::constellation(clock.now()).build();
        FleetSummary summary;
        summary.apply(well, nullptr);
        const FleetSummary::Counts before = summary.counts();

        sample::Builder rows = sample::constellation(clock.now());
        const auto twins = std::find_if(well->herds().begin(), well->herds().end(), [&](const Herd& herd) {
            return well->instancesOf(herd.id).size() > 1 && !hasTwoPrimaries(*well, herd.id);
        });
        QVERIFY(twins != well->herds().end());
        const auto members = well->instancesOf(twins->id);
        rows.seenPrimary(members[0], 400);
        rows.seenPrimary(members[1], 400);
        const InventoryPtr split = rows.build(2);
        const InventoryDifference changes = difference(*well, *split);
        summary.apply(split, &changes);
        QCOMPARE(summary.counts().twoPrimaries, before.twoPrimaries + 2);
        QCOMPARE(summary.counts().instances, before.instances);

        StatusStrip strip;
        strip.setCounts(summary.counts());
        const auto* problems = strip.findChild<QToolButton*>(u"statusProblems"_s);
        QVERIFY(problems && !problems->isHidden());
        QVERIFY2(problems->text().startsWith(QString::number(summary.counts().otherProblems())), qPrintable(problems->text()));
        QVERIFY2(problems->toolTip().contains(u"primaries"_s), qPrintable(problems->toolTip()));
        QVERIFY(strip.findChild<QLabel*>(u"statusAllWell"_s)->isHidden());
        strip.setCounts({.instances = 3});
        QVERIFY(problems->isHidden());
        QVERIFY(!strip.findChild<QLabel*>(u"statusAllWell"_s)->isHidden());
    }
};

} // namespace elephaas

QTEST_MAIN(elephaas::AppearanceTest)
#include "tst_appearance.moc"
