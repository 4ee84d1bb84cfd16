#pragma once

#include "dialogs/parts/marks.h"
#include "models/domain/error.h"

#include <QDialog>

namespace elephaas {

// Says one thing and is closed. All text is plain; Copy takes all of it. Opened by the helpers below; deletes itself.
class MessageDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MessageDialog)

public:
    // `text` may have many lines (the result of an import): it is then shown in a box that scrolls.
    MessageDialog(Mark mark, const QString& title, const QString& headline, const QString& text, QWidget* parent);

    QString text() const { return m_text; }

private:
    QString m_text;
};

// Both return at once and give the open dialog, so that a caller can wait for its finished() signal.
MessageDialog* showError(QWidget* parent, const QString& title, const Error& error);
MessageDialog* showText(QWidget* parent, const QString& title, const QString& headline, const QString& text = {}, Mark mark = Mark::Info);

} // namespace elephaas
