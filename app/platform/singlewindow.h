#pragma once

#include <QObject>
#include <QString>

#include <memory>

class QLocalServer;
class QLocalSocket;

namespace elephaas {

// One running window per inventory: a second start asks the first one to come forward. Talks over a private local socket.
class SingleWindow final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SingleWindow)

public:
    explicit SingleWindow(const QString& inventoryKey, QObject* parent = nullptr);
    ~SingleWindow() override;

    // True when another window answered within the deadline and was asked to come forward. To be called before there is a window.
    bool raiseOther(int deadlineMs);
    // From now on this is the one. Failure is harmless: then later starts simply open another window.
    void claim();

Q_SIGNALS:
    void raiseRequested();

private:
    const QString m_name;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace elephaas
