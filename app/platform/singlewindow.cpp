#include "app/platform/singlewindow.h"

#include <QCryptographicHash>
#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>
#include <QStandardPaths>

#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

namespace {

QString socketName(const QString& inventoryKey)
{
    const QByteArray hash = QCryptographicHash::hash(inventoryKey.toUtf8(), QCryptographicHash::Sha256).toHex().left(24);
    const QString runtime = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation);
    const QString folder = runtime.isEmpty() ? QDir::tempPath() : runtime;
    return folder + u"/elephaas-%1-%2"_s.arg(::getuid()).arg(QString::fromLatin1(hash));
}

} // namespace

SingleWindow::SingleWindow(const QString& inventoryKey, QObject* parent)
    : QObject(parent)
    , m_name(socketName(inventoryKey))
{
}

SingleWindow::~SingleWindow() = default;

bool SingleWindow::raiseOther(int deadlineMs)
{
    QLocalSocket other;
    other.connectToServer(m_name);
    if (!other.waitForConnected(deadlineMs))
        return false;
    other.write("raise\n");
    // A window that hangs must not keep its user from opening another.
    return other.waitForBytesWritten(deadlineMs) && other.waitForReadyRead(deadlineMs) && other.readAll() == "ok\n";
}

void SingleWindow::claim()
{
    QLocalServer::removeServer(m_name);
    m_server = std::make_unique<QLocalServer>();
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    connect(m_server.get(), &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket* socket = m_server->nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
                if (socket->readLine(64) == "raise\n") {
                    socket->write("ok\n");
                    Q_EMIT raiseRequested();
                }
            });
        }
    });
    m_server->listen(m_name);
}

} // namespace elephaas
