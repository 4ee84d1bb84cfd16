#pragma once

#include "models/domain/rowchecks.h"

#include <QWidget>

class QLabel;

namespace elephaas {

// The line under an editor: what the field is for, or what is wrong with its value, and how much of the room is used.
// It always takes a line's height, so that the form does not jump while typing. The editor's accessible description follows it.
class FieldNote final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FieldNote)

public:
    FieldNote(QWidget* editor, const QString& hint, QWidget* parent = nullptr);

    void setHint(const QString& hint);
    void setCheck(const FieldCheck& check);
    // Shown from three quarters on; limit 0: no limit.
    void setLength(int length, int limit);

    const FieldCheck& check() const { return m_check; }
    QString text() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void restyle();

    QWidget* m_editor;
    QString m_hint;
    FieldCheck m_check;
    bool m_full = false;
    QLabel* m_mark;
    QLabel* m_text;
    QLabel* m_counter;
};

} // namespace elephaas
