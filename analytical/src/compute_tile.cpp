// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/compute_tile.h"

#include <map>
#include <stdexcept>

#include "lamina/analytical/kernel_time.h"
#include "lamina/models/kernel_key.h"

namespace lamina::analytical {
namespace {

void refuse(const std::vector<spec_problem>& problems) {
  if (problems.empty()) return;
  throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
}

kernel_schedule search(const kernel_work& gemm, const chip_spec& chip) {
  kernel_schedule best;
  femtoseconds least = femtoseconds::max();
  for (const gemm_mapping& map : candidate_mappings(gemm, chip)) {
    kernel_schedule tried = schedule_gemm(gemm, map, chip);
    const femtoseconds time = kernel_time(tried, chip);
    if (time >= least) continue;
    least = time;
    best = std::move(tried);
  }
  if (best.parts.empty()) {
    throw std::invalid_argument("no block of this GEMM fits the scratchpad of " + chip.name);
  }
  return best;
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
