// SPDX-License-Identifier: Apache-2.0
// Many equal chips on a network, and what serving software adds to their kernels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/models/chip.h"
#include "lamina/models/interconnect.h"
#include "lamina/models/spec_problem.h"
#include "lamina/models/stacked_chip.h"

namespace lamina {

/// Kernels that the software runs for one operator. An operator that is not listed is one kernel,
/// or joins the kernel before it where it can; one that is listed stands alone, and what is more
/// than one are kernels too small to move anything: each costs a launch and the latencies.
struct operator_kernels {
  std::string name;  ///< of the operator
  int kernels = 1;
};

/// How collectives are run.
struct collective_software {
  /// One algorithm for all, or `best`: the quickest of those that fit.
  collective_algorithm algorithm = collective_algorithm::best;
  /// An all-reduce may also send whole buffers to everybody in one step, where that is quicker.
  bool one_shot = false;
  femtoseconds entry{0};  ///< of each: all ranks have arrived, all have left
  femtoseconds step{0};   ///< of each step of a direct algorithm but the first: a barrier
  bool operator==(const collective_software& other) const {
    return algorithm == other.algorithm && one_shot == other.one_shot && entry == other.entry &&
           step == other.step;
  }
};

/// What attention kernels do beside what they are asked for.
struct attention_software {
  /// Heads of a rank for which the kernel of latent attention is made; fewer are padded. 0: none.
  int latent_heads = 0;
  int sparse_heads = 0;  ///< the same of the kernel for selected keys
  /// The kernel for selected keys takes as many as the model selects, however few there are.
  bool sparse_all_keys = false;
  /// FLOP/s of products, padding included, that the kernel for selected keys reaches at most on a
  /// chip, because it gathers and converts; 0: what the chip reaches.
  double sparse_flops = 0;
};

struct serving_stack_spec {
  std::string name;
  femtoseconds step{0};      ///< between two steps, in which the chips wait for the host
  femtoseconds sequence{0};  ///< the same for each sequence of the step
  std::vector<operator_kernels> kernels;
  attention_software attention;
  collective_software collectives;
};

/// What of the communication hides behind compute.
enum class overlap_kind : std::uint8_t {
  none,   ///< a collective begins when the kernel before it has ended
  waves,  ///< the results of a wave of blocks leave while the next wave is computed,
          ///< weights of a layer are gathered while the one before it runs
  rings   ///< and keys that pass in a ring do so while attention runs on the part before
};

struct system_spec {
  std::string name;
  chip_spec chip;                            ///< with stated memory, unless stacked
  std::optional<stacked_chip_spec> stacked;  ///< instead of `chip`
  interconnect_spec network;                 ///< between chips: an endpoint is a chip
  serving_stack_spec software;
  overlap_kind overlap = overlap_kind::none;

  const chip_spec& tiles() const { return stacked ? stacked->chip : chip; }
  double memory_bytes() const;  ///< capacity of a chip
};

/// All that is wrong with a system; paths begin with "chip", "network" or "software".
std::vector<spec_problem> check(const system_spec& system);

}  // namespace lamina
