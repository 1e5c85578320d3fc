// The part of a volume that the cubes of some centres reach, with a border where it leaves it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gliofront {

// Places are offsets in C order.
class PaddedBox {
  public:
    // `centres` (n, 3), n > 0.
    PaddedBox(const int32_t* centres, int64_t n, int radius) : radius_(radius) {
        for (int axis = 0; axis < 3; ++axis) {
            int32_t low = centres[axis], high = centres[axis];
            for (int64_t i = 1; i < n; ++i) {
                low = std::min(low, centres[3 * i + axis]);
                high = std::max(high, centres[3 * i + axis]);
            }
            first_[axis] = static_cast<int64_t>(low) - radius;
            size_[axis] = static_cast<int64_t>(high) - low + 2 * radius + 1;
        }
    }

    int64_t place(const int32_t* voxel) const {
        return step(voxel[0] - first_[0], voxel[1] - first_[1], voxel[2] - first_[2]);
    }

    // From a centre to each voxel of its cube.
    std::vector<int64_t> offsets() const {
        std::vector<int64_t> offsets;
        for (int x = -radius_; x <= radius_; ++x) {
            for (int y = -radius_; y <= radius_; ++y) {
                for (int z = -radius_; z <= radius_; ++z) offsets.push_back(step(x, y, z));
            }
        }
        return offsets;
    }

    // A volume of `shape`, cut to the box; 0 beyond its faces.
    template <class Item, class Given>
    std::vector<Item> cut(const Given* given, const int* shape) const {
        std::vector<Item> items(static_cast<size_t>(size_[0] * size_[1] * size_[2]), Item{0});
        int64_t from[3], to[3];
        for (int axis = 0; axis < 3; ++axis) {
            from[axis] = std::max<int64_t>(first_[axis], 0);
            to[axis] = std::min<int64_t>(first_[axis] + size_[axis], shape[axis]);
        }
        for (int64_t x = from[0]; x < to[0]; ++x) {
            for (int64_t y = from[1]; y < to[1]; ++y) {
                const Given* row = given + (x * shape[1] + y) * shape[2];
                Item* out = items.data() + step(x - first_[0], y - first_[1], -first_[2]);
                for (int64_t z = from[2]; z < to[2]; ++z) out[z] = static_cast<Item>(row[z]);
            }
        }
        return items;
    }

  private:
    int64_t step(int64_t x, int64_t y, int64_t z) const {
        return (x * size_[1] + y) * size_[2] + z;
    }

    int radius_;
    int64_t first_[3], size_[3];
};

}  // namespace gliofront
