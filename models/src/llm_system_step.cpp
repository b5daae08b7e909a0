// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_system_step.h"

#include <algorithm>
#include <cmath>

#include "llm_step_builder.h"

namespace lamina {
namespace {

std::int64_t divide_up(std::int64_t whole, std::int64_t parts) {
  return (whole + parts - 1) / parts;
}

/// Lists the communications of one rank's operators.
class lister {
 public:
  lister(const language_model& model, const mapping_spec& mapping, const llm_step_options& options,
         llm_system_step& step)
      : model_(model), mapping_(mapping), options_(options), step_(step) {
    const llm_sharding& sharding = options.sharding;
    tokens_ = static_cast<double>(divide_up(step.phase.tokens(), sharding.token_shares()));
    row_ = bytes_of(model.types.activation, 1, model.hidden);
    heads_ =
        share_of_heads(share_of_heads(heads_of(model.attention), mapping.tensor), mapping.sequence);
    if (mapping.replicas_of_experts() > 1) peer_share_ = share_of_peer();
  }

  void run() {
    step_.communications.reserve(8 * step_.work.layer_groups.size() + 4);
    for (std::size_t i = 0; i < step_.work.operators.size(); ++i) {
      at_ = static_cast<int>(i);
      const llm_operator& op = step_.work.operators[i];
      if (mapping_.sequence > 1) add_sequence(op);
      if (mapping_.sequence > 1 && model_.attention.sparse()) add_selection(op);
      if (mapping_.context > 1) add_context(op);
      if (mapping_.tensor > 1) add_tensor(op);
      if (mapping_.replicas_of_experts() > 1) add_experts(op);
      if (mapping_.fsdp > 1 && ends_a_layer()) add_weights(op.group);
    }
    if (mapping_.pipeline == 1) return;
    at_ = static_cast<int>(step_.work.operators.size()) - 1;
    add("stage_send", collective_kind::send_receive, communication_group::stages, tokens_ * row_);
    step_.communications.back().layers = mapping_.pipeline - 1;
  }

 private:
  bool ends_a_layer() const {
    const auto at = static_cast<std::size_t>(at_);
    const int group = step_.work.operators[at].group;
    return group >= 0 &&
           (at + 1 == step_.work.operators.size() || step_.work.operators[at + 1].group != group);
  }

  void add(std::string_view name, collective_kind kind, communication_group group, double bytes) {
    const llm_operator& op = step_.work.operators[static_cast<std::size_t>(at_)];
    step_.communications.push_back({name, kind, group, bytes, at_, op.layers});
  }
  void reduce(std::string_view name) {
    add(name, collective_kind::all_reduce, communication_group::tensor, tokens_ * row_);
  }

  void add_tensor(const llm_operator& op) {
    const bool spread = mapping_.replicas_of_experts() > 1;
    const bool shared = model_.experts.shared_intermediate > 0;
    if (op.name == "embedding") reduce("embedding_reduce");
    if (op.name == "output_projection") reduce("attention_reduce");
    if (op.name == "down_projection") reduce("feed_forward_reduce");
    // One sum of routed and shared experts where both are of the same ranks.
    if (op.name == "expert_combine" && !shared && !spread) reduce("expert_reduce");
    if (op.name == "shared_down") reduce(spread ? "shared_reduce" : "expert_reduce");
    if (op.name != "head") return;
    add("logits_gather", collective_kind::all_gather, communication_group::tensor,
        bytes_of(model_.types.activation, op.gemm.m, op.gemm.n));
  }

  /// Heads of own tokens for tokens of own heads, and back.
  void add_sequence(const llm_operator& op) {
    const attention_spec& a = model_.attention;
    const double heads = own_heads();
    const double kv_heads = own_kv_heads();
    const double cached = a.latent() ? a.kv_lora_rank + a.qk_rope_head_dim
                                     : 2 * kv_heads * static_cast<double>(a.head_dim);
    const double query = static_cast<double>(a.query_width()) / a.heads;
    const double output = static_cast<double>(a.output_width()) / a.heads;
    const auto exchange = [&](std::string_view name, double width) {
      add(name, collective_kind::all_to_all, communication_group::sequence,
          bytes_of(model_.types.activation, tokens_, width));
    };
    if (op.name == "kv_write") exchange("heads_exchange", heads * query + cached);
    if (op.name != "output_projection") return;
    --at_;  // before it
    exchange("tokens_exchange", heads * output);
    ++at_;
  }

  /// An indexer's keys to all ranks, and what each selects for its tokens.
  void add_selection(const llm_operator& op) {
    const data_type& type = model_.types.index_cache;
    if (op.name == "index_write") {
      add("index_keys_gather", collective_kind::all_gather, communication_group::sequence,
          bytes_of(type, tokens_, model_.attention.index_head_dim));
    }
    if (op.name != "index_top_k") return;
    add("selection_gather", collective_kind::all_gather, communication_group::sequence,
        op.bytes.activations_written);
  }

  /// What a rank has of the heads while attention runs.
  double own_heads() const { return static_cast<double>(heads_.heads); }
  double own_kv_heads() const { return static_cast<double>(heads_.kv_heads); }

  /// Rows of prompts in one part of the cache; of latent attention those that run so.
  double prompt_rows(const decoder_layer& layer, bool absorbed) const {
    double rows = 0;
    for (const sequence_group& group : step_.phase.groups) {
      if (group.new_tokens == 1) continue;
      if (model_.attention.latent() && llm::runs_absorbed(group, model_, layer) != absorbed) {
        continue;
      }
      rows += static_cast<double>(group.count) * attended_rows(group, 0) / mapping_.context;
    }
    return rows;
  }

  void pass_keys(double rows, double bytes) {
    if (rows == 0) return;
    add("keys_ring", collective_kind::all_gather, communication_group::context, rows * bytes);
  }

  /// Keys and values of a prompt pass all ranks; a decoding query and what it finds do.
  void add_context(const llm_operator& op) {
    if (op.group < 0) return;
    const decoder_layer& layer = step_.work.layer_groups[static_cast<std::size_t>(op.group)].layer;
    const attention_spec& a = model_.attention;
    const model_data_types& t = model_.types;
    if (!a.latent()) {
      if (op.name == "kv_write") {
        pass_keys(prompt_rows(layer, false),
                  bytes_of(t.kv_cache, 1, 2 * own_kv_heads() * static_cast<double>(a.head_dim)));
        pass_queries(own_heads() * static_cast<double>(a.head_dim));
      }
      if (op.name == "attention") sum_parts(own_heads() * static_cast<double>(a.head_dim));
      return;
    }
    const double rotated = a.qk_rope_head_dim;
    if (op.name == "query_absorption") {
      pass_keys(prompt_rows(layer, true), bytes_of(t.kv_cache, 1, a.kv_lora_rank + rotated));
      pass_queries(own_heads() * (a.kv_lora_rank + rotated));
    } else if (op.name == "key_value_expansion") {
      const double expanded = own_heads() * (a.qk_nope_head_dim + a.v_head_dim);
      pass_keys(prompt_rows(layer, false),
                bytes_of(t.activation, 1, expanded) + bytes_of(t.kv_cache, 1, rotated));
    } else if (op.name == "value_expansion") {
      --at_;  // before it
      sum_parts(own_heads() * static_cast<double>(a.kv_lora_rank));
      ++at_;
    }
  }

  /// Bytes of rows of `width` numbers, one for each query of one share of the tokens that decodes.
  double decoding_bytes(double width) const {
    double queries = 0;
    for (const sequence_group& group : step_.phase.groups) {
      if (group.new_tokens > 1) continue;
      queries += tokens_ * mapping_.sequence * static_cast<double>(group.count) /
                 static_cast<double>(step_.phase.tokens());
    }
    return queries == 0 ? 0 : bytes_of(model_.types.activation, queries, width);
  }
  void pass_queries(double width) {
    const double bytes = decoding_bytes(width);
    if (bytes == 0) return;
    add("queries_gather", collective_kind::all_gather, communication_group::context, bytes);
  }
  void sum_parts(double width) {
    const double bytes = decoding_bytes(width);
    if (bytes == 0) return;
    add("parts_reduce", collective_kind::reduce_scatter, communication_group::context,
        bytes * mapping_.context);
  }

  void add_experts(const llm_operator& op) {
    const double rows = tokens_ / mapping_.tensor * peer_share_;
    if (op.name == "expert_choice") {
      add("dispatch", collective_kind::all_to_all, communication_group::experts,
          rows * bytes_of(model_.types.expert_input, 1, model_.hidden));
    }
    if (op.name != "expert_combine") return;
    add("combine", collective_kind::all_to_all, communication_group::experts, rows * row_);
    if (mapping_.tensor == 1) return;
    add("token_gather", collective_kind::all_gather, communication_group::tensor,
        tokens_ / mapping_.tensor * row_);
  }

  /// A rank's part of the weights of a layer like this one, to those that share them with it.
  void add_weights(int group) {
    if (weights_.empty()) weights_ = layer_weights_of(model_, options_);
    const layer_weights& layer = weights_[static_cast<std::size_t>(group)];
    add("weights_gather", collective_kind::all_gather, communication_group::weights,
        layer.common / mapping_.fsdp);
    const int shares = mapping_.fsdp_of_experts();
    if (layer.experts == 0 || shares == 1) return;
    add("experts_gather", collective_kind::all_gather, communication_group::expert_weights,
        layer.experts / shares);
  }

  /// Share of the tokens that visit an expert of one peer; of the busiest where that is asked for.
  double share_of_peer() const {
    const expert_spec& e = model_.experts;
    const double here = static_cast<double>(e.experts) / mapping_.expert;
    double none = 1;
    for (int i = 0; i < e.per_token; ++i) {
      none *= std::max(0.0, 1 - here / static_cast<double>(e.experts - i));
    }
    if (options_.experts == expert_share::mean) return 1 - none;
    const expert_routing routing = {e.experts, e.per_token, options_.routing_skew};
    const std::int64_t all = std::llround(tokens_) * mapping_.replicas_of_experts();
    const double mean = static_cast<double>(all) * e.per_token / mapping_.expert;
    const double most = options_.busiest
                            ? options_.busiest->visits
                            : expected_busiest_rank(routing, all, mapping_.expert).visits;
    return std::min(1.0, (1 - none) * most / mean);
  }

  const language_model& model_;
  const mapping_spec& mapping_;
  const llm_step_options& options_;
  llm_system_step& step_;
  std::vector<layer_weights> weights_;  ///< by layer group, once asked for
  double tokens_ = 0;
  double row_ = 0;
  double peer_share_ = 0;
  head_share heads_;
  int at_ = 0;
};

/// First layer of a stage; layers are dealt out as evenly as they divide, the rest to the first.
std::size_t first_layer(const language_model& model, int stages, int stage) {
  const auto layers = static_cast<std::int64_t>(model.layers.size());
  const std::int64_t each = layers / stages;
  return static_cast<std::size_t>(each * stage + std::min<std::int64_t>(stage, layers % stages));
}

std::vector<std::vector<int>> stages_of(const language_model& model, const mapping_spec& mapping,
                                        const std::vector<layer_group>& groups) {
  std::vector<std::vector<int>> stages;
  for (int stage = 0; stage < mapping.pipeline; ++stage) {
    std::vector<int>& count = stages.emplace_back(groups.size(), 0);
    for (std::size_t layer = first_layer(model, mapping.pipeline, stage);
         layer < first_layer(model, mapping.pipeline, stage + 1); ++layer) {
      const auto same = std::find_if(groups.begin(), groups.end(), [&](const layer_group& g) {
        return g.layer == model.layers[layer];
      });
      ++count[static_cast<std::size_t>(same - groups.begin())];
    }
  }
  return stages;
}

llm_phase replica_of(const llm_phase& phase, int parts) {
  llm_phase share = phase;
  for (sequence_group& group : share.groups) group.count = divide_up(group.count, parts);
  return share;
}

/// The layers of one stage as a model of their own.
language_model stage_model(const language_model& model, int stages, int stage) {
  language_model part = model;
  part.layers.assign(
      model.layers.begin() + static_cast<std::ptrdiff_t>(first_layer(model, stages, stage)),
      model.layers.begin() + static_cast<std::ptrdiff_t>(first_layer(model, stages, stage + 1)));
  return part;
}

}  // namespace

std::string_view name_of(communication_group group) {
  switch (group) {
    case communication_group::tensor:
      return "tensor";
    case communication_group::sequence:
      return "sequence";
    case communication_group::context:
      return "context";
    case communication_group::experts:
      return "experts";
    case communication_group::weights:
      return "weights";
    case communication_group::expert_weights:
      return "expert_weights";
    case communication_group::stages:
      return "stages";
  }
  return "unknown";
}

llm_phase share_of(const llm_phase& phase, const mapping_spec& mapping) {
  return replica_of(replica_of(phase, mapping.data), mapping.parts());
}

llm_system_step system_step_of(const language_model& model, const llm_phase& phase,
                               const mapping_spec& mapping, llm_step_options options) {
  llm_system_step step;
  options.sharding = mapping.sharding();
  step.phase = share_of(phase, mapping);
  step.work = operators_of(model, step.phase, options);
  step.stages = stages_of(model, mapping, step.work.layer_groups);
  lister(model, mapping, options, step).run();
  return step;
}

llm_footprint footprint_of(const language_model& model, const llm_phase& phase,
                           const mapping_spec& mapping, llm_step_options options) {
  options.sharding = mapping.sharding();
  const llm_phase replica = replica_of(phase, mapping.data);
  if (mapping.pipeline == 1) return footprint_of(model, replica, options);
  double outer = 0;  // embedding and head of one rank
  for (const weight_tensor& weight : outer_weights_of(model)) {
    if (weight.rows > 1) outer += weight.bytes() / mapping.tensor;
  }
  llm_footprint most;
  for (int stage = 0; stage < mapping.pipeline; ++stage) {
    llm_footprint one = footprint_of(stage_model(model, mapping.pipeline, stage), replica, options);
    const bool inside = stage > 0 && stage + 1 < mapping.pipeline;
    const bool at_end = mapping.pipeline > 1 && !inside;
    one.weight_bytes -= inside ? outer : at_end && !model.tied_embeddings ? outer / 2 : 0;
    if (one.total_bytes() > most.total_bytes()) most = one;
  }
  return most;
}

std::vector<operator_share> shares_of(const language_model& model, const llm_phase& phase,
                                      const mapping_spec& mapping) {
  llm_step_options options;
  options.experts = expert_share::mean;
  const llm_step whole = operators_of(model, phase, options);
  const llm_system_step part = system_step_of(model, phase, mapping, options);
  options.sharding = mapping.sharding();
  const double replicas = static_cast<double>(mapping.data) * mapping.parts();
  std::vector<operator_share> shares;
  for (std::size_t i = 0; i < whole.operators.size(); ++i) {
    const llm_operator& all = whole.operators[i];
    const llm_operator& one = part.work.operators[i];
    if (all.matrix_flops == 0) continue;
    operator_share share;
    share.name = all.name;
    share.whole = all.matrix_flops * all.layers;
    const double of_one = one.matrix_flops * one.layers * replicas;
    const double of_shares = of_one * options.sharding.token_shares();
    share.over_ranks = of_shares * mapping.tensor;
    share.replicated = mapping.tensor > 1 && of_shares >= share.whole * (1 - 1e-9);
    shares.push_back(share);
  }
  return shares;
}

}  // namespace lamina
