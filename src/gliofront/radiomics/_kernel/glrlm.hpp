// The 7 features of a grey-level run-length matrix, without walking any run.
//
// In one direction a chain of m equal pairs that follow each other is m + 1 equal voxels in a row.
// With E_m the number of chains of m pairs and E_0 the voxels, runs of length L number
// E_(L-1) - 2 E_L + E_(L+1), and runs of level g number its voxels less its equal pairs.
#pragma once

#include "glcm.hpp"

namespace gliofront::GLIOFRONT_BUILD {

enum Glrlm {
    kShortRunEmphasis = kGlcmFeatures,
    kLongRunEmphasis,
    kGreyLevelNonUniformity,
    kRunLengthNonUniformity,
    kRunPercentage,
    kLowGreyLevelRunEmphasis,
    kHighGreyLevelRunEmphasis
};

// Chains of m pairs, m = 1 to the width of the cube (0 from there on).
template <class T>
struct Chains {
    Row<T> of[kMaxWidth + 2];
};

template <class T>
void count_chains(const Plan& plan, const Matrix& matrix, Scratch<T>& scratch, Chains<T>& chains) {
    using Vector = typename T::Vector;
    for (Row<T>& row : chains.of) row.all = Vector{};
    Row<T>* before = scratch.chain_before;
    Row<T>* now = scratch.chain;
    for (int k = 0; k < matrix.pairs(); ++k) {
        before[k].all = equal(scratch.difference[k].all, Vector{});
        chains.of[1].all -= before[k].all;
    }
    for (int m = 2; m < plan.width; ++m) {
        Vector count{};
        for (int k = 0; k < matrix.pairs(); ++k) {
            const int next = plan.pairs[matrix.begin + k].next;
            const Vector alike = equal(scratch.difference[k].all, Vector{});
            now[k].all = next < 0 ? Vector{} : alike & before[next - matrix.begin].all;
            count -= now[k].all;
        }
        chains.of[m].all = count;
        Row<T>* swapped = before;
        before = now;
        now = swapped;
    }
}

template <class T>
struct RunLengths {
    PerLane<T, double> inverse_squares, squares, non_uniformity;
};

template <class T>
RunLengths<T> sum_run_lengths(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
                              const Chains<T>& chains) {
    RunLengths<T> runs;
    runs.inverse_squares.fill(0.0), runs.squares.fill(0.0), runs.non_uniformity.fill(0.0);
    PerLane<T, double> before, here;
    GLIOFRONT_LANES(l) {
        before.at[l] = matrix.directions * cube.count.at[l];
        here.at[l] = chains.of[1].at[l];
    }
    for (int length = 1; length <= plan.width; ++length) {
        const double square = static_cast<double>(length) * length;
        const double inverse = 1.0 / square;
        const Row<T>& after = chains.of[length + 1];
        GLIOFRONT_LANES(l) {
            const double next = after.at[l];
            const double number = before.at[l] - 2 * here.at[l] + next;
            runs.inverse_squares.at[l] += number * inverse;
            runs.squares.at[l] += number * square;
            runs.non_uniformity.at[l] += number * number;
            before.at[l] = here.at[l];
            here.at[l] = next;
        }
    }
    return runs;
}

template <class T>
void add_glrlm(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
               const PairCounts<T>& counts, const PairSums<T>& sums, Scratch<T>& scratch,
               Features<T>& features) {
    Chains<T> chains;
    count_chains(plan, matrix, scratch, chains);
    const RunLengths<T> lengths = sum_run_lengths(plan, matrix, cube, chains);
    const double directions = matrix.directions;
    const double longest_all = static_cast<double>(plan.settings.levels) * plan.width;
    // The two MATLAB toolboxes swap the roles of level and length.
    const bool matlab = plan.settings.matlab;
    PerLane<T, double>* const short_runs = &features[matlab ? kLowGreyLevelRunEmphasis : kShortRunEmphasis];
    PerLane<T, double>* const long_runs = &features[matlab ? kHighGreyLevelRunEmphasis : kLongRunEmphasis];
    PerLane<T, double>* const low = &features[matlab ? kShortRunEmphasis : kLowGreyLevelRunEmphasis];
    PerLane<T, double>* const high = &features[matlab ? kLongRunEmphasis : kHighGreyLevelRunEmphasis];
    PerLane<T, double>* const by_level = &features[matlab ? kRunLengthNonUniformity : kGreyLevelNonUniformity];
    PerLane<T, double>* const by_length = &features[matlab ? kGreyLevelNonUniformity : kRunLengthNonUniformity];
    PerLane<T, double>* const percentage = &features[kRunPercentage];
    GLIOFRONT_LANES(l) {
        const double voxels = directions * cube.count.at[l];
        const double runs = voxels - counts.equal.at[l];
        const double per_run = 1.0 / (runs > 0 ? runs : 1.0);
        // Runs of level g are D N_g - C_g; N_g and C_g its voxels and its equal pairs.
        const double non_uniformity = directions * directions * cube.alike_sum.at[l] -
                                      2 * directions * sums.equal_alike.at[l] +
                                      sums.equal_cells.at[l];
        short_runs->at[l] += lengths.inverse_squares.at[l] * per_run;
        long_runs->at[l] += lengths.squares.at[l] * per_run;
        by_length->at[l] += lengths.non_uniformity.at[l] * per_run;
        by_level->at[l] += non_uniformity * per_run;
        percentage->at[l] += runs / (matlab ? longest_all : (voxels > 0 ? voxels : 1.0));
        low->at[l] += per_run * (directions * cube.inverse_squares.at[l] -
                                 sums.equal_inverse_squares.at[l]);
        high->at[l] += per_run * (directions * cube.level_squares.at[l] - sums.equal_squares.at[l]);
    }
}

}  // namespace gliofront::GLIOFRONT_BUILD
