// Cells counted in a table, a lane after the other: the cost grows with the pairs, not with their
// square, so it wins where a matrix has many.
#pragma once

#include <cstring>

#include "cells.hpp"

namespace gliofront::GLIOFRONT_BUILD {

// The table of one lane. A row a higher level of a pair, a column a difference of both.
struct CellTable {
    uint16_t* cells;  // zero between uses
    int shift;        // log2 of the columns

    // No pair of the lowest level has a difference of 1: where cut pairs go.
    static constexpr uint16_t kCut = 1;

    const uint16_t* row(int level) const { return cells + ((level - 1) << shift); }
};

// The cell of each pair, a lane after the other.
template <class T>
void list_keys(const Plan& plan, const Matrix& matrix, Scratch<T>& scratch) {
    const int shift = plan.column_bits;
    const int stride = key_stride(plan);
    for (int k = 0; k < matrix.pairs(); ++k) {
        const Row<T>& difference = scratch.difference[k];
        const Row<T>& sum = scratch.sum[k];
        Row<T> key;
        GLIOFRONT_LANES(l) {
            const uint32_t d = difference.at[l];
            const uint32_t above = (sum.at[l] + d) / 2 - 1;
            key.at[l] =
                d == T::kNone ? CellTable::kCut : static_cast<uint16_t>((above << shift) + d);
        }
        for (int l = 0; l < T::kLanes; ++l) scratch.keys[l * stride + k] = key.at[l];
    }
}

// Fills the table and lists its occupied cells; returns their number.
inline int count_cells(const CellTable& table, const uint16_t* keys, int pairs,
                       uint16_t* occupied) {
    int number = 0;
    for (int k = 0; k < pairs; ++k) {
        const uint16_t count = table.cells[keys[k]];
        occupied[number] = keys[k];
        number += count == 0;
        table.cells[keys[k]] = static_cast<uint16_t>(count + 1);
    }
    return number;
}

// Adds a piece of a row to three histograms; returns its sum.
inline uint16_t add_chunk(const uint16_t* __restrict row, uint16_t* __restrict sums,
                          uint16_t* __restrict lower, uint16_t* __restrict differences) {
    uint16_t total = 0;
#pragma omp simd reduction(+ : total)
    for (int d = 0; d < kChunk; ++d) {
        sums[d] = static_cast<uint16_t>(sums[d] + row[d]);
        lower[d] = static_cast<uint16_t>(lower[d] + row[d]);
        differences[d] = static_cast<uint16_t>(differences[d] + row[d]);
        total = static_cast<uint16_t>(total + row[d]);
    }
    return total;
}

// Histograms of one lane that follow from its cells. Those that fall along a row are kept in
// falling order, so that a row adds to each of them as it stands.
struct Histograms {
    uint16_t sums[2 * kMaxLevels + kChunk];  // at 2 (levels - higher) + difference
    uint16_t lower[kMaxLevels + kChunk];     // lower level of a pair, at levels - lower
    uint16_t higher[kMaxLevels];             // higher level, at levels - higher
    uint16_t differences[kMaxLevels + kChunk];

    void add(const CellTable& table, int levels, int lowest, int highest, int widest) {
        std::memset(this, 0, sizeof *this);
        for (int level = lowest; level <= highest; ++level) {
            const int columns = widest < level - lowest ? widest + 1 : level - lowest + 1;
            const int place = levels - level;
            // Rows are whole chunks long, and cells beyond the last column are zero.
            for (int from = 0; from < columns; from += kChunk) {
                const uint16_t total = add_chunk(table.row(level) + from, sums + 2 * place + from,
                                                 lower + place + from, differences + from);
                higher[place] = static_cast<uint16_t>(higher[place] + total);
            }
        }
    }
};

template <class T>
void sum_lane(const Plan& plan, const CellTable& table, const Histograms& histograms, int lowest,
              int highest, int lane, CellSums<T>& sums) {
    const int levels = plan.settings.levels;
    const double* const count_log = plan.count_log.data();
    double sum_logs = 0, marginal_logs = 0;
    for (int i = 2 * (levels - highest); i <= 2 * (levels - lowest); ++i) {
        sum_logs += count_log[histograms.sums[i]];
    }
    uint32_t equal = 0;
    uint32_t fullest = 0;
    for (int level = lowest; level <= highest; ++level) {
        const int i = levels - level;
        marginal_logs += count_log[histograms.lower[i] + histograms.higher[i]];
        const uint32_t count = table.row(level)[0];
        equal += count * count;
        if (2 * count > fullest) fullest = 2 * count;
    }
    sums.sum_logs.at[lane] = sum_logs;
    sums.marginal_logs.at[lane] = marginal_logs;
    sums.equal_cells.at[lane] = equal;
    sums.fullest.at[lane] = fullest;
}

template <class T>
CellSums<T> sum_cells_by_table(const Plan& plan, const Matrix& matrix, const Cube<T>& cube,
                               int widest, Scratch<T>& scratch) {
    list_keys(plan, matrix, scratch);
    const CellTable table{scratch.cells, plan.column_bits};
    const double* const count_log = plan.count_log.data();
    CellSums<T> sums;
    Histograms histograms;
    for (int l = 0; l < T::kLanes; ++l) {
        const uint16_t* keys = scratch.keys + l * key_stride(plan);
        const int number = count_cells(table, keys, matrix.pairs(), scratch.occupied);
        table.cells[CellTable::kCut] = 0;
        const int lowest = cube.lowest.at[l], highest = cube.highest.at[l];
        histograms.add(table, plan.settings.levels, lowest, highest, widest);
        sum_lane(plan, table, histograms, lowest, highest, l, sums);
        for (int d = 0; d <= widest; ++d) {
            scratch.difference_count[d].at[l] = histograms.differences[d];
        }
        double logs = 0;
        uint32_t squares = 0;
        uint32_t fullest = 0;
        for (int i = 0; i < number; ++i) {
            const uint16_t key = scratch.occupied[i];
            const uint32_t count = table.cells[key];
            table.cells[key] = 0;
            logs += count_log[count];
            squares += count * count;
            fullest = count > fullest ? count : fullest;
        }
        sums.cell_logs.at[l] = logs;
        sums.cells.at[l] = squares;
        if (fullest > sums.fullest.at[l]) sums.fullest.at[l] = fullest;
    }
    return sums;
}

}  // namespace gliofront::GLIOFRONT_BUILD
