// A sorting network: the same comparisons whatever the values, so that lanes sort together.
#pragma once

#include <cstdint>
#include <vector>

namespace gliofront {

// Puts the smaller of two places first.
struct Comparator {
    int32_t low;
    int32_t high;
};

// The comparators that sort `count` places, in order: Batcher's merge exchange (Knuth, The Art of
// Computer Programming, volume 3, algorithm 5.2.2M).
std::vector<Comparator> sorting_network(int count);

}  // namespace gliofront
