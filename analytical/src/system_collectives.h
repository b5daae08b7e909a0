// SPDX-License-Identifier: Apache-2.0
// Times of the collectives of a system: all groups of a mapping at once, remembered.
#pragma once

#include <map>
#include <tuple>

#include "collective_floor.h"
#include "lamina/analytical/interconnect.h"
#include "lamina/models/llm_system_step.h"
#include "lamina/models/system.h"

namespace lamina::analytical {

struct collective_answer {
  femtoseconds elapsed{0};   ///< with entry and barriers
  femtoseconds software{0};  ///< entry and barriers alone
  network_workload work;     ///< that the network carries
  collective_algorithm algorithm = collective_algorithm::direct;
  network_limit bound_by = network_limit::latency;
};

class system_collectives {
 public:
  system_collectives(const interconnect_spec& network, const collective_software& software)
      : network_(network), software_(software), floor_(network) {}

  /// One communication of a mapping, with all its groups at once. `in_a_ring`: each rank's part
  /// goes from neighbour to neighbour, whatever the software does elsewhere.
  const collective_answer& answer(const llm_communication& what, const mapping_spec& mapping,
                                  bool in_a_ring = false);

  /// Never more than answer() takes.
  double least_seconds(const llm_communication& what, const mapping_spec& mapping);

  int endpoints() const { return network_.graph().endpoints(); }

 private:
  using key = std::tuple<collective_kind, std::uint64_t, bool, group_key>;
  collective_answer find(collective_kind kind, std::uint64_t bytes,
                         const std::vector<std::vector<int>>& groups,
                         collective_algorithm algorithm);
  collective_answer one(collective_kind kind, collective_algorithm algorithm, std::uint64_t bytes,
                        const std::vector<std::vector<int>>& groups);

  interconnect network_;
  collective_software software_;
  collective_floor floor_;
  std::map<key, collective_answer> known_;
};

}  // namespace lamina::analytical
