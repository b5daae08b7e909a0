// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/interconnect.h"

#include <algorithm>

namespace lamina {

namespace {

/// Beyond this, a product of sizes is wrong whatever it was meant to be.
constexpr std::int64_t most_members = 1 << 24;

}  // namespace

std::string_view name_of(network_shape shape) {
  static constexpr std::string_view names[] = {
      "chain", "ring", "mesh", "torus", "switch", "fully_connected", "fat_tree", "graph"};
  return names[static_cast<std::size_t>(shape)];
}

std::string_view name_of(network_limit limit) {
  static constexpr std::string_view names[] = {"link", "latency", "acknowledgement", "overhead"};
  return names[static_cast<std::size_t>(limit)];
}

std::int64_t members_of(const network_level& level) {
  if (level.sizes.empty()) return 0;
  if (*std::min_element(level.sizes.begin(), level.sizes.end()) < 1) return 0;
  std::int64_t product = 1;
  if (level.shape == network_shape::fat_tree) {
    if (level.sizes.size() != 2) return 0;
    for (int i = 0; i < level.sizes[1] && product <= most_members; ++i) product *= level.sizes[0];
  } else if (level.shape == network_shape::mesh || level.shape == network_shape::torus) {
    for (const int size : level.sizes) product = std::min(product, most_members) * size;
  } else {
    if (level.sizes.size() != 1) return 0;
    product = level.sizes[0];
  }
  return product > most_members ? 0 : product;
}

std::int64_t endpoints_of(const interconnect_spec& spec) {
  std::int64_t product = 1;
  for (const network_level& level : spec.levels) {
    product = std::min(product, most_members) * members_of(level);
  }
  return product > most_members ? 0 : product;
}

}  // namespace lamina
