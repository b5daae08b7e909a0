// SPDX-License-Identifier: Apache-2.0
// A network platform (interconnect and traffic) from YAML, and back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/config/memory_platform.h"
#include "lamina/models/interconnect.h"

namespace lamina::config {

/// "0-63:8" in a group: ranks first, first + step, ... up to last.
struct rank_range {
  int first = 0;
  int last = 0;
  int step = 1;
};
parsed<rank_range> parse_rank_range(std::string_view text);
std::string print_rank_range(const rank_range& range);

struct collective_entry {
  collective what;
  std::vector<rank_range> group;  ///< empty: all endpoints
};

struct network_traffic {
  std::vector<collective_entry> collectives;
  std::vector<network_transfer> transfers;
};

struct network_platform {
  std::string name;
  interconnect_spec interconnect;
  network_traffic traffic;

  network_workload workload() const;
};

mapping declare(network_level& level);
mapping declare(interconnect_spec& spec);
mapping declare(network_traffic& traffic);
mapping declare(network_platform& platform);

/// Whether a file describes a network platform: it has `interconnect` at its top.
bool is_network_platform(const load_request& request);

/// Reads and checks a platform; nothing when anything is wrong, which `found` then tells.
std::optional<network_platform> load_network_platform(const load_request& request,
                                                      diagnostics& found);

/// The whole resolved platform as YAML that load_network_platform() reads to the same values.
std::string to_yaml(const network_platform& platform);

/// JSON Schema (2020-12) of a network platform file, for editors.
std::string network_json_schema();

}  // namespace lamina::config
