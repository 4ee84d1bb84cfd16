#include "dialogs/planningdialog.h"

#include "dialogs/parts/plainlabel.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

PlanningDialog::PlanningDialog(const QString& title, const QString& lookingAt, QWidget* parent)
    : QDialog(parent)
{
    setObjectName(u"planningDialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    setAccessibleDescription(lookingAt);
    QLabel* text = wrappedLabel(inOneLine(lookingAt, 400), u"planningText"_s, this);
    text->setMinimumWidth(fontMetrics().averageCharWidth() * 56);
    QLabel* hint = wrappedLabel(tr("Nothing is changed. What will be done is shown before it is done."), u"planningHint"_s, this);
    makeMuted(hint);
    m_now = wrappedLabel({}, u"planningNow"_s, this);
    auto* bar = new QProgressBar(this);
    bar->setObjectName(u"planningProgress"_s);
    bar->setAccessibleName(lookingAt);
    bar->setRange(0, 0); // how long it takes is the servers' affair
    bar->setTextVisible(false);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    cancel->setObjectName(u"cancelButton"_s);
    cancel->setAccessibleName(tr("Cancel"));
    cancel->setToolTip(tr("Stops looking; nothing was changed"));
    cancel->setDefault(true);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 16, 18, 14);
    column->setSpacing(10);
    column->addWidget(text);
    column->addWidget(bar);
    column->addWidget(m_now);
    column->addWidget(hint);
    column->addLayout(buttons);
    cancel->setFocus();
    connect(cancel, &QPushButton::clicked, this, [this] { reject(); });
    connect(this, &QDialog::rejected, this, [this] { Q_EMIT cancelled(); });
}

void PlanningDialog::finish() { accept(); }

void PlanningDialog::tell(const QString& text) { m_now->setText(inOneLine(text, 400)); }

} // namespace elephaas
