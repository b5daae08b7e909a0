// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/compute_tile.h"

#include <map>
#include <stdexcept>
#include <tuple>

#include "lamina/analytical/kernel_time.h"

namespace lamina::analytical {
namespace {

void refuse(const std::vector<spec_problem>& problems) {
  if (problems.empty()) return;
  throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
}

auto key_of(const kernel_work& w) {
  return std::make_tuple(w.kind, w.m, w.n, w.k, w.count, w.a_bits, w.b_bits, w.c_bits, w.batch,
                         w.heads, w.kv_heads, w.seqlen, w.head_dim, w.value_dim, w.causal, w.inputs,
                         w.operations_per_element);
}
using kernel_key = decltype(key_of(kernel_work{}));

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

}  // namespace

compute_tile::compute_tile(chip_spec chip) : chip_(std::move(chip)) { refuse(check(chip_)); }

kernel_result compute_tile::run(const kernel_schedule& schedule) {
  kernel_result result;
  result.elapsed = kernel_time(schedule, chip_);
  name_limits(schedule, chip_, result);
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
      made = schedule_attention(kernel, state_->chip);
      break;
    default:
      made = schedule_rows(kernel, state_->chip);
  }
  return state_->known.emplace(key_of(kernel), std::move(made)).first->second;
}

const chip_spec& mapper::chip() const { return state_->chip; }
std::size_t mapper::searches() const { return state_->known.size(); }

}  // namespace lamina::analytical
