// SPDX-License-Identifier: Apache-2.0
// Kernels, and how they are cut into blocks that compute tiles run: the work that both paths see.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/models/chip.h"
#include "lamina/models/memory.h"

namespace lamina {

enum class kernel_kind : std::uint8_t {
  gemm,               ///< C[m,n] = A[m,k] B[k,n], `count` times with operands of their own
  softmax,            ///< m rows of n
  layer_norm,         ///< m rows of n
  elementwise,        ///< m rows of n, `inputs` read and one written
  attention_prefill,  ///< `queries` last positions of a sequence on its keys, causal by default
  attention_decode    ///< one query a head on a cache of `seqlen` keys
};
std::string_view name_of(kernel_kind kind);

/// One kernel as a workload asks for it. Bits are of one element with its share of scales.
struct kernel_work {
  kernel_kind kind = kernel_kind::gemm;
  std::int64_t m = 1;
  std::int64_t n = 1;
  std::int64_t k = 1;
  std::int64_t count = 1;
  double a_bits = 16;  ///< A, inputs of rows, queries
  double b_bits = 16;  ///< B, keys and values
  double c_bits = 16;  ///< what is written
  std::int64_t batch = 1;
  std::int64_t heads = 1;     ///< of queries
  std::int64_t kv_heads = 0;  ///< 0: as many as heads
  std::int64_t seqlen = 1;
  std::int64_t queries = 0;  ///< of a prefill, the last of the sequence; 0: all of it
  double pairs = 0;  ///< query-key pairs of a head and sequence of a prefill; 0: from `causal`
  std::int64_t head_dim = 128;
  std::int64_t value_dim = 0;  ///< 0: as head_dim
  bool causal = true;
  int inputs = 1;
  double operations_per_element = 1;
  double special_per_element = 0;  ///< of element-wise kernels, on the special-function unit
  double epilogue_operations = 0;  ///< joined element-wise work for each result of a GEMM
  double epilogue_special = 0;     ///< the same on the special-function unit
  double extra_read_bytes = 0;     ///< of memory, beside the operands: what joined work reads
  double matrix_bits = 0;          ///< format that is multiplied; 0: the wider of a_bits and b_bits
  double flops = 0;  ///< asked for, where sizes are rounded expectations; 0: from the sizes
};

std::vector<spec_problem> check(const kernel_work& kernel);

/// Queries of one head of one sequence.
std::int64_t queries_of(const kernel_work& kernel);

/// Query-key pairs of one head of one sequence of a prefill.
double pairs_of(const kernel_work& kernel);

/// Width that decides the rate of the matrix unit.
double operand_bits(const kernel_work& kernel);

/// FLOPs of the matrix products that the kernel asks for: no padding, no masked half.
double matrix_flops(const kernel_work& kernel);

/// A turn of a block's loop. Loads run ahead of it; in it, the units work one after the other.
struct step_work {
  double load_bytes = 0;        ///< from the shared buffer into the scratchpad
  double scratchpad_bytes = 0;  ///< operands read and loads written, while the matrix unit works
  double matrix_clocks = 0;     ///< of the tile's matrix unit, padding included
  double vector_clocks = 0;
  double special_clocks = 0;
  double idle_clocks = 0;  ///< of the block alone: barrier and first operands
};

struct block_work {
  std::int64_t steps = 1;
  int stages = 2;  ///< loads under way or waiting, the one in use among them
  step_work step;
  double finish_clocks = 0;  ///< of vector and special-function unit, after the loop
  double store_bytes = 0;    ///< written behind the block's back
};

/// Equal blocks, handed out in order to tiles that have room for `resident` at a time.
struct tile_schedule {
  block_work block;
  std::int64_t blocks = 1;
  int resident = 1;
  /// Of all loads (stores), what comes from (goes to) memory behind the shared buffer.
  double memory_read_bytes = 0;
  double memory_write_bytes = 0;

  double load_bytes() const {
    return static_cast<double>(blocks) * static_cast<double>(block.steps) * block.step.load_bytes;
  }
  double store_bytes() const { return static_cast<double>(blocks) * block.store_bytes; }
  double miss_share() const;
  double write_through_share() const;
};

/// The parts of one kernel, one after the other, and how the mapper would describe them.
struct kernel_schedule {
  kernel_kind kind = kernel_kind::gemm;
  double flops = 0;  ///< matrix_flops() of the kernel
  std::vector<tile_schedule> parts;
  std::string mapping;
};

/// What is not a GEMM: blocks follow from the kernel and the chip, nothing is searched.
kernel_schedule schedule_rows(const kernel_work& kernel, const chip_spec& chip);
/// One pass of m rows of n without a launch of its own name: `inputs` read, one written.
tile_schedule schedule_pass(const kernel_work& kernel, const chip_spec& chip);
kernel_schedule schedule_attention(const kernel_work& kernel, const chip_spec& chip);

/// What can bound a kernel. Each limit's value is the time that it alone takes.
enum class tile_limit : std::uint8_t {
  matrix,         ///< products, padding and tiles without a block included
  vector,         ///< 32-bit operations
  special,        ///< exponentials, roots
  scratchpad,     ///< operands
  port,           ///< of a tile
  shared_buffer,  ///< all loads and stores
  network,        ///< the same, on their way between shared buffer and tiles
  memory,         ///< what misses the shared buffer
  latency,        ///< of loads, barriers and units that wait for each other; filling and draining
  launch          ///< software
};
inline constexpr int tile_limit_count = 10;
std::string_view name_of(tile_limit limit);

struct kernel_result {
  femtoseconds elapsed{0};  ///< with the launch
  double flops = 0;         ///< asked for, without padding
  double memory_bytes = 0;
  double shared_buffer_bytes = 0;
  double simulated_share = 1;  ///< of the blocks; the rest is waves like those that were simulated
  dram_counts stack_counts;    ///< of a stacked chip that was simulated
  dram_energy stack_energy;    ///< of the same, by cause
  kernel_energy energy;        ///< of a stacked chip
  std::array<double, tile_limit_count> limits_s{};
  tile_limit bound_by = tile_limit::matrix;

  double& limit(tile_limit which) { return limits_s[static_cast<std::size_t>(which)]; }
  double limit(tile_limit which) const { return limits_s[static_cast<std::size_t>(which)]; }
};

/// Seconds for which the ways that tiles share are needed by a schedule, each alone.
struct way_demand {
  double shared_buffer_s = 0;
  double network_s = 0;
  double memory_s = 0;
};
/// From the rates that the chip states.
way_demand demand_of(const kernel_schedule& schedule, const chip_spec& chip);

/// Fills limits, bytes and bound_by of a result whose elapsed time is filled in. Both paths name
/// their limits by it.
void name_limits(const kernel_schedule& schedule, const chip_spec& chip, const way_demand& demand,
                 kernel_result& result);

/// Anything that runs schedules.
class kernel_runner {
 public:
  virtual ~kernel_runner() = default;
  virtual kernel_result run(const kernel_schedule& schedule) = 0;
};

/// Time beside the kernel's own work: its launch, and a gap before each further part.
femtoseconds launch_time(const kernel_schedule& schedule, const launch_spec& launch);

}  // namespace lamina
