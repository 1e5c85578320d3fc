// Arithmetic on as many doubles as fill a vector. Written out, for compilers often leave loops over
// lanes of mixed types scalar; and the same operations in the same order in every build.
#pragma once

#include <cstdint>
#include <cstring>

#include "lanes.hpp"

namespace gliofront::GLIOFRONT_BUILD {

typedef double Doubles __attribute__((vector_size(GLIOFRONT_BYTES)));
typedef float Floats __attribute__((vector_size(GLIOFRONT_BYTES / 2)));
typedef uint64_t Bits __attribute__((vector_size(GLIOFRONT_BYTES)));
constexpr int kDoubles = GLIOFRONT_BYTES / static_cast<int>(sizeof(double));

// The lanes, a vector of doubles at a time.
#define GLIOFRONT_SLICES(from) for (int from = 0; from < T::kLanes; from += kDoubles)

inline Doubles all_doubles(double value) { return Doubles{} + value; }

template <class T>
inline Doubles slice(const PerLane<T, double>& lanes, int from) {
    Doubles doubles;
    std::memcpy(&doubles, lanes.at + from, sizeof doubles);
    return doubles;
}

template <class T>
inline Doubles slice(const PerLane<T, float>& lanes, int from) {
    Floats floats;
    std::memcpy(&floats, lanes.at + from, sizeof floats);
    return __builtin_convertvector(floats, Doubles);
}

template <class T>
inline void put(PerLane<T, double>& lanes, int from, Doubles doubles) {
    std::memcpy(lanes.at + from, &doubles, sizeof doubles);
}

template <class T>
inline void add(PerLane<T, double>& lanes, int from, Doubles doubles) {
    put(lanes, from, slice(lanes, from) + doubles);
}

// Lanes of whole numbers as doubles.
template <class T, class Lanes>
inline PerLane<T, double> widened(const Lanes& lanes) {
    PerLane<T, double> wide;
    GLIOFRONT_LANES(l) wide.at[l] = static_cast<double>(lanes.at[l]);
    return wide;
}

}  // namespace gliofront::GLIOFRONT_BUILD
