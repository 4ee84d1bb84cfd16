#pragma once

#include <QToolButton>

namespace elephaas {

// A tool button whose pressed state stands out in both colour schemes.
class ToggleButton final : public QToolButton {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ToggleButton)

public:
    explicit ToggleButton(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace elephaas
