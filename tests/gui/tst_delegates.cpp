// Names with line breaks, tabs and direction overrides are painted as one line with visible marks, in every kind of cell.
#include "models/domain/visibletext.h"
#include "models/items/constellationmodel.h"
#include "models/items/roles.h"
#include "views/choicemodel.h"
#include "views/delegates/rowdelegate.h"
#include "views/delegates/treedelegate.h"

#include <QImage>
#include <QPainter>
#include <QStandardItemModel>
#include <QTest>
#include <QTreeView>

#include <functional>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

using Fill = std::function<void(QStandardItem&, const QString& name)>;

struct Kind {
    std::shared_ptr<RowDelegate> delegate;
    Fill fill;
    bool isBadge = false;
};

void asText(QStandardItem& item, const QString& name) { item.setText(name); }

void asState(QStandardItem& item, const QString& name)
{
    item.setText(name);
    item.setData(QVariant::fromValue(Liveness::Online), LivenessRole);
}

Fill asNode(ItemKind kind)
{
    return [kind](QStandardItem& item, const QString& name) {
        item.setText(name);
        item.setData(QVariant::fromValue(kind), KindRole);
        if (kind == ItemKind::Environment)
            item.setData(name, EnvironmentNameRole);
        if (kind == ItemKind::Instance)
            item.setData(QVariant::fromValue(Liveness::Online), LivenessRole);
    };
}

} // namespace

} // namespace elephaas


namespace elephaas {

class DelegatesTest final : public QObject {
    Q_OBJECT

private:
    // What one cell looks like, as the only one of a tree of the given width.
    static QImage painted(const Kind& kind, const QString& name, int width)
    {
        QStandardItemModel model;
        auto* item = new QStandardItem;
        kind.fill(*item, name);
        model.appendRow(item);
        QTreeView view; // gives palette and font
        QStyleOptionViewItem option;
        option.initFrom(&view);
        option.font = view.font();
        option.fontMetrics = QFontMetrics(view.font());
        option.widget = &view;
        option.rect = QRect(0, 0, width, RowDelegate::rowHeight(option.fontMetrics));
        QImage image(width, 3 * option.rect.height(), QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        kind.delegate->paint(&painter, option, model.index(0, 0));
        return image;
    }

    // What is painted at all: the colours of an environment follow from its name, its place does not.
    static QRect extent(const QImage& image)
    {
        QRect found;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                if (image.pixelColor(x, y) != QColor(Qt::white))
                    found |= QRect(x, y, 1, 1);
            }
        }
        return found;
    }

private Q_SLOTS:
    void marksInOneLine_data()
    {
        QTest::addColumn<Kind>("kind");
        QTest::addColumn<QString>("name");
        const std::pair<const char*, QString> names[] = {{"line feed", u"new\nline"_s}, {"tab", u"a\tb"_s}, {"return", u"a\rb"_s},
            {"override", u"safe\u202Eexe.gnp"_s}, {"isolate", u"a\u2067b"_s}, {"separator", u"a\u2028b"_s}, {"bell", u"a\ab"_s}};
        const std::pair<const char*, Kind> kinds[] = {
            {"row", {std::make_shared<RowDelegate>(), asText}},
            {"state", {std::make_shared<StateDelegate>(), asState}},
            {"environment", {std::make_shared<EnvironmentDelegate>(), asNode(ItemKind::Environment), true}},
            {"tree environment", {std::make_shared<TreeDelegate>(), asNode(ItemKind::Environment), true}},
            {"tree herd", {std::make_shared<TreeDelegate>(), asNode(ItemKind::Herd)}},
            {"tree server", {std::make_shared<TreeDelegate>(), asNode(ItemKind::Server)}},
            {"tree instance", {std::make_shared<TreeDelegate>(), asNode(ItemKind::Instance)}},
        };
        for (const auto& [kindName, kind] : kinds) {
            for (const auto& [what, name] : names)
                QTest::addRow("%s, %s", kindName, what) << kind << name;
        }
    }
    void marksInOneLine()
    {
        QFETCH(Kind, kind);
        QFETCH(QString, name);
        QVERIFY(visibleLine(name) != name);
        for (const int width : {400, 60}) { // whole, and too narrow
            const QImage shown = painted(kind, name, width);
            const QImage wanted = painted(kind, visibleLine(name), width);
            QCOMPARE(extent(shown), extent(wanted));
            if (!kind.isBadge)
                QCOMPARE(shown, wanted);
            if (width == 400)
                QVERIFY2(extent(shown) != extent(painted(kind, u"another"_s, width)), "the comparison sees nothing");
        }
    }

    // A replica that runs and does not stream never looks like one that is well.
    void onlineIsNotAlwaysWell_data()
    {
        QTest::addColumn<Health>("health");
        for (const Health health : {Health::Lagging, Health::NotStreaming, Health::RoleConflict, Health::TwoPrimaries})
            QTest::addRow("%d", static_cast<int>(health)) << health;
    }
    void onlineIsNotAlwaysWell()
    {
        QFETCH(Health, health);
        const auto look = [](Health is) {
            const Fill fill = [is](QStandardItem& item, const QString& name) {
                asState(item, name);
                item.setData(QVariant::fromValue(is), HealthRole);
            };
            return painted({std::make_shared<StateDelegate>(), fill}, u"online"_s, 200);
        };
        QCOMPARE(look(Health::Good), painted({std::make_shared<StateDelegate>(), asState}, u"online"_s, 200));
        QVERIFY(look(health) != look(Health::Good));
    }

    void choicesToo()
    {
        ChoiceModel model(u"Any"_s, nullptr);
        model.setChoices({{u"new\nline\u202E"_s, 1}});
        QCOMPARE(model.data(model.index(1, 0)).toString(), u"new\u240Aline\\u{202E}"_s);
    }
};

} // namespace elephaas

QTEST_MAIN(elephaas::DelegatesTest)
#include "tst_delegates.moc"
