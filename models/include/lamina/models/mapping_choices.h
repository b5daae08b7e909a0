// SPDX-License-Identifier: Apache-2.0
// What may be chosen once the sizes of a mapping are: where ranks are, and how many micro-batches.
#pragma once

#include <vector>

#include "lamina/models/llm_phase.h"
#include "lamina/models/mapping_spec.h"

namespace lamina {

/// The same mapping in every order of its axes that places ranks otherwise, its own order first:
/// axes of one rank have no place, and follow the others.
std::vector<mapping_spec> with_other_orders(const mapping_spec& mapping);

/// The same mapping, which has as many micro-batches as stages, with that and other counts: powers
/// of two up to the sequences of a replica, and as many as those. In steps that only decode no
/// fewer than stages: a step takes as many rounds then, each of them longer. Of one stage: one.
std::vector<mapping_spec> with_other_microbatches(const mapping_spec& mapping,
                                                  const std::vector<llm_phase>& steps);

/// Of what a mapping of steps that only decode computes and carries, the share that is left without
/// rounding sequences and tokens up to whole ones of each rank and micro-batch. Micro-batches of
/// another size do no less: each token costs no less when fewer share weights.
double unrounded_share(const mapping_spec& mapping, const std::vector<llm_phase>& steps);

/// Whether every sequence of a step decodes.
bool is_decode(const llm_phase& step);

}  // namespace lamina
