// SPDX-License-Identifier: Apache-2.0
// The simulator against a ticking controller, on stimuli and timings that nobody tuned to.
#include "naive_controller.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "child_runs.h"
#include "lamina/validation/csv_table.h"
#include "random_draw.h"
#include "stacks.h"

namespace lamina::validation {
namespace {

const std::string root = LAMINA_REFERENCES "/dram_commands";

std::string text_of(const dram_command_record& one) {
  const dram_address& p = one.place;
  return fmt::format("{} {} pc{} sid{} bg{} bank{} row{} request {}", one.cycle,
                     name_of(one.command), p.pseudo_channel, p.stack_id, p.bank_group, p.bank,
                     one.command == dram_command::precharge ? 0 : p.row, one.request_id);
}

/// In order of cycles, row commands first; without what comes after the last column command.
std::vector<std::string> listed(std::vector<dram_command_record> commands) {
  const auto is_column = [](const dram_command_record& one) {
    return one.command == dram_command::read || one.command == dram_command::write;
  };
  std::int64_t last = 0;
  for (const auto& one : commands)
    if (is_column(one)) last = std::max(last, one.cycle);
  commands.erase(std::remove_if(commands.begin(), commands.end(),
                                [&](const auto& one) {
                                  return one.cycle > last || (one.cycle == last && !is_column(one));
                                }),
                 commands.end());
  std::stable_sort(commands.begin(), commands.end(), [&](const auto& a, const auto& b) {
    return a.cycle != b.cycle ? a.cycle < b.cycle : is_column(a) < is_column(b);
  });
  std::vector<std::string> lines;
  for (auto one : commands) {
    const bool all =
        one.command == dram_command::precharge_all || one.command == dram_command::refresh_all;
    if (all) one.place.bank_group = one.place.bank = 0, one.place.row = 0;
    if (all) one.request_id = -1;
    lines.push_back(text_of(one));
  }
  return lines;
}

/// First line that differs, with what led to it; empty when none does.
std::string first_difference(const std::vector<std::string>& naive,
                             const std::vector<std::string>& tlm) {
  for (std::size_t i = 0; i < std::max(naive.size(), tlm.size()); ++i) {
    const std::string a = i < naive.size() ? naive[i] : "nothing";
    const std::string b = i < tlm.size() ? tlm[i] : "nothing";
    if (a == b) continue;
    std::string before;
    for (std::size_t j = i < 6 ? 0 : i - 6; j < i; ++j) before += "  " + naive[j] + "\n";
    return fmt::format("{}naive {}\ntlm   {}\n", before, a, b);
  }
  return {};
}

TEST(naive_controller, reproduces_the_published_column_cycles) {
  for (const char* policy : {"frfcfs", "fifo"}) {
    dram_stack_spec spec = read_dram_params(root + "/params_hbm2_common.json");
    if (std::string(policy) == "fifo") spec.controller.scheduler = scheduler_policy::fcfs;
    for (const std::string& file : files_in(root + "/stimuli", ".csv")) {
      const auto stimulus = read_stimulus(file, spec);
      const auto commands = run_naive_controller(spec, stimulus);
      csv_table table(
          fmt::format("{}/hbm2_common_{}/{}.requests.csv", root, policy, stem_of(file, ".csv")),
          {"req_id", "cas_cycle"});
      std::vector<std::int64_t> cas(stimulus.size(), -1);
      for (const auto& one : commands)
        if (one.command == dram_command::read || one.command == dram_command::write)
          cas[static_cast<std::size_t>(one.request_id)] = one.cycle;
      for (std::size_t row = 0; row < table.rows(); ++row)
        EXPECT_EQ(cas[row], table.integer(row, "cas_cycle", 0, 1 << 30)) << file << " " << row;
    }
  }
}

dram_stack_spec random_stack(random_draw& draw) {
  dram_stack_spec spec = read_dram_params(root + "/params_hbm2_common.json");
  spec.geometry.pseudo_channels = draw.whole(1, 2);
  spec.geometry.bank_groups = draw.power_of_two(0, 2);
  spec.geometry.banks_per_group = draw.power_of_two(0, 2);
  dram_timings& t = spec.timings;
  if (draw.chance(0.7)) {
    for (clocked_time* value : {&t.RL, &t.WL, &t.tRCDRD, &t.tRCDWR, &t.tRP, &t.tRAS, &t.tRTP,
                                &t.tWR, &t.tCCD_S, &t.tCCD_L, &t.tRRD_S, &t.tRRD_L, &t.tFAW,
                                &t.tWTR_S, &t.tWTR_L, &t.tRTW, &t.tRFC, &t.tREFI})
      value->clocks = std::max<std::int64_t>(
          2,
          static_cast<std::int64_t>(static_cast<double>(value->clocks) * draw.uniform(0.5, 1.8)));
    t.tCCD_L.clocks = std::max(t.tCCD_L.clocks, t.tCCD_S.clocks);
    t.tRRD_L.clocks = std::max(t.tRRD_L.clocks, t.tRRD_S.clocks);
    t.tWTR_L.clocks = std::max(t.tWTR_L.clocks, t.tWTR_S.clocks);
    t.tRC.clocks = t.tRAS.clocks + t.tRP.clocks + draw.whole(0, 4);
    t.tRTW.clocks = std::max(t.tRTW.clocks, t.RL.clocks + 2 - t.WL.clocks);
    t.activate_clocks = draw.whole(1, 2);
  }
  if (draw.chance(0.3)) spec.controller.refresh = refresh_policy::none;
  if (draw.chance(0.4)) spec.controller.scheduler = scheduler_policy::fcfs;
  return spec;
}

std::vector<dram_stimulus_request> random_stimulus(random_draw& draw, const dram_geometry& g) {
  std::vector<dram_stimulus_request> stimulus;
  const int count = draw.whole(20, 240);
  const int rows = draw.whole(1, 4);
  const double writes = draw.chance(0.4) ? 0 : draw.unit();
  const double gap = draw.logarithmic(0.5, 60);
  const double hits = draw.unit();
  std::int64_t arrival = 0;
  dram_stimulus_request request;
  for (int i = 0; i < count; ++i) {
    request.id = i;
    request.arrival = arrival;
    request.write = draw.chance(writes);
    if (!draw.chance(hits)) {
      request.place.pseudo_channel = draw.whole(0, g.pseudo_channels - 1);
      request.place.bank_group = draw.whole(0, g.bank_groups - 1);
      request.place.bank = draw.whole(0, g.banks_per_group - 1);
      request.place.row = draw.whole(0, rows - 1);
    }
    request.place.column = draw.whole(0, g.bursts_per_row() - 1);
    stimulus.push_back(request);
    arrival += std::max<std::int64_t>(1, static_cast<std::int64_t>(gap * 2 * draw.unit()));
  }
  return stimulus;
}

TEST(simulator, issues_the_same_commands_as_the_naive_controller) {
  constexpr std::uint64_t seed = 5;
  constexpr std::uint64_t drawings = 300;
  std::vector<std::vector<dram_stimulus_request>> stimuli;
  std::vector<recorded_run> runs;
  for (std::uint64_t i = 0; i < drawings; ++i) {
    random_draw draw(seed, i);
    const dram_stack_spec spec = random_stack(draw);
    stimuli.push_back(random_stimulus(draw, spec.geometry));
    runs.push_back({fmt::format("drawing {}", i), spec, workload_of(stimuli.back(), spec)});
  }
  const auto answers = simulate_recorded(runs, 0);
  int different = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    ASSERT_EQ(answers[i].error, "");
    const std::string difference = first_difference(
        listed(run_naive_controller(runs[i].spec, stimuli[i])), listed(answers[i].commands));
    if (difference.empty()) continue;
    if (++different <= 5) {
      ADD_FAILURE() << runs[i].name << " (seed " << seed << ", "
                    << (runs[i].spec.controller.scheduler == scheduler_policy::fcfs ? "fifo"
                                                                                    : "frfcfs")
                    << ")\n"
                    << difference;
    }
  }
  EXPECT_EQ(different, 0) << "of " << drawings;
}

}  // namespace
}  // namespace lamina::validation
