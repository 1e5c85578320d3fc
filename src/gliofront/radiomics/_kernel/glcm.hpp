// The 22 features of a symmetric grey-level co-occurrence matrix, from the sums over its pairs.
//
// With N pairs and u_k pairs in the cell of pair k: joint entropy = log2(2N) - (sum_k log2 u_k +
// pairs of equal levels) / N, for a cell off the diagonal holds half of its pairs on either side.
#pragma once

#include <cmath>

#include "sums.hpp"

namespace gliofront::GLIOFRONT_BUILD {

enum Glcm {
    kAutocorrelation,
    kContrast,
    kCorrelationM,
    kCorrelationP,
    kClusterProminence,
    kClusterShade,
    kDissimilarity,
    kEnergy,
    kEntropy,
    kHomogeneityM,
    kHomogeneityP,
    kMaximumProbability,
    kSumOfSquares,
    kSumAverage,
    kSumVariance,
    kSumEntropy,
    kDifferenceVariance,
    kDifferenceEntropy,
    kInformationCorrelation1,
    kInformationCorrelation2,
    kInverseDifferenceNormalised,
    kInverseDifferenceMomentNormalised
};

template <class T>
using Features = PerLane<T, double>[kFeatures];

// An entropy below this is 0, of a single cell: what is left is rounding. That of any other
// matrix is above 1e-3, for it has at most 2^13 pairs.
constexpr double kFlat = 1e-12;
constexpr double kLn2 = 0.693147180559945309417232;

inline double without_rounding(double entropy) { return entropy < kFlat ? 0.0 : entropy; }

// Features of the moments of the sum and the difference of both levels.
template <class T>
void add_moments(const Plan& plan, const PairCounts<T>& counts, const PairSums<T>& sums,
                 const DifferenceSums<T>& differences, const Cube<T>& cube, Features<T>& features) {
    const double levels = plan.settings.levels;
    const double mean_entry = 1.0 / (levels * levels);
    const bool matlab = plan.settings.matlab;
    GLIOFRONT_LANES(l) {
        const double none = counts.all.at[l] ? 0.0 : 1.0;
        const double per_pair = (1.0 - none) / (counts.all.at[l] + none);
        const double t1 = sums.power1.at[l] * per_pair, t2 = sums.power2.at[l] * per_pair;
        const double t3 = sums.power3.at[l] * per_pair, t4 = sums.power4.at[l] * per_pair;
        const double average = cube.middle.at[l] + t1;
        const double second = t2 - t1 * t1;
        const double third = t3 - 3 * t1 * t2 + 2 * t1 * t1 * t1;
        const double fourth = t4 - 4 * t1 * t3 + 6 * t1 * t1 * t2 - 3 * t1 * t1 * t1 * t1;
        const double contrast = differences.second.at[l] * per_pair;
        const double dissimilarity = differences.first.at[l] * per_pair;
        // i = (sum + difference) / 2, j = (sum - difference) / 2.
        const double variance = (second + contrast) / 4;
        const double covariance = (second - contrast) / 4;
        const double mean = average / 2;
        // Levels are whole numbers: the variance of at most 2^14 of them is 0 or above 2^-14.
        const double flat = variance < 1e-9 ? 1.0 : 0.0;
        const double correlation = flat > 0 ? 1.0 : covariance / (variance + flat);
        const double some = 1.0 - none;
        const double off = mean - mean_entry;
        features[kAutocorrelation].at[l] += some * (covariance + mean * mean);
        features[kContrast].at[l] += contrast;
        features[kCorrelationM].at[l] += some * correlation;
        features[kCorrelationP].at[l] += some * correlation;
        features[kClusterProminence].at[l] += fourth;
        features[kClusterShade].at[l] += third;
        features[kDissimilarity].at[l] += dissimilarity;
        features[kSumOfSquares].at[l] += some * (matlab ? variance + off * off : variance);
        features[kSumAverage].at[l] += some * average;
        // For `matlab` completed by the sum entropy in add_entropies.
        features[kSumVariance].at[l] += second;
        features[kDifferenceVariance].at[l] +=
            matlab ? contrast : contrast - dissimilarity * dissimilarity;
        features[kHomogeneityM].at[l] += differences.plain.at[l] * per_pair;
        features[kHomogeneityP].at[l] += differences.moment.at[l] * per_pair;
        features[kInverseDifferenceNormalised].at[l] += differences.normalised.at[l] * per_pair;
        features[kInverseDifferenceMomentNormalised].at[l] +=
            differences.moment_normalised.at[l] * per_pair;
        const double both = sums.cells.at[l] + static_cast<double>(sums.equal_cells.at[l]);
        features[kEnergy].at[l] += both * per_pair * per_pair / 2;
        features[kMaximumProbability].at[l] += sums.fullest.at[l] * per_pair / 2;
    }
}

template <class T>
void add_entropies(const Plan& plan, const PairCounts<T>& counts, const PairSums<T>& sums,
                   const DifferenceSums<T>& differences, const PerLane<T, double>& marginal,
                   const Cube<T>& cube, Features<T>& features) {
    const bool matlab = plan.settings.matlab;
    const double unit = matlab ? kLn2 : 1.0;
    PerLane<T, double> excess;
    GLIOFRONT_LANES(l) {
        const double none = counts.all.at[l] ? 0.0 : 1.0;
        const double some = 1.0 - none;
        const double pairs = counts.all.at[l] + none;
        const double per_pair = some / pairs;
        const double all = log2_positive(pairs);
        const double joint = without_rounding(
            unit * (all + 1 - (sums.cell_logs.at[l] + counts.equal.at[l]) * per_pair));
        const double level =
            without_rounding(unit * (all + 1 - marginal.at[l] * per_pair / 2));
        const double sum = without_rounding(unit * (all - sums.sum_logs.at[l] * per_pair));
        const double difference =
            without_rounding(unit * (all - differences.logs.at[l] * per_pair));
        // p_x = p_y, so HXY1 = HXY2 = 2 HX.
        const double gain = 2 * level - joint;
        const double flat = level > 0 ? 0.0 : 1.0;
        features[kEntropy].at[l] += some * joint;
        features[kSumEntropy].at[l] += some * sum;
        features[kDifferenceEntropy].at[l] += some * difference;
        features[kInformationCorrelation1].at[l] -= some * (1.0 - flat) * gain / (level + flat);
        excess.at[l] = some * (1.0 - flat) * (gain > 0 ? gain : 0.0);
        const double average = cube.middle.at[l] + sums.power1.at[l] * per_pair;
        const double off = average - sum;
        features[kSumVariance].at[l] += matlab ? some * off * off : 0.0;
    }
    for (int l = 0; l < T::kLanes; ++l) {
        const double gain = excess.at[l];
        if (gain > 0) features[kInformationCorrelation2].at[l] += std::sqrt(-std::expm1(-2 * gain));
    }
}

}  // namespace gliofront::GLIOFRONT_BUILD
