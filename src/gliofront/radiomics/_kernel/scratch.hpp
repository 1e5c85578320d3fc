// The working memory of one thread.
#pragma once

#include <cstddef>

#include "lanes.hpp"
#include "plan.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// Cuts rows off one aligned piece of memory; with no memory it only counts what is needed.
class Arena {
  public:
    explicit Arena(unsigned char* memory) : memory_(memory) {}

    template <class Item>
    Item* take(int count) {
        Item* items = memory_ ? reinterpret_cast<Item*>(memory_ + used_) : nullptr;
        used_ += (sizeof(Item) * static_cast<size_t>(count) + 63) / 64 * 64;
        return items;
    }

    size_t used() const { return used_; }

  private:
    unsigned char* memory_;
    size_t used_ = 0;
};

// Columns of the table of cells that are read at a time; a row holds a whole number of these.
constexpr int kChunk = 16;

// Keys from one lane to the next; not a power of two, which would crowd a part of the cache.
inline int key_stride(const Plan& plan) { return (plan.most_pairs / 64 + 1) * 64 + 32; }

template <class T>
struct Scratch {
    Scratch(const Plan& plan, Arena& arena) {
        const int voxels = plan.voxels;
        const int pairs = plan.most_pairs;
        level = arena.take<Row<T>>(voxels);
        inside = arena.take<Row<T>>(voxels);
        alike = arena.take<Row<T>>(voxels);
        marginal = arena.take<Row<T>>(voxels);
        weight = arena.take<Row<T>>(voxels);
        inverse_square = arena.take<PerLane<T, float>>(voxels);
        planes = arena.take<Row<T>>(T::kNarrow ? voxels * kPlaneSets : 0);
        value = arena.take<PerLane<T, float>>(voxels);
        sum = arena.take<Row<T>>(pairs);
        difference = arena.take<Row<T>>(pairs);
        same_cell = arena.take<Row<T>>(pairs);
        same_sum = arena.take<Row<T>>(pairs);
        chain = arena.take<Row<T>>(pairs);
        chain_before = arena.take<Row<T>>(pairs);
        difference_count = arena.take<Row<T>>(plan.settings.levels);
        if constexpr (!T::kNarrow) {
            cells = arena.take<uint16_t>(plan.settings.levels << plan.column_bits);
            keys = arena.take<uint16_t>(T::kLanes * key_stride(plan));
            occupied = arena.take<uint16_t>(pairs + 1);
        }
    }

    // A row a voxel of the cube.
    Row<T>* level;     // 0 outside
    Row<T>* inside;    // all ones where inside
    Row<T>* alike;     // number of voxels of the cube with the level of this one
    Row<T>* marginal;  // how often its level stands in the pairs of the matrix, on either side
    Row<T>* weight;    // number of pairs that it stands in
    PerLane<T, float>* inverse_square;  // of its level; 0 outside
    Row<T>* planes;                     // see marginals.hpp
    PerLane<T, float>* value;           // infinite outside; in order once sorted

    // A row a pair of the matrix.
    Row<T>* sum;         // of both levels; kNone where the mask cuts the pair
    Row<T>* difference;  // of both levels, positive; kNone likewise
    Row<T>* same_cell;   // number of pairs with the same two levels, in any order; 1 if cut
    Row<T>* same_sum;    // number of pairs with the same sum; 1 if cut
    Row<T>* chain;
    Row<T>* chain_before;

    // A row a difference of levels: number of pairs.
    Row<T>* difference_count;

    // Of the table of cells, in lanes of words alone.
    uint16_t* cells = nullptr;     // zero between uses
    uint16_t* keys = nullptr;      // the cell of each pair, a lane after the other
    uint16_t* occupied = nullptr;  // cells in use
};

}  // namespace gliofront::GLIOFRONT_BUILD
