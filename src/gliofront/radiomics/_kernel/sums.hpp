// Sums over the pairs of a matrix, of which both feature families are made.
#pragma once

#include "cube.hpp"
#include "doubles.hpp"

namespace gliofront::GLIOFRONT_BUILD {

template <class T>
struct PairSums {
    // Powers of (sum of both levels - Cube::middle): whole numbers, so exact in any order.
    PerLane<T, double> power1, power2, power3, power4;
    // Over pairs of equal levels:
    PerLane<T, double> equal_alike;            // voxels of the level
    PerLane<T, double> equal_squares;          // level^2
    PerLane<T, double> equal_inverse_squares;  // 1 / level^2
};

// The same while they grow, in the smallest numbers that hold them.
template <class T>
struct GrowingSums {
    PerLane<T, typename T::Cube> power1, power2, power3;
    PerLane<T, double> power4;
    PerLane<T, typename T::Total> equal_alike;
    PerLane<T, uint32_t> equal_squares;
    PerLane<T, double> equal_inverse_squares;

    GrowingSums() {
        power1.fill(0), power2.fill(0), power3.fill(0), power4.fill(0.0);
        equal_alike.fill(0), equal_squares.fill(0), equal_inverse_squares.fill(0.0);
    }

    void add_powers(const Row<T>& sum, const Row<T>& middle, const Row<T>& valid) {
        using Cube = typename T::Cube;
        GLIOFRONT_LANES(l) {
            const int32_t shifted =
                static_cast<int32_t>(sum.at[l]) - static_cast<int32_t>(middle.at[l]);
            const int32_t t = valid.at[l] ? shifted : 0;
            const int32_t square = t * t;
            power1.at[l] += static_cast<Cube>(t);
            power2.at[l] += static_cast<Cube>(square);
            power3.at[l] += static_cast<Cube>(square) * static_cast<Cube>(t);
            const double wide = static_cast<double>(square);
            power4.at[l] += wide * wide;
        }
    }

    void add_equal(const Row<T>& alike, const Row<T>& level, const PerLane<T, float>& inverse,
                   const Row<T>& same) {
        Row<T> equal_rows, equal_level;
        equal_rows.all = alike.all & same.all;
        equal_level.all = level.all & same.all;
        GLIOFRONT_LANES(l) {
            equal_alike.at[l] =
                static_cast<typename T::Total>(equal_alike.at[l] + equal_rows.at[l]);
        }
        GLIOFRONT_LANES(l) {
            const uint32_t g = equal_level.at[l];
            equal_squares.at[l] += g * g;
        }
        GLIOFRONT_LANES(l) {
            const float share = same.at[l] ? inverse.at[l] : 0.0F;
            equal_inverse_squares.at[l] += static_cast<double>(share);
        }
    }
};

template <class T>
PairSums<T> sum_pairs(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
                      const Scratch<T>& scratch) {
    GrowingSums<T> sums;
    for (int k = 0; k < matrix.pairs(); ++k) {
        const int first = plan.pairs[matrix.begin + k].first;
        Row<T> same, valid;
        same.all = equal(scratch.difference[k].all, typename T::Vector{});
        valid.all = ~equal(scratch.sum[k].all, all_lanes<T>(T::kNone));
        sums.add_equal(scratch.alike[first], scratch.level[first], scratch.inverse_square[first],
                       same);
        sums.add_powers(scratch.sum[k], cube.middle, valid);
    }
    return {widened<T>(sums.power1),      widened<T>(sums.power2),
            widened<T>(sums.power3),      sums.power4,
            widened<T>(sums.equal_alike), widened<T>(sums.equal_squares),
            sums.equal_inverse_squares};
}

// Sums over the histogram of differences of levels.
template <class T>
struct DifferenceSums {
    PerLane<T, double> first, second;                                 // d, d^2
    PerLane<T, double> plain, moment, normalised, moment_normalised;  // InverseDifference
    PerLane<T, double> logs;                                          // count log2(count)

    DifferenceSums() {
        first.fill(0.0), second.fill(0.0), logs.fill(0.0);
        plain.fill(0.0), moment.fill(0.0);
        normalised.fill(0.0), moment_normalised.fill(0.0);
    }
};

template <class T>
DifferenceSums<T> sum_differences(const Plan& plan, int max_difference, const Scratch<T>& scratch) {
    DifferenceSums<T> sums;
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
