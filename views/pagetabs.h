#pragma once

#include <QWidget>

class QLabel;
class QStackedWidget;
class QTabBar;

namespace elephaas {

// Pages with a bar of tabs above them, and a word at its end.
class PageTabs final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PageTabs)

public:
    explicit PageTabs(QWidget* parent = nullptr);

    int addPage(QWidget* page, const QString& title, const QString& toolTip);
    QWidget* page(int number) const;
    int currentIndex() const;
    void setCurrentIndex(int number);
    // "37 of 10,000, 2 selected"
    void setWord(const QString& word);

Q_SIGNALS:
    void currentChanged(int number);

private:
    QTabBar* m_bar;
    QStackedWidget* m_stack;
    QLabel* m_word;
};

} // namespace elephaas
