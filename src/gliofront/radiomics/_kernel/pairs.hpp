// The pairs of one matrix: their levels, and how many of them share a cell, by comparison.
//
// A matrix of Ng x Ng cells is never built. The sums of the features run over pairs instead of
// cells, each pair weighted by a function of the number of pairs in its cell.
#pragma once

#include "cube.hpp"

namespace gliofront::GLIOFRONT_BUILD {

template <class T>
struct PairCounts {
    Row<T> all;          // pairs inside
    Row<T> equal;        // pairs of two equal levels
    int max_difference;  // over all lanes
};

template <class T>
PairCounts<T> read_pairs(const Plan& plan, const Matrix& matrix, Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    Vector count{}, alike{}, widest{};
    for (int k = 0; k < matrix.pairs(); ++k) {
        const Pair& pair = plan.pairs[matrix.begin + k];
        const Vector first = scratch.level[pair.first].all;
        const Vector second = scratch.level[pair.second].all;
        const Vector both = scratch.inside[pair.first].all & scratch.inside[pair.second].all;
        const Vector difference = larger(first, second) - smaller(first, second);
        scratch.sum[k].all = (first + second) | ~both;
        scratch.difference[k].all = difference | ~both;
        count -= both;
        count_equal(alike, scratch.difference[k].all, Vector{});
        widest = larger(widest, difference & both);
    }
    PairCounts<T> counts;
    counts.all.all = count;
    counts.equal.all = alike;
    counts.max_difference = 0;
    Row<T> row;
    row.all = widest;
    for (int l = 0; l < T::kLanes; ++l) {
        if (row.at[l] > counts.max_difference) counts.max_difference = row.at[l];
    }
    return counts;
}

// Adds 1 to `in_sum` where the sums agree, and to `in_cell` where the differences agree too.
template <class T, class V>
inline void count_same(V sum, V difference, V own_sum, V own_difference, V& in_sum, V& in_cell) {
#if defined(__AVX512BW__) && GLIOFRONT_BYTES == 64
    if constexpr (T::kNarrow) {
        // Written out for the reason given in count_equal.
        const __m512i one = _mm512_set1_epi8(1);
        const __mmask64 same = _mm512_cmpeq_epi8_mask((__m512i)sum, (__m512i)own_sum);
        in_sum = (V)_mm512_mask_add_epi8((__m512i)in_sum, same, (__m512i)in_sum, one);
        const __mmask64 cell =
            _mm512_mask_cmpeq_epi8_mask(same, (__m512i)difference, (__m512i)own_difference);
        in_cell = (V)_mm512_mask_add_epi8((__m512i)in_cell, cell, (__m512i)in_cell, one);
        return;
    }
#endif
    const V same = equal(sum, own_sum);
    in_sum -= same;
    in_cell -= same & equal(difference, own_difference);
}

// `kAtOnce` pairs are held in registers and compared with all pairs.
template <class T, int kAtOnce>
inline void compare_with_all(int from, int pairs, Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    Vector sums[kAtOnce], differences[kAtOnce], in_sum[kAtOnce] = {}, in_cell[kAtOnce] = {};
    for (int i = 0; i < kAtOnce; ++i) {
        sums[i] = scratch.sum[from + i].all;
        differences[i] = scratch.difference[from + i].all;
    }
    for (int k = 0; k < pairs; ++k) {
        const Vector sum = scratch.sum[k].all;
        const Vector difference = scratch.difference[k].all;
#pragma GCC unroll 4
        for (int i = 0; i < kAtOnce; ++i) {
            count_same<T>(sum, difference, sums[i], differences[i], in_sum[i], in_cell[i]);
        }
    }
    for (int i = 0; i < kAtOnce; ++i) {
        // A cut pair is the neutral factor of every product.
        const Vector cut = equal(sums[i], all_lanes<T>(T::kNone));
        const Vector one = cut & all_lanes<T>(1);
        scratch.same_sum[from + i].all = (in_sum[i] & ~cut) | one;
        scratch.same_cell[from + i].all = (in_cell[i] & ~cut) | one;
    }
}

template <class T>
void multiplicities_by_comparison(int pairs, Scratch<T>& scratch) {
    constexpr int kAtOnce = 4;
    int k = 0;
    for (; k + kAtOnce <= pairs; k += kAtOnce) compare_with_all<T, kAtOnce>(k, pairs, scratch);
    for (; k < pairs; ++k) compare_with_all<T, 1>(k, pairs, scratch);
}

// Counts the pairs of `kAtOnce` differences of levels, from `from` on.
template <class T, int kAtOnce>
inline void count_differences(int from, int pairs, Scratch<T>& scratch) {
    using Vector = typename T::Vector;
    Vector wanted[kAtOnce], counts[kAtOnce] = {};
    for (int i = 0; i < kAtOnce; ++i) {
        wanted[i] = all_lanes<T>(static_cast<typename T::Word>(from + i));
    }
    for (int k = 0; k < pairs; ++k) {
        const Vector difference = scratch.difference[k].all;
#pragma GCC unroll 4
        for (int i = 0; i < kAtOnce; ++i) count_equal(counts[i], difference, wanted[i]);
    }
    for (int i = 0; i < kAtOnce; ++i) scratch.difference_count[from + i].all = counts[i];
}

template <class T>
void differences_by_comparison(int pairs, int max_difference, Scratch<T>& scratch) {
    constexpr int kAtOnce = 4;
    int d = 0;
    for (; d + kAtOnce <= max_difference + 1; d += kAtOnce) {
        count_differences<T, kAtOnce>(d, pairs, scratch);
    }
    for (; d <= max_difference; ++d) count_differences<T, 1>(d, pairs, scratch);
}

}  // namespace gliofront::GLIOFRONT_BUILD
