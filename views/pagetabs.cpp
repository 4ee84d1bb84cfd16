#include "views/pagetabs.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

PageTabs::PageTabs(QWidget* parent)
    : QWidget(parent)
    , m_bar(new QTabBar(this))
    , m_stack(new QStackedWidget(this))
    , m_word(new QLabel(this))
{
    setObjectName(u"pages"_s);
    setAccessibleName(tr("Pages"));
    m_bar->setObjectName(u"pageTabs"_s);
    m_bar->setAccessibleName(tr("Pages"));
    m_bar->setDocumentMode(true);
    m_bar->setDrawBase(false);
    m_bar->setExpanding(false);
    m_bar->setUsesScrollButtons(true);
    m_stack->setObjectName(u"pageStack"_s);
    m_word->setObjectName(u"pageCount"_s);
    m_word->setAccessibleName(tr("Rows"));
    m_word->setTextFormat(Qt::PlainText);
    m_word->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    m_word->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // the tabs come first
    auto* top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 10, 0);
    top->addWidget(m_bar);
    top->addWidget(m_word, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_stack, 1);
    connect(m_bar, &QTabBar::currentChanged, this, [this](int number) {
        m_stack->setCurrentIndex(number);
        Q_EMIT currentChanged(number);
    });
}

int PageTabs::addPage(QWidget* page, const QString& title, const QString& toolTip)
{
    m_stack->addWidget(page);
    const int number = m_bar->addTab(title);
    m_bar->setTabToolTip(number, toolTip.toHtmlEscaped());
    m_bar->setAccessibleTabName(number, title);
    return number;
}

QWidget* PageTabs::page(int number) const { return m_stack->widget(number); }

int PageTabs::currentIndex() const { return m_bar->currentIndex(); }

void PageTabs::setCurrentIndex(int number) { m_bar->setCurrentIndex(number); }

void PageTabs::setWord(const QString& word)
{
    if (m_word->text() == word)
        return;
    m_word->setText(word);
    //: how many rows a table has, as a screen reader says it: "Rows: 7 rows"
    m_word->setAccessibleName(tr("Rows: %1").arg(word));
}

} // namespace elephaas
