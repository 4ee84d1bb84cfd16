#pragma once

#include "views/laghistory.h"

#include <QWidget>

namespace elephaas {

// Lag over time as a small painted line, with the largest value, the limit where it is in range, and the span of time.
// The same is told in words as the accessible description.
class LagPlot final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LagPlot)

public:
    explicit LagPlot(QWidget* parent = nullptr);

    void setSamples(std::vector<LagSample> samples, double limitMegabytes);
    const std::vector<LagSample>& samples() const { return m_samples; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void describe();

    std::vector<LagSample> m_samples;
    double m_limit = 100.0;
};

} // namespace elephaas
