/* SPDX-License-Identifier: MIT */
#include "capture/picture_quality.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_CELLS 16
/* Cells hold eighths of a level: a dark picture keeps its texture, and 16 bits hold a Laplacian. */
#define FRACTION 8
#define WHITE (255 * FRACTION)
#define CLIPPED (250 * FRACTION)
/* A fifth of the blocks. */
#define CALM_PART 5
#define LEVEL2 ((double)FRACTION * FRACTION)
#define LAPLACIAN_OF_NOISE 20 /* what it makes of the variance of white noise: 4 * 4 + 4 */
#define NOISE_MAX (LAPLACIAN_OF_NOISE * 4 * 4 * LEVEL2)

/* More samples of a cell than 4 x 4 tell no more. */
#define SAMPLES_MAX 4

/* How a picture falls into cells. What is left at the right and lower edge, less than a cell, is not looked at. */
struct grid {
        unsigned cell_width, cell_height; /* pixels */
        unsigned across, across_step;     /* samples of a cell that are looked at: so many, so far apart */
        unsigned down, down_step;
        unsigned width, height; /* cells */
};

/* The scratch memory, by parts. */
struct scratch {
        uint64_t *energies; /* of the blocks */
        uint16_t *columns;  /* sums down the rows of one row of cells */
        uint16_t *cells;
};

/* Mean squares over all blocks, and the noise, in squared eighths of a level. */
struct energy {
        double laplacian, contrast, noise;
};

static unsigned min_unsigned(unsigned a, unsigned b)
{
        return a < b ? a : b;
}

static struct grid lay_grid(const struct picture_luma *luma)
{
        unsigned longer = luma->width > luma->height ? luma->width : luma->height;
        unsigned nearest = (longer + PICTURE_QUALITY_CELLS / 2) / PICTURE_QUALITY_CELLS;
        unsigned side = nearest > 1 ? nearest : 1;
        struct grid grid = {.cell_width = min_unsigned(side, luma->width),
                            .cell_height = min_unsigned(side, luma->height)};

        assert(grid.cell_width > 0 && grid.cell_height > 0);
        grid.across = min_unsigned(grid.cell_width, SAMPLES_MAX);
        grid.across_step = grid.cell_width / grid.across;
        grid.down = min_unsigned(grid.cell_height, SAMPLES_MAX);
        grid.down_step = grid.cell_height / grid.down;
        grid.width = luma->width / grid.cell_width;
        grid.height = luma->height / grid.cell_height;
        return grid;
}

/* More than there are blocks. */
static size_t energies_size(const struct grid *grid)
{
        return sizeof(uint64_t) * (grid->width / BLOCK_CELLS + 1) * (grid->height / BLOCK_CELLS + 1);
}

static size_t columns_size(const struct picture_luma *luma)
{
        return sizeof(uint16_t) * luma->width * luma->pixel_step;
}

size_t picture_quality_scratch_size(const struct picture_luma *luma)
{
        struct grid grid = lay_grid(luma);

        return energies_size(&grid) + columns_size(luma) + sizeof(uint16_t) * grid.width * grid.height;
}

void picture_quality_clear(struct picture_quality *ret_quality)
{
        *ret_quality = (struct picture_quality){NAN, NAN, NAN};
}

/* --- the reduced plane --- */

static void add_row(const uint8_t *row, size_t bytes, uint16_t *columns)
{
        for (size_t x = 0; x < bytes; x++)
                columns[x] = (uint16_t)(columns[x] + row[x]);
}

static void sum_four_rows(const uint8_t *row, size_t step, size_t bytes, uint16_t *columns)
{
        const uint8_t *second = row + step, *third = second + step, *fourth = third + step;

        for (size_t x = 0; x < bytes; x++)
                columns[x] = (uint16_t)(row[x] + second[x] + third[x] + fourth[x]);
}

/* Of one row of cells. The samples between those of luma are summed too, and not used. */
static void sum_rows(const struct picture_luma *luma, const struct grid *grid, unsigned cell_row, uint16_t *columns)
{
        size_t bytes = (size_t)(luma->width - 1) * luma->pixel_step + 1;
        const uint8_t *row = luma->data + (size_t)cell_row * grid->cell_height * luma->stride;

        if (grid->down == 4) {
                sum_four_rows(row, grid->down_step * luma->stride, bytes, columns);
                return;
        }
        memset(columns, 0, bytes * sizeof(*columns));
        for (unsigned i = 0; i < grid->down; i++, row += grid->down_step * luma->stride)
                add_row(row, bytes, columns);
}

static uint32_t sum_columns(const struct grid *grid, const uint16_t *column, size_t step)
{
        uint32_t sum = 0;

        if (grid->across == 4)
                return (uint32_t)column[0] + column[step] + column[2 * step] + column[3 * step];
        for (unsigned i = 0; i < grid->across; i++)
                sum += column[i * step];
        return sum;
}

/* Eighths of a level of the full range. */
static uint16_t full_range(uint32_t value)
{
        uint32_t black = 16 * FRACTION;

        value = value > black ? ((value - black) * 255 + 219 / 2) / 219 : 0;
        return (uint16_t)min_unsigned(value, WHITE);
}

static void reduce(const struct picture_luma *luma, const struct grid *grid, const struct scratch *scratch)
{
        size_t step = (size_t)grid->across_step * luma->pixel_step, cell_bytes = grid->cell_width * luma->pixel_step;
        uint32_t samples = grid->across * grid->down;
        uint32_t per_sample = ((FRACTION << 16) + samples / 2) / samples; /* division takes longer than all the rest */
        uint16_t *cell = scratch->cells;

        for (unsigned y = 0; y < grid->height; y++) {
                const uint16_t *column = scratch->columns;

                sum_rows(luma, grid, y, scratch->columns);
                for (unsigned x = 0; x < grid->width; x++, column += cell_bytes)
                        cell[x] = (uint16_t)((sum_columns(grid, column, step) * per_sample + (1U << 15)) >> 16);
                for (unsigned x = 0; luma->limited_range && x < grid->width; x++)
                        cell[x] = full_range(cell[x]);
                cell += grid->width;
        }
}

static void measure_light(const struct grid *grid, const uint16_t *cells, struct picture_quality *quality)
{
        size_t count = (size_t)grid->width * grid->height, clipped = 0;
        uint64_t sum = 0;

        for (size_t i = 0; i < count; i++) {
                sum += cells[i];
                clipped += cells[i] >= CLIPPED;
        }
        quality->brightness = (double)sum / ((double)count * WHITE);
        quality->clipped_share = (double)clipped / (double)count;
}

/* --- sharpness --- */

/* Sums over the cells of a block. */
struct block {
        uint32_t count, sum, square;
        uint64_t laplacian_square;
};

/* Up to 16 cells of a row: 32 bits hold their sums. */
static inline void add_cells(const uint16_t *cell, size_t width, unsigned count, struct block *block)
{
        uint32_t sum = 0, square = 0, laplacian_square = 0;

        for (unsigned x = 0; x < count; x++, cell++) {
                int16_t here = (int16_t)*cell;
                int16_t laplacian = (int16_t)(4 * here - cell[-1] - cell[1] - *(cell - width) - cell[width]);

                sum += (uint32_t)here;
                square += (uint32_t)(here * here);
                laplacian_square += (uint32_t)(laplacian * laplacian);
        }
        block->count += count;
        block->sum += sum;
        block->square += square;
        block->laplacian_square += laplacian_square;
}

static struct block sum_block(const uint16_t *first, size_t width, unsigned block_width, unsigned block_height)
{
        struct block block = {0};

        for (unsigned y = 0; y < block_height; y++, first += width) {
                if (block_width == BLOCK_CELLS)
                        add_cells(first, width, BLOCK_CELLS, &block); /* a number that the compiler knows */
                else
                        add_cells(first, width, block_width, &block);
        }
        return block;
}

static int compare_energies(const void *a, const void *b)
{
        uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

        return (left > right) - (left < right);
}

/* Of the block that a fifth of them is calmer than. */
static double calm_energy(uint64_t *energies, size_t blocks)
{
        size_t place = blocks / CALM_PART;

        qsort(energies, blocks, sizeof(energies[0]), compare_energies);
        return blocks < CALM_PART ? 0 : fmin((double)energies[place], NOISE_MAX);
}

/* What is left of the cells inside the border at the right and lower edge, less than a block, is not looked at. */
static struct energy measure_energy(const struct grid *grid, const struct scratch *scratch)
{
        unsigned block_width = min_unsigned(grid->width - 2, BLOCK_CELLS);
        unsigned block_height = min_unsigned(grid->height - 2, BLOCK_CELLS);
        uint64_t laplacian = 0, contrast = 0;
        double cells;
        size_t blocks = 0;

        for (unsigned y = 1; y + block_height < grid->height; y += block_height) {
                for (unsigned x = 1; x + block_width < grid->width; x += block_width) {
                        const uint16_t *first = scratch->cells + (size_t)y * grid->width + x;
                        struct block block = sum_block(first, grid->width, block_width, block_height);

                        scratch->energies[blocks++] = block.laplacian_square / block.count;
                        laplacian += block.laplacian_square;
                        contrast += block.square - (uint64_t)block.sum * block.sum / block.count;
                }
        }
        cells = (double)blocks * block_width * block_height;
        return (struct energy){(double)laplacian / cells, (double)contrast / cells,
                               calm_energy(scratch->energies, blocks)};
}

static double sharpness(const struct energy *energy)
{
        double fine = energy->laplacian - energy->noise - LEVEL2;
        double coarse = energy->contrast - energy->noise / LAPLACIAN_OF_NOISE;

        if (fine <= 0)
                return 0;
        return sqrt(fine / ((coarse > 0 ? coarse : 0) + LEVEL2)) / 8;
}

void picture_quality_measure(const struct picture_luma *luma, void *scratch, struct picture_quality *ret_quality)
{
        struct grid grid = lay_grid(luma);
        struct scratch parts = {.energies = scratch};
        struct energy energy;

        parts.columns = (uint16_t *)((char *)scratch + energies_size(&grid));
        parts.cells = parts.columns + (size_t)luma->width * luma->pixel_step;
        reduce(luma, &grid, &parts);
        picture_quality_clear(ret_quality);
        measure_light(&grid, parts.cells, ret_quality);
        if (grid.width < 3 || grid.height < 3)
                return;
        energy = measure_energy(&grid, &parts);
        ret_quality->sharpness = fmin(sharpness(&energy), 1);
}
