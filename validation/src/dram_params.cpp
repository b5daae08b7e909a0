// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"

namespace lamina::validation {
namespace {

constexpr std::int64_t most_clocks = 10'000'000;

std::string place_of(const std::string& path, const std::string& text, std::size_t byte) {
  int line = 1;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < std::min(byte, text.size()); ++i) {
    if (text[i] == '\n') {
      ++line;
      begin = i + 1;
    }
  }
  return fmt::format("{}:{}:{}", path, line, byte - begin + 1);
}

/// Reads numbers out of one flat JSON object and collects what is wrong with them.
class params_reader {
 public:
  params_reader(const std::string& path, const std::string& text) : path_(path), text_(text) {
    try {
      values_ = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
      const std::size_t byte = error.byte > 0 ? error.byte - 1 : 0;
      throw reference_error({place_of(path, text, byte) + ": expected JSON: " + error.what()});
    }
    if (!values_.is_object())
      throw reference_error({path + ":1:1: expected an object of parameters"});
  }

  bool has(const char* key) const { return values_.contains(key); }

  int whole(const char* key, std::int64_t low, std::int64_t high) {
    if (!present(key)) return static_cast<int>(low);
    const nlohmann::json& value = values_[key];
    const bool integral =
        value.is_number_integer() ||
        (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()));
    const double number = integral ? value.get<double>() : std::nan("");
    if (number >= static_cast<double>(low) && number <= static_cast<double>(high))
      return static_cast<int>(number);
    complain(key, fmt::format("expected a whole number from {} to {}, found {}", low, high,
                              value.dump()));
    return static_cast<int>(low);
  }
  int whole_or(const char* key, int otherwise, std::int64_t low, std::int64_t high) {
    return has(key) ? whole(key, low, high) : otherwise;
  }
  clocked_time clocks(const char* key) { return {whole(key, 0, most_clocks), {}}; }
  clocked_time clocks_or(const char* key, clocked_time otherwise) {
    return has(key) ? clocks(key) : otherwise;
  }
  double positive(const char* key) {
    if (!present(key)) return 1;
    const nlohmann::json& value = values_[key];
    if (value.is_number() && value.get<double>() > 0 && std::isfinite(value.get<double>()))
      return value.get<double>();
    complain(key, "expected a number above 0, found " + value.dump());
    return 1;
  }
  void finish() const {
    if (!messages_.empty()) throw reference_error(messages_);
  }
  void complain(const char* key, const std::string& what) {
    const std::size_t byte = text_.find(fmt::format("\"{}\"", key));
    messages_.push_back(fmt::format(
        "{}: parameter '{}': {}",
        byte == std::string::npos ? path_ + ":1:1" : place_of(path_, text_, byte), key, what));
  }

 private:
  bool present(const char* key) {
    if (has(key)) return true;
    complain(key, "missing");
    return false;
  }
  const std::string& path_;
  const std::string& text_;
  nlohmann::json values_;
  std::vector<std::string> messages_;
};

dram_timings timings_of(params_reader& params) {
  dram_timings t;
  t.tCK = from_nanoseconds(params.positive("tCK_ns"));
  if (t.tCK.count() < 1) t.tCK = femtoseconds{1};
  t.RL = params.clocks("RL");
  t.RL.clocks += params.clocks_or("DQSCK", {}).clocks;
  t.WL = params.clocks("WL");
  t.tRCDRD = params.clocks("tRCDRD");
  t.tRCDWR = params.clocks("tRCDWR");
  t.tRP = params.clocks("tRP");
  t.tRAS = params.clocks("tRAS");
  t.tRC = params.clocks("tRC");
  t.tRTP = params.clocks("tRTP");
  t.tWR = params.clocks("tWR");
  t.tCCD_S = params.clocks("tCCD_S");
  t.tCCD_L = params.clocks_or("tCCD_L", t.tCCD_S);
  t.tCCD_R = params.clocks_or("tCCD_R", t.tCCD_S);
  t.tRRD_S = params.clocks("tRRD_S");
  t.tRRD_L = params.clocks_or("tRRD_L", t.tRRD_S);
  t.tFAW = params.clocks("tFAW");
  t.tWTR_S = params.clocks("tWTR_S");
  t.tWTR_L = params.clocks_or("tWTR_L", t.tWTR_S);
  t.tRTW = params.clocks("tRTW");
  t.tRFC = params.clocks("tRFC");
  t.tREFI = {params.whole("tREFI", 1, most_clocks), {}};
  t.tRFCpb = params.clocks_or("tRFCSB", {});
  t.tREFIpb = params.clocks_or("tREFISB", {});
  t.tRREFD = params.clocks_or("tRREFD", params.clocks_or("RREFD", {}));
  t.activate_clocks = params.whole_or("ACT_cmd_cycles", 1, 1, 16);
  return t;
}

dram_geometry geometry_of(params_reader& params, femtoseconds tCK) {
  dram_geometry g;
  g.stack_ids = params.whole_or("stack_ids", params.whole_or("stacks", 1, 1, 64), 1, 64);
  g.layers = g.stack_ids;
  g.pseudo_channels = params.whole_or("pseudo_channels", 1, 1, 64);
  g.bank_groups = params.whole("bank_groups", 1, 64);
  g.banks_per_group = params.whole("banks_per_group", 1, 64);
  g.rows = params.whole("rows", 1, 1 << 30);
  g.burst_bytes = params.whole("burst_bytes", 1, 1 << 16);
  g.row_bytes = g.burst_bytes * params.whole("columns_per_row", 1, 1 << 14);
  const int burst = params.whole("burst_cycles", 1, 1024);
  // Any width and rate with this burst time does; the burst length gives the real width.
  const int beats = params.whole_or("BL", 2 * burst, 1, 1 << 12);
  g.port_bits = std::max(1, g.burst_bytes * 8 / beats);
  const double burst_s = burst * to_seconds(tCK);
  g.pin_rate = g.burst_bytes * 8.0 / g.port_bits / burst_s;
  return g;
}

}  // namespace

dram_stack_spec parse_dram_params(const std::string& path, const std::string& text) {
  params_reader params(path, text);
  dram_stack_spec spec;
  spec.name = stem_of(path, ".json");
  spec.timings = timings_of(params);
  spec.geometry = geometry_of(params, spec.timings.tCK);
  spec.controller.scheduler = scheduler_policy::fr_fcfs;
  spec.controller.page = page_policy::open;
  spec.controller.queues = queue_organisation::unified;
  spec.controller.queue_entries = params.whole_or("queue_entries", 256, 1, 1 << 20);
  spec.controller.refresh = refresh_policy::all_bank;
  spec.controller.command_bus = command_bus_scope::channel;
  params.finish();
  const std::vector<std::string> wrong = address_map::check(spec.address_map, spec.geometry);
  if (!wrong.empty())
    throw reference_error({fmt::format("{}:1:1: {}", path, fmt::join(wrong, "; "))});
  return spec;
}

dram_stack_spec read_dram_params(const std::string& path) {
  return parse_dram_params(path, read_text(path));
}

std::vector<std::string> files_in(const std::string& folder, std::string_view ending) {
  namespace fs = std::filesystem;
  std::vector<std::string> found;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status)) {
    const std::string name = entry.path().filename().string();
    const bool ends = name.size() >= ending.size() &&
                      std::string_view(name).substr(name.size() - ending.size()) == ending;
    if (ends && entry.is_regular_file()) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> folders_in(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> found;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status))
    if (entry.is_directory()) found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

std::string stem_of(const std::string& path, std::string_view ending) {
  std::string name = std::filesystem::path(path).filename().string();
  if (name.size() >= ending.size() &&
      std::string_view(name).substr(name.size() - ending.size()) == ending)
    name.resize(name.size() - ending.size());
  return name;
}

std::string params_file(const std::string& folder, const std::string& name) {
  const std::string own = (std::filesystem::path(folder) / ("params_" + name + ".json")).string();
  std::vector<std::string> candidates;
  for (const std::string& file : files_in(folder, ".json")) {
    if (file == own) return own;
    if (stem_of(file, "").rfind("params_", 0) == 0) candidates.push_back(file);
  }
  if (candidates.size() == 1) return candidates.front();
  throw reference_error({fmt::format(
      "{}: expected params_{}.json or exactly one params_*.json, found {}", folder, name,
      candidates.empty() ? std::string("none") : fmt::format("{}", fmt::join(candidates, ", ")))});
}

}  // namespace lamina::validation
