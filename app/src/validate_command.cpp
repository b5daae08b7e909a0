// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <iostream>
#include <limits>

#include "arguments.h"
#include "lamina/validation/validate.h"

namespace lamina::app {
namespace {

constexpr std::uint64_t most_int = std::numeric_limits<int>::max();

validation::validate_options options_of(const arguments& given) {
  validation::validate_options options;
  for (const std::string& reference : given.all("reference")) {
    const std::size_t equals = reference.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw usage_error(fmt::format("--reference: expected KIND=PATH, found '{}' (KIND: {})",
                                    reference,
                                    fmt::join(validation::known_reference_kinds(), ", ")));
    }
    options.references.emplace_back(reference.substr(0, equals), reference.substr(equals + 1));
  }
  options.random = given.text("random");
  if (given.has("random") && options.random.empty()) {
    throw usage_error(fmt::format("--random: expected a component ({})",
                                  fmt::join(validation::known_random_components(), ", ")));
  }
  options.cases = static_cast<int>(given.whole("cases", 1, most_int).value_or(100));
  options.seed = given.whole("seed", 0, std::numeric_limits<std::uint64_t>::max()).value_or(1);
  if (const auto only = given.whole("only", 0, most_int)) options.only = static_cast<int>(*only);
  options.models_dir = given.text("models");
  options.json = given.has("json");
  options.jobs = static_cast<int>(given.whole("jobs", 0, most_int).value_or(0));
  options.quiet = given.has("quiet") || isatty(STDERR_FILENO) == 0;
  return options;
}

int run(const arguments& given) {
  return validation::run_validate(options_of(given), std::cout, std::cerr);
}

}  // namespace

command validate_command() {
  return {"validate",
          "[--reference KIND=PATH]... [--random COMPONENT] [OPTION]...",
          "hold both fidelities against references and each other",
          fmt::format("Runs the cases of each reference in both fidelities and compares, and draws "
                      "random\nconfigurations to hold the analytical path against the simulation. "
                      "At least one of\n--reference and --random is needed.\n\n"
                      "KIND is one of: {}\nCOMPONENT is one of: {}\n\n"
                      "Exit status: 0 within the tolerances, 1 outside, 2 bad input, 3 internal "
                      "error.",
                      fmt::join(validation::known_reference_kinds(), ", "),
                      fmt::join(validation::known_random_components(), ", ")),
          {{"reference", "KIND=PATH", "compare with the reference data in PATH; repeatable", true},
           {"random", "COMPONENT", "draw random cases of COMPONENT"},
           {"cases", "N", "random cases to draw (default 100)"},
           {"seed", "S", "seed of the random cases (default 1)"},
           {"only", "INDEX", "run this random case alone and print its configuration"},
           {"models", "DIR", "folder of model configurations, for kinds that need one"},
           {"json", "", "print JSON instead of text"},
           {"jobs", "N", "simulations at a time (default: one for each core)"},
           {"quiet", "", "no progress on stderr"},
           {"help", "", "print this"}},
          false,
          run};
}

}  // namespace lamina::app
