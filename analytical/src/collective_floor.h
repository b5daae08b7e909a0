// SPDX-License-Identifier: Apache-2.0
// Times that a collective cannot undercut, whatever the algorithm: quick to get, to bound mappings.
#pragma once

#include <map>
#include <vector>

#include "lamina/models/interconnect.h"
#include "system_groups.h"

namespace lamina::analytical {

/// What groups that communicate at once have to carry into the objects of one level (endpoints,
/// or networks of the levels below), summed over groups and objects. A group of n ranks spans g
/// objects, with k ranks in each.
struct level_crossings {
  double objects = 0;   ///< g - 1
  double shards = 0;    ///< n (g - 1)
  double messages = 0;  ///< k (n - k)
};

/// Bounds from what must enter the objects of each level, over all links into them: a sum that has
/// to be in g objects crosses g - 1 times, and once more from each to all. Objects are taken
/// together, because groups of a mapping load them alike; headers and steps are left out.
class collective_floor {
 public:
  explicit collective_floor(const interconnect_spec& network);

  /// Seconds of all groups of a communication at once; of `any_order` only what enters chips, which
  /// is the same wherever the ranks are.
  double seconds(const llm_communication& what, const mapping_spec& mapping,
                 bool any_order = false);

 private:
  struct level {
    double bytes_per_s = 0;    ///< into all objects; 0: no bound
    double latency_s = 0;      ///< of one link
    std::int64_t beneath = 1;  ///< endpoints of an object
  };
  const std::vector<level_crossings>& crossings(const llm_communication& what,
                                                const mapping_spec& mapping);

  std::vector<level> levels_;
  std::map<group_key, std::vector<level_crossings>> known_;
};

}  // namespace lamina::analytical
