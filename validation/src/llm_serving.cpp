// SPDX-License-Identifier: Apache-2.0
// Reference kind llm_serving: measured decode throughput of served models.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "kinds.h"
#include "lamina/analytical/system.h"
#include "lamina/config/hugging_face.h"
#include "lamina/config/system_platform.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/serving_reference.h"

namespace lamina::validation {
namespace {

/// Systems and models by name, read once.
class known_things {
 public:
  explicit known_things(std::vector<std::string> folders) : folders_(std::move(folders)) {}

  /// `devices` chips of a shipped system; of one with another number of them where its network is
  /// one level of equal links.
  analytical::llm_system& system(const std::string& chip, int devices) {
    std::unique_ptr<analytical::llm_system>& kept = systems_[{chip, devices}];
    if (kept) return *kept;
    auto platform = config::known_system(fmt::format("{}x{}", devices, chip));
    if (!platform) platform = resized(chip, devices);
    if (!platform) {
      throw std::runtime_error(fmt::format("system '{}x{}' is not known; known are {}", devices,
                                           chip, fmt::join(config::known_systems(), ", ")));
    }
    kept = std::make_unique<analytical::llm_system>(platform->system());
    return *kept;
  }

  /// The configuration in the folders, else the shipped one.
  const language_model& model(const std::string& name) {
    const auto known = models_.find(name);
    if (known != models_.end()) return known->second;
    for (const std::string& folder : folders_) {
      const std::string file = folder + "/" + name + ".config.json";
      if (!std::filesystem::exists(file)) continue;
      config::diagnostics problems;
      auto imported = config::load_hugging_face(file, problems);
      if (!imported) throw std::runtime_error(config::to_text(problems.sorted().front()));
      return models_.emplace(name, std::move(imported->model)).first->second;
    }
    auto shipped = config::known_model(name);
    if (!shipped) {
      throw std::runtime_error(fmt::format("no {}.config.json in {}, and it is not shipped", name,
                                           fmt::join(folders_, ", ")));
    }
    return models_.emplace(name, std::move(*shipped)).first->second;
  }

 private:
  static std::optional<config::system_platform> resized(const std::string& chip, int devices) {
    for (const std::string& name : config::known_systems()) {
      auto platform = config::known_system(name);
      network_level& level = platform->network.levels.front();
      const bool flat =
          level.shape == network_shape::switched || level.shape == network_shape::fully_connected;
      if (platform->chip.name != chip || platform->network.levels.size() > 1 || !flat) continue;
      level.sizes = {devices};
      return platform;
    }
    return {};
  }

  std::vector<std::string> folders_;
  std::map<std::pair<std::string, int>, std::unique_ptr<analytical::llm_system>> systems_;
  std::map<std::string, language_model> models_;
};

/// Where the time goes, for the reader of a large error.
std::string reason_of(const analytical::system_step_result& step) {
  std::array<double, tile_limit_count> limits{};
  for (const analytical::system_part& part : step.parts) {
    if (!part.communication) limits[static_cast<std::size_t>(part.bound_by)] += part.seconds();
  }
  std::string text =
      fmt::format("step {:.2f} ms: collectives {:.2f}, host {:.2f}", step.seconds * 1e3,
                  step.communication_seconds * 1e3, step.host_seconds * 1e3);
  for (int i = 0; i < tile_limit_count; ++i) {
    const double seconds = limits[static_cast<std::size_t>(i)];
    if (seconds < 0.01 * step.seconds) continue;
    text += fmt::format(", {}-bound kernels {:.2f}", name_of(static_cast<tile_limit>(i)),
                        seconds * 1e3);
  }
  return text;
}

/// The model with weights of the row's type, where its own matrices have none of that format.
language_model with_weights(language_model model, const std::string& name) {
  const auto type = data_type_named(name);
  model_data_types& t = model.types;
  const auto is_format = [&](const data_type& one) { return one.format == type->format; };
  if (!type || is_format(t.attention) || is_format(t.dense) || is_format(t.experts)) return model;
  t.attention = t.indexer = t.dense = t.experts = *type;
  // Formats below 16 bit are multiplied as they are; wider weights by activations.
  t.gemm_input = t.expert_input = bits_of(type->format) == 8 ? *type : t.activation;
  return model;
}

void answer_row(const serving_reference_row& row, known_things& known, validation_case& item) {
  try {
    analytical::llm_system& system = known.system(row.system, row.devices);
    const language_model model = with_weights(known.model(row.model), row.weight_type);
    const auto problems = check(row.mapping, model, row.devices);
    if (!problems.empty()) throw std::runtime_error(problems.front().message);
    const auto step = system.step(model, decode(row.batch, row.mean_context()), row.mapping);
    item.analytical = static_cast<double>(row.batch) / step.seconds;
    item.reason = reason_of(step);
    if (!step.fits()) item.reason = out_of_memory(step.footprint, step.memory_capacity);
  } catch (const std::exception& error) {
    item.reason = error.what();
  }
}

/// Signed errors of each group by batch.
void tell_by_batch(const std::vector<validation_case>& cases, const validation_context& context) {
  std::map<std::string, std::string> lines;
  for (const validation_case& item : cases) {
    lines[item.group] += item.error_analytical
                             ? fmt::format(" {}: {:+.0f} %", item.x, 100 * *item.error_analytical)
                             : fmt::format(" {}: -", item.x);
  }
  for (const auto& [group, line] : lines) {
    context.tell(fmt::format("llm_serving: {} by batch:{}", group, line));
  }
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  const std::vector<serving_reference_row> rows = read_serving(path);
  context.tell(fmt::format("llm_serving: {} rows", rows.size()));
  const auto folder = std::filesystem::path(path).parent_path();
  known_things known(context.models_dir.empty()
                         ? std::vector<std::string>{(folder / "hf_configs").string(),
                                                    (folder / ".." / "hf_configs").string()}
                         : std::vector<std::string>{context.models_dir});
  std::vector<validation_case> cases;
  for (const serving_reference_row& row : rows) {
    validation_case item;
    item.name = row.name;
    item.group = row.group;
    item.x = static_cast<double>(row.batch);
    item.metric = "decode_throughput";
    item.unit = "tokens/s";
    item.relative = true;
    item.wants_analytical = true;
    item.reference = row.tokens_per_s;
    answer_row(row, known, item);
    item.error_analytical = relative_error(item.analytical, item.reference);
    cases.push_back(std::move(item));
  }
  tell_by_batch(cases, context);
  return cases;
}

}  // namespace

std::vector<serving_reference_row> read_serving(const std::string& path) {
  csv_table table(
      path, {"system", "devices", "model", "weight_dtype", "tensor_parallel", "expert_parallel",
             "prompt_tokens", "output_tokens", "batch", "decode_tokens_per_s"});
  constexpr std::int64_t most_tokens = 1 << 30;
  std::vector<serving_reference_row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto whole = [&](const char* column, std::int64_t most) {
      return table.integer(row, column, 1, most);
    };
    serving_reference_row found;
    found.system = table.text(row, "system");
    found.model = table.text(row, "model");
    found.weight_type = table.text(row, "weight_dtype");
    found.devices = static_cast<int>(whole("devices", 1 << 16));
    found.mapping.tensor = static_cast<int>(whole("tensor_parallel", 1 << 16));
    found.mapping.expert = static_cast<int>(whole("expert_parallel", 1 << 16));
    found.mapping.data = std::max(1, found.devices / found.mapping.tensor);
    found.batch = whole("batch", most_tokens);
    found.prompt = whole("prompt_tokens", most_tokens);
    found.output = whole("output_tokens", most_tokens);
    found.tokens_per_s = table.number(row, "decode_tokens_per_s", 0);
    found.group = found.system + "/" + found.model;
    found.name = fmt::format("llm_serving/{}/{}+{}/{}", found.group, found.prompt, found.output,
                             found.batch);
    rows.push_back(std::move(found));
  }
  table.finish();
  return rows;
}

reference_kind llm_serving_kind() {
  using statistic = tolerance::statistic;
  return {"llm_serving",
          "CSV of measured decode throughput",
          run,
          {{"decode_throughput", fidelity_path::analytical, statistic::mape, 0.10}}};
}

}  // namespace lamina::validation
