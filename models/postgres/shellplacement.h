#pragma once

#include "models/postgres/templatetext.h"
#include "models/postgres/templatevalues.h"

#include <QByteArray>

#include <optional>
#include <vector>

namespace elephaas {

// A piece of an expanded template: shell text, or a value that takes a name's place.
struct ShellPiece {
    QString text; // shell text; for a value its name, for messages
    std::optional<TemplateValue> value = {};
    TemplatePlace place = {};
};

// Puts the values into the shell text (POSIX.1-2017 XCU 2), each quoted for the place it stands in, so that none can end a word,
// be expanded, or start a command. What cannot be kept safe in every POSIX shell is refused: here-documents, case, functions,
// the extensions of bash; values in backquotes, in ${…}, as a program's name, as the first characters of an option (names and
// paths), after a lone backslash, dollar or tilde; newlines in names and paths; and, where a program known to hand its argument to
// another interpreter (sh -c, su -c, ssh, eval, psql -c, pg_ctl -o …) is given the word, every value that is not plain.
Expected<QByteArray> placeInShell(const std::vector<ShellPiece>& pieces);

} // namespace elephaas
