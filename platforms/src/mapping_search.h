// SPDX-License-Identifier: Apache-2.0
// The best of all mappings of a model: branch and bound over sizes, micro-batches and orders.
#pragma once

#include <vector>

#include "lamina/platforms/system.h"

namespace lamina::platforms {

/// All that does not change from mapping to mapping.
struct system_work {
  explicit system_work(const config::system_platform& platform,
                       analytical::model_detail detail = analytical::model_detail::followed);
  analytical::llm_system system;
  language_model model;
  std::vector<llm_phase> phases;
  llm_step_options options;
};

/// All steps with one mapping.
system_result answer(system_work& work, const mapping_spec& mapping);

struct searched_mappings {
  /// One for each legal choice of sizes; those that fit first, the quickest first.
  std::vector<mapping_trial> trials;
  std::vector<refused_mapping> refused;  ///< left out of the trials
  mapping_search_counts counts;
};
/// Of each choice of sizes that fits (of all, where none does) every order and number of
/// micro-batches. The first two trials are exact. Empty where nothing is legal.
searched_mappings search_mappings(system_work& work);

}  // namespace lamina::platforms
