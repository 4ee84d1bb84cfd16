#pragma once

#include <QCoreApplication>

namespace elephaas {

// Translation context of what the journal says to people.
class JournalText {
    Q_DECLARE_TR_FUNCTIONS(elephaas::Journal)
};

} // namespace elephaas
