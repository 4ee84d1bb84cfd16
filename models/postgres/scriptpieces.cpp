#include "models/postgres/scriptpieces.h"

#include "models/postgres/rebuildwork.h"
#include "models/postgres/standbyscripts.h"

#include <array>

namespace elephaas {

std::vector<ScriptPiece> piecesOf(const QByteArray& script)
{
    std::vector<ScriptPiece> pieces;
    qsizetype at = 0;
    while (at < script.size()) {
        qsizetype next = -1;
        QByteArrayView found;
        for (const QByteArrayView shared : std::array{sharedSettingsScript(), sharedFoldersScript(), sharedNamesScript(), sharedWorkScript()}) {
            const qsizetype place = script.indexOf(shared, at);
            if (place >= 0 && (next < 0 || place < next)) {
                next = place;
                found = shared;
            }
        }
        if (next != at)
            pieces.push_back({script.sliced(at, (next < 0 ? script.size() : next) - at)});
        if (next < 0)
            break;
        if (!pieces.empty() && pieces.back().isShared)
            pieces.back().code += found.toByteArray();
        else
            pieces.push_back({found.toByteArray(), true});
        at = next + found.size();
    }
    return pieces;
}

} // namespace elephaas
