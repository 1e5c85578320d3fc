// The 13 first-order features: of the values of a cube in order, and of its grey levels.
//
// The values are sorted first. That gives median, minimum and maximum, and makes every sum
// independent of the order of the voxels in the cube.
#pragma once

#include <cmath>
#include <limits>

#include "cube.hpp"
#include "logarithm.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// Copies the values of the cubes into the lanes; a voxel outside is larger than everything.
template <class T>
void gather_values(const Plan& plan, const float* volume, const int64_t* centres,
                   const int64_t* offsets, Scratch<T>& scratch) {
    for (int q = 0; q < plan.voxels; ++q) {
        const float* moved = volume + offsets[q];
        PerLane<T, float> given;
        for (int l = 0; l < T::kLanes; ++l) given.at[l] = moved[centres[l]];
        const Row<T>& level = scratch.level[q];
        PerLane<T, float>& value = scratch.value[q];
        GLIOFRONT_LANES(l) {
            value.at[l] = level.at[l] ? given.at[l] : std::numeric_limits<float>::infinity();
        }
    }
}

template <class T>
void sort_values(const Plan& plan, Scratch<T>& scratch) {
    for (const Comparator& comparator : plan.sorting) {
        PerLane<T, float>& low = scratch.value[comparator.low];
        PerLane<T, float>& high = scratch.value[comparator.high];
        GLIOFRONT_LANES(l) {
            const float a = low.at[l], b = high.at[l];
            low.at[l] = a < b ? a : b;
            high.at[l] = b < a ? a : b;
        }
    }
}

template <class T>
struct Moments {
    // Of (value - smallest) / (largest - smallest): its mean, and those of its powers about it; no
    // cancellation in a nearly flat cube, no underflow of fourth powers of a diffusivity.
    PerLane<T, double> mean, second, third, fourth;
    PerLane<T, double> energy;
};

// Moments of some lanes, of their first `count` values.
template <class T>
void add_slice(const Plan& plan, const Scratch<T>& scratch, Doubles count, Doubles smallest,
               Doubles scale, int from, Moments<T>& moments) {
    const Doubles none{};
    Doubles sum{}, energy{};
    for (int q = 0; q < plan.voxels; ++q) {
        const Doubles value = slice(scratch.value[q], from);
        const auto inside = all_doubles(q) < count;
        sum += inside ? (value - smallest) * scale : none;
        energy += inside ? value * value : none;
    }
    const Doubles mean = sum / count;
    Doubles second{}, third{}, fourth{};
    for (int q = 0; q < plan.voxels; ++q) {
        const Doubles value = slice(scratch.value[q], from);
        const auto inside = all_doubles(q) < count;
        const Doubles off = inside ? (value - smallest) * scale - mean : none;
        const Doubles square = off * off;
        second += square;
        third += square * off;
        fourth += square * square;
    }
    put(moments.mean, from, mean);
    put(moments.second, from, second / count);
    put(moments.third, from, third / count);
    put(moments.fourth, from, fourth / count);
    put(moments.energy, from, energy);
}

// What both parts below share: at least one voxel, so that nothing is divided by 0.
template <class T>
PerLane<T, double> at_least_one(const PerLane<T, double>& count) {
    PerLane<T, double> some;
    GLIOFRONT_LANES(l) some.at[l] = count.at[l] > 1.0 ? count.at[l] : 1.0;
    return some;
}

// Sum over the voxels of log2(voxels of the same level).
template <class T>
PerLane<T, double> alike_logs(const Plan& plan, const Scratch<T>& scratch) {
    LogProduct<T> logs;
    for (int q = 0; q < plan.voxels; ++q) {
        Row<T> factor;
        const auto inside = scratch.inside[q].all;
        factor.all = (scratch.alike[q].all & inside) | (all_lanes<T>(1) & ~inside);
        logs.times(factor);
    }
    return logs.logs();
}

template <class T>
void add_levels(const Plan& plan, const Cube<T>& cube, const PerLane<T, double>& count,
                const Scratch<T>& scratch, Features<T>& features) {
    const PerLane<T, double> logs = alike_logs(plan, scratch);
    GLIOFRONT_SLICES(from) {
        const Doubles n = slice(count, from);
        put(features[kLevelEntropy], from,
            without_rounding(log2_from_one(n) - slice(logs, from) / n));
        put(features[kUniformity], from, slice(cube.alike_sum, from) / (n * n));
        put(features[kMeanGreyLevel], from, slice(cube.level_sum, from) / n);
    }
}

// Fills median, minimum and maximum of sorted values; returns the largest less the smallest.
template <class T>
PerLane<T, double> add_ranks(const PerLane<T, double>& count, const Scratch<T>& scratch,
                             Features<T>& features) {
    PerLane<T, double> spread;
    for (int l = 0; l < T::kLanes; ++l) {
        const int n = static_cast<int>(count.at[l]);
        const double first = scratch.value[0].at[l], last = scratch.value[n - 1].at[l];
        const double below = scratch.value[(n - 1) / 2].at[l], above = scratch.value[n / 2].at[l];
        features[kMinimum].at[l] = first;
        features[kMaximum].at[l] = last;
        features[kMedian].at[l] = (below + above) / 2;
        spread.at[l] = last - first;
    }
    return spread;
}

// Fills the first-order features of lanes with a voxel inside. Sorts `scratch.value` in place.
template <class T>
void add_first_order(const Plan& plan, const Cube<T>& cube, Scratch<T>& scratch,
                     Features<T>& features) {
    sort_values(plan, scratch);
    const PerLane<T, double> count = at_least_one(cube.count);
    const PerLane<T, double> spread = add_ranks(count, scratch, features);
    Moments<T> moments;
    const Doubles one = all_doubles(1.0), none{};
    GLIOFRONT_SLICES(from) {
        const Doubles n = slice(count, from), smallest = slice(features[kMinimum], from);
        const auto flat = ~(slice(spread, from) > none);
        const Doubles width = flat ? none : slice(spread, from);
        add_slice(plan, scratch, n, smallest, one / (flat ? one : width), from, moments);
        const Doubles second = slice(moments.second, from);
        put(features[kMean], from, smallest + slice(moments.mean, from) * width);
        put(features[kVariance], from, second * width * width);
        put(features[kKurtosis], from,
            flat ? none : slice(moments.fourth, from) / (second * second));
        put(features[kValueEnergy], from, slice(moments.energy, from));
    }
    GLIOFRONT_LANES(l) {
        const double second = moments.second.at[l], root = std::sqrt(second);
        const bool flat = !(spread.at[l] > 0);
        const double cube_root = flat ? 1.0 : second * root;
        features[kStandardDeviation].at[l] = flat ? 0.0 : root * spread.at[l];
        features[kSkewness].at[l] = flat ? 0.0 : moments.third.at[l] / cube_root;
        features[kRootMeanSquare].at[l] = std::sqrt(moments.energy.at[l] / count.at[l]);
    }
    add_levels(plan, cube, count, scratch, features);
}

}  // namespace gliofront::GLIOFRONT_BUILD
