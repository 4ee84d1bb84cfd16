#pragma once

#include <QByteArray>
#include <QString>

namespace elephaas {

// For POSIX sh, run as the remote user: gives `command`, which starts the server of `dataDirectory`, to the shell, and ends with its status and what it
// said. Where the server's own lock file says before that it is ready (since 10), it ends then, with 0: a command such as pg_ctlcluster takes its time
// to look again. That one is left to end by itself, and what it says then is nobody's any more. No proof of anything: that is looked for afterwards.
QByteArray startScript(const QByteArray& command, const QString& dataDirectory);

} // namespace elephaas
