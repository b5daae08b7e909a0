// SPDX-License-Identifier: Apache-2.0
// `lamina validate`: holds both fidelities against reference data and against each other.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamina::validation {

struct validate_options {
  /// (KIND, PATH) as in `--reference KIND=PATH`; answered in this order.
  std::vector<std::pair<std::string, std::string>> references;
  std::string random;       ///< COMPONENT of `--random`; empty: none
  int cases = 100;          ///< random cases to draw
  std::uint64_t seed = 1;   ///< of the random cases
  std::optional<int> only;  ///< repeat this random case alone and print its configuration
  std::string models_dir;   ///< folder of model configurations, for kinds that need one
  bool json = false;        ///< one JSON document on `out` instead of the summary in words
  int jobs = 0;             ///< simulations at a time; 0: one for each core
  bool quiet = false;       ///< no progress on `err`
};

/// The kinds and components that this build knows, in alphabetical order.
std::vector<std::string> known_reference_kinds();
std::vector<std::string> known_random_components();

/// Runs everything that the options ask for. The answer goes to `out`, progress and errors to
/// `err`. Returns the exit code of the program: 0 every error within its tolerance, 1 some are
/// outside or could not be computed, 2 bad options or bad reference files (each error located),
/// 3 an internal error. Uses child processes; no thread of the caller may hold locks that a child
/// needs.
int run_validate(const validate_options& options, std::ostream& out, std::ostream& err);

}  // namespace lamina::validation
