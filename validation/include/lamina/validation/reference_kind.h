// SPDX-License-Identifier: Apache-2.0
// The registry of what `lamina validate` can compare: add a kind or component here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lamina/validation/validation_case.h"

namespace lamina::validation {

/// What every comparison is given besides its own input.
struct validation_context {
  int jobs = 0;            ///< simulations at a time; 0: one for each core
  std::string models_dir;  ///< folder of model configurations
  std::function<void(const std::string&)>
      note;  ///< one line of progress for the user; may be empty

  void tell(const std::string& line) const {
    if (note) note(line);
  }
};

/// A format of reference data.
struct reference_kind {
  std::string name;
  std::string path_help;  ///< what PATH is
  /// All cases of the data at `path`. Throws reference_error for data that cannot be used.
  std::function<std::vector<validation_case>(const std::string& path, const validation_context&)>
      run;
  std::vector<tolerance> tolerances;
};

struct random_request {
  int cases = 100;
  std::uint64_t seed = 1;
  std::optional<int> only;
};

struct random_answer {
  std::vector<validation_case> cases;
  std::string configuration;  ///< of the only case, as YAML
};

/// A component that is compared with itself in the other fidelity.
struct random_component {
  std::string name;
  std::function<random_answer(const random_request&, const validation_context&)> run;
  std::vector<tolerance> tolerances;
};

/// Everything that this build knows, in alphabetical order.
std::vector<reference_kind> reference_kinds();
std::vector<random_component> random_components();

}  // namespace lamina::validation
