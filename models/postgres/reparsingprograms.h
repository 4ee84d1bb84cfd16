#pragma once

#include <QString>
#include <QStringList>

namespace elephaas {

// Programs that hand a word of their command line to a shell or another interpreter, where quoting for this shell no longer holds.
// `words` are the earlier words of the simple command, `current` what stands before the value in its own word.
// Returns the program's name, or "" when the word stays what it is. A table of the usual ones, not a proof.
QString reparsingProgram(const QStringList& words, const QString& current);

// Programs that hand their words to a shell in double quotes, without more ado: what is special there (POSIX.1-2017 XCU 2.2.3) must not be in them.
// pg_ctl does so with -D and -l (pg_ctl.c, start_postmaster()).
QString doubleQuotingProgram(const QStringList& words);

} // namespace elephaas
