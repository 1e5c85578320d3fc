// The columns: which feature stands where. The order is that of names.py.
#pragma once

namespace gliofront {

enum FirstOrder {
    kMean,
    kStandardDeviation,
    kMedian,
    kMinimum,
    kMaximum,
    kVariance,
    kSkewness,
    kKurtosis,
    kValueEnergy,
    kLevelEntropy,
    kUniformity,
    kRootMeanSquare,
    kMeanGreyLevel,
    kFirstOrderFeatures
};

enum Glcm {
    kAutocorrelation = kFirstOrderFeatures,
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
    kInverseDifferenceMomentNormalised,
    kGlcmEnd
};

enum Glrlm {
    kShortRunEmphasis = kGlcmEnd,
    kLongRunEmphasis,
    kGreyLevelNonUniformity,
    kRunLengthNonUniformity,
    kRunPercentage,
    kLowGreyLevelRunEmphasis,
    kHighGreyLevelRunEmphasis,
    kFeatures
};

}  // namespace gliofront
