#pragma once

#include <QString>

#include <tl/expected.hpp>

namespace elephaas {

enum class ErrorKind {
    Unreachable, // no route, refused, name does not resolve
    TimedOut,
    LinkLost, // the connection ended while something was under way: the outcome is unknown
    Authentication,
    HostKeyUnknown,
    HostKeyChanged,
    PermissionDenied,
    NotFound,
    Conflict, // somebody else changed or holds it
    InvalidInput,
    Unsupported,
    Schema, // the inventory's tables are not what the console needs
    Cancelled,
    Busy,
    Storage, // disk full, read-only file system
    Internal,
};

// What went wrong, in parts that a person needs: what, where, the remote words, what now.
// All texts are plain text and may contain hostile characters: never show them as rich text.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    QString what; // a sentence: "The server refused the key."
    QString where = {}; // host, file, table or field; may be empty
    QString detail = {}; // the other side's own words; may be empty
    QString remedy = {}; // what to do now; may be empty

    // All parts as one paragraph.
    QString text() const;
    bool operator==(const Error&) const = default;
};

template <class T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

} // namespace elephaas
