// SPDX-License-Identifier: Apache-2.0
// Any bytes as a config.json: errors are told with their place, and the operators of what is
// accepted are finite and whole.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lamina/config/hugging_face.h"
#include "lamina/models/llm_footprint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lamina;
  config::diagnostics found;
  const auto imported =
      config::import_hugging_face("fuzz.json", {reinterpret_cast<const char*>(data), size}, found);
  if (imported.has_value() == found.has_errors()) std::abort();
  for (const config::diagnostic& problem : found.sorted()) {
    if (problem.where.line < 0 || problem.where.column < 0) std::abort();
    if (problem.message.empty()) std::abort();
  }
  if (!imported) return 0;
  const language_model& model = imported->model;
  const double parameters = parameters_of(model).total;
  if (!(parameters > 0) || !std::isfinite(parameters)) std::abort();
  for (const llm_phase& phase : {prefill(2, 300), decode(3, 5000)}) {
    const llm_step step = operators_of(model, phase);
    int layers = 0;
    for (const layer_group& group : step.layer_groups) layers += group.layers;
    if (layers != static_cast<int>(model.layers.size())) std::abort();
    for (const llm_operator& op : step.operators) {
      if (!std::isfinite(op.flops()) || !(op.flops() >= 0)) std::abort();
      if (!std::isfinite(op.bytes.total()) || !(op.bytes.total() >= 0)) std::abort();
    }
    if (!std::isfinite(footprint_of(model, phase).total_bytes())) std::abort();
  }
  return 0;
}
