#pragma once

namespace elephaas::tests {

// How much longer this build may take than a plain one. For limits that tell quick from hung, and for patience that a slow program must not
// use up; never for what a test measures. tests/CMakeLists.txt has the same numbers for the time that a whole test may take.
#if defined(__SANITIZE_THREAD__)
inline constexpr int timeScale = 5;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int timeScale = 3;
#else
inline constexpr int timeScale = 1;
#endif

} // namespace elephaas::tests
