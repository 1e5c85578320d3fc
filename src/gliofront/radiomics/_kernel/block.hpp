// All features of one block of neighbourhoods.
#pragma once

#include <limits>

#include "build.hpp"
#include "cell_comparison.hpp"
#include "cell_table.hpp"
#include "firstorder.hpp"
#include "glrlm.hpp"

namespace gliofront::GLIOFRONT_BUILD {

constexpr int kMinVoxels = 2;

template <class T>
CellSums<T> sum_cells(const Plan& plan, const Matrix& matrix, const Cube<T>& cube, int widest,
                      Scratch<T>& scratch) {
    if constexpr (T::kNarrow) {
        return sum_cells_by_comparison(plan, matrix, cube, widest, scratch);
    } else {
        return sum_cells_by_table(plan, matrix, cube, widest, scratch);
    }
}

template <class T>
void write_rows(const Cube<T>& cube, const PerLane<T, double>& with_pairs, double matrices,
                const Features<T>& features, float* rows) {
    const float undefined = std::numeric_limits<float>::quiet_NaN();
    for (int f = 0; f < kFeatures; ++f) {
        PerLane<T, float> value;
        GLIOFRONT_LANES(l) {
            const double divisor = f < kAutocorrelation ? 1.0
                                   : f < kGlcmEnd       ? with_pairs.at[l]
                                                        : matrices;
            const bool defined = cube.count.at[l] >= kMinVoxels && divisor > 0;
            const double mean = features[f].at[l] / (defined ? divisor : 1.0);
            value.at[l] = defined ? static_cast<float>(mean) : undefined;
        }
        for (int l = 0; l < T::kLanes; ++l) rows[l * kFeatures + f] = value.at[l];
    }
}

template <class T>
void compute_block(const Plan& plan, const typename T::Word* levels, const float* values,
                   const int64_t* centres, const int64_t* offsets, float* rows,
                   Scratch<T>& scratch) {
    gather(plan, levels, centres, offsets, scratch);
    gather_values(plan, values, centres, offsets, scratch);
    const Cube<T> cube = describe(plan, scratch);
    if (T::kNarrow && cube.whole) count_planes(plan, scratch);
    Features<T> features;
    for (auto& feature : features) feature.fill(0.0);
    add_first_order(plan, cube, scratch, features);
    PerLane<T, double> with_pairs;
    with_pairs.fill(0.0);
    for (const Matrix& matrix : plan.matrices) {
        const PairCounts<T> counts = read_pairs(plan, matrix, scratch);
        const int widest = counts.max_difference;
        const CellSums<T> cells = sum_cells(plan, matrix, cube, widest, scratch);
        const MatrixSums<T> sums{widened<T>(counts.all), widened<T>(counts.equal),
                                 sum_pairs(plan, matrix, cube, scratch), cells,
                                 sum_differences(plan, widest, scratch)};
        add_glcm(plan, sums, cube, features);
        add_glrlm(plan, matrix, cube, sums, scratch, features);
        GLIOFRONT_LANES(l) with_pairs.at[l] += sums.pairs.at[l] > 0 ? 1.0 : 0.0;
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
void run_block(const Plan& plan, const void* levels, const float* values, const int64_t* centres,
               const int64_t* offsets, float* rows, unsigned char* memory) {
    Arena arena(memory);
    Scratch<Types<Word>> scratch(plan, arena);
    compute_block(plan, static_cast<const Word*>(levels), values, centres, offsets, rows, scratch);
}

inline void block_of(const Plan& plan, const void* levels, const float* values,
                     const int64_t* centres, const int64_t* offsets, float* rows,
                     unsigned char* memory) {
    if (plan.narrow) {
        run_block<uint8_t>(plan, levels, values, centres, offsets, rows, memory);
    } else {
        run_block<uint16_t>(plan, levels, values, centres, offsets, rows, memory);
    }
}

}  // namespace gliofront::GLIOFRONT_BUILD
