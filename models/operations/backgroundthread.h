#pragma once

#include <cstddef>
#include <functional>

namespace elephaas {

enum class Urgency {
    Soon, // steps of operations: a third of a core that the window's thread wants, too
    Later, // what nobody waits for at the window (reading rows, probes): a tenth
};

// The calling thread gives way from now on: where all cores are busy, the window's thread gets them first. Threads that it starts later do
// the same.
void giveWayToWindow(Urgency urgency);

// Calls `work` for 0 … count-1 on a few threads that give way to the window; comes back when all is done.
void inParallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

} // namespace elephaas
