// SPDX-License-Identifier: Apache-2.0
// `lamina merge`: the parts of an exploration as one.
#include <fmt/format.h>

#include <iostream>

#include "arguments.h"
#include "exploration.h"
#include "explore_command.h"
#include "lamina/explore/store.h"
#include "out_folder.h"

namespace lamina::app {
namespace {

int merge(const explore::space& of, const arguments& given) {
  explore::result_store store(given.text("out"), of);
  for (std::size_t i = 1; i < given.files().size(); ++i) {
    explore::result_store part = explore::result_store::existing(given.files()[i], of);
    store.put(part.results());
    store.put(part.checks());
  }
  const exploration answer =
      exploration_of(of, store.results(), store.checks(), points_of(of).size());
  write_files(answer, given.text("out"));
  print_text(answer, std::cout);
  if (!answer.complete() && !given.has("quiet")) {
    std::cerr << fmt::format(
        "lamina merge: {} of {} points are there; 'lamina explore' with the "
        "same --out evaluates the rest\n",
        answer.results.size(), answer.asked);
  }
  return answer.front.empty() ? exit_outside : exit_fine;
}

int run(const arguments& given) {
  if (!given.has("out")) throw usage_error("--out DIR is missing: where the whole goes");
  if (given.files().size() < 2) throw usage_error("expected a space and folders of its parts");
  const auto of = load_one_space(given, std::cerr);
  if (!of) return exit_bad_input;
  make_out_folder(given.text("out"));
  try {
    return merge(*of, given);
  } catch (const explore::store_error& problem) {
    std::cerr << "lamina merge: " << problem.what() << '\n';
    return exit_bad_input;
  }
}

}  // namespace

command merge_command() {
  return {"merge",
          "SPACE PART... --out DIR",
          "join the parts of an exploration",
          "PART are folders that 'lamina explore SPACE --shard I/N --out PART' wrote; DIR gets "
          "the\nsame files as one exploration of all.\n\n"
          "Exit status: 0 fine, 1 nothing is feasible, 2 bad input, 3 internal error.",
          {{"set", "KEY=VALUE", "as it was given to 'lamina explore'", true},
           {"out", "DIR", "where the whole goes"},
           {"quiet", "", "no remarks on stderr"},
           {"help", "", "print this"}},
          true,
          run};
}

}  // namespace lamina::app
