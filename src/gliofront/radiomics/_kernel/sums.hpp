// Sums over the pairs of a matrix, of which both feature families are made.
#pragma once

#include "marginals.hpp"

namespace gliofront::GLIOFRONT_BUILD {

template <class T>
struct PairSums {
    PerLane<T, double> cell_logs;  // log2 of the pairs in the same cell
    PerLane<T, double> sum_logs;   // log2 of the pairs with the same sum
    // Powers of (sum of both levels - Cube::middle): whole numbers, so exact in any order.
    PerLane<T, typename T::Cube> power1, power2, power3;
    PerLane<T, double> power4;
    PerLane<T, typename T::Total> cells;        // pairs in the same cell
    PerLane<T, typename T::Total> equal_cells;  // the same, over pairs of equal levels
    PerLane<T, typename T::Total> equal_alike;  // voxels of the level, over pairs of equal levels
    PerLane<T, uint32_t> equal_squares;         // level^2, over pairs of equal levels
    PerLane<T, double> equal_inverse_squares;   // 1 / level^2, over pairs of equal levels
    Row<T> fullest;  // largest number in a cell, of a symmetric matrix (a diagonal cell twice)
};

template <class T>
void add_powers(const Row<T>& sum, const Row<T>& middle, const Row<T>& valid, PairSums<T>& sums) {
    GLIOFRONT_LANES(l) {
        const int32_t shifted = static_cast<int32_t>(sum.at[l]) - static_cast<int32_t>(middle.at[l]);
        const int32_t t = valid.at[l] ? shifted : 0;
        const int32_t square = t * t;
        using Cube = typename T::Cube;
        sums.power1.at[l] += static_cast<Cube>(t);
        sums.power2.at[l] += static_cast<Cube>(square);
        sums.power3.at[l] += static_cast<Cube>(square) * static_cast<Cube>(t);
        const double wide = static_cast<double>(square);
        sums.power4.at[l] += wide * wide;
    }
}

template <class T>
void add_equal(const Row<T>& cell, const Row<T>& alike, const Row<T>& level,
               const PerLane<T, float>& inverse, const Row<T>& same, PairSums<T>& sums) {
    using Total = typename T::Total;
    Row<T> equal_cell, equal_alike, equal_level;
    equal_cell.all = cell.all & same.all;
    equal_alike.all = alike.all & same.all;
    equal_level.all = level.all & same.all;
    GLIOFRONT_LANES(l) {
        sums.equal_cells.at[l] = static_cast<Total>(sums.equal_cells.at[l] + equal_cell.at[l]);
        sums.equal_alike.at[l] = static_cast<Total>(sums.equal_alike.at[l] + equal_alike.at[l]);
    }
    GLIOFRONT_LANES(l) {
        const uint32_t g = equal_level.at[l];
        sums.equal_squares.at[l] += g * g;
    }
    GLIOFRONT_LANES(l) {
        const float share = same.at[l] ? inverse.at[l] : 0.0F;
        sums.equal_inverse_squares.at[l] += static_cast<double>(share);
    }
}

template <class T>
PairSums<T> sum_pairs(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
                      const Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    PairSums<T> sums;
    sums.power1.fill(0), sums.power2.fill(0), sums.power3.fill(0), sums.power4.fill(0.0);
    sums.cells.fill(0), sums.equal_cells.fill(0), sums.equal_alike.fill(0);
    sums.equal_squares.fill(0), sums.equal_inverse_squares.fill(0.0);
    LogProduct<T> cell_logs, sum_logs;
    Vector fullest{};
    Row<T> middle;
    GLIOFRONT_LANES(l) middle.at[l] = cube.middle.at[l];
    for (int k = 0; k < matrix.pairs(); ++k) {
        const int first = plan.pairs[matrix.begin + k].first;
        Row<T> same, valid, cell;
        same.all = equal(scratch.difference[k].all, Vector{});
        valid.all = ~equal(scratch.sum[k].all, all_lanes<T>(T::kNone));
        cell.all = scratch.same_cell[k].all & valid.all;
        fullest = larger(fullest, cell.all + (cell.all & same.all));
        GLIOFRONT_LANES(l) {
            sums.cells.at[l] = static_cast<typename T::Total>(sums.cells.at[l] + cell.at[l]);
        }
        add_equal(cell, scratch.alike[first], scratch.level[first], scratch.inverse_square[first],
                  same, sums);
        add_powers(scratch.sum[k], middle, valid, sums);
        cell_logs.times(scratch.same_cell[k]);
        sum_logs.times(scratch.same_sum[k]);
    }
    sums.cell_logs = cell_logs.logs();
    sums.sum_logs = sum_logs.logs();
    sums.fullest.all = fullest;
    return sums;
}

// Sums over the histogram of differences of levels.
template <class T>
struct DifferenceSums {
    PerLane<T, double> first, second;  // d, d^2
    PerLane<T, double> plain, moment, normalised, moment_normalised;  // InverseDifference
    PerLane<T, double> logs;  // count log2(count)
};

template <class T>
DifferenceSums<T> sum_differences(const Plan& plan, int max_difference, const Scratch<T>& scratch) {
    DifferenceSums<T> sums;
    sums.first.fill(0.0), sums.second.fill(0.0), sums.logs.fill(0.0);
    sums.plain.fill(0.0), sums.moment.fill(0.0);
    sums.normalised.fill(0.0), sums.moment_normalised.fill(0.0);
    const double* const count_log = plan.count_log.data();
    for (int d = 0; d <= max_difference; ++d) {
        const InverseDifference inverse = plan.inverse[d];
        const double far = d, far_squared = static_cast<double>(d) * d;
        const Row<T>& count = scratch.difference_count[d];
        GLIOFRONT_LANES(l) {
            const double c = count.at[l];
            sums.first.at[l] += c * far;
            sums.second.at[l] += c * far_squared;
            sums.plain.at[l] += c * inverse.plain;
            sums.moment.at[l] += c * inverse.moment;
            sums.normalised.at[l] += c * inverse.normalised;
            sums.moment_normalised.at[l] += c * inverse.moment_normalised;
        }
        GLIOFRONT_LANES(l) sums.logs.at[l] += count_log[count.at[l]];
    }
    return sums;
}

}  // namespace gliofront::GLIOFRONT_BUILD
