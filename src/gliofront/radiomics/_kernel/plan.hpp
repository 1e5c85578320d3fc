// What one call computes, prepared once and read by every block and thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sorting.hpp"

namespace gliofront {

constexpr int kDirections = 13;
constexpr int kMaxRadius = 4;
constexpr int kMaxWidth = 2 * kMaxRadius + 1;
constexpr int kMaxLevels = 256;

struct Settings {
    int radius;
    int levels;
    bool merged;
    bool matlab;
};

// Two neighbours of the cube, as places in it, and the pair that goes on from `second` in the
// same direction (-1 at the face of the cube).
struct Pair {
    int32_t first;
    int32_t second;
    int32_t next;
};

// One grey-level matrix: the pairs [begin, end) of one direction, or of all when merged.
struct Matrix {
    int begin;
    int end;
    int directions;
    // Steps of the direction along the axes; meaningful for a matrix of one direction.
    std::array<int, 3> step;

    int pairs() const { return end - begin; }
};

// Weights of a difference of levels d in the four inverse differences of the GLCM.
struct InverseDifference {
    double plain;              // 1 / (1 + d)
    double moment;             // 1 / (1 + d^2)
    double normalised;         // 1 / (1 + d / Ng)
    double moment_normalised;  // 1 / (1 + (d / Ng)^2)
};

// A choice of faces of the cube: along each axis none (0), the first plane (1) or the last (2).
constexpr int kPlaneSets = 27;
inline constexpr int plane_set(int x, int y, int z) { return (x * 3 + y) * 3 + z; }

// A voxel on a face and the plane sets it belongs to.
struct FaceVoxel {
    int32_t voxel;
    int32_t sets[7];
    int32_t number;
};

struct Plan {
    explicit Plan(const Settings& settings);

    Settings settings;
    int width;
    int voxels;
    // Byte lanes hold every count and every sum of two levels: one direction, at most 125 voxels
    // and 127 levels (255 marks a pair that is cut by the mask). Depends on the settings alone,
    // so that no result depends on what else is in a block.
    bool narrow;
    std::vector<Pair> pairs;
    std::vector<Matrix> matrices;
    std::vector<FaceVoxel> faces;
    std::vector<Comparator> sorting;
    // 2 to this power are the columns of the table of cells: at least the levels, and a chunk.
    int column_bits;
    int most_pairs;  // of any matrix
    std::vector<InverseDifference> inverse;
    // c log2(c) of a count c up to twice the number of pairs.
    std::vector<double> count_log;
    // 1 / level^2, rounded to float: sums of up to 2^12 of them are exact in double, in any order.
    std::vector<float> inverse_square;
};

}  // namespace gliofront
