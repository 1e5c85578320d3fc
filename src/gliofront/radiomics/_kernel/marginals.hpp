// How often the level of each voxel stands in the pairs of a matrix: the marginal histogram.
#pragma once

#include "logarithm.hpp"
#include "pairs.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// For each voxel q and each of the 27 choices of a face (or none) along each axis: the number of
// voxels with q's level on all of the chosen faces. By inclusion and exclusion they give, for a
// cube without gaps, the voxels that have a neighbour in any direction.
template <class T>
void count_planes(const Plan& plan, Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    for (int q = 0; q < plan.voxels; ++q) {
        const Vector level = scratch.level[q].all;
        Row<T>* const sets = scratch.planes + q * kPlaneSets;
        for (int s = 0; s < kPlaneSets; ++s) sets[s].all = Vector{};
        for (const FaceVoxel& face : plan.faces) {
            const Vector same = equal(scratch.level[face.voxel].all, level);
            for (int s = 0; s < face.number; ++s) sets[face.sets[s]].all -= same;
        }
    }
}

// The voxels on none of three faces, as a sum of plane sets besides the whole cube.
struct OffFaces {
    int added[7], subtracted[7];
    int additions = 0, subtractions = 0;

    // Faces as in `plane_set`.
    void leave_out(int x, int y, int z) {
        for (int chosen = 1; chosen < 8; ++chosen) {
            const bool real = (!(chosen & 4) || x) && (!(chosen & 2) || y) && (!(chosen & 1) || z);
            if (!real) continue;
            const int set = plane_set(chosen & 4 ? x : 0, chosen & 2 ? y : 0, chosen & 1 ? z : 0);
            const bool odd = __builtin_popcount(static_cast<unsigned>(chosen)) & 1;
            if (odd) {
                subtracted[subtractions++] = set;
            } else {
                added[additions++] = set;
            }
        }
    }
};

template <class T>
inline typename T::Vector count_off(const OffFaces& off, const Row<T>* sets,
                                    typename T::Vector count) {
    for (int i = 0; i < off.subtractions; ++i) count -= sets[off.subtracted[i]].all;
    for (int i = 0; i < off.additions; ++i) count += sets[off.added[i]].all;
    return count;
}

// A voxel has a neighbour ahead unless it is on one of the faces ahead, and one behind likewise.
template <class T>
void marginals_by_planes(const Plan& plan, const Matrix& matrix, Scratch<T>& scratch) {
    int ahead[3], behind[3];
    for (int axis = 0; axis < 3; ++axis) {
        const int step = matrix.step[axis];
        ahead[axis] = step > 0 ? 2 : step < 0 ? 1 : 0;
        behind[axis] = step > 0 ? 1 : step < 0 ? 2 : 0;
    }
    OffFaces first, second;
    first.leave_out(ahead[0], ahead[1], ahead[2]);
    second.leave_out(behind[0], behind[1], behind[2]);
    for (int q = 0; q < plan.voxels; ++q) {
        const Row<T>* sets = scratch.planes + q * kPlaneSets;
        const auto all = scratch.alike[q].all;
        scratch.marginal[q].all = count_off<T>(first, sets, all) + count_off<T>(second, sets, all);
    }
}

// A voxel stands for its level as often as it stands in pairs.
template <class T>
void marginals_by_comparison(const Plan& plan, Scratch<T>& scratch) {
    for (int q = 0; q < plan.voxels; ++q) {
        const auto level = scratch.level[q].all;
        typename T::Vector count{};
        for (int k = 0; k < plan.voxels; ++k) {
            count += scratch.weight[k].all & equal(scratch.level[k].all, level);
        }
        scratch.marginal[q].all = count;
    }
}

template <class T>
void count_weights(const Plan& plan, const Matrix& matrix, Scratch<T>& scratch) {
    for (int q = 0; q < plan.voxels; ++q) scratch.weight[q].all = typename T::Vector{};
    for (int k = 0; k < matrix.pairs(); ++k) {
        const Pair& pair = plan.pairs[matrix.begin + k];
        const auto both = scratch.inside[pair.first].all & scratch.inside[pair.second].all;
        scratch.weight[pair.first].all -= both;
        scratch.weight[pair.second].all -= both;
    }
}

// Sum over both ends of all pairs of log2(marginal count of the level).
template <class T>
PerLane<T, double> marginal_logs(const Plan& plan, const Matrix& matrix, bool whole,
                                 Scratch<T>& scratch) {
    count_weights(plan, matrix, scratch);
    if (whole) {
        marginals_by_planes(plan, matrix, scratch);
    } else {
        marginals_by_comparison(plan, scratch);
    }
    // In one direction a voxel stands in 0, 1 or 2 pairs.
    LogProduct<T> once, twice;
    const auto one = all_lanes<T>(1), two = all_lanes<T>(2);
    for (int q = 0; q < plan.voxels; ++q) {
        Row<T> factor;
        const auto single = equal(scratch.weight[q].all, one);
        if (any<T>(single)) {
            factor.all = (scratch.marginal[q].all & single) | (one & ~single);
            once.times(factor);
        }
        const auto pair = equal(scratch.weight[q].all, two);
        if (any<T>(pair)) {
            factor.all = (scratch.marginal[q].all & pair) | (one & ~pair);
            twice.times(factor);
        }
    }
    PerLane<T, double> logs;
    const auto &a = once.logs(), &b = twice.logs();
    GLIOFRONT_LANES(l) logs.at[l] = a.at[l] + 2.0 * b.at[l];
    return logs;
}

}  // namespace gliofront::GLIOFRONT_BUILD
