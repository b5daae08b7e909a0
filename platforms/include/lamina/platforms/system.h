// SPDX-License-Identifier: Apache-2.0
// From a system platform to the time of its language-model workload, with its mapping or the best.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/analytical/system.h"
#include "lamina/config/system_platform.h"
#include "lamina/platforms/serving.h"
#include "lamina/platforms/system_simulation.h"

namespace lamina::platforms {

/// Sizes that were tried: with the best order and number of micro-batches that was evaluated.
struct mapping_trial {
  mapping_spec mapping;
  /// Of all steps; where `bounded`, a bound from below for all orders and micro-batches that is
  /// not below the best and the runner-up, or of sizes that do not fit where others do.
  double seconds = 0;
  bool fits = false;
  bool bounded = false;
};

/// A legal mapping that nothing can be said about.
struct refused_mapping {
  mapping_spec mapping;
  std::string reason;  ///< such as a kernel that no chip could count
};

/// What `best` compared.
struct mapping_search_counts {
  std::size_t mappings = 0;     ///< sizes that fit, in all orders and numbers of micro-batches
  std::size_t evaluated = 0;    ///< of these; the others have a bound that is not below
  std::size_t most_orders = 1;  ///< of the axes, of one choice of sizes
  std::size_t most_microbatches = 1;  ///< numbers of them that were compared, likewise
  /// Further sizes that gather weights (fsdp) though they fit without: never quicker, and not
  /// tried.
  std::size_t needless = 0;
};

struct system_result {
  mapping_spec mapping;  ///< that the rest is of
  std::vector<analytical::system_step_result> steps;
  double seconds = 0;          ///< of all steps
  double tokens = 0;           ///< through the layers
  double sampled = 0;          ///< tokens that came out
  llm_footprint footprint;     ///< of the step and rank that take most
  double memory_capacity = 0;  ///< of a chip
  int chips = 0;
  double simulated_share = 1;  ///< of simulated kernels' time: what was not extrapolated
  /// Of the simulated kernels' time, what a chip with the mean of the experts waits for the
  /// busiest; nothing when no second chip was simulated.
  std::optional<double> waiting_share;
  /// For the best: one for all legal sizes, those that fit first, the quickest first. The best and
  /// the runner-up have their best order and micro-batches.
  std::vector<mapping_trial> trials;
  std::vector<refused_mapping> refused;  ///< for the best: left out of the trials
  mapping_search_counts searched;
  bool compared_in_closed_form = false;   ///< the trials; `seconds` is followed
  std::optional<serving_result> serving;  ///< of requests; `steps` is then the one that decodes
  double tokens_per_s() const { return seconds > 0 ? tokens / seconds : 0; }
  /// Of all steps; nothing where the chip does not state what its parts take.
  std::optional<analytical::system_energy> energy() const;
  bool fits() const { return footprint.total_bytes() <= memory_capacity; }
};

struct system_outcome {
  std::optional<system_result> result;
  std::string error;  ///< why there is no result
  double wall_s = 0;
};

/// In closed form, or with what `how` says simulated. `best` tries all legal sizes, with weights
/// gathered (fsdp) where they do not fit without, in every order of the axes that places ranks
/// otherwise (with_other_orders()) and with_other_microbatches(), and takes the quickest that fits
/// the memory, or, when none does, the quickest; mappings without an answer are left out, and told
/// with their reason. A model that does not fit is answered all the
/// same: see system_result::fits(). The best mapping is chosen without simulation; on stacked chips
/// in closed form, and then the bursts of its kernels are followed.
system_outcome evaluate(const config::system_platform& platform, const system_fidelity& how = {},
                        const system_simulation_options& simulation = {},
                        analytical::model_detail detail = analytical::model_detail::followed);

}  // namespace lamina::platforms
