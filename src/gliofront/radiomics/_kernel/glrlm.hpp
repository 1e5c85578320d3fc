// The 7 features of a grey-level run-length matrix, without walking any run.
//
// In one direction a chain of m equal pairs that follow each other is m + 1 equal voxels in a row.
// With E_m the number of chains of m pairs and E_0 the voxels, runs of length L number
// E_(L-1) - 2 E_L + E_(L+1), and runs of level g number its voxels less its equal pairs.
#pragma once

#include <utility>

#include "glcm.hpp"

namespace gliofront::GLIOFRONT_BUILD {

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
    GLIOFRONT_LANES(l) before.at[l] = matrix.directions * cube.count.at[l];
    here = widened<T>(chains.of[1]);
    for (int length = 1; length <= plan.width; ++length) {
        const double square = static_cast<double>(length) * length;
        const double inverse = 1.0 / square;
        const PerLane<T, double> after = widened<T>(chains.of[length + 1]);
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

// The columns that the features go to.
struct RunColumns {
    int short_runs = kShortRunEmphasis, long_runs = kLongRunEmphasis;
    int low = kLowGreyLevelRunEmphasis, high = kHighGreyLevelRunEmphasis;
    int by_level = kGreyLevelNonUniformity, by_length = kRunLengthNonUniformity;

    explicit RunColumns(bool matlab) {
        if (!matlab) return;
        // The two MATLAB toolboxes swap the roles of level and length.
        std::swap(short_runs, low), std::swap(long_runs, high), std::swap(by_level, by_length);
    }
};

template <class T>
void add_glrlm(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
               const MatrixSums<T>& sums, Scratch<T>& scratch, Features<T>& features) {
    Chains<T> chains;
    count_chains(plan, matrix, scratch, chains);
    const RunLengths<T> lengths = sum_run_lengths(plan, matrix, cube, chains);
    const PairSums<T>& pairs = sums.of_pairs;
    const double directions = matrix.directions;
    const double longest_all = static_cast<double>(plan.settings.levels) * plan.width;
    const bool matlab = plan.settings.matlab;
    const RunColumns to(matlab);
    const Doubles one = all_doubles(1.0);
    GLIOFRONT_SLICES(from) {
        const Doubles voxels = directions * slice(cube.count, from);
        const Doubles runs = voxels - slice(sums.equal, from);
        const Doubles per_run = one / (runs > Doubles{} ? runs : one);
        // Runs of level g are D N_g - C_g; N_g and C_g its voxels and its equal pairs.
        const Doubles non_uniformity = directions * directions * slice(cube.alike_sum, from) -
                                       2 * directions * slice(pairs.equal_alike, from) +
                                       slice(sums.of_cells.equal_cells, from);
        add(features[to.short_runs], from, slice(lengths.inverse_squares, from) * per_run);
        add(features[to.long_runs], from, slice(lengths.squares, from) * per_run);
        add(features[to.by_length], from, slice(lengths.non_uniformity, from) * per_run);
        add(features[to.by_level], from, non_uniformity * per_run);
        const Doubles most = matlab ? longest_all * one : voxels > Doubles{} ? voxels : one;
        add(features[kRunPercentage], from, runs / most);
        add(features[to.low], from,
            per_run * (directions * slice(cube.inverse_squares, from) -
                       slice(pairs.equal_inverse_squares, from)));
        add(features[to.high], from,
            per_run *
                (directions * slice(cube.level_squares, from) - slice(pairs.equal_squares, from)));
    }
}

}  // namespace gliofront::GLIOFRONT_BUILD
