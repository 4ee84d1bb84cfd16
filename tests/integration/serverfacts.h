#pragma once

namespace elephaas::tests {

class ReplicationLab;

// What the program believes of the herd's PostgreSQL version (models/postgres/versionfacts.h), asked of its servers. Member 1 is the primary,
// member 2 streams from it. Fails the test function that calls it.
void checkServerFacts(ReplicationLab& herd);

} // namespace elephaas::tests
