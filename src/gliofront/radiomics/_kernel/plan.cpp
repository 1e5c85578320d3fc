#include "plan.hpp"

#include <algorithm>
#include <cmath>

namespace gliofront {
namespace {

// One of each two opposite neighbours.
constexpr std::array<std::array<int, 3>, kDirections> kSteps = {{{1, 1, 1},
                                                                 {1, 1, 0},
                                                                 {1, 1, -1},
                                                                 {1, 0, 1},
                                                                 {1, 0, 0},
                                                                 {1, 0, -1},
                                                                 {1, -1, 1},
                                                                 {1, -1, 0},
                                                                 {1, -1, -1},
                                                                 {0, 1, 1},
                                                                 {0, 1, 0},
                                                                 {0, 1, -1},
                                                                 {0, 0, 1}}};

bool within(int place, int width) { return place >= 0 && place < width; }

void append_pairs(std::vector<Pair>& pairs, const std::array<int, 3>& step, int width) {
    const int begin = static_cast<int>(pairs.size());
    std::vector<int32_t> starting(static_cast<size_t>(width * width * width), -1);
    const int across = (step[0] * width + step[1]) * width + step[2];
    for (int x = 0; x < width; ++x) {
        for (int y = 0; y < width; ++y) {
            for (int z = 0; z < width; ++z) {
                const bool both = within(x + step[0], width) && within(y + step[1], width) &&
                                  within(z + step[2], width);
                if (!both) continue;
                const int first = (x * width + y) * width + z;
                starting[static_cast<size_t>(first)] = static_cast<int32_t>(pairs.size());
                pairs.push_back({first, first + across, -1});
            }
        }
    }
    for (size_t k = static_cast<size_t>(begin); k < pairs.size(); ++k) {
        pairs[k].next = starting[static_cast<size_t>(pairs[k].second)];
    }
}

int face_of(int place, int width) {
    if (place == 0) return 1;
    return place == width - 1 ? 2 : 0;
}

std::vector<FaceVoxel> face_voxels(int width) {
    std::vector<FaceVoxel> faces;
    for (int v = 0; v < width * width * width; ++v) {
        const int x = face_of(v / (width * width), width);
        const int y = face_of(v / width % width, width);
        const int z = face_of(v % width, width);
        FaceVoxel face{v, {}, 0};
        for (int chosen = 1; chosen < 8; ++chosen) {
            const bool on_all =
                (!(chosen & 4) || x) && (!(chosen & 2) || y) && (!(chosen & 1) || z);
            if (!on_all) continue;
            face.sets[face.number++] =
                plane_set(chosen & 4 ? x : 0, chosen & 2 ? y : 0, chosen & 1 ? z : 0);
        }
        if (face.number) faces.push_back(face);
    }
    return faces;
}

}  // namespace

Plan::Plan(const Settings& given)
    : settings(given),
      width(2 * given.radius + 1),
      voxels(width * width * width),
      narrow(!given.merged && given.radius <= 2 && given.levels <= 127) {
    faces = face_voxels(width);
    sorting = sorting_network(voxels);
    for (const auto& step : kSteps) {
        const int begin = static_cast<int>(pairs.size());
        append_pairs(pairs, step, width);
        const int end = static_cast<int>(pairs.size());
        if (!given.merged) matrices.push_back({begin, end, 1, step});
    }
    column_bits = 4;
    while ((1 << column_bits) < given.levels) ++column_bits;
    const int all = static_cast<int>(pairs.size());
    if (given.merged) matrices.push_back({0, all, kDirections, {0, 0, 0}});
    for (int d = 0; d < given.levels; ++d) {
        const double share = static_cast<double>(d) / given.levels;
        inverse.push_back(
            {1.0 / (1 + d), 1.0 / (1.0 + d * d), 1.0 / (1 + share), 1.0 / (1 + share * share)});
    }
    count_log.push_back(0.0);
    most_pairs = 0;
    for (const Matrix& matrix : matrices) most_pairs = std::max(most_pairs, matrix.pairs());
    for (int c = 1; c <= 2 * most_pairs; ++c)
        count_log.push_back(c * std::log2(static_cast<double>(c)));
    inverse_square.push_back(0.0F);
    for (int g = 1; g <= given.levels; ++g) {
        inverse_square.push_back(1.0F / (static_cast<float>(g) * static_cast<float>(g)));
    }
}

}  // namespace gliofront
