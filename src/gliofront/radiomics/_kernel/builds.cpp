#include "builds.hpp"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace gliofront {

std::vector<const Build*> builds() {
    std::vector<const Build*> usable = {&kBaseline};
#ifdef GLIOFRONT_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) usable.push_back(&kAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        usable.push_back(&kAvx512);
    }
#endif
    return usable;
}

const Build& chosen() {
    const std::vector<const Build*> usable = builds();
    const char* wanted = std::getenv("GLIOFRONT_SIMD");
    if (!wanted || !*wanted) return *usable.back();
    std::string known;
    for (const Build* build : usable) {
        if (std::strcmp(build->name, wanted) == 0) return *build;
        known += std::string(known.empty() ? "" : ", ") + build->name;
    }
    throw std::invalid_argument("GLIOFRONT_SIMD=" + std::string(wanted) +
                                " is not known or not supported here; use one of " + known);
}

}  // namespace gliofront
