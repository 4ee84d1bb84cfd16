#pragma once

#include "models/ports/remoteshell.h"

namespace elephaas::tests {

// "exited 3", "signalled TERM", "unknown: …", "not started: …": for comparisons that explain themselves when they fail.
inline QByteArray outcomeText(const RemoteResult& result)
{
    if (const auto* exited = std::get_if<Exited>(&result.outcome))
        return "exited " + QByteArray::number(exited->code);
    if (const auto* signalled = std::get_if<Signalled>(&result.outcome))
        return "signalled " + signalled->signal.toUtf8();
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return "unknown: " + unknown->error.text().toUtf8();
    return "not started: " + std::get<NotStarted>(result.outcome).error.text().toUtf8();
}

// The error of an outcome that has one.
inline Error errorOf(const RemoteResult& result)
{
    if (const auto* unknown = std::get_if<OutcomeUnknown>(&result.outcome))
        return unknown->error;
    if (const auto* notStarted = std::get_if<NotStarted>(&result.outcome))
        return notStarted->error;
    return {};
}

inline bool isUnknown(const RemoteResult& result) { return std::holds_alternative<OutcomeUnknown>(result.outcome); }
inline bool isNotStarted(const RemoteResult& result) { return std::holds_alternative<NotStarted>(result.outcome); }

} // namespace elephaas::tests
