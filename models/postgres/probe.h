#pragma once

#include "models/domain/inventory.h"

#include <QByteArray>
#include <QDateTime>

#include <chrono>
#include <vector>

namespace elephaas {

// What the probe is told of one instance.
struct ProbeRequest {
    InstanceId instance;
    QString baseName; // Debian's cluster name, in case that the data directory is not where the inventory says
    int port = 5432;
    QString dataDirectory; // may be empty
    QString versionMajor = {}; // "15", to find the programs of a stopped instance; may be empty
    bool operator==(const ProbeRequest&) const = default;
};

// Of all instances on a server, sorted by id.
std::vector<ProbeRequest> probeRequests(const Inventory& inventory, ServerId server);

// One round trip to one server: a shell script that asks all its instances side by side, and the reading of its answer.
class Probe final {
public:
    // `limit` bounds each question to one instance, so that one which hangs does not lose the others.
    explicit Probe(std::vector<ProbeRequest> requests, std::chrono::seconds limit = std::chrono::seconds(5));

    const std::vector<ProbeRequest>& requests() const { return m_requests; }
    // For whatever shell the remote user has; the script itself is the input.
    static QByteArray command();
    QByteArray input() const;
    // What the whole answer may take, in bytes: generous.
    qsizetype outputLimit() const;

    // One observation per request, in their order, seen at `now`. Reads whole lines that carry this probe's random word, and
    // nothing else: what is missing, also at the end, is unknown, with the reason. Fails when there is no answer at all.
    Expected<std::vector<Observation>> parse(QByteArrayView output, const QDateTime& now) const;

private:
    std::vector<ProbeRequest> m_requests;
    std::chrono::seconds m_limit;
    QByteArray m_tag;
};

// Read by a shell that stays open for questions about one instance (KeptFor::prelude): its psql stays connected, too.
QByteArray questionsPrelude();

// A server that could not be asked.
Observation unreachable(InstanceId instance, const Error& error, const QDateTime& now);

// `fresh` with the facts of `previous` (may be null) where fresh ones could not be had; `factsAt` says of when they are.
Observation withEarlierFacts(Observation fresh, const Observation* previous);

} // namespace elephaas
