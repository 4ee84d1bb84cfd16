#pragma once

#include "models/postgres/rebuildscripts.h"

#include <QByteArray>
#include <QByteArrayView>

namespace elephaas {

// What the scripts of a rebuild have in common on the target's server: texts for the beginning of a script.

// Variables for the names, and small functions. For scripts that only look.
QByteArray rebuildNames(const RebuildPlaces& places);

// The same and what a script that writes needs:
//   begin_work     first of all; ends what an earlier try of this operation left running, refuses beside another one's. "anyway": goes on where
//                  nothing can be written, as where room is to be made.
//   watched        runs a program and ends it together with the script; a program that was ended by a signal ends the script.
//   refuse         a sentence, and status 3.
//   look_outside   PATH NEW OLD LINK: refuses unless all that is at PATH is this cluster's own, and can be renamed.
//   holds_wal      only WAL is in that directory.
QByteArray rebuildWork(const RebuildPlaces& places);

// What rebuildNames() adds behind the names, and rebuildWork() behind that, word by word.
QByteArrayView sharedNamesScript();
QByteArrayView sharedWorkScript();

// A line `function PATH NEW OLD LINK` for everything outside, with `rest` behind.
QByteArray eachOutside(const RebuildPlaces& places, const QByteArray& function, const QByteArray& rest = {});

} // namespace elephaas
