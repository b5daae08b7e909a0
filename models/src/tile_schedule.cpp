// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/tile_schedule.h"

#include <algorithm>
#include <cmath>

namespace lamina {

std::string_view name_of(kernel_kind kind) {
  switch (kind) {
    case kernel_kind::gemm:
      return "gemm";
    case kernel_kind::softmax:
      return "softmax";
    case kernel_kind::layer_norm:
      return "layer_norm";
    case kernel_kind::elementwise:
      return "elementwise";
    case kernel_kind::attention_prefill:
      return "attention_prefill";
    case kernel_kind::attention_decode:
      return "attention_decode";
  }
  return "?";
}

std::string_view name_of(tile_limit limit) {
  switch (limit) {
    case tile_limit::matrix:
      return "matrix";
    case tile_limit::vector:
      return "vector";
    case tile_limit::special:
      return "special";
    case tile_limit::scratchpad:
      return "scratchpad";
    case tile_limit::port:
      return "port";
    case tile_limit::shared_buffer:
      return "shared_buffer";
    case tile_limit::network:
      return "network";
    case tile_limit::memory:
      return "memory";
    case tile_limit::latency:
      return "latency";
    case tile_limit::launch:
      return "launch";
  }
  return "?";
}

std::vector<spec_problem> check(const kernel_work& w) {
  std::vector<spec_problem> found;
  constexpr std::int64_t most = std::int64_t{1} << 40;
  const auto size = [&found](std::int64_t value, const char* path) {
    if (value >= 1 && value <= most) return;
    found.push_back({path, "must be from 1 to 2^40, not " + std::to_string(value), ""});
  };
  size(w.m, "m");
  size(w.n, "n");
  size(w.k, "k");
  size(w.count, "count");
  size(w.batch, "batch");
  size(w.heads, "heads");
  size(w.seqlen, "seqlen");
  size(w.head_dim, "head_dim");
  // Blocks and elements are counted in 64 bits.
  const auto real = [](std::int64_t value) { return static_cast<double>(value); };
  const double elements = real(w.m) * std::max(real(w.n), real(w.k)) * real(w.count);
  const double scores = real(w.batch) * real(w.heads) * real(w.seqlen) * real(w.head_dim);
  if (std::max({elements, scores, real(w.k) * real(w.n)}) > 0x1p58) {
    found.push_back(
        {"m",
         "the whole kernel has more than 2^58 elements; lower the batch or the context, "
         "or split the model further",
         ""});
  }
  if (w.kv_heads < 0 || (w.kv_heads > 0 && w.heads % w.kv_heads != 0)) {
    found.push_back({"kv_heads",
                     "must divide the heads of queries, " + std::to_string(w.heads) + ", not be " +
                         std::to_string(w.kv_heads),
                     ""});
  }
  if (w.queries < 0 || w.queries > w.seqlen) {
    found.push_back({"queries", "must not be more than the sequence", ""});
  }
  if (!(w.pairs >= 0 && w.pairs <= static_cast<double>(queries_of(w)) * real(w.seqlen))) {
    found.push_back({"pairs", "must be from 0 to queries x seqlen", ""});
  }
  if (!(w.a_bits > 0 && w.b_bits > 0 && w.c_bits > 0)) {
    found.push_back({"a_bits", "elements have at least a bit", ""});
  }
  return found;
}

std::int64_t queries_of(const kernel_work& kernel) {
  if (kernel.kind == kernel_kind::attention_decode) return 1;
  return kernel.queries > 0 ? kernel.queries : kernel.seqlen;
}

double pairs_of(const kernel_work& kernel) {
  if (kernel.pairs > 0) return kernel.pairs;
  const auto rows = static_cast<double>(queries_of(kernel));
  const auto keys = static_cast<double>(kernel.seqlen);
  return rows * (kernel.causal ? keys - (rows - 1) / 2 : keys);
}

double operand_bits(const kernel_work& kernel) {
  return kernel.matrix_bits > 0 ? kernel.matrix_bits : std::max(kernel.a_bits, kernel.b_bits);
}

double matrix_flops(const kernel_work& w) {
  if (w.flops > 0) return w.flops;
  const auto real = [](std::int64_t value) { return static_cast<double>(value); };
  const double dims = real(w.head_dim) + real(w.value_dim > 0 ? w.value_dim : w.head_dim);
  const double heads = real(w.batch) * real(w.heads);
  switch (w.kind) {
    case kernel_kind::gemm:
      return 2 * real(w.m) * real(w.n) * real(w.k) * real(w.count);
    case kernel_kind::attention_prefill: {
      return 2 * heads * pairs_of(w) * dims;
    }
    case kernel_kind::attention_decode:
      return 2 * heads * real(w.seqlen) * dims;
    default:
      return 0;
  }
}

double tile_schedule::miss_share() const {
  const double all = load_bytes();
  return all > 0 ? std::min(1.0, memory_read_bytes / all) : 0;
}

double tile_schedule::write_through_share() const {
  const double all = store_bytes();
  return all > 0 ? std::min(1.0, memory_write_bytes / all) : 0;
}

femtoseconds launch_time(const kernel_schedule& schedule, const launch_spec& launch) {
  const auto parts = static_cast<std::int64_t>(schedule.parts.size());
  if (launch.mode == launch_mode::graph) return launch.graph * parts;
  const femtoseconds further = launch.graph * (parts - 1);
  switch (schedule.kind) {
    case kernel_kind::gemm:
      return launch.gemm + further;
    case kernel_kind::softmax:
      return launch.softmax + further;
    case kernel_kind::layer_norm:
      return launch.layer_norm + further;
    case kernel_kind::elementwise:
      return launch.elementwise + further;
    default:
      return launch.attention + further;
  }
}

way_demand demand_of(const kernel_schedule& schedule, const chip_spec& chip) {
  double bytes = 0;
  double memory = 0;
  for (const tile_schedule& part : schedule.parts) {
    bytes += part.load_bytes() + part.store_bytes();
    memory += part.memory_read_bytes + part.memory_write_bytes;
  }
  return {bytes / chip.shared_buffer.bytes_per_s, bytes / chip.network.bytes_per_s,
          memory / chip.memory.sustained_bytes_per_s()};
}

void name_limits(const kernel_schedule& schedule, const chip_spec& chip, const way_demand& demand,
                 kernel_result& result) {
  using limit = tile_limit;
  result.flops = schedule.flops;
  for (const tile_schedule& part : schedule.parts) {
    const step_work& step = part.block.step;
    const double bytes = part.load_bytes() + part.store_bytes();
    const double memory = part.memory_read_bytes + part.memory_write_bytes;
    // The busiest tile decides, so the partial last wave is inside.
    const double blocks = std::ceil(static_cast<double>(part.blocks) / chip.tiles);
    const double steps = blocks * static_cast<double>(part.block.steps);
    const auto add = [&](limit which, double clocks) {
      result.limit(which) += clocks / chip.clock_hz;
    };
    add(limit::matrix, steps * step.matrix_clocks);
    add(limit::vector, steps * step.vector_clocks + blocks * part.block.finish_clocks);
    add(limit::special, steps * step.special_clocks);
    add(limit::scratchpad, steps * step.scratchpad_bytes / chip.tile.scratchpad.bytes_per_clock);
    add(limit::port, (steps * step.load_bytes + blocks * part.block.store_bytes) /
                         chip.tile.port_bytes_per_clock);
    result.memory_bytes += memory;
    result.shared_buffer_bytes += bytes;
  }
  result.limit(limit::shared_buffer) = demand.shared_buffer_s;
  result.limit(limit::network) = demand.network_s;
  result.limit(limit::memory) = demand.memory_s;
  const auto parts = static_cast<std::int64_t>(schedule.parts.size());
  result.limit(limit::launch) =
      to_seconds(chip.launch.start * parts + launch_time(schedule, chip.launch));
  const auto busiest = std::max_element(result.limits_s.begin(), result.limits_s.begin() + 8);
  // What no unit, buffer or launch was busy for, somebody waited for.
  result.limit(limit::latency) =
      std::max(0.0, to_seconds(result.elapsed) - *busiest - result.limit(limit::launch));
  result.bound_by = static_cast<limit>(
      std::max_element(result.limits_s.begin(), result.limits_s.end()) - result.limits_s.begin());
}

}  // namespace lamina
