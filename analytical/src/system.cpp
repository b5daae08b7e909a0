// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/system.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/llm_kernels.h"
#include "lamina/models/mapping_choices.h"
#include "system_bounds.h"
#include "system_chip.h"
#include "system_collectives.h"
#include "system_overlap.h"
#include "system_stages.h"

namespace lamina::analytical {
namespace {

/// Ranks from which on it takes long to follow a collective, most of all one from all to all.
constexpr std::int64_t many_ranks = 32;

bool has_many(const llm_communication& what, const mapping_spec& m) {
  switch (what.group) {
    case communication_group::tensor:
      return m.tensor > many_ranks;
    case communication_group::sequence:
      return m.sequence > many_ranks;
    case communication_group::context:
      return m.context > many_ranks;
    case communication_group::experts:
      return m.expert > many_ranks;
    case communication_group::weights:
      return m.fsdp > many_ranks;
    case communication_group::expert_weights:
      return m.fsdp_of_experts() > many_ranks;
    case communication_group::stages:
      return false;
  }
  return false;
}

/// Pads the heads of latent attention; bytes stay what they are.
void pad_heads(kernel_work& work, int heads) {
  if (work.heads >= heads) return;
  const double less = static_cast<double>(work.heads) / heads;
  work.a_bits *= less;
  work.c_bits *= less;
  work.heads = heads;
}

/// The kernel that the software runs for an attention: of latent attention that decodes its own.
kernel_work as_run(kernel_work work, const language_model& model,
                   const attention_software& software) {
  const bool sparse = model.attention.sparse();
  if (!model.attention.latent() || work.kind != kernel_kind::attention_decode) return work;
  pad_heads(work, sparse ? software.sparse_heads : software.latent_heads);
  if (sparse && software.sparse_all_keys) {
    work.seqlen = std::max<std::int64_t>(work.seqlen, model.attention.index_topk);
  }
  return work;
}

void refuse(const system_spec& system) {
  for (const spec_problem& problem : check(system)) {
    throw std::invalid_argument(problem.path + ": " + problem.message);
  }
}

}  // namespace

struct llm_system::state {
  state(system_spec system, model_detail how)
      : spec(std::move(system)),
        detail(how),
        chip(spec, how),
        collectives(spec.network, spec.software.collectives, how) {
    look_at_chip();
  }

  void look_at_chip() {
    alone.clear();
    for (const operator_kernels& each : spec.software.kernels) alone.push_back(each.name);
    kernel_work nothing;
    nothing.kind = kernel_kind::elementwise;
    small_kernel = chip.run(nothing).result.elapsed;
  }

  int kernels_of_operator(std::string_view name) const;
  step_bound bound_of(const language_model& model, const llm_phase& phase,
                      const mapping_spec& mapping, const llm_step_options& options) {
    const llm_step_options busy = with_busiest(model, share_of(phase, mapping), mapping, options);
    return {system_step_of(model, phase, mapping, busy), spec, alone};
  }
  /// Of a micro-batch through all stages.
  double least_seconds(const step_bound& step, const mapping_spec& mapping, bound counted);
  llm_step_options with_busiest(const language_model& model, const llm_phase& phase,
                                const mapping_spec& mapping, llm_step_options options);
  /// Its energy, of all groups together, goes to `energy_j`.
  system_part communication(const llm_communication& what, const mapping_spec& mapping,
                            const system_answers& answers, double& energy_j);
  /// What it must carry alone.
  system_part least_communication(const llm_communication& what, const mapping_spec& mapping);
  bool states_energy() const { return spec.stacked && spec.tiles().energy.stated(); }
  /// The kernel of an operator as the software runs it.
  kernel_work work_of(const step_kernel& asked, const language_model& model,
                      const mapping_spec& mapping) const;
  system_chip::answer kernel(const step_kernel& asked, const language_model& model,
                             const mapping_spec& mapping, const system_answers& answers,
                             bool least);
  system_step_result step(const language_model& model, const llm_phase& phase,
                          const mapping_spec& mapping, const llm_step_options& options,
                          const system_answers& answers, std::optional<bound> least = {});

  system_spec spec;
  model_detail detail;
  system_chip chip;
  system_collectives collectives;
  std::vector<std::string_view> alone;
  femtoseconds small_kernel{0};  ///< one that moves nothing
  /// By experts, per_token, skew, tokens, ranks.
  std::map<std::tuple<int, int, double, std::int64_t, int>, busiest_rank> busiest;
};

namespace {

/// Sums what a micro-batch takes on one chip of each stage and on the links of all.
class energy_count {
 public:
  energy_count(const mapping_spec& mapping, int chips) : mapping_(mapping), chips_(chips) {}

  void add(const kernel_result& kernel, int layers) {
    const double times = runs() * layers * chips_of_stage();
    out_.kernels.add(kernel.energy, times);
    busy_s_ += times * to_seconds(kernel.elapsed);
  }
  /// All stages' groups at once, each of which runs the collective in its own layers only.
  void add(const system_part& collective, double energy_j) {
    const int stages = collective.name == "stage_send" ? mapping_.pipeline - 1 : mapping_.pipeline;
    out_.links_j += runs() * collective.layers * energy_j / std::max(1, stages);
  }
  system_energy of_step(double seconds, double idle_w) const {
    system_energy all = out_;
    all.idle_j = idle_w * std::max(0.0, seconds * chips_ - busy_s_);
    return all;
  }

 private:
  double runs() const { return mapping_.parts(); }
  double chips_of_stage() const { return static_cast<double>(chips_) / mapping_.pipeline; }

  mapping_spec mapping_;
  int chips_;
  system_energy out_;
  double busy_s_ = 0;  ///< of all chips
};

}  // namespace

/// Adds the busiest rank of a phase's experts, which takes long to find.
llm_step_options llm_system::state::with_busiest(const language_model& model,
                                                 const llm_phase& phase,
                                                 const mapping_spec& mapping,
                                                 llm_step_options options) {
  const expert_spec& e = model.experts;
  if (e.experts == 0 || options.experts == expert_share::mean) return options;
  const int shares = mapping.sharding().token_shares();
  const std::int64_t tokens =
      (phase.tokens() + shares - 1) / shares * mapping.replicas_of_experts();
  const auto [at, fresh] =
      busiest.try_emplace({e.experts, e.per_token, options.routing_skew, tokens, mapping.expert});
  if (fresh) {
    at->second = expected_busiest_rank({e.experts, e.per_token, options.routing_skew}, tokens,
                                       mapping.expert);
  }
  options.busiest = at->second;
  return options;
}

int llm_system::state::kernels_of_operator(std::string_view name) const {
  for (const operator_kernels& each : spec.software.kernels) {
    if (each.name == name) return each.kernels;
  }
  return 1;
}

kernel_work llm_system::state::work_of(const step_kernel& asked, const language_model& model,
                                       const mapping_spec& mapping) const {
  if (runs_in_a_ring(asked, mapping, spec.overlap)) {
    return part_of_ring(asked.work, mapping.context);
  }
  return asked.name == "attention" ? as_run(asked.work, model, spec.software.attention)
                                   : asked.work;
}

/// One kernel; of attention the one that the software runs, at the rate that it reaches.
system_chip::answer llm_system::state::kernel(const step_kernel& asked, const language_model& model,
                                              const mapping_spec& mapping,
                                              const system_answers& answers, bool least) {
  const attention_software& software = spec.software.attention;
  const bool attends = asked.name == "attention";
  const kernel_work work = work_of(asked, model, mapping);
  system_chip::answer found = least ? chip.least(work) : chip.run(work);
  if (answers.kernel) found.result = answers.kernel(*found.schedule);
  const bool selects =
      attends && model.attention.sparse() && work.kind == kernel_kind::attention_decode;
  if (!selects || software.sparse_flops <= 0) return found;
  kernel_work padded = work;
  padded.flops = 0;
  const femtoseconds shortest = from_seconds(matrix_flops(padded) / software.sparse_flops) +
                                launch_time(*found.schedule, spec.tiles().launch);
  if (shortest > found.result.elapsed) found.result.bound_by = tile_limit::vector;
  found.result.elapsed = std::max(found.result.elapsed, shortest);
  return found;
}

system_part llm_system::state::communication(const llm_communication& what,
                                             const mapping_spec& mapping,
                                             const system_answers& answers, double& energy_j) {
  const bool in_a_ring = spec.overlap == overlap_kind::rings && what.name == "keys_ring";
  const collective_answer& found = collectives.answer(what, mapping, in_a_ring);
  system_part part;
  part.name = what.name;
  part.communication = true;
  part.layers = what.layers;
  part.elapsed = found.elapsed;
  part.network_bound = found.bound_by;
  energy_j = found.energy_j;
  if (answers.network) {
    const network_result carried = answers.network(collectives.work_of(what, mapping, in_a_ring));
    part.elapsed = carried.elapsed + found.software;
    part.network_bound = carried.bound_by;
    energy_j = carried.energy_total_j();
  }
  part.elapsed += spec.tiles().launch.graph;
  part.bytes = what.bytes;
  part.algorithm = found.algorithm;
  return part;
}

system_part llm_system::state::least_communication(const llm_communication& what,
                                                   const mapping_spec& mapping) {
  system_part part;
  part.name = what.name;
  part.communication = true;
  part.layers = what.layers;
  // Rounded down: never more than what is bounded.
  part.elapsed = from_seconds(collectives.least_seconds(what, mapping) * (1 - 1e-9));
  part.elapsed += spec.tiles().launch.graph;
  return part;
}

void system_energy::add(const system_energy& more) {
  kernels.add(more.kernels, 1);
  links_j += more.links_j;
  idle_j += more.idle_j;
}

llm_system::llm_system(system_spec system, model_detail detail) {
  refuse(system);
  state_ = std::make_unique<state>(std::move(system), detail);
}
llm_system::~llm_system() = default;
llm_system::llm_system(llm_system&&) noexcept = default;
llm_system& llm_system::operator=(llm_system&&) noexcept = default;

void llm_system::replace_chip(system_spec system) {
  state& s = *state_;
  system.network = s.spec.network;
  refuse(system);
  const bool alike = system.software.collectives == s.spec.software.collectives;
  s.spec = std::move(system);
  s.chip = system_chip(s.spec, s.detail);
  s.look_at_chip();
  if (alike) return;
  s.collectives = system_collectives(s.spec.network, s.spec.software.collectives, s.detail);
}

void llm_system::replace_network(const interconnect_spec& network) {
  state_->collectives.replace_network(network);
  state_->spec.network = network;
}

const system_spec& llm_system::spec() const { return state_->spec; }
int llm_system::chips() const { return state_->collectives.endpoints(); }

system_step_result llm_system::state::step(const language_model& model, const llm_phase& phase,
                                           const mapping_spec& mapping,
                                           const llm_step_options& options,
                                           const system_answers& answers,
                                           std::optional<bound> least) {
  const llm_phase share = share_of(phase, mapping);
  const llm_system_step step =
      system_step_of(model, phase, mapping, with_busiest(model, share, mapping, options));
  system_step_result out;
  out.parts.reserve(step.work.operators.size() + step.communications.size());
  energy_count energy(mapping, collectives.endpoints());
  std::size_t next = 0;  // communication
  std::size_t ring = 0;  // part: the last keys that pass
  femtoseconds behind_ring{0};
  for (const step_kernel& kernel : kernels_of(step.work, spec.tiles().fusion, alone)) {
    const auto [schedule, result] =
        this->kernel(kernel, model, mapping, answers, least.has_value());
    system_part part;
    part.name = kernel.name;
    part.layers = kernel.layers;
    if (runs_in_a_ring(kernel, mapping, spec.overlap)) part.passes = mapping.context;
    part.elapsed = result.elapsed + small_kernel * (kernels_of_operator(kernel.name) - 1);
    part.elapsed *= part.passes;
    part.matrix_flops = kernel.matrix_flops;
    part.bytes = result.memory_bytes * part.passes;
    part.bound_by = result.bound_by;
    part.group = step.work.operators[static_cast<std::size_t>(kernel.operators.front())].group;
    out.parts.push_back(part);
    energy.add(result, kernel.layers);
    if (part.passes > 1) {
      behind_ring += part.elapsed;
      out.parts[ring].hidden = hidden_by_ring(behind_ring, out.parts[ring].elapsed, part.passes);
    }
    // Joined operators may stand between the product and what carries its results.
    for (; next < step.communications.size() &&
           step.communications[next].after <= kernel.operators.back();
         ++next) {
      double joules = 0;
      const llm_communication& what = step.communications[next];
      const bool is_bounded =
          least == bound::blocks || (least == bound::small_groups && has_many(what, mapping));
      system_part carried = is_bounded ? least_communication(what, mapping)
                                       : communication(what, mapping, answers, joules);
      energy.add(carried, joules);
      carried.group = carried.name == "stage_send" ? -1 : part.group;
      if (spec.overlap != overlap_kind::none) {
        const double waves = waves_of(*schedule, spec.tiles());
        carried.hidden = what.gathers_weights() ? hidden_by_layer(out.parts, carried)
                                                : hidden_by(result.elapsed, carried.elapsed, waves);
      }
      if (carried.name == "keys_ring") {
        ring = out.parts.size();
        behind_ring = {};
      }
      out.parts.push_back(carried);
    }
  }
  const auto sequences = static_cast<double>(phase.sequences());
  out.host_seconds =
      to_seconds(spec.software.step) + sequences * to_seconds(spec.software.sequence);
  add_times(step, phase, mapping, out);
  if (states_energy()) {
    const double idle_w = spec.tiles().energy.static_w + idle_power_w(spec.stacked->dram_stack);
    out.energy = energy.of_step(out.seconds, idle_w);
  }
  out.tokens = static_cast<double>(phase.tokens());
  out.sampled = static_cast<double>(phase.sampled());
  mapping_spec whole = mapping;
  whole.microbatches = 1;
  out.footprint = footprint_of(model, phase, mapping,
                               with_busiest(model, share_of(phase, whole), mapping, options));
  out.memory_capacity = spec.memory_bytes();
  return out;
}

system_step_result llm_system::step(const language_model& model, const llm_phase& phase,
                                    const mapping_spec& mapping, const llm_step_options& options,
                                    const system_answers& answers) {
  return state_->step(model, phase, mapping, options, answers);
}

bool llm_system::ask_next(const language_model& model, const llm_phase& phase,
                          const mapping_spec& mapping, const llm_step_options& options) {
  state& s = *state_;
  const llm_system_step step = system_step_of(
      model, phase, mapping, s.with_busiest(model, share_of(phase, mapping), mapping, options));
  const std::vector<step_kernel> kernels = kernels_of(step.work, s.spec.tiles().fusion, s.alone);
  const step_kernel* longest = nullptr;
  double most = 0;
  for (const step_kernel& kernel : kernels) {
    const kernel_work work = s.work_of(kernel, model, mapping);
    if (s.chip.is_known(work)) continue;
    const double seconds = kernel.layers * to_seconds(s.chip.least(work).result.elapsed);
    if (longest != nullptr && seconds <= most) continue;
    longest = &kernel;
    most = seconds;
  }
  if (longest == nullptr) return false;
  s.chip.run(s.work_of(*longest, model, mapping));
  return true;
}

double llm_system::state::least_seconds(const step_bound& step, const mapping_spec& mapping,
                                        bound counted) {
  const double launch = to_seconds(spec.tiles().launch.graph);
  return step.seconds([&](const llm_communication& what) {
    double joules = 0;
    if (counted == bound::collectives) return communication(what, mapping, {}, joules).seconds();
    const bool any_order = counted == bound::any_order;
    return what.layers * (launch + collectives.least_seconds(what, mapping, any_order));
  });
}

double llm_system::least_seconds(const language_model& model, const llm_phase& phase,
                                 const mapping_spec& mapping, const llm_step_options& options,
                                 bound counted) {
  state& s = *state_;
  if (counted != bound::any_order && counted != bound::kernels && counted != bound::collectives) {
    return s.step(model, phase, mapping, options, {}, counted).seconds;
  }
  const step_bound step = s.bound_of(model, phase, mapping, options);
  return rounds_of(phase, mapping) * s.least_seconds(step, mapping, counted) / mapping.pipeline;
}

std::vector<double> llm_system::least_seconds(const language_model& model, const llm_phase& phase,
                                              const std::vector<mapping_spec>& orders,
                                              const llm_step_options& options) {
  state& s = *state_;
  const mapping_spec& first = orders.at(0);
  const step_bound step = s.bound_of(model, phase, first, options);
  const double rounds = static_cast<double>(rounds_of(phase, first)) / first.pipeline;
  std::vector<double> seconds;
  seconds.reserve(orders.size());
  for (const mapping_spec& mapping : orders) {
    seconds.push_back(rounds * s.least_seconds(step, mapping, bound::kernels));
  }
  return seconds;
}

}  // namespace lamina::analytical
