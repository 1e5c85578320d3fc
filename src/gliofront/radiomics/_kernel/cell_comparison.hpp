// Cells counted by comparing every pair with every other: no branch, no table, all lanes at once.
#pragma once

#include "cells.hpp"
#include "marginals.hpp"

namespace gliofront::GLIOFRONT_BUILD {

template <class T>
CellSums<T> sum_cells_by_comparison(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
                                    int widest, Scratch<T>& scratch) {
    using Total = typename T::Total;
    multiplicities_by_comparison(matrix.pairs(), scratch);
    differences_by_comparison(matrix.pairs(), widest, scratch);
    PerLane<T, Total> cells, equal_cells;
    cells.fill(0), equal_cells.fill(0);
    LogProduct<T> cell_logs, sum_logs;
    Row<T> fullest;
    fullest.all = typename T::Vector{};
    for (int k = 0; k < matrix.pairs(); ++k) {
        const auto valid = ~equal(scratch.sum[k].all, all_lanes<T>(T::kNone));
        Row<T> cell, equal_cell;
        cell.all = scratch.same_cell[k].all & valid;
        equal_cell.all = cell.all & equal(scratch.difference[k].all, typename T::Vector{});
        fullest.all = larger(fullest.all, cell.all + equal_cell.all);
        GLIOFRONT_LANES(l) {
            cells.at[l] = static_cast<Total>(cells.at[l] + cell.at[l]);
            equal_cells.at[l] = static_cast<Total>(equal_cells.at[l] + equal_cell.at[l]);
        }
        cell_logs.times(scratch.same_cell[k]);
        sum_logs.times(scratch.same_sum[k]);
    }
    return {cell_logs.logs(),
            sum_logs.logs(),
            marginal_logs(plan, matrix, cube.whole, scratch),
            widened<T>(cells),
            widened<T>(equal_cells),
            widened<T>(fullest)};
}

}  // namespace gliofront::GLIOFRONT_BUILD
