#pragma once

#include "dialogs/parts/marks.h"
#include "models/domain/error.h"

#include <QFrame>

class QLabel;

namespace elephaas {

// A band inside a dialog that says what went wrong or what to know: mark, headline, and the other side's own words.
// Everything is plain text. Hidden until something is shown.
class MessageStrip final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MessageStrip)

public:
    explicit MessageStrip(QWidget* parent = nullptr);

    void showError(const Error& error); // all its parts
    void showText(Mark mark, const QString& headline, const QString& explanation = {});
    void clear();
    // Everything that is shown, for tests and for copying.
    QString text() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void present(Mark mark, const QString& headline, const QString& explanation, const QString& remoteWords, const QString& remedy);
    void restyle();

    Mark m_mark = Mark::None;
    QLabel* m_icon;
    QLabel* m_headline;
    QLabel* m_explanation;
    QLabel* m_remoteWords;
    QLabel* m_remedy;
};

} // namespace elephaas
