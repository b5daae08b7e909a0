// SPDX-License-Identifier: Apache-2.0
// A language model on many chips in closed form: kernels of a rank, collectives between ranks.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lamina/analytical/stacked_chip.h"
#include "lamina/models/llm_system_step.h"
#include "lamina/models/system.h"
#include "lamina/models/tile_schedule.h"

namespace lamina::analytical {

/// A kernel or a collective of a rank, in the order in which they run.
struct system_part {
  std::string_view name;
  bool communication = false;
  int layers = 1;           ///< times that it runs in a micro-batch, all stages together
  femtoseconds elapsed{0};  ///< of one run, with what is launched for it
  femtoseconds hidden{0};   ///< of one run, behind kernels
  double matrix_flops = 0;  ///< of one run
  double bytes = 0;         ///< of one run: memory, or payload of the collective
  tile_limit bound_by = tile_limit::launch;              ///< of a kernel
  network_limit network_bound = network_limit::latency;  ///< of a collective
  collective_algorithm algorithm = collective_algorithm::direct;
  int passes = 1;  ///< runs of the kernel in one of the part: one for each part of the keys
  int group = -1;  ///< layer group; -1: outside the layers
  double seconds() const { return to_seconds(elapsed - hidden) * layers; }
};

/// Of all chips in one step, in J. All chips do what the busiest does, so that what experts take is
/// an upper bound.
struct system_energy {
  kernel_energy kernels;  ///< while they run: of the stack and the logic die's own as well
  double links_j = 0;     ///< bits between chips, headers included
  double idle_j = 0;      ///< stacks and logic dies while no kernel runs
  void add(const system_energy& more);
  double total_j() const { return kernels.total_j() + links_j + idle_j; }
};

/// One step of all sequences.
struct system_step_result {
  std::vector<system_part> parts;  ///< of a micro-batch through all stages
  double seconds = 0;         ///< the sum of the five that follow, which are means over the stages
  double kernel_seconds = 0;  ///< of all micro-batches
  double communication_seconds = 0;  ///< likewise, what is not hidden
  double stage_wait_seconds = 0;     ///< for the slowest stage: with the head, or a layer more
  double bubble_seconds = 0;         ///< in which the slowest stage waits, too
  double host_seconds = 0;           ///< between steps
  double tokens = 0;                 ///< through the layers
  double sampled = 0;
  llm_footprint footprint;  ///< of the rank that needs most
  double memory_capacity = 0;
  std::optional<system_energy> energy;  ///< where the chip states what its parts take
  bool fits() const { return footprint.total_bytes() <= memory_capacity; }
};

/// Who answers for kernels and for the network instead of the closed forms; empty: those. They are
/// asked in the order of the parts, always the same for the same question.
struct system_answers {
  std::function<kernel_result(const kernel_schedule&)> kernel;
  std::function<network_result(const network_workload&)> network;
};

/// Remembers schedules of kernels and times of collectives. One object must not be used by two
/// threads at a time.
///
/// A micro-batch takes the sum of its kernels and collectives through a stage. Decode is a cycle:
/// the next token of a sequence begins when its last one has left the last stage, so that a step
/// takes max(micro-batches, stages) times the slowest stage. A step with prompts runs once, in
/// micro-batches + stages - 1 times that. All ranks do what the busiest does. Left out: chunks of
/// prompts that overlap with the next step, and stages that send while they compute.
class llm_system {
 public:
  /// Throws std::invalid_argument for a system with problems.
  explicit llm_system(system_spec system, model_detail detail = model_detail::followed);
  ~llm_system();
  llm_system(llm_system&&) noexcept;
  llm_system& operator=(llm_system&&) noexcept;

  /// Model, phase and mapping are in order (check()). A model that does not fit the memory is
  /// answered all the same: see system_step_result::fits().
  system_step_result step(const language_model& model, const llm_phase& phase,
                          const mapping_spec& mapping, const llm_step_options& options = {},
                          const system_answers& answers = {});

  enum class bound { any_order, kernels, blocks, small_groups, collectives, schedules };
  /// Never more than step().seconds, and much quicker to answer: weights and cache over the
  /// memory's wires or products at the peak, what is launched, and what collectives must carry into
  /// each chip, in any order of the mapping's axes; then over links of all levels, in its own
  /// order; then with each kernel's blocks and a memory that gives what its wires can, or the
  /// kernel's time where it is known (`blocks`); then with the collectives of few ranks, which are
  /// quick to ask about, and at last with all of them (`schedules`). Or with kernels and all
  /// `collectives`.
  double least_seconds(const language_model& model, const llm_phase& phase,
                       const mapping_spec& mapping, const llm_step_options& options = {},
                       bound counted = bound::kernels);
  /// The same with bound::kernels for a mapping in several orders of its axes at once (at least
  /// one): they do the same work.
  std::vector<double> least_seconds(const language_model& model, const llm_phase& phase,
                                    const std::vector<mapping_spec>& orders,
                                    const llm_step_options& options = {});

  /// Finds out about the kernel of a step that takes most of those whose time is not known yet.
  /// False when all are known: then the bound with schedules is the step's time.
  bool ask_next(const language_model& model, const llm_phase& phase, const mapping_spec& mapping,
                const llm_step_options& options = {});

  /// Other chips and software between the same network's links: `system.network` is not looked at.
  /// Collectives stay known where the software runs them alike. Throws std::invalid_argument.
  void replace_chip(system_spec system);
  /// Another network between the same chips: kernels stay known. Throws std::invalid_argument.
  void replace_network(const interconnect_spec& network);

  const system_spec& spec() const;
  int chips() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace lamina::analytical
