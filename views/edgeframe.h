#pragma once

#include <QFrame>
#include <QString>

namespace elephaas {

// The window's edge: it carries the colour of the environment that is looked at.
class EdgeFrame final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EdgeFrame)

public:
    explicit EdgeFrame(QWidget* parent = nullptr);
    void setEnvironment(const QString& name);
    QString environment() const { return m_environment; }

    static constexpr int thickness = 4;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_environment;
};

} // namespace elephaas
