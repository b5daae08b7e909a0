// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "arguments.h"
#include "chip_run.h"
#include "inputs.h"
#include "lamina/config/describe.h"
#include "lamina/config/network_platform.h"
#include "lamina/config/pipeline_platform.h"
#include "lamina/config/system_platform.h"
#include "network_run.h"
#include "pipeline_run.h"
#include "system_run.h"

namespace lamina::app {
namespace {

std::map<std::string, config::source_note> notes_of(const config::memory_platform& platform) {
  std::map<std::string, config::source_note> notes;
  for (const auto& [path, text] : platform.sources) notes["dram_stack." + path] = {text, {}};
  return notes;
}

void print(config::memory_platform platform, bool as_json, config::shown_values values) {
  const config::mapping declared = config::declare(platform);
  const auto notes = notes_of(platform);
  std::cout << (as_json ? config::describe_json(declared, notes)
                        : config::describe(declared, notes, values));
}

int run(const arguments& given) {
  if (given.has("schema")) {
    std::cout << (is_system(given)     ? config::system_json_schema()
                  : is_network(given)  ? config::network_json_schema()
                  : is_pipeline(given) ? config::pipeline_json_schema()
                                       : config::json_schema())
              << '\n';
    return exit_fine;
  }
  if (given.files().size() > 1) throw usage_error("expected one configuration file at most");
  if (given.files().empty()) {
    if (given.has("set") || given.has("seed")) {
      throw usage_error("--set and --seed need a configuration file");
    }
    print({}, given.has("json"), config::shown_values::defaults);
    return exit_fine;
  }
  if (is_system(given)) return describe_system(given);
  if (is_chip(given)) return describe_chip(given);
  if (is_network(given)) return describe_network(given);
  if (is_pipeline(given)) return describe_pipeline(given);
  const std::vector<input_file> inputs = load_inputs(given, "lamina describe", part_files::allowed);
  if (inputs.front().points.empty()) return exit_bad_input;
  print(inputs.front().points.front().platform, given.has("json"), config::shown_values::present);
  return exit_fine;
}

}  // namespace

command describe_command() {
  std::vector<option> options = {{"schema", "",
                                  "print a JSON Schema of configuration files, for editors; with "
                                  "a\nnetwork platform as FILE, that of networks"},
                                 {"json", "", "print JSON instead of text"}};
  for (const option& one : setting_options()) options.push_back(one);
  options.push_back({"help", "", "print this"});
  return {"describe",
          "[FILE] [OPTION]...",
          "list the parameters of configurations",
          "Prints every parameter with its default, meaning, range and definition; with FILE, its "
          "value\nthere and the source that the file names for it.\n\n"
          "Exit status: 0 fine, 2 bad input, 3 internal error.",
          options,
          true,
          run};
}

}  // namespace lamina::app
