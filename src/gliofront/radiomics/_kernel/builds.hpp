// Which builds there are, and which one is at work.
#pragma once

#include <string>
#include <vector>

#include "build.hpp"

namespace gliofront {

// Those that this processor can run, the best last.
std::vector<const Build*> builds();

// The best, or the one that the environment variable GLIOFRONT_SIMD names; throws
// std::invalid_argument if that is unknown or this processor lacks it.
const Build& chosen();

}  // namespace gliofront
