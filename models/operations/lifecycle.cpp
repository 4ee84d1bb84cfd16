#include "models/operations/lifecycle.h"

using namespace Qt::Literals::StringLiterals;

namespace elephaas {

QString keyOf(LifecycleKind kind)
{
    switch (kind) {
    case LifecycleKind::Start: return u"start"_s;
    case LifecycleKind::Stop: return u"stop"_s;
    case LifecycleKind::Restart: return u"restart"_s;
    case LifecycleKind::Reload: return u"reload"_s;
    }
    return {};
}

} // namespace elephaas
