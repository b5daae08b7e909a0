// SPDX-License-Identifier: Apache-2.0
#include "child_runs.h"

#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/dram_simulation.h"

namespace lamina::validation {
namespace {

std::string recorded(const recorded_run& run) {
  std::vector<dram_command_record> commands;
  sysc::simulation_options options;
  options.on_command = [&](const dram_command_record& record) { commands.push_back(record); };
  const memory_result result = sysc::simulate(run.spec, run.workload, options);
  std::string bytes;
  pack(bytes, result);
  bytes.append(reinterpret_cast<const char*>(commands.data()),
               commands.size() * sizeof(dram_command_record));
  return bytes;
}

recorded_answer unpacked(const platforms::process_outcome& child) {
  recorded_answer answer;
  std::size_t place = 0;
  if (!child.ok() || !unpack(child.bytes, place, answer.result)) {
    answer.error = "the simulation gave no answer: " + child.error;
    return answer;
  }
  const std::size_t count = (child.bytes.size() - place) / sizeof(dram_command_record);
  answer.commands.resize(count);
  if (count > 0)
    std::memcpy(answer.commands.data(), child.bytes.data() + place,
                count * sizeof(dram_command_record));
  return answer;
}

}  // namespace

std::vector<recorded_answer> simulate_recorded(const std::vector<recorded_run>& runs, int jobs) {
  std::vector<platforms::process_task> tasks;
  for (const recorded_run& run : runs) tasks.push_back([&run] { return recorded(run); });
  platforms::process_pool_options options;
  options.jobs = jobs;
  std::vector<recorded_answer> answers;
  for (const platforms::process_outcome& child : platforms::run_in_processes(tasks, options))
    answers.push_back(unpacked(child));
  return answers;
}

}  // namespace lamina::validation
