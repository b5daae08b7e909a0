// SPDX-License-Identifier: Apache-2.0
// Reference kind kernels: measured kernels of single chips.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>

#include "kinds.h"
#include "lamina/analytical/compute_tile.h"
#include "lamina/config/chip.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/kernel_reference.h"

namespace lamina::validation {
namespace {

constexpr std::int64_t most_size = std::int64_t{1} << 40;

std::optional<kernel_work> read_work(csv_table& table, std::size_t row, std::string_view kind) {
  kernel_work work;
  const auto size = [&](const char* column) {
    if (!table.has(column)) {
      throw reference_error(
          {fmt::format("{}:1:1: a row of kind {} needs a column {}", table.path(), kind, column)});
    }
    return table.integer(row, column, 1, most_size);
  };
  if (kind == "gemm") {
    work.m = size("m");
    work.n = size("n");
    work.k = size("k");
  } else if (kind == "softmax" || kind == "layer_norm") {
    work.kind = kind == "softmax" ? kernel_kind::softmax : kernel_kind::layer_norm;
    work.m = size("m");
    work.n = size("n");
  } else if (kind == "attention_prefill" || kind == "attention_decode") {
    work.kind = kind == "attention_prefill" ? kernel_kind::attention_prefill
                                            : kernel_kind::attention_decode;
    work.batch = size("batch");
    work.heads = size("heads");
    work.seqlen = size("seqlen");
    work.head_dim = size("head_dim");
  } else {
    return {};
  }
  return work;
}

/// One mapper a chip, kept over the rows. A call from the host is what was measured.
class chips {
 public:
  analytical::mapper* find(const std::string& name) {
    auto known = mappers_.find(name);
    if (known == mappers_.end()) {
      auto chip = config::known_chip(name);
      if (chip) chip->launch.mode = launch_mode::eager;
      auto made = chip ? std::make_unique<analytical::mapper>(*chip) : nullptr;
      known = mappers_.emplace(name, std::move(made)).first;
    }
    return known->second.get();
  }

 private:
  std::map<std::string, std::unique_ptr<analytical::mapper>> mappers_;
};

void answer_row(const kernel_reference_row& row, chips& known, validation_case& item) {
  if (!row.work || row.devices != 1) {
    item.reason = fmt::format("no model of {} on {} chips", row.kind, row.devices);
    return;
  }
  analytical::mapper* mapper = known.find(row.chip);
  if (mapper == nullptr) {
    item.reason = fmt::format("chip '{}' is not known; known are {}", row.chip,
                              fmt::join(config::known_chips(), ", "));
    return;
  }
  try {
    const kernel_schedule& schedule = mapper->schedule(*row.work);
    const kernel_result result = analytical::compute_tile(mapper->chip()).run(schedule);
    item.analytical = to_seconds(result.elapsed) * 1e3;
    item.reason = fmt::format("bound by {}; {}", name_of(result.bound_by), schedule.mapping);
  } catch (const std::exception& error) {
    item.reason = error.what();
  }
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  const std::vector<kernel_reference_row> rows = read_kernels(path);
  context.tell(fmt::format("kernels: {} rows", rows.size()));
  chips known;
  std::vector<validation_case> cases;
  for (const kernel_reference_row& row : rows) {
    validation_case item;
    item.name = row.name;
    item.group = row.group;
    item.x = row.x;
    item.metric = "time";
    item.unit = "ms";
    item.relative = true;
    item.wants_analytical = true;
    item.reference = row.time_ms;
    answer_row(row, known, item);
    item.error_analytical = relative_error(item.analytical, item.reference);
    cases.push_back(std::move(item));
  }
  return cases;
}

}  // namespace

std::vector<kernel_reference_row> read_kernels(const std::string& path) {
  csv_table table(path, {"chip", "devices", "kind", "measured_ms"});
  std::vector<kernel_reference_row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    kernel_reference_row found;
    found.chip = table.text(row, "chip");
    found.kind = table.text(row, "kind");
    found.devices = static_cast<int>(table.integer(row, "devices", 1, 1 << 20));
    found.time_ms = table.number(row, "measured_ms", 0);
    found.x = static_cast<double>(row + 1);
    found.group = found.chip + "/" + found.kind;
    found.name = fmt::format("kernels/{}/{}", found.group, row + 1);
    found.work = read_work(table, row, found.kind);
    rows.push_back(std::move(found));
  }
  table.finish();
  return rows;
}

reference_kind kernels_kind() {
  using statistic = tolerance::statistic;
  return {"kernels",
          "CSV of measured kernels",
          run,
          {{"time", fidelity_path::analytical, statistic::mape, 0.08},
           {"time", fidelity_path::analytical, statistic::max, 0.25}}};
}

}  // namespace lamina::validation
