#pragma once

#include <QByteArray>

#include <vector>

namespace elephaas {

// A part of a script for servers; the parts of one script, in order, are the script.
struct ScriptPiece {
    QByteArray code;
    bool isShared = false; // stands word by word in many scripts: names and functions that do nothing until the rest calls them
};

// For people who want to read what is special about a script first. Any thread.
std::vector<ScriptPiece> piecesOf(const QByteArray& script);

} // namespace elephaas
