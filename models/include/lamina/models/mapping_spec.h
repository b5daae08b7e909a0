// SPDX-License-Identifier: Apache-2.0
// How a language model is split over the chips of a system: which ranks share which work.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/models/llm_operators.h"
#include "lamina/models/spec_problem.h"

namespace lamina {

/// Dimensions of the grid of ranks.
enum class mapping_axis : std::uint8_t { tensor, sequence, context, data, pipeline };
inline constexpr int mapping_axis_count = 5;
std::string_view name_of(mapping_axis axis);  ///< "tp", "sp", "cp", "dp", "pp"

/// Ranks form a grid of tensor x sequence x context x data x pipeline. `data` replicas of the
/// attention work on sequences of their own. Experts have a size of their own: up to `tensor`,
/// `expert` ranks that have the same tokens share the experts and tensor / expert ranks split each
/// of them; beyond, expert / tensor of the ranks along sequence, context and data share whole
/// experts.
struct mapping_spec {
  int tensor = 1;
  int pipeline = 1;
  int data = 1;
  int expert = 1;
  int sequence = 1;  ///< Ulysses
  int context = 1;   ///< ring attention
  /// FSDP: ranks that share out equal weights of a layer and gather them before its use. Ranks are
  /// equal along sequence, context and data; fewer hold equal experts when those span replicas.
  int fsdp = 1;
  int microbatches = 0;  ///< of a replica's batch, on their way through the pipeline; 0: `pipeline`
  /// Axes from the one whose neighbours are neighbours on the network to the outermost.
  std::array<mapping_axis, mapping_axis_count> order = {
      mapping_axis::tensor, mapping_axis::sequence, mapping_axis::context, mapping_axis::data,
      mapping_axis::pipeline};

  std::int64_t chips() const { return std::int64_t{tensor} * sequence * context * data * pipeline; }
  int size_of(mapping_axis axis) const;
  /// Ranks along sequence, context and data: each has tokens of its own.
  std::int64_t token_ranks() const { return std::int64_t{sequence} * context * data; }
  /// Of those, the ones whose tokens meet the same experts.
  int replicas_of_experts() const { return expert > tensor ? expert / tensor : 1; }
  /// Ranks that share out equal experts: as many of `fsdp` as hold them.
  int fsdp_of_experts() const;
  int parts() const { return microbatches > 0 ? microbatches : pipeline; }
  llm_sharding sharding() const {
    return {tensor, expert, replicas_of_experts(), sequence, context, fsdp, fsdp_of_experts()};
  }
};
/// "tp=8, ep=8": sizes above 1, at least tp; micro-batches unless as many as stages, and the order
/// ("order=tp/pp/dp") where ranks are placed otherwise than by default.
std::string name_of(const mapping_spec& mapping);

/// Everything that keeps a model from running so on `chips` chips, each with what would do. Empty
/// when nothing does. Heads, columns and vocabulary that do not divide are padded.
std::vector<spec_problem> check(const mapping_spec& mapping, const language_model& model,
                                std::int64_t chips);
/// What works and costs something: heads, columns, experts and layers that are padded.
std::vector<spec_problem> warnings(const mapping_spec& mapping, const language_model& model);
/// The same of sequences and tokens, and micro-batches that have no sequence.
std::vector<spec_problem> warnings(const mapping_spec& mapping, const llm_phase& phase);

/// Chips of one group of ranks along an axis; of all groups when they communicate at once. `size`
/// consecutive places of the axis (0: all of them) make a group.
std::vector<std::vector<int>> groups_along(const mapping_spec& mapping, mapping_axis axis);
/// Groups of `expert` ranks: tensor ranks first, then those along sequence, context and data.
std::vector<std::vector<int>> expert_groups(const mapping_spec& mapping);
/// Groups of `fsdp` ranks that hold equal weights.
std::vector<std::vector<int>> weight_groups(const mapping_spec& mapping);
/// Groups of `fsdp_of_experts()` ranks that hold equal experts.
std::vector<std::vector<int>> expert_weight_groups(const mapping_spec& mapping);
/// Pairs of chips of consecutive pipeline stages.
std::vector<std::vector<int>> stage_pairs(const mapping_spec& mapping);

/// All mappings with fsdp 1 of a model on `chips` chips that check() accepts, in a fixed order.
/// Placement: tensor innermost, then sequence, context, data and pipeline.
std::vector<mapping_spec> legal_mappings(const language_model& model, std::int64_t chips);
/// The same mapping with every other size of fsdp: less memory, never less time.
std::vector<mapping_spec> with_shared_weights(const mapping_spec& mapping);

}  // namespace lamina
