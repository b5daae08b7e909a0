// SPDX-License-Identifier: Apache-2.0
// Times of the collectives of a system: all groups of a mapping at once, remembered.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "collective_floor.h"
#include "collective_forms.h"
#include "lamina/analytical/interconnect.h"
#include "lamina/analytical/stacked_chip.h"
#include "lamina/models/llm_system_step.h"
#include "lamina/models/system.h"

namespace lamina::analytical {

struct collective_answer {
  femtoseconds elapsed{0};                             ///< with entry and barriers
  femtoseconds software{0};                            ///< entry and barriers alone
  collective_kind kind = collective_kind::all_reduce;  ///< as it is carried
  collective_algorithm algorithm = collective_algorithm::direct;
  network_limit bound_by = network_limit::latency;
  double energy_j = 0;  ///< of all groups together
};

class system_collectives {
 public:
  system_collectives(const interconnect_spec& network, const collective_software& software,
                     model_detail detail);

  /// One communication of a mapping, with all its groups at once. `in_a_ring`: each rank's part
  /// goes from neighbour to neighbour, whatever the software does elsewhere.
  const collective_answer& answer(const llm_communication& what, const mapping_spec& mapping,
                                  bool in_a_ring = false);
  /// What the network carries for it.
  network_workload work_of(const llm_communication& what, const mapping_spec& mapping,
                           bool in_a_ring = false);

  /// Never more than answer() takes; of `any_order`: with any order of the mapping's axes.
  double least_seconds(const llm_communication& what, const mapping_spec& mapping,
                       bool any_order = false);

  /// Another network between the same endpoints. Closed forms keep what they know of its links.
  void replace_network(const interconnect_spec& network);

  int endpoints() const { return static_cast<int>(endpoints_of(spec_)); }

 private:
  struct question {
    collective_kind kind;
    collective_algorithm algorithm;
    std::uint64_t bytes;
    group_key groups;
    bool operator<(const question& other) const {
      return std::tie(kind, algorithm, bytes, groups) <
             std::tie(other.kind, other.algorithm, other.bytes, other.groups);
    }
  };
  using group_list = std::vector<std::vector<int>>;
  collective_answer follow(const question& asked, const group_list& groups);
  collective_answer follow_one(collective_kind kind, collective_algorithm algorithm,
                               std::uint64_t bytes, const group_list& groups);
  std::optional<collective_answer> look_up(const question& asked, const llm_communication& what,
                                           const mapping_spec& mapping);
  femtoseconds software_of(collective_kind kind, collective_algorithm algorithm) const;
  interconnect& network();

  interconnect_spec spec_;
  collective_software software_;
  collective_floor floor_;
  std::unique_ptr<interconnect> network_;  ///< made when it is needed
  std::optional<collective_forms> forms_;
  std::map<group_key, int> sets_;  ///< of the forms
  std::map<question, collective_answer> known_;
};

}  // namespace lamina::analytical
