// The neighbourhoods of a block and what all of their matrices share.
#pragma once

#include "doubles.hpp"
#include "scratch.hpp"

namespace gliofront::GLIOFRONT_BUILD {

template <class T>
struct Cube {
    bool whole;                     // every voxel of every lane is inside
    PerLane<T, double> count;       // voxels inside
    Row<T> lowest, highest;         // level; the lowest is kNone of an empty cube
    Row<T> middle;                  // twice the mean level, rounded
    PerLane<T, double> middle_sum;  // the same
    PerLane<T, double> level_sum;
    PerLane<T, double> level_squares;    // sum over voxels of level^2
    PerLane<T, double> inverse_squares;  // sum over voxels of 1 / level^2
    PerLane<T, double> alike_sum;        // sum over levels of (voxels of the level)^2
};

// Copies the cubes around `centres` (offsets in the padded volume) into the lanes.
template <class T>
void gather(const Plan& plan, const typename T::Word* volume, const int64_t* centres,
            const int64_t* offsets, Scratch<T>& scratch) {
    for (int q = 0; q < plan.voxels; ++q) {
        const typename T::Word* moved = volume + offsets[q];
        for (int l = 0; l < T::kLanes; ++l) scratch.level[q].at[l] = moved[centres[l]];
        scratch.inside[q].all = ~equal(scratch.level[q].all, typename T::Vector{});
    }
}

template <class T>
void count_alike(const Plan& plan, Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    for (int q = 0; q < plan.voxels; ++q) {
        const Vector level = scratch.level[q].all;
        Vector count{};
        for (int k = 0; k < plan.voxels; ++k) count_equal(count, scratch.level[k].all, level);
        scratch.alike[q].all = count & scratch.inside[q].all;
    }
}

template <class T>
Cube<T> describe(const Plan& plan, Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    Cube<T> cube;
    PerLane<T, uint32_t> levels, squares, alike;
    levels.fill(0);
    squares.fill(0);
    alike.fill(0);
    cube.inverse_squares.fill(0.0);
    Row<T> count;
    count.all = Vector{};
    Vector outside{}, lowest = all_lanes<T>(T::kNone), highest{};
    count_alike(plan, scratch);
    for (int q = 0; q < plan.voxels; ++q) {
        count.all -= scratch.inside[q].all;
        outside |= ~scratch.inside[q].all;
        const Row<T>& level = scratch.level[q];
        lowest = smaller(lowest, level.all | ~scratch.inside[q].all);
        highest = larger(highest, level.all);
        PerLane<T, float>& inverse = scratch.inverse_square[q];
        for (int l = 0; l < T::kLanes; ++l) inverse.at[l] = plan.inverse_square[level.at[l]];
        GLIOFRONT_LANES(l) {
            const uint32_t g = level.at[l];
            levels.at[l] += g;
            squares.at[l] += g * g;
            alike.at[l] += scratch.alike[q].at[l];
        }
        GLIOFRONT_LANES(l) cube.inverse_squares.at[l] += static_cast<double>(inverse.at[l]);
    }
    cube.lowest.all = lowest;
    cube.highest.all = highest;
    cube.whole = !any<T>(outside);
    cube.count = widened<T>(count);
    cube.level_sum = widened<T>(levels);
    cube.level_squares = widened<T>(squares);
    cube.alike_sum = widened<T>(alike);
    GLIOFRONT_LANES(l) {
        const double n = cube.count.at[l];
        const double twice_mean = 2.0 * cube.level_sum.at[l] / (n > 0 ? n : 1.0);
        cube.middle.at[l] = static_cast<typename T::Word>(static_cast<int32_t>(twice_mean + 0.5));
    }
    cube.middle_sum = widened<T>(cube.middle);
    return cube;
}

}  // namespace gliofront::GLIOFRONT_BUILD
