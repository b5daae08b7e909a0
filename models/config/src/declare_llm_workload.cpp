// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lamina/config/llm_workload.h"

namespace lamina::config {
namespace {

constexpr double most_tokens = 1 << 30;

void read_model(const node& value, const std::string& path, llm_workload& workload,
                decode_context& context) {
  if (!value.is_scalar() || value.text.empty()) {
    context.problems.add(value.place, path + ": " + describe_kind(value) + "; expected a file",
                         "such as configs/models/Llama-3.1-8B.config.json");
    return;
  }
  // From the command line a file is relative to the working directory.
  const std::string file = value.place.line > 0 ? beside(value.place.file, value.text) : value.text;
  const auto text = context.reader(file);
  if (!text) {
    report_unread(value.place, path + ": ", file, "a path is relative to the file that holds it",
                  context.problems);
    return;
  }
  workload.model_file = file;
  auto imported = import_hugging_face(file, *text, context.problems);
  if (imported) workload.imported = std::move(*imported);
}

void declare_model(mapping& m, llm_workload& workload) {
  parameter& p = m.add("model", "The model's config.json, in the format of Hugging Face");
  p.expected = "a file";
  p.is_required = true;
  p.schema = [] { return std::string(R"({"type":"string"})"); };
  p.text = [&workload] { return '"' + workload.model_file + '"'; };
  p.read = [&workload](const node& value, const std::string& path, decode_context& context) {
    read_model(value, path, workload, context);
  };
}

void declare_type(mapping& m, const char* name, std::optional<data_type>& type,
                  const char* meaning) {
  const std::string expected = "fp32, bf16, fp16, fp8, fp8[128x128], fp4, mxfp4 or model";
  parameter& p = m.add(name, meaning);
  p.expected = expected;
  p.schema = [] { return std::string(R"({"type":"string"})"); };
  p.text = [&type] { return type ? name_of(*type) : std::string("model"); };
  p.read = [&type, expected](const node& value, const std::string& path, decode_context& context) {
    type.reset();
    if (value.is_scalar() && value.text == "model") return;
    if (value.is_scalar()) type = data_type_named(value.text);
    if (type) return;
    context.problems.add(value.place, path + ": " + describe_kind(value) + "; expected " + expected,
                         "");
  };
}

void declare_sampling(mapping& m, bool& samples) {
  parameter& p = m.add("samples", "Whether the step ends with a new token of each sequence");
  p.expected = "true or false";
  p.schema = [] { return std::string(R"({"type":"boolean"})"); };
  p.text = [&samples] { return std::string(samples ? "true" : "false"); };
  p.read = [&samples](const node& value, const std::string& path, decode_context& context) {
    samples = value.text == "true";
    if (value.is_scalar() && (samples || value.text == "false")) return;
    context.problems.add(value.place,
                         path + ": " + describe_kind(value) + "; expected true or false", "");
  };
}

}  // namespace

mapping declare(sequence_group& group) {
  mapping m;
  m.whole("count", group.count, {1, most_tokens}, "Sequences that are alike");
  m.whole("context", group.context, {0, most_tokens}, "Tokens in the cache before the step");
  m.whole("new_tokens", group.new_tokens, {1, most_tokens}, "Of each sequence; 1 is decode");
  declare_sampling(m, group.wants_token);
  return m;
}

mapping declare(request_class& one) {
  mapping m;
  m.whole("prompt", one.prompt, {1, most_tokens}, "Tokens of a prompt");
  m.whole("output", one.output, {1, most_tokens}, "Tokens of an answer");
  m.quantity("share", one.share, dimension::number, {1e-6, 1e6},
             "Of all requests, in parts of the sum of shares");
  return m;
}

mapping declare(llm_workload& w) {
  mapping m;
  declare_model(m, w);
  m.choice("phase", w.phase, {"prefill", "decode", "mixed"},
           "Prompts, one more token of each sequence, or both in one step");
  m.whole("batch", w.batch, {1, most_tokens}, "Sequences");
  m.whole("context", w.context, {0, most_tokens},
          "Decode: tokens before the new one; prefill: tokens of a prompt");
  m.whole("chunk", w.chunk, {0, most_tokens},
          "Tokens of a prompt that one step takes; 0: the whole prompt");
  m.list("groups", w.groups, declare, "One step of these sequences, in place of the above");
  m.list("requests", w.requests, declare,
         "Systems: requests of these kinds, served without end, in place of phase and context");
  m.quantity("routing_skew", w.routing_skew, dimension::number, {0, 10},
             "Zipf exponent of the experts' popularity; 0: uniform");
  declare_type(m, "weights", w.weights,
               "Data type of the layers' matrices, as in the model's file "
               "unless given");
  declare_type(m, "inputs", w.inputs, "Data type in which activations meet these matrices");
  declare_type(m, "kv_cache", w.kv_cache, "Data type of keys and values in the cache");
  return m;
}

language_model model_of(const llm_workload& workload) {
  language_model model = workload.imported.model;
  model_data_types& t = model.types;
  if (workload.weights) t.attention = t.indexer = t.dense = t.experts = *workload.weights;
  if (workload.inputs) t.gemm_input = t.expert_input = *workload.inputs;
  if (workload.kv_cache) t.kv_cache = *workload.kv_cache;
  return model;
}

request_mix mix_of(const llm_workload& w) { return {w.requests, w.chunk}; }

std::vector<llm_phase> steps_of(const llm_workload& w) {
  if (!w.groups.empty()) return {{w.groups}};
  if (!w.requests.empty()) return {mix_of(w).decoding(w.batch)};
  if (w.phase == llm_phase_kind::decode) return {lamina::decode(w.batch, w.context)};
  const bool mixes = w.phase == llm_phase_kind::mixed;
  const std::int64_t chunk = w.chunk > 0 ? std::min(w.chunk, w.context) : w.context;
  std::vector<llm_phase> steps;
  for (std::int64_t index = 0; chunk > 0 && index * chunk < w.context; ++index) {
    const llm_phase prompts = chunk_of_prefill(mixes ? 1 : w.batch, w.context, chunk, index);
    steps.push_back(mixes ? lamina::mixed(prompts, lamina::decode(w.batch, w.context)) : prompts);
  }
  return steps;
}

std::vector<spec_problem> check(const llm_workload& w) {
  constexpr std::int64_t most_steps = 1 << 16;
  if (!w.groups.empty() && !w.requests.empty()) {
    return {{"groups", "a step stands beside requests that are served", "give one of the two"}};
  }
  if (w.groups.empty() && w.requests.empty() && w.phase != llm_phase_kind::decode) {
    if (w.context < 1) return {{"context", "a prompt of 0 tokens; expected at least 1", ""}};
    if (w.chunk > 0 && (w.context - 1) / w.chunk >= most_steps) {
      return {{"chunk", fmt::format("more than {} chunks", most_steps), "raise chunk"}};
    }
  }
  std::vector<spec_problem> found;
  for (const llm_phase& step : steps_of(w)) {
    found = lamina::check(step);
    if (found.empty()) continue;
    if (w.groups.empty()) found = {{"batch", found.front().message, found.front().suggestion}};
    return found;
  }
  llm_step_options options;
  options.routing_skew = w.routing_skew;
  return lamina::check(options, w.imported.model);
}

std::vector<spec_problem> warnings(const llm_workload& w) {
  std::vector<spec_problem> found;
  for (const llm_phase& step : steps_of(w)) {
    std::vector<spec_problem> more = lamina::warnings(step, w.imported.model);
    if (!more.empty()) found = std::move(more);
  }
  for (spec_problem& each : found) each.path = w.groups.empty() ? "context" : "groups";
  return found;
}

}  // namespace lamina::config
