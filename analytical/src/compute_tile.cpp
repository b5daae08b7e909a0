// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/compute_tile.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

#include "lamina/analytical/kernel_time.h"
#include "lamina/models/kernel_key.h"

namespace lamina::analytical {
namespace {

void refuse(const std::vector<spec_problem>& problems) {
  if (problems.empty()) return;
  throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
}

bool differ_in_order_only(const gemm_mapping& a, const gemm_mapping& b) {
  return a.tile_m == b.tile_m && a.tile_n == b.tile_n && a.tile_k == b.tile_k &&
         a.resident == b.resident && a.split_k == b.split_k;
}

/// The first of the quickest mappings. Those that differ only in the order of their blocks stand
/// together, and their time grows with what they read: a group whose least reading is no quicker
/// than what was found is passed over, and equal readings are timed once.
class gemm_search {
 public:
  gemm_search(const kernel_work& gemm, const chip_spec& chip) : gemm_(gemm), chip_(chip) {}

  std::optional<gemm_mapping> run() {
    const std::vector<gemm_mapping> all = candidate_mappings(gemm_, chip_);
    for (auto first = all.begin(); first != all.end();) {
      const auto end = std::find_if_not(
          first, all.end(), [&](const auto& map) { return differ_in_order_only(*first, map); });
      try_group(&*first, &*first + (end - first));
      first = end;
    }
    return best_;
  }

 private:
  void try_group(const gemm_mapping* first, const gemm_mapping* end) {
    tile_schedule part = gemm_blocks(gemm_, *first, chip_);
    // Products of the busiest tile alone.
    const double turns = std::ceil(static_cast<double>(part.blocks) / chip_.tiles) *
                         static_cast<double>(part.block.steps);
    if (from_seconds(turns * part.block.step.matrix_clocks / chip_.clock_hz) >= least_) return;
    kernel_schedule launched;
    launched.kind = kernel_kind::gemm;
    femtoseconds beside{0};
    launched.parts.resize(first->split_k > 1 ? 2 : 1);
    if (first->split_k > 1) beside += part_time(gemm_sums(gemm_, *first, chip_), chip_);
    beside += launch_time(launched, chip_.launch);
    const auto time_with = [&](double bytes) {
      part.memory_read_bytes = bytes;
      return beside + part_time(part, chip_);
    };
    reads_.clear();
    for (const gemm_mapping* map = first; map != end; ++map) {
      reads_.push_back(gemm_read_bytes(gemm_, *map, chip_));
    }
    // What misses waits longer than what does not, or else the least reading bounds nothing.
    const bool grows = chip_.memory.latency >= chip_.shared_buffer.latency;
    const double fewest = *std::min_element(reads_.begin(), reads_.end());
    if (grows && time_with(fewest) >= least_) return;
    double timed = -1;
    for (std::size_t i = 0; i < reads_.size(); ++i) {
      if (reads_[i] == timed) continue;
      timed = reads_[i];
      const femtoseconds time = time_with(timed);
      if (time >= least_) continue;
      least_ = time;
      best_ = first[i];
    }
  }

  const kernel_work& gemm_;
  const chip_spec& chip_;
  std::vector<double> reads_;
  std::optional<gemm_mapping> best_;
  femtoseconds least_ = femtoseconds::max();
};

kernel_schedule search(const kernel_work& gemm, const chip_spec& chip) {
  const std::optional<gemm_mapping> best = gemm_search(gemm, chip).run();
  if (!best) {
    throw std::invalid_argument("no block of this GEMM fits the scratchpad of " + chip.name +
                                ": raise chip.tile.scratchpad, or lower the rows and columns of "
                                "chip.tile.matrix");
  }
  return schedule_gemm(gemm, *best, chip);
}

/// Attention without fusion: scores, their softmax and the sum of values, one kernel each, with the
/// whole square of scores where a fused one leaves the masked half out.
kernel_schedule three_kernels(const kernel_work& w, mapper& plans) {
  const std::int64_t groups = w.batch * (w.kv_heads > 0 ? w.kv_heads : w.heads);
  kernel_work scores;
  scores.count = groups;
  scores.m = queries_of(w) * w.batch * w.heads / groups;
  scores.n = w.seqlen;
  scores.k = w.head_dim;
  scores.a_bits = w.a_bits;
  scores.b_bits = w.b_bits;
  kernel_work softmax = scores;
  softmax.kind = kernel_kind::softmax;
  softmax.m = scores.m * groups;
  softmax.count = 1;
  softmax.a_bits = softmax.c_bits = scores.c_bits;
  kernel_work values = scores;
  values.n = w.value_dim > 0 ? w.value_dim : w.head_dim;
  values.k = w.seqlen;
  values.a_bits = scores.c_bits;
  values.c_bits = w.c_bits;
  kernel_schedule all;
  for (const kernel_work& step : {scores, softmax, values}) {
    const kernel_schedule& part = plans.schedule(step);
    all.parts.insert(all.parts.end(), part.parts.begin(), part.parts.end());
    all.mapping += (all.mapping.empty() ? "" : "; ") + part.mapping;
  }
  all.kind = w.kind;
  all.flops = matrix_flops(w);
  return all;
}

}  // namespace

compute_tile::compute_tile(chip_spec chip) : chip_(std::move(chip)) { refuse(check(chip_)); }

kernel_result compute_tile::run(const kernel_schedule& schedule) {
  kernel_result result;
  result.elapsed = kernel_time(schedule, chip_);
  name_limits(schedule, chip_, demand_of(schedule, chip_), result);
  return result;
}

struct mapper::state {
  chip_spec chip;
  std::map<kernel_key, kernel_schedule> known;
};

mapper::mapper(const chip_spec& chip) : state_(std::make_unique<state>()) {
  refuse(check(chip));
  state_->chip = chip;
}
mapper::~mapper() = default;
mapper::mapper(mapper&&) noexcept = default;
mapper& mapper::operator=(mapper&&) noexcept = default;

const kernel_schedule& mapper::schedule(const kernel_work& kernel) {
  const auto found = state_->known.find(key_of(kernel));
  if (found != state_->known.end()) return found->second;
  refuse(check(kernel));
  kernel_schedule made;
  switch (kernel.kind) {
    case kernel_kind::gemm:
      made = search(kernel, state_->chip);
      break;
    case kernel_kind::attention_prefill:
    case kernel_kind::attention_decode:
      made = state_->chip.fusion.attention ? schedule_attention(kernel, state_->chip)
                                           : three_kernels(kernel, *this);
      break;
    default:
      made = schedule_rows(kernel, state_->chip);
  }
  return state_->known.emplace(key_of(kernel), std::move(made)).first->second;
}

const chip_spec& mapper::chip() const { return state_->chip; }
std::size_t mapper::searches() const { return state_->known.size(); }

}  // namespace lamina::analytical
