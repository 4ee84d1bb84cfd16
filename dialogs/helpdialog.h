#pragma once

#include <QDialog>

#include <functional>

class QLineEdit;
class QListWidget;
class QTextBrowser;

namespace elephaas {

// The pages of resources/help: one for each noun and each operation. Text of this program only. A window beside the others; deletes itself.
class HelpDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HelpDialog)

public:
    explicit HelpDialog(const QString& page, QWidget* parent = nullptr);

    // Shows the page in the help window of `parent`, which is made where there is none.
    static void openAt(const QString& page, QWidget* parent);
    // F1 in a dialog.
    static void offer(QDialog* dialog, const std::function<QString()>& page);
    static void offer(QDialog* dialog, const QString& page);

    static const QStringList& pages(); // "herd", "switchover" …: their names are the files'
    static QString fileOf(const QString& page); // in the language of the desktop where there is one
    // "start", "rebuild", "refresh-dns" …: Plan::kind
    static QString pageOfOperation(const QString& kind);

    const QString& page() const { return m_page; } // that is shown
    void turnTo(const QString& page);

protected:
    void changeEvent(QEvent* event) override;

private:
    void search(const QString& text);

    QString m_page;
    QLineEdit* m_search;
    QListWidget* m_list;
    QTextBrowser* m_text;
};

} // namespace elephaas
