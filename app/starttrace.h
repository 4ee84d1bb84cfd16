#pragma once

#include <QObject>

#include <functional>

class QWidget;

namespace elephaas {

// For the benchmarks. With ELEPHAAS_TRACE=start in the environment, "painted" is written to standard error when the window was painted
// with data for the first time, and the program ends. With ELEPHAAS_TRACE=memory it ends five seconds later and writes "resident N kB".
class StartTrace final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StartTrace)

public:
    // `hasData` tells whether `view` shows rows.
    static void installWhenAsked(QWidget* view, std::function<bool()> hasData);

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    StartTrace(QWidget* view, std::function<bool()> hasData, bool wantsMemory);
    std::function<bool()> m_hasData;
    const bool m_wantsMemory;
    bool m_done = false;
};

} // namespace elephaas
