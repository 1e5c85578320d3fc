// Logarithms of many lanes at once, the same bits in every build.
#pragma once

#include <cstdint>
#include <cstring>

#include "lanes.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// Base 2, of a normal positive number, to about 1e-16 of the larger of 1 and the result. Written
// out because a call to the library would stop the compiler from using the lanes.
inline double log2_positive(double x) {
    int64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    // The mantissa m goes to [sqrt(1/2), sqrt(2)), so that the logarithm of 1 is exactly 0.
    constexpr int64_t kRootHalf = 0x3FE6A09E667F3BCD;
    const int64_t exponent = (bits - kRootHalf) >> 52;
    const int64_t mantissa = bits - exponent * (int64_t{1} << 52);
    double m;
    std::memcpy(&m, &mantissa, sizeof m);
    // ln m = 2 artanh z = 2 (z + z^3/3 + z^5/5 + ...), abs(z) < 0.1716.
    const double z = (m - 1.0) / (m + 1.0);
    const double w = z * z;
    double series = 1.0 / 23;
    series = series * w + 1.0 / 21;
    series = series * w + 1.0 / 19;
    series = series * w + 1.0 / 17;
    series = series * w + 1.0 / 15;
    series = series * w + 1.0 / 13;
    series = series * w + 1.0 / 11;
    series = series * w + 1.0 / 9;
    series = series * w + 1.0 / 7;
    series = series * w + 1.0 / 5;
    series = series * w + 1.0 / 3;
    series = series * w + 1.0;
    constexpr double kTwoOverLn2 = 2.885390081777926814719849362;
    return static_cast<double>(static_cast<int32_t>(exponent)) + kTwoOverLn2 * z * series;
}

// A sum of logarithms of counts as the logarithm of their product, folded before it overflows.
template <class T>
class LogProduct {
  public:
    LogProduct() {
        product_.fill(1.0);
        logs_.fill(0.0);
    }

    void times(const Row<T>& factor) {
        GLIOFRONT_LANES(l) product_.at[l] *= static_cast<double>(factor.at[l]);
        if (++factors_ == kFold) fold();
    }

    // The sum of the logarithms, base 2.
    const PerLane<T, double>& logs() {
        fold();
        return logs_;
    }

  private:
    // Factors are at most 2^8 in bytes, 2^13 (the pairs of a 9 x 9 x 9 cube) in words.
    static constexpr int kFold = T::kNarrow ? 126 : 72;

    void fold() {
        GLIOFRONT_LANES(l) {
            logs_.at[l] += log2_positive(product_.at[l]);
            product_.at[l] = 1.0;
        }
        factors_ = 0;
    }

    PerLane<T, double> product_;
    PerLane<T, double> logs_;
    int factors_ = 0;
};

}  // namespace gliofront::GLIOFRONT_BUILD
