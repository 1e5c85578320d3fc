#define GLIOFRONT_BUILD avx512
#define GLIOFRONT_BYTES 64
#include "block.hpp"

namespace gliofront {
const Build kAvx512 = {"avx512", GLIOFRONT_BYTES, &avx512::memory_of, &avx512::block_of};
}
