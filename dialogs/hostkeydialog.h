#pragma once

#include "models/ports/remoteshell.h"

#include <QDialog>

namespace elephaas {

// Asks whether an unknown host key is the right one. Reject is the default: Enter, Escape and closing mean no. Opened with open() or
// show(); deletes itself.
class HostKeyDialog final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HostKeyDialog)

public:
    explicit HostKeyDialog(const HostKeyQuestion& question, QWidget* parent = nullptr);

    void done(int result) override;

Q_SIGNALS:
    void answered(bool accepted); // exactly once

private:
    void build(const HostKeyQuestion& question);

    bool m_answered = false;
};

} // namespace elephaas
