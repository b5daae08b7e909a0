// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "quantity_text.h"
#include "run_answer.h"

namespace lamina::app {
namespace {

using number_of = std::function<double(const memory_result&)>;
using text_of = std::function<std::string(double)>;

text_of si(const char* unit) {
  return [unit](double value) { return si_text(value, unit); };
}

class row_list {
 public:
  row_list(const run_answer& answer, std::size_t point) : outcomes_(answer.outcomes[point]) {
    for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
      const bool is_tlm = answer.fidelities[i] == platforms::fidelity::tlm;
      (is_tlm ? tlm_ : analytical_) = &outcomes_[i];
    }
  }
  void number(const std::string& label, const number_of& number, const text_of& text) {
    answer_row row{label, {}, {}};
    for (const auto& outcome : outcomes_) {
      row.values.push_back(outcome.result ? text(number(*outcome.result)) : "-");
    }
    if (compared()) {
      row.difference = difference_text(number(*analytical_->result), number(*tlm_->result));
    }
    rows.push_back(std::move(row));
  }
  void word(const std::string& label,
            const std::function<std::string(const memory_result&)>& word) {
    answer_row row{label, {}, {}};
    for (const auto& outcome : outcomes_) {
      row.values.push_back(outcome.result ? word(*outcome.result) : "-");
    }
    if (compared()) {
      row.difference = row.values.front() == row.values.back() ? "same" : "differs";
    }
    rows.push_back(std::move(row));
  }
  std::vector<answer_row> rows;

 private:
  bool compared() const {
    return analytical_ != nullptr && tlm_ != nullptr && analytical_->result && tlm_->result;
  }
  const std::vector<platforms::evaluation_outcome>& outcomes_;
  const platforms::evaluation_outcome* analytical_ = nullptr;
  const platforms::evaluation_outcome* tlm_ = nullptr;
};

void add_limits(row_list& list) {
  list.word("bound by", [](const memory_result& r) { return std::string(name_of(r.bound_by)); });
  list.word("runner-up", [](const memory_result& r) {
    const auto next = runner_up(r);
    return next ? std::string(name_of(*next)) : std::string("-");
  });
  for (int i = 0; i < memory_limit_count; ++i) {
    const auto which = static_cast<memory_limit>(i);
    list.number(
        "limit " + std::string(name_of(which)),
        [which](const memory_result& r) { return r.limit(which); }, si("B/s"));
  }
}

void add_counts(row_list& list) {
  const auto count = [&](const char* label, double dram_counts::*member) {
    list.number(
        label, [member](const memory_result& r) { return r.counts.*member; }, count_text);
  };
  count("activates", &dram_counts::activates);
  count("precharges", &dram_counts::precharges);
  count("read bursts", &dram_counts::reads);
  count("write bursts", &dram_counts::writes);
  count("row hits", &dram_counts::row_hits);
  count("refreshes", &dram_counts::refreshes);
  count("turnarounds", &dram_counts::turnarounds);
}

void add_energy(row_list& list) {
  const auto energy = [&](const char* label, double dram_energy::*member) {
    list.number(
        label, [member](const memory_result& r) { return r.energy.*member; }, si("J"));
  };
  energy("energy activate", &dram_energy::activate_j);
  energy("energy precharge", &dram_energy::precharge_j);
  energy("energy read", &dram_energy::read_j);
  energy("energy write", &dram_energy::write_j);
  energy("energy refresh", &dram_energy::refresh_j);
  energy("energy port", &dram_energy::port_j);
  energy("energy bond", &dram_energy::bond_j);
  energy("energy background", &dram_energy::background_j);
  list.number(
      "energy", [](const memory_result& r) { return r.energy.total_j(); }, si("J"));
  list.number(
      "energy per bit",
      [](const memory_result& r) {
        return r.energy.total_j() / (8 * static_cast<double>(r.read_bytes + r.write_bytes));
      },
      [](double j) { return std::isfinite(j) ? fmt::format("{:.4g} pJ/bit", j * 1e12) : "-"; });
}

}  // namespace

std::optional<memory_limit> runner_up(const memory_result& result) {
  std::optional<memory_limit> next;
  for (int i = 0; i < memory_limit_count; ++i) {
    const auto which = static_cast<memory_limit>(i);
    if (which == result.bound_by || !std::isfinite(result.limit(which))) continue;
    if (!next || result.limit(which) < result.limit(*next)) next = which;
  }
  return next;
}

std::vector<answer_row> rows_of(const run_answer& answer, std::size_t point) {
  row_list list(answer, point);
  const double peak =
      platforms::peak_bandwidth(answer.input.points[point].platform.dram_stack.geometry);
  list.number(
      "elapsed", [](const memory_result& r) { return to_seconds(r.elapsed); }, si("s"));
  list.number(
      "bandwidth", [](const memory_result& r) { return r.bandwidth_bytes_per_s(); }, si("B/s"));
  list.number(
      "share of peak", [peak](const memory_result& r) { return r.bandwidth_bytes_per_s() / peak; },
      percent_text);
  const auto latency = [&](const char* label, double latency_summary::*member) {
    list.number(
        label, [member](const memory_result& r) { return r.latency.*member; }, si("s"));
  };
  latency("latency mean", &latency_summary::mean_s);
  latency("latency p50", &latency_summary::p50_s);
  latency("latency p99", &latency_summary::p99_s);
  latency("latency max", &latency_summary::max_s);
  add_limits(list);
  list.number(
      "read", [](const memory_result& r) { return static_cast<double>(r.read_bytes); }, bytes_text);
  list.number(
      "written", [](const memory_result& r) { return static_cast<double>(r.write_bytes); },
      bytes_text);
  add_counts(list);
  add_energy(list);
  return std::move(list.rows);
}

}  // namespace lamina::app
