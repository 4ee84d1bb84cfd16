#pragma once

namespace elephaas {

// The calling thread gives way from now on: where all cores are busy, the window's thread gets them first. For work that nobody waits
// for at the window (reading rows, probes), never for the steps of an operation. Threads that it starts later do the same.
void giveWayToWindow();

} // namespace elephaas
