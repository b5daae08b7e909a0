// SPDX-License-Identifier: Apache-2.0
// Times of the collectives of a system: all groups of a mapping at once, remembered.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>

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

  /// One communication of a mapping, with all its groups at once.
  const collective_answer& answer(const llm_communication& what, const mapping_spec& mapping);
  /// What the network carries for it.
  network_workload work_of(const llm_communication& what, const mapping_spec& mapping);

  /// Another network between the same endpoints. Closed forms keep what they know of its links.
  void replace_network(const interconnect_spec& network);

  int endpoints() const { return static_cast<int>(endpoints_of(spec_)); }

 private:
  /// Sizes of a mapping, and what decides where its ranks are.
  using group_key = std::tuple<communication_group, int, int, int, int, int, int,
                               std::array<mapping_axis, mapping_axis_count>>;
  using key = std::tuple<collective_kind, std::uint64_t, group_key>;
  static group_key key_of(const llm_communication& what, const mapping_spec& mapping);

  collective_answer follow(collective_kind kind, std::uint64_t bytes,
                           const std::vector<std::vector<int>>& groups);
  collective_answer follow(collective_kind kind, collective_algorithm algorithm,
                           std::uint64_t bytes, const std::vector<std::vector<int>>& groups);
  std::optional<collective_answer> look_up(collective_kind kind, std::uint64_t bytes,
                                           const llm_communication& what,
                                           const mapping_spec& mapping);
  femtoseconds software_of(collective_kind kind, collective_algorithm algorithm) const;

  interconnect_spec spec_;
  collective_software software_;
  std::unique_ptr<interconnect> network_;  ///< made when it is needed
  std::optional<collective_forms> forms_;
  std::map<group_key, int> groups_;  ///< of the forms
  std::map<key, collective_answer> known_;

  interconnect& network();
};

}  // namespace lamina::analytical
