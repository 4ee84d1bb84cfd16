#pragma once

#include "models/operations/conditions.h"
#include "models/ports/remoteshell.h"

#include <QByteArray>

#include <chrono>
#include <stop_token>

namespace elephaas {

// With this status a script of this program ends that asked for something and does not know what came of it.
constexpr int exitUnknown = 6;

// A script as it goes to a shell's standard input: nothing of it runs before all of it has arrived, and what it runs reads nothing of it.
QByteArray scriptInput(const QByteArray& script);
// The same as an argument, for a command whose standard input is something else.
QByteArray scriptCommand(const QByteArray& shell, const QByteArray& script);

// Asks a server a question by script: exit 0 yes, 1 no, anything else not known. The text is the last line of what it printed.
Evaluation askByScript(RemoteShell& shell, const InstanceAddress& address, const QByteArray& interpreter, const QByteArray& script,
    std::chrono::milliseconds timeout, const std::stop_token& stop);

} // namespace elephaas
