#include "dialogs/preferences/watchpage.h"

#include "dialogs/parts/fieldgrid.h"
#include "dialogs/parts/plainlabel.h"

#include <QDoubleSpinBox>
#include <QLabel>
#include <QListWidget>
#include <QSpinBox>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

WatchPage::WatchPage(QWidget* parent)
    : QWidget(parent)
    , m_interval(new QSpinBox(this))
    , m_lag(new QDoubleSpinBox(this))
    , m_protected(new QListWidget(this))
{
    setObjectName(u"watchPage"_s);
    m_interval->setObjectName(u"probeInterval"_s);
    m_interval->setRange(0, 86400);
    //: unit of the refresh interval: seconds
    m_interval->setSuffix(tr(" s"));
    m_interval->setSpecialValueText(tr("Only when asked"));
    m_interval->setMaximumWidth(m_interval->fontMetrics().averageCharWidth() * 26);
    m_lag->setObjectName(u"lagThreshold"_s);
    m_lag->setRange(0, 1e9);
    m_lag->setDecimals(2);
    //: megabytes of 1024*1024 bytes
    m_lag->setSuffix(tr(" MB"));
    m_lag->setMaximumWidth(m_lag->fontMetrics().averageCharWidth() * 26);
    m_protected->setObjectName(u"protectedEnvironments"_s);
    m_protected->setAccessibleName(tr("Protected environments"));

    auto* grid = new FieldGrid(u"watchFields"_s, this);
    grid->add(tr("&Refresh every:"), m_interval, tr("All servers; those that you look at come first."));
    grid->add(tr("&Lagging from:"), m_lag, tr("A replica that is further behind is shown as lagging."));
    auto* label = new QLabel(tr("&Protected environments:"), this);
    label->setObjectName(u"protectedEnvironmentsLabel"_s);
    label->setBuddy(m_protected);
    QLabel* why = wrappedLabel(tr("In these, a name has to be typed before anything is run."), u"protectedExplanation"_s, this);
    makeMuted(why);
    auto* column = new QVBoxLayout(this);
    column->addWidget(grid);
    column->addWidget(label);
    column->addWidget(m_protected, 1);
    column->addWidget(why);

    const auto edited = [this] {
        if (!m_filling)
            Q_EMIT changed();
    };
    connect(m_interval, &QSpinBox::valueChanged, this, edited);
    connect(m_lag, &QDoubleSpinBox::valueChanged, this, edited);
    connect(m_protected, &QListWidget::itemChanged, this, edited);
}

void WatchPage::setSettings(const TeamSettings& settings, const Inventory& inventory)
{
    m_filling = true;
    m_interval->setValue(settings.probeIntervalSeconds);
    m_lag->setValue(settings.lagWarningMegabytes);
    m_protected->clear();
    QStringList names = settings.protectedEnvironments;
    for (const Environment& environment : inventory.environments()) {
        if (!names.contains(environment.name, Qt::CaseInsensitive))
            names << environment.name;
    }
    names.sort(Qt::CaseInsensitive);
    for (const QString& name : std::as_const(names)) {
        auto* item = new QListWidgetItem(inOneLine(name), m_protected);
        item->setData(Qt::UserRole, name);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(settings.isProtected(name) ? Qt::Checked : Qt::Unchecked);
    }
    m_filling = false;
}

void WatchPage::take(TeamSettings& settings) const
{
    settings.probeIntervalSeconds = m_interval->value();
    settings.lagWarningMegabytes = m_lag->value();
    QStringList kept; // in the order they had, so that nothing counts as changed that was not
    QStringList added;
    for (int row = 0; row < m_protected->count(); ++row) {
        const QListWidgetItem* item = m_protected->item(row);
        if (item->checkState() != Qt::Checked)
            continue;
        const QString name = item->data(Qt::UserRole).toString();
        (settings.protectedEnvironments.contains(name) ? kept : added) << name;
    }
    QStringList result;
    for (const QString& name : std::as_const(settings.protectedEnvironments)) {
        if (kept.contains(name))
            result << name;
    }
    settings.protectedEnvironments = result + added;
}

} // namespace elephaas
