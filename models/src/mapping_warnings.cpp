// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lamina/models/mapping_spec.h"

namespace lamina {
namespace {

std::string text(std::int64_t value) { return std::to_string(value); }

std::int64_t divide_up(std::int64_t whole, std::int64_t parts) {
  return (whole + parts - 1) / parts;
}

/// Collects what does not divide, each once.
class padding_finder {
 public:
  std::vector<spec_problem> found;

  /// `each` of `parts` take more than there is.
  void add(const char* path, std::int64_t whole, const std::string& what, int parts,
           const char* of_parts, std::int64_t each) {
    if (each * parts == whole) return;
    add({path,
         text(whole) + " " + what + " over " + text(parts) + " " + of_parts + " are padded to " +
             text(each) + " each",
         ""});
  }
  void add(const char* path, std::int64_t whole, const std::string& what, int parts,
           const char* of_parts = "ranks") {
    if (whole > 0) add(path, whole, what, parts, of_parts, divide_up(whole, parts));
  }
  void add(spec_problem problem) {
    const bool told = std::any_of(found.begin(), found.end(), [&](const spec_problem& other) {
      return other.path == problem.path && other.message == problem.message;
    });
    if (!told) found.push_back(std::move(problem));
  }
};

void find_heads(const mapping_spec& m, const attention_spec& a, padding_finder& padding) {
  const head_share all = heads_of(a);
  const head_share rank = share_of_heads(all, m.tensor);
  padding.add("tp", all.heads, "attention heads", m.tensor, "ranks", rank.heads);
  if (!a.latent()) {
    padding.add("tp", all.kv_heads, "key-value heads", m.tensor, "ranks", rank.kv_heads);
  }
  const head_share part = share_of_heads(rank, m.sequence);
  padding.add("sp", rank.heads, "attention heads of a tensor rank", m.sequence, "ranks",
              part.heads);
}

/// More micro-batches than there are sequences for them.
void find_empty(const mapping_spec& m, std::int64_t sequences, padding_finder& padding) {
  const std::int64_t empty = m.parts() - sequences;
  const std::string of_all = m.data > 1 ? " of a replica" : "";
  padding.add({m.microbatches > 0 ? "microbatches" : "pp",
               text(m.parts()) + " micro-batches for " + text(sequences) +
                   (sequences == 1 ? " sequence" : " sequences") + of_all + ": " + text(empty) +
                   " of them work on padding, as if they had a sequence each",
               "use microbatches=" + text(sequences) + ", or a larger batch"});
}

}  // namespace

std::vector<spec_problem> warnings(const mapping_spec& m, const language_model& model) {
  padding_finder padding;
  find_heads(m, model.attention, padding);
  padding.add("tp", model.vocabulary, "words of the vocabulary", m.tensor);
  padding.add("tp", model.feed_forward.intermediate, "feed-forward columns", m.tensor);
  padding.add("ep", model.experts.experts, "experts", m.expert);
  padding.add("pp", static_cast<std::int64_t>(model.layers.size()), "layers", m.pipeline);
  return std::move(padding.found);
}

std::vector<spec_problem> warnings(const mapping_spec& m, const llm_phase& phase) {
  padding_finder padding;
  std::int64_t tokens = 0;  // of a micro-batch of a replica
  for (const sequence_group& group : phase.groups) {
    padding.add("dp", group.count, "sequences", m.data, "replicas");
    const std::int64_t own = divide_up(group.count, m.data);
    tokens += divide_up(own, m.parts()) * group.new_tokens;
    if (m.parts() > own) {
      find_empty(m, own, padding);
    } else {
      padding.add(m.microbatches > 0 ? "microbatches" : "pp", own,
                  m.data > 1 ? "sequences of a replica" : "sequences", m.parts(), "micro-batches");
    }
  }
  const int shares = m.sequence * m.context;
  padding.add(m.sequence > 1 ? "sp" : "cp", tokens, "tokens of a micro-batch", shares,
              "ranks of sp x cp");
  return std::move(padding.found);
}

}  // namespace lamina
