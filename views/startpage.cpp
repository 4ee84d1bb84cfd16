#include "views/startpage.h"

#include "views/actions.h"
#include "views/icons.h"
#include "views/theme.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

StartPage::StartPage(const Actions& actions, QWidget* parent)
    : QWidget(parent)
{
    setObjectName(u"startPage"_s);
    setAccessibleName(tr("First steps"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(32, 32, 32, 32);
    outer->setSpacing(10);
    outer->addStretch(2);
    const auto addLabel = [&](const QString& name, const QString& text) {
        auto* label = new QLabel(text, this);
        label->setObjectName(name);
        label->setTextFormat(Qt::PlainText);
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(true);
        outer->addWidget(label);
        return label;
    };
    auto* picture = addLabel(u"startPicture"_s, {});
    picture->setAccessibleName(tr("The program's icon"));
    picture->setPixmap(applicationIcon().pixmap(QSize(72, 72), devicePixelRatioF()));
    QLabel* title = addLabel(u"startTitle"_s, tr("The inventory is empty"));
    QFont font = title->font();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 1.5);
    font.setWeight(QFont::DemiBold);
    title->setFont(font);
    addLabel(u"startText"_s,
        tr("Say which servers you have and which herds live on them: a herd is one primary with its replicas. "
           "Or take over an inventory from a file."));
    outer->addSpacing(8);
    const auto addButton = [&](const QString& name, ActionId id, const QString& text) {
        auto* button = new QPushButton(actions[id]->icon(), text, this);
        button->setObjectName(name);
        button->setMinimumWidth(fontMetrics().averageCharWidth() * 34);
        QAction* action = actions[id];
        const auto follow = [button, action] {
            button->setEnabled(action->isEnabled());
            button->setToolTip(action->toolTip());
            button->setAccessibleDescription(action->statusTip());
        };
        follow();
        button->setAccessibleName(QString(text).remove(u'&'));
        connect(action, &QAction::changed, button, follow);
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        outer->addWidget(button, 0, Qt::AlignHCenter);
        if (!focusProxy())
            setFocusProxy(button);
    };
    addButton(u"startAddEnvironment"_s, ActionId::AddEnvironment, tr("Add an &environment…"));
    addButton(u"startAddServer"_s, ActionId::AddServer, tr("Add a &server…"));
    addButton(u"startAddHerd"_s, ActionId::AddHerd, tr("Add a &herd…"));
    addButton(u"startImport"_s, ActionId::Import, tr("&Import an inventory…"));
    outer->addStretch(3);
}

} // namespace elephaas
