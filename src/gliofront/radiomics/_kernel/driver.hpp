// Features of many neighbourhoods: picks the build, cuts blocks and shares them out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "features.hpp"
#include "plan.hpp"

namespace gliofront {

// Two volumes of the same shape, in C order.
struct Image {
    const float* values;
    const void* levels;  // uint8 or uint16, 0 = outside
    bool bytes;          // uint8
    int shape[3];
};

// Names of the builds that this processor can run, the best last.
std::vector<std::string> usable_builds();

// Name of the build that `compute_features` uses; throws std::invalid_argument if GLIOFRONT_SIMD
// asks for one that is unknown or that this processor lacks.
std::string chosen_build();

// Fills `features` (n, kFeatures). `centres` (n, 3) lie inside the volume.
void compute_features(const Image& image, const int32_t* centres, int64_t n,
                      const Settings& settings, int threads, float* features);

}  // namespace gliofront
