#pragma once

#include "models/services/inventoryservice.h"
#include "tests/gui/memorystore.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QAbstractItemView>
#include <QSignalSpy>
#include <QTest>
#include <QWidget>

namespace elephaas {

// A small constellation that has a bit of everything, hostile names too.
inline InventoryRows sampleRows()
{
    using namespace Qt::Literals::StringLiterals;
    const auto herd = [](qint64 id, std::optional<EnvironmentId> environment, const QString& name, int port) {
        return Herd{.id = HerdId(id), .environment = environment, .baseName = name, .name = name, .description = {},
            .port = port, .dataDirectory = u"/var/lib/postgresql/"_s + name, .virtualHost = name + u".example.org"_s};
    };
    const auto instance = [](qint64 id, qint64 herdId, qint64 server, std::optional<InstanceId> upstream) {
        return Instance{.id = InstanceId(id), .herd = HerdId(herdId), .server = ServerId(server), .version = u"15.4"_s,
            .localDataDirectory = {}, .walPosition = Lsn{0x3000060}, .isOnline = true, .upstream = upstream};
    };
    const std::optional<EnvironmentId> prod(EnvironmentId(1));
    const std::optional<EnvironmentId> stage(EnvironmentId(2));
    InventoryRows rows;
    rows.environments = {{EnvironmentId(1), u"prod"_s, u"What customers use"_s}, {EnvironmentId(2), u"stage"_s, {}}};
    rows.herds = {herd(1, prod, u"trading"_s, 5432), herd(2, prod, u"tools"_s, 5433), herd(3, stage, u"trading-stage"_s, 5432),
        herd(4, {}, u"<b>loose</b>"_s, 5440)};
    rows.servers = {{ServerId(1), prod, u"db1"_s}, {ServerId(2), prod, u"db2"_s}, {ServerId(3), prod, u"db3"_s},
        {ServerId(4), stage, u"stage1"_s}, {ServerId(5), {}, u"new1"_s}};
    rows.instances = {instance(1, 1, 1, {}), instance(2, 1, 2, InstanceId(1)), instance(3, 1, 3, InstanceId(2)),
        instance(4, 2, 1, {}), instance(5, 3, 4, {})};
    return rows;
}

struct DialogFixture {
    explicit DialogFixture(InventoryRows rows = sampleRows())
    {
        state->rows = std::move(rows);
        restart({});
    }
    void restart(InventoryService::Options options)
    {
        options.pollInterval = std::chrono::milliseconds(20);
        options.reconnectDelay = std::chrono::milliseconds(20);
        options.publishInterval = std::chrono::milliseconds(5);
        service = std::make_unique<InventoryService>(
            std::make_unique<MemoryStore>(state), nullptr, std::make_shared<SystemClock>(), options);
        QSignalSpy published(service.get(), &InventoryService::snapshotChanged);
        service->start();
        ready = QTest::qWaitFor([&] {
            return published.count() > 0 && service->status().connection == InventoryService::Connection::Live;
        });
    }
    // Changes the stored rows as another console would, and waits until the service has seen it.
    template <class Change>
    bool changeElsewhere(Change change)
    {
        const quint64 before = service->snapshot()->revision();
        {
            const std::lock_guard lock(state->mutex);
            change(state->rows);
            state->changedElsewhere = true;
        }
        return QTest::qWaitFor([&] { return service->snapshot()->revision() > before; });
    }
    size_t appliedCount() const
    {
        const std::lock_guard lock(state->mutex);
        return state->applied.size();
    }

    std::shared_ptr<MemoryState> state = std::make_shared<MemoryState>();
    std::unique_ptr<InventoryService> service;
    bool ready = false;
};

template <class Widget = QWidget>
Widget* child(const QWidget* parent, const char* name)
{
    auto* found = parent->findChild<Widget*>(QString::fromLatin1(name));
    if (!found)
        qFatal("no child named %s", name);
    return found;
}

inline QString noteOf(const QWidget* dialog, const char* editor)
{
    return dialog->findChild<QLabel*>(QString::fromLatin1(editor) + QStringLiteral("Note"))->text();
}

// Types as a person does, replacing what is there.
inline void typeInto(QWidget* dialog, const char* name, const QString& text)
{
    auto* editor = child(dialog, name);
    editor->setFocus();
    QTest::keyClick(editor, Qt::Key_A, Qt::ControlModifier);
    if (text.isEmpty())
        QTest::keyClick(editor, Qt::Key_Delete);
    else
        QTest::keyClicks(editor, text);
}

// What every dialog owes to people who do not see it, and to hostile names: the first offence, or "".
inline QString offence(const QWidget* dialog)
{
    const auto named = [](const QWidget* widget) {
        return qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QLineEdit*>(widget)
            || qobject_cast<const QComboBox*>(widget) || qobject_cast<const QPlainTextEdit*>(widget)
            || qobject_cast<const QAbstractItemView*>(widget);
    };
    const auto isInside = [](const QWidget* widget) { // of a control that Qt composed
        for (const QWidget* p = widget->parentWidget(); p; p = p->parentWidget()) {
            if (qobject_cast<const QComboBox*>(p) || qobject_cast<const QLineEdit*>(p) || qobject_cast<const QAbstractItemView*>(p)
                || p->inherits("QAbstractSpinBox") || p->inherits("QComboBoxPrivateContainer") || p->inherits("QTabBar"))
                return true;
        }
        return widget->windowType() == Qt::Popup;
    };
    if (dialog->objectName().isEmpty() || dialog->windowTitle().isEmpty())
        return QStringLiteral("the dialog has no object name or title");
    QStringList mnemonics;
    const auto widgets = dialog->findChildren<QWidget*>();
    for (const QWidget* widget : widgets) {
        if (isInside(widget))
            continue;
        const QString what = QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName();
        if (named(widget) && (widget->objectName().isEmpty() || widget->objectName().startsWith(QStringLiteral("qt_"))))
            return what + QStringLiteral(": no object name");
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        if (named(widget) && widget->accessibleName().isEmpty() && !(button && !button->text().isEmpty()))
            return what + QStringLiteral(": no accessible name");
        if (const auto* label = qobject_cast<const QLabel*>(widget); label && label->textFormat() != Qt::PlainText && !label->buddy())
            return what + QStringLiteral(": would interpret mark-up");
    }
    return {};
}

} // namespace elephaas
