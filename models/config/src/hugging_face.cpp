// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/hugging_face.h"

#include <fmt/format.h>

#include <algorithm>

#include "hugging_face_families.h"
#include "hugging_face_reader.h"

namespace lamina::config {
namespace {

/// Keys of any family that change neither shapes nor data types.
const std::vector<import_note>& harmless_keys() {
  static const std::vector<import_note> keys = {
      {"_name_or_path", "a name"},
      {"attention_dropout", "training"},
      {"attn_module_list_cfg", "loading"},
      {"auto_map", "loading"},
      {"aux_loss_alpha", "training"},
      {"bos_token_id", "a token"},
      {"embd_pdrop", "training"},
      {"eos_token_id", "a token"},
      {"ep_size", "how the publisher ran it"},
      {"id2label", "labels"},
      {"initial_context_length", "rotation of positions"},
      {"initializer_range", "training"},
      {"label2id", "labels"},
      {"max_window_layers", "windows are off"},
      {"n_group", "which experts may be chosen together, not how often one is"},
      {"norm_topk_prob", "weights of experts"},
      {"num_nextn_predict_layers", "layers for speculation, which is not run; not counted"},
      {"output_attentions", "what the publisher's code returns"},
      {"output_hidden_states", "what the publisher's code returns"},
      {"output_router_logits", "training"},
      {"pad_token_id", "a token"},
      {"pretraining_tp", "how the publisher trained it"},
      {"resid_pdrop", "training"},
      {"return_dict", "what the publisher's code returns"},
      {"rms_norm_eps", "a number in the norms"},
      {"rope_interleave", "order of rotated numbers"},
      {"rope_parameters", "rotation of positions"},
      {"rope_scaling", "rotation of positions"},
      {"rope_theta", "rotation of positions"},
      {"routed_scaling_factor", "weights of experts"},
      {"router_aux_loss_coef", "training"},
      {"router_jitter_noise", "training"},
      {"scoring_func", "weights of experts"},
      {"seq_aux", "training"},
      {"sliding_window", "windows are off"},
      {"swiglu_limit", "a limit in the activation"},
      {"topk_group", "which experts may be chosen together, not how often one is"},
      {"transformers_version", "loading"},
      {"unsloth_fixed", "loading"},
      {"use_cache", "there always is a cache"},
      {"use_mrope", "rotation of positions"},
  };
  return keys;
}

const model_family* family_of(key_reader& keys, diagnostics& problems, const location& place) {
  const std::optional<std::string> type = keys.text("model_type");
  const std::vector<std::string> architectures = keys.texts("architectures");
  if (!type) {
    problems.add(place, "model_type: missing; it says which architecture this is",
                 "is this the config.json of a model?");
    return nullptr;
  }
  const model_family* found = nullptr;
  for (const model_family& family : model_families()) {
    if (family.model_type == *type) found = &family;
  }
  if (found == nullptr) {
    const std::string near = nearest(*type, known_model_types());
    keys.problem("model_type",
                 fmt::format("architecture {} is not understood; expected one of {}",
                             in_quotes(*type), fmt::join(known_model_types(), ", ")),
                 near.empty() ? "" : "did you mean '" + near + "'?");
    return nullptr;
  }
  for (const std::string& architecture : architectures) {
    if (architecture == found->architecture) continue;
    keys.problem("architectures", fmt::format("{} is not the {} of model_type '{}'",
                                              in_quotes(architecture), found->architecture, *type));
  }
  return found;
}

void read_common(key_reader& keys, language_model& model) {
  model.hidden = keys.integer("hidden_size", "hidden");
  model.vocabulary = keys.integer("vocab_size", "vocabulary");
  model.context_limit = keys.long_integer_or("max_position_embeddings", 0);
  model.tied_embeddings = keys.flag_or("tie_word_embeddings", false);
  const std::string activation = keys.text("hidden_act").value_or("silu");
  if (activation != "silu" && activation != "swish") {
    keys.problem("hidden_act", in_quotes(activation) + "; expected silu");
  }
  const int layers = keys.integer("num_hidden_layers", "layers");
  constexpr int most_layers = 4096;
  if (layers < 1 || layers > most_layers) {
    keys.problem("num_hidden_layers",
                 fmt::format("{} is out of range; expected 1 to {}", layers, most_layers));
  }
  model.layers.resize(static_cast<std::size_t>(std::clamp(layers, 1, most_layers)));
}

std::string name_from(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  for (const std::string_view end : {".json", ".config"}) {
    if (name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) {
      name.resize(name.size() - end.size());
    }
  }
  if (name != "config" || slash == std::string::npos || slash == 0) return name;
  const std::string folder = file.substr(0, slash);
  return folder.substr(folder.rfind('/') + 1);
}

}  // namespace

std::vector<std::string> known_model_types() {
  std::vector<std::string> names;
  for (const model_family& family : model_families()) names.emplace_back(family.model_type);
  return names;
}

std::optional<imported_model> import_hugging_face(const std::string& file, std::string_view text,
                                                  diagnostics& problems) {
  const std::size_t before = problems.size();
  constexpr std::size_t longest = 1 << 20;
  if (text.size() > longest) {
    problems.add({file, 0, 0}, "longer than 1 MiB; expected the config.json of a model", "");
    return {};
  }
  json_value root = parse_json(file, text, problems);
  if (root.what != json_value::kind::map) {
    if (problems.size() == before) {
      problems.add({file, 1, 1}, shown(root) + "; expected a map of keys", "");
    }
    return {};
  }
  root.place = {file, 1, 1};
  imported_model into;
  into.model.name = name_from(file);
  key_reader keys(root, "", problems);
  const model_family* family = family_of(keys, problems, root.place);
  if (family == nullptr) return {};
  read_common(keys, into.model);
  into.model.types = read_data_types(keys, into, problems);
  family->read(keys, into);
  keys.tell_unknown(harmless_keys(), into.ignored);
  if (problems.size() != before) return {};
  for (const spec_problem& wrong : check(into.model)) {
    keys.problem_of_field(wrong.path, wrong.message, wrong.suggestion);
  }
  if (problems.size() != before) return {};
  return into;
}

std::optional<imported_model> load_hugging_face(const std::string& file, diagnostics& problems,
                                                const file_reader& reader) {
  const std::optional<std::string> text = reader(file);
  if (!text) {
    report_unread({file, 0, 0}, "", file, "", problems);
    return {};
  }
  return import_hugging_face(file, *text, problems);
}

}  // namespace lamina::config
