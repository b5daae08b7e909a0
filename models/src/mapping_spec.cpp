// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/mapping_spec.h"

#include <algorithm>

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
         "ep divides tp, or is tp times a divisor of dp"});
  } else if (m.data % m.replicas_of_experts() != 0) {
    found.push_back({"ep",
                     text(m.expert) + " ranks are " + text(m.replicas_of_experts()) +
                         " replicas, which do not divide the " + text(m.data) + " of dp",
                     "use tp times a divisor of dp"});
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
  if (m.sequence > 1 && a.sparse()) {
    found.push_back({"sp", "an indexer's keys are not exchanged yet", "use sp=1"});
  }
  if (m.context > 1 && (a.sparse() || a.latent())) {
    found.push_back({"cp", "parts of a latent or selected cache are not modelled yet", "use cp=1"});
  }
  if (m.sequence * std::int64_t{m.context} > 1 && m.replicas_of_experts() > 1) {
    found.push_back({"ep", "experts beyond tp beside sp or cp are not modelled yet",
                     "use an ep that divides tp, or dp instead of sp and cp"});
  }
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
  if (m.microbatches > 0 && m.microbatches != m.pipeline) add("microbatches", m.microbatches);
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
  return found;
}

std::vector<spec_problem> warnings(const mapping_spec& m, const language_model& model) {
  std::vector<spec_problem> found;
  const auto padded = [&](const char* path, const char* what, std::int64_t whole, int parts) {
    if (whole == 0 || whole % parts == 0) return;
    const std::int64_t each = (whole + parts - 1) / parts;
    found.push_back({path,
                     text(whole) + " " + what + " over " + text(parts) + " ranks are padded to " +
                         text(each) + " each",
                     ""});
  };
  padded("tp", "attention heads", model.attention.heads, m.tensor);
  if (!model.attention.latent()) {
    padded("tp", "key-value heads", model.attention.kv_heads, m.tensor);
  }
  padded("tp", "words of the vocabulary", model.vocabulary, m.tensor);
  padded("tp", "feed-forward columns", model.feed_forward.intermediate, m.tensor);
  padded("ep", "experts", model.experts.experts, m.expert);
  padded("pp", "layers", static_cast<std::int64_t>(model.layers.size()), m.pipeline);
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
  const std::vector<std::vector<int>> tensor = groups_along(m, mapping_axis::tensor);
  if (m.expert <= m.tensor) return tensor;
  const std::int64_t stride = stride_of(m, mapping_axis::data);
  const int together = m.replicas_of_experts();
  std::vector<std::vector<int>> groups;
  for (const std::vector<int>& first : tensor) {
    if (first.front() / stride % m.data % together != 0) continue;
    std::vector<int>& group = groups.emplace_back();
    for (int replica = 0; replica < together; ++replica) {
      for (const int chip : first) group.push_back(chip + static_cast<int>(replica * stride));
    }
  }
  return groups;
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
  for (const int tensor : divisors(chips, model.attention.heads)) {
    for (const int pipeline : divisors(chips / tensor, most_ranks)) {
      mapping_spec m;
      m.tensor = tensor;
      m.pipeline = pipeline;
      m.data = static_cast<int>(chips / tensor / pipeline);
      const std::int64_t most = model.experts.experts > 0 ? chips : 1;
      for (const int expert : divisors(std::int64_t{tensor} * m.data, most)) {
        m.expert = expert;
        if (check(m, model, chips).empty()) found.push_back(m);
      }
    }
  }
  return found;
}

}  // namespace lamina
