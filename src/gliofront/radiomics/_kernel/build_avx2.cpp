#define GLIOFRONT_BUILD avx2
#define GLIOFRONT_BYTES 32
#include "block.hpp"

namespace gliofront {
const Build kAvx2 = {"avx2", GLIOFRONT_BYTES, &avx2::memory_of, &avx2::block_of};
}
