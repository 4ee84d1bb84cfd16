#pragma once

#include <QFrame>

class QLabel;
class QToolButton;

namespace elephaas {

// A message at the top of the window that waits without blocking anything. All texts are plain.
class Banner final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Banner)

public:
    enum class Kind { Information, Warning, Error };

    Banner(const QString& name, QWidget* parent);

    // `action` empty: no button.
    void showMessage(Kind kind, const QString& title, const QString& text, const QString& action = {});
    QString title() const;
    QString text() const;

Q_SIGNALS:
    void actionTriggered();
    void closed(); // by the user

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void adoptColors();

    Kind m_kind = Kind::Information;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_text;
    QToolButton* m_action;
    QToolButton* m_close;
};

} // namespace elephaas
