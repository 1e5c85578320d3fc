// Sums over the cells of a matrix and over its marginal histograms.
#pragma once

#include "logarithm.hpp"
#include "pairs.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// With c the number of pairs of a cell, of a sum of two levels, or (on either side) of a level.
template <class T>
struct CellSums {
    PerLane<T, double> cell_logs;      // c log2(c) over the cells
    PerLane<T, double> sum_logs;       // over the sums of two levels
    PerLane<T, double> marginal_logs;  // over the levels
    PerLane<T, double> cells;          // c^2 over the cells
    PerLane<T, double> equal_cells;    // c^2 over the cells of two equal levels
    PerLane<T, double> fullest;  // largest c, of a symmetric matrix (a cell of equal levels twice)
};

}  // namespace gliofront::GLIOFRONT_BUILD
