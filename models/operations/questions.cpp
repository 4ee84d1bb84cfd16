#include "models/operations/questions.h"

#include "models/postgres/probe.h"

namespace elephaas {

KeptFor shellForQuestions(const InstanceAddress& address)
{
    return {.key = questionsKey(address.port), .prelude = questionsPrelude()};
}

QByteArray questionsKey(int port) { return QByteArray::number(port); }

} // namespace elephaas
