// Logarithm and exponential of many lanes at once, the same bits in every build.
#pragma once

#include "doubles.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// A whole number from 0 to 2^51 as a double and back, by the bits of 2^52 + it.
constexpr double kWhole = 4503599627370496.0;

inline Doubles from_whole(Bits whole) {
    return (Doubles)(whole | (Bits)all_doubles(kWhole)) - kWhole;
}

// Base 2, of numbers from 1 on, to about 1e-16 of the larger of 1 and the result.
inline Doubles log2_from_one(Doubles x) {
    // The mantissa m goes to [sqrt(1/2), sqrt(2)), so that the logarithm of 1 is exactly 0.
    constexpr uint64_t kRootHalf = 0x3FE6A09E667F3BCD;
    const Bits exponent = ((Bits)x - kRootHalf) >> 52;
    const Doubles m = (Doubles)((Bits)x - (exponent << 52));
    // ln m = 2 artanh z = 2 (z + z^3/3 + z^5/5 + ...), abs(z) < 0.1716.
    const Doubles z = (m - 1.0) / (m + 1.0);
    const Doubles w = z * z;
    Doubles series = all_doubles(1.0 / 23);
    for (int odd = 21; odd >= 1; odd -= 2) series = series * w + 1.0 / odd;
    constexpr double kTwoOverLn2 = 2.885390081777926814719849362;
    return from_whole(exponent) + kTwoOverLn2 * z * series;
}

// exp(-x) for x from 0 to 700, to about 1e-16.
inline Doubles exp_of_minus(Doubles x) {
    constexpr double kLog2E = 1.442695040888963407359924681;
    // ln 2 in two parts, the first short enough that its multiples are exact.
    constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
    const Doubles shifted = x * kLog2E + kWhole;
    const Bits halvings = (Bits)shifted & 0xFFFF;
    const Doubles n = from_whole(halvings);
    // exp(-x) = 2^-n exp(r), abs(r) < 0.35.
    const Doubles r = (n * kLn2High - x) + n * kLn2Low;
    Doubles series = all_doubles(1.0);
    for (int k = 14; k >= 1; --k) series = series * r * (1.0 / k) + 1.0;
    return series * (Doubles)((1023 - halvings) << 52);
}

// An entropy below this is 0, of a single cell: what is left is rounding. That of any other
// matrix is above 1e-3, for it has at most 2^13 pairs.
constexpr double kFlat = 1e-12;

inline Doubles without_rounding(Doubles entropy) { return entropy < kFlat ? Doubles{} : entropy; }

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
        GLIOFRONT_SLICES(from) add(logs_, from, log2_from_one(slice(product_, from)));
        product_.fill(1.0);
        factors_ = 0;
    }

    PerLane<T, double> product_;
    PerLane<T, double> logs_;
    int factors_ = 0;
};

}  // namespace gliofront::GLIOFRONT_BUILD
