// The 22 features of a symmetric grey-level co-occurrence matrix, from the sums over its pairs.
//
// With N pairs and u_k pairs in the cell of pair k: joint entropy = log2(2N) - (sum_k log2 u_k +
// pairs of equal levels) / N, for a cell off the diagonal holds half of its pairs on either side.
#pragma once

#include <cmath>

#include "cells.hpp"
#include "sums.hpp"

namespace gliofront::GLIOFRONT_BUILD {

constexpr double kLn2 = 0.693147180559945309417232;

// What both parts below share, of some lanes.
struct Shares {
    Doubles pairs;     // at least 1
    Doubles some;      // 1, or 0 without any pair
    Doubles per_pair;  // 1 / pairs, or 0 without any

    explicit Shares(Doubles counted) {
        const auto none = counted < 1.0;
        pairs = none ? all_doubles(1.0) : counted;
        some = none ? Doubles{} : all_doubles(1.0);
        per_pair = some / pairs;
    }
};

template <class T>
struct MatrixSums {
    PerLane<T, double> pairs, equal;  // all, and those of two equal levels
    PairSums<T> of_pairs;
    CellSums<T> of_cells;
    DifferenceSums<T> of_differences;
};

// Features of the moments of the sum and the difference of both levels.
template <class T>
void add_moments(const Plan& plan, const MatrixSums<T>& sums, const Cube<T>& cube, int from,
                 Features<T>& features) {
    const double levels = plan.settings.levels;
    const bool matlab = plan.settings.matlab;
    const Shares shares(slice(sums.pairs, from));
    const Doubles some = shares.some, per_pair = shares.per_pair;
    const PairSums<T>& powers = sums.of_pairs;
    const DifferenceSums<T>& differences = sums.of_differences;
    const Doubles t1 = slice(powers.power1, from) * per_pair;
    const Doubles t2 = slice(powers.power2, from) * per_pair;
    const Doubles t3 = slice(powers.power3, from) * per_pair;
    const Doubles t4 = slice(powers.power4, from) * per_pair;
    const Doubles average = slice(cube.middle_sum, from) + t1;
    const Doubles second = t2 - t1 * t1;
    const Doubles contrast = slice(differences.second, from) * per_pair;
    const Doubles dissimilarity = slice(differences.first, from) * per_pair;
    // i = (sum + difference) / 2, j = (sum - difference) / 2.
    const Doubles variance = (second + contrast) / 4;
    const Doubles covariance = (second - contrast) / 4;
    const Doubles mean = average / 2;
    // Levels are whole numbers: the variance of at most 2^14 of them is 0 or above 2^-14.
    const auto flat = variance < 1e-9;
    const Doubles one = all_doubles(1.0);
    const Doubles correlation = some * (flat ? one : covariance / (flat ? one : variance));
    const Doubles off = mean - 1.0 / (levels * levels);
    add(features[kAutocorrelation], from, some * (covariance + mean * mean));
    add(features[kContrast], from, contrast);
    add(features[kCorrelationM], from, correlation);
    add(features[kCorrelationP], from, correlation);
    add(features[kClusterProminence], from,
        t4 - 4 * t1 * t3 + 6 * t1 * t1 * t2 - 3 * t1 * t1 * t1 * t1);
    add(features[kClusterShade], from, t3 - 3 * t1 * t2 + 2 * t1 * t1 * t1);
    add(features[kDissimilarity], from, dissimilarity);
    add(features[kSumOfSquares], from, some * (matlab ? variance + off * off : variance));
    add(features[kSumAverage], from, some * average);
    // For `matlab` completed by the sum entropy in add_entropies.
    add(features[kSumVariance], from, second);
    add(features[kDifferenceVariance], from,
        matlab ? contrast : contrast - dissimilarity * dissimilarity);
    add(features[kHomogeneityM], from, slice(differences.plain, from) * per_pair);
    add(features[kHomogeneityP], from, slice(differences.moment, from) * per_pair);
    add(features[kInverseDifferenceNormalised], from,
        slice(differences.normalised, from) * per_pair);
    add(features[kInverseDifferenceMomentNormalised], from,
        slice(differences.moment_normalised, from) * per_pair);
    const CellSums<T>& cells = sums.of_cells;
    add(features[kEnergy], from,
        (slice(cells.cells, from) + slice(cells.equal_cells, from)) * per_pair * per_pair / 2);
    add(features[kMaximumProbability], from, slice(cells.fullest, from) * per_pair / 2);
}

// Entropies; for a single level what is left of them by rounding becomes 0.
template <class T>
void add_entropies(const Plan& plan, const MatrixSums<T>& sums, const Cube<T>& cube, int from,
                   PerLane<T, double>& information, Features<T>& features) {
    const bool matlab = plan.settings.matlab;
    const double unit = matlab ? kLn2 : 1.0;
    const Shares shares(slice(sums.pairs, from));
    const Doubles some = shares.some, per_pair = shares.per_pair;
    const Doubles all = log2_from_one(shares.pairs);
    const auto entropy = [unit](Doubles bits) { return without_rounding(unit * bits); };
    const CellSums<T>& cells = sums.of_cells;
    const Doubles joint =
        entropy(all + 1 - (slice(cells.cell_logs, from) + slice(sums.equal, from)) * per_pair);
    const Doubles level = entropy(all + 1 - slice(cells.marginal_logs, from) * per_pair / 2);
    const Doubles sum = entropy(all - slice(cells.sum_logs, from) * per_pair);
    const Doubles difference = entropy(all - slice(sums.of_differences.logs, from) * per_pair);
    // p_x = p_y, so HXY1 = HXY2 = 2 HX.
    const auto flat = level <= Doubles{};
    const Doubles gain = flat ? Doubles{} : some * (2 * level - joint);
    add(features[kEntropy], from, some * joint);
    add(features[kSumEntropy], from, some * sum);
    add(features[kDifferenceEntropy], from, some * difference);
    add(features[kInformationCorrelation1], from, -gain / (flat ? all_doubles(1.0) : level));
    const Doubles squared = 1.0 - exp_of_minus(2 * (gain > Doubles{} ? gain : Doubles{}));
    put(information, from, squared > Doubles{} ? squared : Doubles{});
    const Doubles off =
        slice(cube.middle_sum, from) + slice(sums.of_pairs.power1, from) * per_pair - sum;
    if (matlab) add(features[kSumVariance], from, some * off * off);
}

template <class T>
void add_glcm(const Plan& plan, const MatrixSums<T>& sums, const Cube<T>& cube,
              Features<T>& features) {
    PerLane<T, double> information;
    GLIOFRONT_SLICES(from) {
        add_moments(plan, sums, cube, from, features);
        add_entropies(plan, sums, cube, from, information, features);
    }
    PerLane<T, double>& second = features[kInformationCorrelation2];
    GLIOFRONT_LANES(l) second.at[l] += std::sqrt(information.at[l]);
}

}  // namespace gliofront::GLIOFRONT_BUILD
