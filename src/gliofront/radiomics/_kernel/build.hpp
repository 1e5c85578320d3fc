// What a build for one instruction set offers to the driver.
#pragma once

#include <cstddef>
#include <cstdint>

#include "features.hpp"
#include "plan.hpp"

namespace gliofront {

struct Build {
    const char* name;
    int bytes;  // width of its vectors
    // Bytes of working memory of one thread.
    size_t (*memory)(const Plan& plan);
    // Fills `features` (lanes, kFeatures) of the cubes around `centres`, offsets in the padded
    // volumes of `levels`, uint8 (a narrow plan) or uint16, and `values`. There are as many
    // centres as lanes.
    void (*block)(const Plan& plan, const void* levels, const float* values, const int64_t* centres,
                  const int64_t* offsets, float* features, unsigned char* memory);

    int lanes(const Plan& plan) const { return plan.narrow ? bytes : bytes / 2; }
};

extern const Build kBaseline;
#ifdef GLIOFRONT_X86
extern const Build kAvx2;
extern const Build kAvx512;
#endif

}  // namespace gliofront
