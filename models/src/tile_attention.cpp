// SPDX-License-Identifier: Apache-2.0
// Attention as one kernel: scores never leave the tile. Decoding splits the cache over tiles.
#include <algorithm>
#include <cmath>

#include "lamina/models/tile_schedule.h"

namespace lamina {
namespace {

double real(std::int64_t value) { return static_cast<double>(value); }
std::int64_t pieces(std::int64_t size, std::int64_t piece) { return (size + piece - 1) / piece; }

struct attention_sizes {
  std::int64_t kv_heads, group, value_dim;
  double dims;  ///< of a key and its value
};

attention_sizes sizes_of(const kernel_work& w) {
  attention_sizes s{};
  s.kv_heads = w.kv_heads > 0 ? w.kv_heads : w.heads;
  s.group = w.heads / s.kv_heads;
  s.value_dim = w.value_dim > 0 ? w.value_dim : w.head_dim;
  s.dims = real(w.head_dim + s.value_dim);
  return s;
}

/// One turn: `keys` keys and values against `rows` queries.
step_work turn(const kernel_work& w, const chip_spec& chip, std::int64_t rows, std::int64_t keys) {
  const attention_sizes s = sizes_of(w);
  const matrix_unit_spec& unit = chip.tile.matrix;
  const double padded = real(pieces(rows, unit.rows) * unit.rows);
  const double scores = padded * real(keys);
  step_work step;
  step.load_bytes = real(keys) * s.dims * w.b_bits / 8;
  const double rate = chip.tile.macs_per_clock(operand_bits(w)) * unit.issue_share;
  step.matrix_clocks = scores * s.dims / rate;
  // Queries and probabilities stay in registers; each unit reads all keys and values for its rows.
  const double shares = std::clamp(padded / unit.rows, 1.0, 1.0 * unit.units);
  step.scratchpad_bytes = (shares + 1) * step.load_bytes;
  // A score is scaled and shifted, compared, summed, converted; the result so far is rescaled.
  step.vector_clocks =
      (4 * scores + padded * real(s.value_dim)) / chip.tile.vector.operations_per_clock;
  step.special_clocks = scores / chip.tile.special.operations_per_clock;
  step.idle_clocks = unit.step_clocks;
  return step;
}

/// Blocks of one tile at a time: 32-bit results and scores, and two stages of keys and values.
int resident_blocks(const kernel_work& w, const chip_spec& chip, std::int64_t rows,
                    std::int64_t keys, double stage_bytes, int stages) {
  const attention_sizes s = sizes_of(w);
  const double sums = 4 * real(rows) * real(s.value_dim + keys);
  const double room = static_cast<double>(chip.tile.scratchpad.bytes);
  const double queries = real(rows * w.head_dim) * w.a_bits / 8;
  const double most = std::min(static_cast<double>(chip.tile.matrix.accumulator_bytes) / sums,
                               room / (stages * stage_bytes + queries));
  return static_cast<int>(std::clamp(most, 1.0, 1.0 * chip.tile.resident_blocks));
}

/// Turns of a block of `rows` queries. Below the diagonal a block has from one turn to all of them;
/// those of the longest start first and the shortest fill the end, so that tiles have the mean.
double mean_turns(const kernel_work& w, std::int64_t rows, std::int64_t keys) {
  const std::int64_t queries = queries_of(w);
  const double whole = real(pieces(w.seqlen, keys));
  if (w.pairs > 0) {
    // The last query of a block sees half its rows more than their mean, in whole turns.
    const double last = w.pairs / real(queries) + real(rows) / 2;
    return std::clamp(last / real(keys) + 0.5, 1.0, whole);
  }
  if (!w.causal) return whole;
  std::int64_t turns = 0;
  std::int64_t seen = 0;
  const std::int64_t blocks = pieces(queries, rows);
  // Of many blocks, about a thousand tell the mean.
  const std::int64_t stride = std::max<std::int64_t>(1, blocks / 1024);
  for (std::int64_t i = 1 + stride / 2; i <= blocks; i += stride) {
    ++seen;
    turns += pieces(w.seqlen - queries + std::min(i * rows, queries), keys);
  }
  return real(turns) / real(seen);
}

kernel_schedule prefill(const kernel_work& w, const chip_spec& chip) {
  const attention_sizes s = sizes_of(w);
  const std::int64_t queries = queries_of(w);
  const std::int64_t rows = std::min<std::int64_t>(128, std::max<std::int64_t>(16, queries));
  const std::int64_t keys = std::min<std::int64_t>(w.head_dim > 64 ? 64 : 128, w.seqlen);
  const std::int64_t query_blocks = pieces(queries, rows);
  tile_schedule part;
  part.blocks = w.batch * w.heads * query_blocks;
  part.block.stages = 2;
  part.block.step = turn(w, chip, rows, keys);
  part.resident = resident_blocks(w, chip, rows, keys, part.block.step.load_bytes, 2);
  const double mean = mean_turns(w, rows, keys);
  part.block.steps = static_cast<std::int64_t>(std::ceil(mean));
  // The mean is not whole: the turns are that much shorter.
  const double shrink = mean / real(part.block.steps);
  step_work& step = part.block.step;
  for (double* value : {&step.load_bytes, &step.scratchpad_bytes, &step.matrix_clocks,
                        &step.vector_clocks, &step.special_clocks}) {
    *value *= shrink;
  }
  const double held = real(std::min(rows, queries));
  part.block.finish_clocks = 2 * held * real(s.value_dim) / chip.tile.vector.operations_per_clock;
  part.block.store_bytes = real(queries) / real(query_blocks) * real(s.value_dim) * w.c_bits / 8;
  const double query_bytes = real(w.batch * w.heads * queries) * real(w.head_dim) * w.a_bits / 8;
  const double cache = real(w.batch * s.kv_heads * w.seqlen) * s.dims * w.b_bits / 8;
  // A block's queries come with its first keys; here they are spread over its turns.
  step.load_bytes += query_bytes / real(part.blocks * part.block.steps);
  // Blocks of one head run side by side, so its keys are read from memory once.
  part.memory_read_bytes = query_bytes + cache;
  part.memory_write_bytes = part.store_bytes();
  kernel_schedule schedule;
  schedule.parts.push_back(part);
  return schedule;
}

kernel_schedule decode(const kernel_work& w, const chip_spec& chip) {
  const attention_sizes s = sizes_of(w);
  const std::int64_t keys = std::min<std::int64_t>(64, w.seqlen);
  const std::int64_t heads = w.batch * s.kv_heads;
  tile_schedule part;
  part.block.step = turn(w, chip, s.group, keys);
  part.block.stages = 3;
  part.resident =
      resident_blocks(w, chip, s.group, keys, part.block.step.load_bytes, part.block.stages);
  // The cache is split until all tiles have work, not finer than two turns a block.
  const std::int64_t turns = pieces(w.seqlen, keys);
  const std::int64_t slots = std::int64_t{chip.tiles} * part.resident;
  const std::int64_t splits =
      heads >= slots
          ? 1
          : std::clamp<std::int64_t>(slots / heads, 1, std::max<std::int64_t>(1, turns / 2));
  part.blocks = heads * splits;
  part.block.steps = pieces(turns, splits);
  step_work& step = part.block.step;
  const double shrink = real(w.seqlen) / real(splits * part.block.steps * keys);
  step.load_bytes *= shrink;
  step.scratchpad_bytes *= shrink;
  const double results = real(s.group * s.value_dim);
  part.block.finish_clocks = 2 * results / chip.tile.vector.operations_per_clock;
  part.block.store_bytes = results * (splits > 1 ? 32 : w.c_bits) / 8;
  part.memory_read_bytes = part.load_bytes();
  part.memory_write_bytes = splits > 1 ? 0 : part.store_bytes();
  kernel_schedule schedule;
  schedule.parts.push_back(part);
  if (splits > 1) {
    kernel_work sum;
    sum.kind = kernel_kind::elementwise;
    sum.m = w.batch * w.heads;
    sum.n = s.value_dim;
    sum.inputs = static_cast<int>(splits);
    sum.a_bits = 32;
    sum.c_bits = w.c_bits;
    sum.operations_per_element = 2 * real(splits);
    schedule.parts.push_back(schedule_pass(sum, chip));
    schedule.parts.back().memory_read_bytes = 0;  // just written
  }
  return schedule;
}

}  // namespace

kernel_schedule schedule_attention(const kernel_work& kernel, const chip_spec& chip) {
  const bool whole = kernel.kind == kernel_kind::attention_prefill;
  kernel_schedule schedule = whole ? prefill(kernel, chip) : decode(kernel, chip);
  schedule.kind = kernel.kind;
  schedule.flops = matrix_flops(kernel);
  schedule.mapping = std::to_string(schedule.parts[0].blocks) + " blocks of " +
                     std::to_string(schedule.parts[0].block.steps) + " steps, " +
                     std::to_string(schedule.parts[0].resident) + " resident";
  return schedule;
}

}  // namespace lamina
