// SPDX-License-Identifier: Apache-2.0
// The `lamina` program: picks the command, prints help, and turns errors into exit codes.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "arguments.h"
#include "lamina/platforms/envelope.h"
#include "rank_team.h"
#include "spelling.h"

namespace lamina::app {
namespace {

std::vector<command> all_commands() {
  return {check_command(), run_command(),      explore_command(),
          merge_command(), validate_command(), describe_command()};
}

void print_help(const std::vector<command>& commands) {
  std::cout << "How fast, how hot, how much energy: DRAM stacked on AI accelerators.\n\n"
               "Usage: lamina COMMAND [ARGUMENT]...\n\nCommands:\n";
  for (const command& one : commands) {
    std::cout << fmt::format("  {:<10} {}\n", one.name, one.summary);
  }
  std::cout << "\n'lamina COMMAND --help' tells the options of a command, 'lamina --version' the "
               "version.\nThe answer goes to stdout, everything else to stderr.\n"
               "Exit status: 0 fine, 1 outside a tolerance, 2 bad input, 3 internal error.\n";
}

void print_help(const command& one) {
  std::cout << fmt::format("lamina {}: {}.\n\nUsage: lamina {} {}\n\n{}\n\nOptions:\n{}", one.name,
                           one.summary, one.name, one.usage, one.about, help_of(one.options));
}

int bad_usage(const std::string& who, const std::string& message) {
  std::cerr << fmt::format("{}: {}\nSee '{} --help'.\n", who, message, who);
  return exit_bad_input;
}

int run_command(const command& one, const std::vector<std::string>& words) {
  try {
    const arguments given = parse(words, one.options, one.takes_files);
    if (given.has("help")) {
      print_help(one);
      return exit_fine;
    }
    return one.run(given);
  } catch (const usage_error& error) {
    return bad_usage("lamina " + one.name, error.what());
  }
}

int run_program(const std::vector<std::string>& words) {
  const std::vector<command> commands = all_commands();
  if (words.empty()) return bad_usage("lamina", "expected a command");
  if (words[0] == "--help") {
    print_help(commands);
    return exit_fine;
  }
  if (words[0] == "--version") {
    std::cout << fmt::format("lamina {}\n", platforms::version());
    return exit_fine;
  }
  std::vector<std::string> names;
  for (const command& one : commands) {
    // The ranks of an exploration speak through the first.
    const bool helper = words[0] == "explore" && !place_in_environment().first();
    const auto quiet = helper ? std::make_unique<silence>() : nullptr;
    if (one.name == words[0]) {
      const int code = run_command(one, {words.begin() + 1, words.end()});
      return helper && code == exit_bad_input ? exit_fine : code;  // mpirun stops all at the first
    }
    names.push_back(one.name);
  }
  const bool is_option = words[0].compare(0, 1, "-") == 0;
  if (is_option) names = {"--help", "--version"};
  const std::string near = nearest_word(words[0], names);
  return bad_usage(
      "lamina",
      fmt::format("unknown {} '{}'{}", is_option ? "option" : "command", words[0].substr(0, 80),
                  near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace
}  // namespace lamina::app

// libsystemc asks for it; the simulations are started without.
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  try {
    const int code = lamina::app::run_program({argv + (argc > 0 ? 1 : 0), argv + argc});
    std::cout.flush();
    if (!std::cout) {
      std::cerr << "lamina: the answer could not be written to stdout\n";
      return lamina::app::exit_internal;
    }
    return code;
  } catch (const std::exception& error) {
    std::cerr << "lamina: internal error: " << error.what() << '\n';
  } catch (...) {
    std::cerr << "lamina: internal error\n";
  }
  return lamina::app::exit_internal;
}
