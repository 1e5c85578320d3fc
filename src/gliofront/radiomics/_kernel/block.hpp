// All features of one block of neighbourhoods.
#pragma once

#include <limits>

#include "build.hpp"
#include "glrlm.hpp"

namespace gliofront::GLIOFRONT_BUILD {

constexpr int kMinVoxels = 2;

template <class T>
void write_rows(const Cube<T>& cube, const PerLane<T, double>& with_pairs, double matrices,
                const Features<T>& features, float* rows) {
    const float undefined = std::numeric_limits<float>::quiet_NaN();
    for (int f = 0; f < kFeatures; ++f) {
        PerLane<T, float> value;
        GLIOFRONT_LANES(l) {
            const double divisor = f < kGlcmFeatures ? with_pairs.at[l] : matrices;
            const bool defined = cube.count.at[l] >= kMinVoxels && divisor > 0;
            const double mean = features[f].at[l] / (defined ? divisor : 1.0);
            value.at[l] = defined ? static_cast<float>(mean) : undefined;
        }
        for (int l = 0; l < T::kLanes; ++l) rows[l * kFeatures + f] = value.at[l];
    }
}

template <class T>
void compute_block(const Plan& plan, const typename T::Word* volume, const int64_t* centres,
                   const int64_t* offsets, float* rows, Scratch<T>& scratch) {
    gather(plan, volume, centres, offsets, scratch);
    const Cube<T> cube = describe(plan, scratch);
    if (T::kNarrow && cube.whole) count_planes(plan, scratch);
    Features<T> features;
    for (auto& feature : features) feature.fill(0.0);
    PerLane<T, double> with_pairs;
    with_pairs.fill(0.0);
    for (const Matrix& matrix : plan.matrices) {
        const PairCounts<T> counts = read_pairs(plan, matrix, scratch);
        count_multiplicities(plan, matrix.pairs(), counts.max_difference, scratch);
        const PairSums<T> sums = sum_pairs(plan, matrix, cube, scratch);
        const DifferenceSums<T> differences = sum_differences(plan, counts.max_difference, scratch);
        const PerLane<T, double> marginal = marginal_logs(plan, matrix, cube.whole, scratch);
        add_moments(plan, counts, sums, differences, cube, features);
        add_entropies(plan, counts, sums, differences, marginal, cube, features);
        add_glrlm(plan, matrix, cube, counts, sums, scratch, features);
        GLIOFRONT_LANES(l) with_pairs.at[l] += counts.all.at[l] ? 1.0 : 0.0;
    }
    write_rows(cube, with_pairs, static_cast<double>(plan.matrices.size()), features, rows);
}

inline size_t memory_of(const Plan& plan) {
    Arena arena(nullptr);
    if (plan.narrow) {
        Scratch<Types<uint8_t>> scratch(plan, arena);
    } else {
        Scratch<Types<uint16_t>> scratch(plan, arena);
    }
    return arena.used();
}

template <class Word>
void run_block(const Plan& plan, const void* volume, const int64_t* centres,
               const int64_t* offsets, float* rows, unsigned char* memory) {
    Arena arena(memory);
    Scratch<Types<Word>> scratch(plan, arena);
    compute_block(plan, static_cast<const Word*>(volume), centres, offsets, rows, scratch);
}

inline void block_of(const Plan& plan, const void* volume, const int64_t* centres,
                     const int64_t* offsets, float* rows, unsigned char* memory) {
    if (plan.narrow) {
        run_block<uint8_t>(plan, volume, centres, offsets, rows, memory);
    } else {
        run_block<uint16_t>(plan, volume, centres, offsets, rows, memory);
    }
}

}  // namespace gliofront::GLIOFRONT_BUILD
