#define GLIOFRONT_BUILD baseline
#define GLIOFRONT_BYTES 16
#include "block.hpp"

namespace gliofront {
const Build kBaseline = {"baseline", GLIOFRONT_BYTES, &baseline::memory_of, &baseline::block_of};
}
