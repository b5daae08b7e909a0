// SPDX-License-Identifier: Apache-2.0
// Reference kind kernels: measured kernels of single chips.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>

#include "kinds.h"
#include "lamina/analytical/compute_tile.h"
#include "lamina/config/chip.h"
#include "lamina/validation/kernel_reference.h"

namespace lamina::validation {
namespace {

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

/// Eight chips behind NVLink switches: 370 of 450 GB/s on H100 as collectives see it, 2.5 us a
/// round (facts of the references); the same share of the published link on the others. DeepEP
/// sends from 20 multiprocessors unless told otherwise (num_sms of its Buffer).
analytical::rank_link nvlink_of(const std::string& chip) {
  const double published = chip == "A100" ? 300e9 : chip == "B200" ? 900e9 : 450e9;
  return {published * 370 / 450, from_nanoseconds(2500), 20};
}

void answer_row(const kernel_reference_row& row, chips& known, validation_case& item) {
  const bool alone = row.work && row.devices == 1;
  if (!alone && !row.fused) {
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
    if (!alone) {
      const auto result = analytical::fused_time(*row.fused, *mapper, nvlink_of(row.chip));
      item.analytical = to_seconds(result.elapsed) * 1e3;
      item.reason =
          fmt::format("compute {:.3g} ms, communication {:.3g} ms",
                      to_seconds(result.compute) * 1e3, to_seconds(result.communication) * 1e3);
      return;
    }
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

reference_kind kernels_kind() {
  using statistic = tolerance::statistic;
  return {"kernels",
          "CSV of measured kernels",
          run,
          {{"time", fidelity_path::analytical, statistic::mape, 0.08},
           {"time", fidelity_path::analytical, statistic::max, 0.30}}};
}

}  // namespace lamina::validation
