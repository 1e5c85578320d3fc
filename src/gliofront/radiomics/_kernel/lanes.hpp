// Lanes: one neighbourhood a lane, side by side in vectors of GLIOFRONT_BYTES bytes.
//
// Everything in this header and the ones that include it lives in a namespace of its build, for
// the linker must never share a function between translation units of different instruction sets.
#pragma once

#if defined(__AVX512BW__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <type_traits>

#include "features.hpp"

#define GLIOFRONT_LANES(l) _Pragma("omp simd") for (int l = 0; l < T::kLanes; ++l)

namespace gliofront::GLIOFRONT_BUILD {

// The types of a block: lanes of `Word_`, unsigned.
template <class Word_>
struct Types {
    using Word = Word_;
    static constexpr bool kNarrow = sizeof(Word) == 1;
    static constexpr int kLanes = GLIOFRONT_BYTES / static_cast<int>(sizeof(Word));
    typedef Word Vector __attribute__((vector_size(GLIOFRONT_BYTES)));
    // Holds the sum of the multiplicities of all pairs of a matrix.
    using Total = std::conditional_t<kNarrow, uint16_t, uint32_t>;
    // Holds the sum of cubes of the shifted sums of levels, exactly.
    using Cube = std::conditional_t<kNarrow, int32_t, double>;
    // Of no pair: more than any sum or difference of two levels.
    static constexpr Word kNone = static_cast<Word>(~Word{0});
};

// A number of each lane, between vector and scalar use.
template <class T, class Number>
struct alignas(64) PerLane {
    Number at[T::kLanes];

    void fill(Number value) { GLIOFRONT_LANES(l) at[l] = value; }
};

// A number of each feature and lane.
template <class T>
using Features = PerLane<T, double>[kFeatures];

template <class T>
union alignas(64) Row {
    typename T::Vector all;
    typename T::Word at[T::kLanes];
};

// All ones where equal.
template <class V>
inline V equal(V a, V b) {
    return (V)(a == b);
}

// Adds 1 to `count` where a equals b.
template <class V>
inline void count_equal(V& count, V a, V b) {
#if defined(__AVX512BW__) && GLIOFRONT_BYTES == 64
    if constexpr (sizeof(a[0]) == 1) {
        // Written out: the compiler turns the mask into a vector first and loses half the speed.
        const __mmask64 same = _mm512_cmpeq_epi8_mask((__m512i)a, (__m512i)b);
        const __m512i one = _mm512_set1_epi8(1);
        count = (V)_mm512_mask_add_epi8((__m512i)count, same, (__m512i)count, one);
        return;
    }
#endif
    count -= equal(a, b);
}

template <class V>
inline V smaller(V a, V b) {
    return a < b ? a : b;
}

template <class V>
inline V larger(V a, V b) {
    return a > b ? a : b;
}

template <class T>
inline typename T::Vector all_lanes(typename T::Word value) {
    return typename T::Vector{} + value;
}

template <class T>
inline bool any(typename T::Vector mask) {
    typedef uint64_t Wide __attribute__((vector_size(GLIOFRONT_BYTES)));
    const Wide words = (Wide)mask;
    uint64_t found = 0;
    for (int i = 0; i < GLIOFRONT_BYTES / 8; ++i) found |= words[i];
    return found != 0;
}

}  // namespace gliofront::GLIOFRONT_BUILD
