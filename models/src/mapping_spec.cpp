// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/mapping_spec.h"

#include <algorithm>
#include <numeric>

namespace lamina {
namespace {

constexpr int most_ranks = 1 << 16;

std::string text(std::int64_t value) { return std::to_string(value); }

/// Divisors of `whole` from small to large, as far as `most`.
std::vector<int> divisors(std::int64_t whole, std::int64_t most) {
  std::vector<int> found;
  for (std::int64_t d = 1; d <= std::min(whole, most); ++d) {
    if (whole % d == 0) found.push_back(static_cast<int>(d));
  }
  return found;
}

/// Distance between neighbours of an axis among the chips.
std::int64_t stride_of(const mapping_spec& mapping, mapping_axis axis) {
  std::int64_t stride = 1;
  for (const mapping_axis inner : mapping.order) {
    if (inner == axis) break;
    stride *= mapping.size_of(inner);
  }
  return stride;
}

std::vector<spec_problem> check_sizes(const mapping_spec& m) {
  std::vector<spec_problem> found;
  const auto size = [&found](int value, const char* path) {
    if (value >= 1 && value <= most_ranks) return;
    found.push_back({path, text(value) + " ranks; expected 1 to 65536", ""});
  };
  size(m.tensor, "tp");
  size(m.pipeline, "pp");
  size(m.data, "dp");
  size(m.expert, "ep");
  size(m.sequence, "sp");
  size(m.context, "cp");
  size(m.fsdp, "fsdp");
  if (m.microbatches < 0 || m.microbatches > most_ranks) {
    found.push_back({"microbatches", text(m.microbatches) + "; expected 0 (pp) to 65536", ""});
  }
  for (int axis = 0; axis < mapping_axis_count; ++axis) {
    const auto here = std::count(m.order.begin(), m.order.end(), static_cast<mapping_axis>(axis));
    if (here == 1) continue;
    found.push_back({"order", "expected each of tp, sp, cp, dp, pp once", ""});
    break;
  }
  return found;
}

void check_expert(const mapping_spec& m, const language_model& model,
                  std::vector<spec_problem>& found) {
  if (m.expert == 1) return;
  const int experts = model.experts.experts;
  if (experts == 0) {
    found.push_back(
        {"ep", text(m.expert) + " ranks for a model without routed experts", "use ep=1"});
  } else if (m.expert > experts) {
    found.push_back({"ep", text(m.expert) + " ranks for " + text(experts) + " experts",
                     "use at most one rank for each expert"});
  } else if (m.expert <= m.tensor ? m.tensor % m.expert != 0 : m.expert % m.tensor != 0) {
    found.push_back(
        {"ep",
         text(m.expert) +
             (m.expert < m.tensor ? " does not divide the " : " is not a multiple of the ") +
             text(m.tensor) + " tensor ranks",
         "ep divides tp, or is tp times a divisor of dp x sp x cp"});
  } else if (m.token_ranks() % m.replicas_of_experts() != 0) {
    found.push_back({"ep",
                     text(m.expert) + " ranks are tp x " + text(m.replicas_of_experts()) +
                         ", which does not divide the " + text(m.token_ranks()) +
                         " of dp x sp x cp",
                     "use tp times a divisor of " + text(m.token_ranks())});
  }
}

/// Ranks that share tokens.
void check_tokens(const mapping_spec& m, const language_model& model,
                  std::vector<spec_problem>& found) {
  const attention_spec& a = model.attention;
  if (m.sequence > 1 && m.tensor <= a.heads && std::int64_t{m.tensor} * m.sequence > a.heads) {
    found.push_back({"sp",
                     "tp x sp are " + text(std::int64_t{m.tensor} * m.sequence) + " ranks for " +
                         text(a.heads) + " attention heads, which they exchange",
                     "use at most one rank for each head"});
  }
  if (m.context > 1 && a.sparse()) {
    found.push_back({"cp",
                     "the keys that an indexer selects lie in other parts for each query; what a "
                     "part has of them, and the exchange of scores, is not modelled",
                     "use cp=1; dp splits the cache, too"});
  }
}

/// Ranks that hold equal weights.
void check_weights(const mapping_spec& m, std::vector<spec_problem>& found) {
  if (m.token_ranks() % m.fsdp == 0) return;
  found.push_back({"fsdp",
                   text(m.fsdp) + " ranks do not divide the " + text(m.token_ranks()) +
                       " of dp x sp x cp, which hold equal weights",
                   "use a divisor of " + text(m.token_ranks())});
}

/// "tp/dp": axes with several ranks, the one with neighbours first.
std::string order_of(const mapping_spec& m) {
  std::string order;
  for (const mapping_axis axis : m.order) {
    if (m.size_of(axis) > 1) order += (order.empty() ? "" : "/") + std::string(name_of(axis));
  }
  return order;
}

mapping_spec with_default_order(mapping_spec m) {
  m.order = mapping_spec{}.order;
  return m;
}

/// Distances of the ranks along sequence, context and data from the first, the innermost axis
/// first.
std::vector<int> token_offsets(const mapping_spec& m) {
  std::vector<int> offsets = {0};
  for (const mapping_axis axis : m.order) {
    if (axis == mapping_axis::tensor || axis == mapping_axis::pipeline) continue;
    const std::size_t inner = offsets.size();
    for (int place = 1; place < m.size_of(axis); ++place) {
      for (std::size_t i = 0; i < inner; ++i) {
        offsets.push_back(offsets[i] + static_cast<int>(place * stride_of(m, axis)));
      }
    }
  }
  return offsets;
}

/// Chips with the first tokens of their stage: one for each stage and tensor rank.
std::vector<int> first_token_ranks(const mapping_spec& m) {
  std::vector<int> chips;
  for (const std::vector<int>& stages : groups_along(m, mapping_axis::pipeline)) {
    const int chip = stages.front();
    const bool is_first = [&] {
      for (const mapping_axis axis :
           {mapping_axis::sequence, mapping_axis::context, mapping_axis::data}) {
        if (chip / stride_of(m, axis) % m.size_of(axis) != 0) return false;
      }
      return true;
    }();
    if (is_first) chips.insert(chips.end(), stages.begin(), stages.end());
  }
  return chips;
}

/// Of ranks `apart` places from each other along the tokens, `size` consecutive ones each.
std::vector<std::vector<int>> equal_weights(const mapping_spec& m, int apart, int size) {
  const std::vector<int> offsets = token_offsets(m);
  const auto reach = static_cast<std::size_t>(apart) * static_cast<std::size_t>(size);
  std::vector<std::vector<int>> groups;
  for (const int first : first_token_ranks(m)) {
    for (std::size_t block = 0; block < offsets.size(); block += reach) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(apart); ++i) {
        std::vector<int>& group = groups.emplace_back();
        for (std::size_t at = block + i; at < block + reach;
             at += static_cast<std::size_t>(apart)) {
          group.push_back(first + offsets[at]);
        }
      }
    }
  }
  return groups;
}

}  // namespace

std::string_view name_of(mapping_axis axis) {
  switch (axis) {
    case mapping_axis::tensor:
      return "tp";
    case mapping_axis::sequence:
      return "sp";
    case mapping_axis::context:
      return "cp";
    case mapping_axis::data:
      return "dp";
    case mapping_axis::pipeline:
      return "pp";
  }
  return "unknown";
}

int mapping_spec::size_of(mapping_axis axis) const {
  switch (axis) {
    case mapping_axis::tensor:
      return tensor;
    case mapping_axis::sequence:
      return sequence;
    case mapping_axis::context:
      return context;
    case mapping_axis::data:
      return data;
    case mapping_axis::pipeline:
      return pipeline;
  }
  return 1;
}

int mapping_spec::fsdp_of_experts() const {
  return static_cast<int>(std::gcd(std::int64_t{fsdp}, token_ranks() / replicas_of_experts()));
}

std::string name_of(const mapping_spec& m) {
  std::string name = "tp=" + text(m.tensor);
  const auto add = [&name](const char* key, int value) {
    if (value > 1) name += std::string(", ") + key + "=" + text(value);
  };
  add("pp", m.pipeline);
  add("dp", m.data);
  add("ep", m.expert);
  add("sp", m.sequence);
  add("cp", m.context);
  add("fsdp", m.fsdp);
  if (m.microbatches > 0 && m.microbatches != m.pipeline) {
    name += ", microbatches=" + text(m.microbatches);
  }
  const std::string order = order_of(m);
  if (order != order_of(with_default_order(m))) name += ", order=" + order;
  return name;
}

std::vector<spec_problem> check(const mapping_spec& m, const language_model& model,
                                std::int64_t chips) {
  std::vector<spec_problem> found = check_sizes(m);
  if (!found.empty()) return found;
  check_tokens(m, model, found);
  if (m.chips() != chips) {
    found.push_back(
        {"", name_of(m) + " takes " + text(m.chips()) + " chips, the system has " + text(chips),
         "the product of tp, pp, dp, sp and cp is the number of chips"});
  }
  if (m.tensor > model.attention.heads) {
    found.push_back(
        {"tp", text(m.tensor) + " ranks for " + text(model.attention.heads) + " attention heads",
         "use at most one rank for each head"});
  }
  const auto layers = static_cast<std::int64_t>(model.layers.size());
  if (m.pipeline > layers) {
    found.push_back({"pp", text(m.pipeline) + " stages for " + text(layers) + " layers",
                     "use at most one stage for each layer"});
  }
  check_expert(m, model, found);
  check_weights(m, found);
  return found;
}

std::vector<std::vector<int>> groups_along(const mapping_spec& m, mapping_axis axis) {
  const std::int64_t stride = stride_of(m, axis);
  const std::int64_t size = m.size_of(axis);
  std::vector<std::vector<int>> groups;
  for (std::int64_t first = 0; first < m.chips(); ++first) {
    if (first / stride % size != 0) continue;
    std::vector<int>& group = groups.emplace_back();
    for (std::int64_t i = 0; i < size; ++i) group.push_back(static_cast<int>(first + i * stride));
  }
  return groups;
}

std::vector<std::vector<int>> expert_groups(const mapping_spec& m) {
  if (m.expert <= m.tensor) return groups_along(m, mapping_axis::tensor);
  const std::vector<int> offsets = token_offsets(m);
  const auto together = static_cast<std::size_t>(m.replicas_of_experts());
  const std::int64_t stride = stride_of(m, mapping_axis::tensor);
  std::vector<std::vector<int>> groups;
  for (const int first : first_token_ranks(m)) {
    if (first / stride % m.tensor != 0) continue;
    for (std::size_t block = 0; block < offsets.size(); block += together) {
      std::vector<int>& group = groups.emplace_back();
      for (std::size_t at = block; at < block + together; ++at) {
        for (int rank = 0; rank < m.tensor; ++rank) {
          group.push_back(first + offsets[at] + static_cast<int>(rank * stride));
        }
      }
    }
  }
  return groups;
}

std::vector<std::vector<int>> weight_groups(const mapping_spec& m) {
  return equal_weights(m, 1, m.fsdp);
}

std::vector<std::vector<int>> expert_weight_groups(const mapping_spec& m) {
  return equal_weights(m, m.replicas_of_experts(), m.fsdp_of_experts());
}

std::vector<std::vector<int>> stage_pairs(const mapping_spec& m) {
  std::vector<std::vector<int>> pairs;
  for (const std::vector<int>& line : groups_along(m, mapping_axis::pipeline)) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) pairs.push_back({line[i], line[i + 1]});
  }
  return pairs;
}

std::vector<mapping_spec> legal_mappings(const language_model& model, std::int64_t chips) {
  std::vector<mapping_spec> found;
  const std::int64_t most_experts = model.experts.experts > 0 ? chips : 1;
  const auto add_experts = [&](mapping_spec m) {
    for (const int expert : divisors(m.tensor * m.token_ranks(), most_experts)) {
      m.expert = expert;
      if (check(m, model, chips).empty()) found.push_back(m);
    }
  };
  for (const int tensor : divisors(chips, model.attention.heads)) {
    for (const int pipeline : divisors(chips / tensor, most_ranks)) {
      const std::int64_t shares = chips / tensor / pipeline;
      for (const int sequence : divisors(shares, most_ranks)) {
        for (const int context : divisors(shares / sequence, most_ranks)) {
          mapping_spec m;
          m.tensor = tensor;
          m.pipeline = pipeline;
          m.sequence = sequence;
          m.context = context;
          m.data = static_cast<int>(shares / sequence / context);
          add_experts(m);
        }
      }
    }
  }
  return found;
}

std::vector<mapping_spec> with_shared_weights(const mapping_spec& mapping) {
  std::vector<mapping_spec> found;
  for (const int ranks : divisors(mapping.token_ranks(), most_ranks)) {
    if (ranks == mapping.fsdp) continue;
    found.push_back(mapping);
    found.back().fsdp = ranks;
  }
  return found;
}

}  // namespace lamina
