// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/network_graph.h"

#include <algorithm>
#include <stdexcept>

#include "lamina/models/interconnect_check.h"

namespace lamina {

namespace {

bool has_one_switch(const network_level& level) { return level.shape == network_shape::switched; }

int switches_of(const network_level& level) {
  if (has_one_switch(level)) return 1;
  if (level.shape == network_shape::graph) return level.switches;
  if (level.shape != network_shape::fat_tree) return 0;
  int row = 1;
  for (int i = 1; i < level.sizes[1]; ++i) row *= level.sizes[0];
  return row * level.sizes[1];
}

}  // namespace

network_graph::network_graph(const interconnect_spec& spec) : spec_(spec) {
  const std::vector<spec_problem> problems = check(spec_);
  if (!problems.empty()) {
    throw std::invalid_argument("network_graph: " + problems[0].path + ": " + problems[0].message);
  }
  endpoints_ = static_cast<int>(endpoints_of(spec_));
  nodes_ = endpoints_;
  below_.push_back(1);
  for (const network_level& level : spec_.levels) {
    below_.push_back(below_.back() * static_cast<int>(members_of(level)));
  }
  for (int level = 0; level < static_cast<int>(spec_.levels.size()); ++level) add_level(level);
}

void network_graph::add_level(int level) {
  const network_level& is = spec_.levels[static_cast<std::size_t>(level)];
  first_instance_.push_back(static_cast<int>(instances_.size()));
  const int beneath = below_[static_cast<std::size_t>(level)];
  const int whole = below_[static_cast<std::size_t>(level) + 1];
  const bool by_group = level == 0 || is.attachment == network_attachment::group;
  for (int object = 0; object < endpoints_ / whole; ++object) {
    for (int rail = 0; rail < (by_group ? 1 : beneath); ++rail) {
      std::vector<int> members;
      for (int first = object * whole; first < (object + 1) * whole; first += beneath) {
        members.push_back(by_group && level > 0 ? attachment_of(instance_at(level - 1, first))
                                                : first + rail);
      }
      add_instance(level, std::move(members));
    }
  }
}

/// The network of `level` that this endpoint is a member of, or for level - 1 its group.
const network_graph::instance& network_graph::instance_at(int level, int endpoint) const {
  const auto at = static_cast<std::size_t>(level);
  const network_level& is = spec_.levels[at];
  const int object = endpoint / below_[at + 1];
  const bool by_group = level == 0 || is.attachment == network_attachment::group;
  const int index = by_group ? object : object * below_[at] + endpoint % below_[at];
  return instances_[static_cast<std::size_t>(first_instance_[at] + index)];
}

int network_graph::attachment_of(const instance& made) const {
  const network_level& is = spec_.levels[static_cast<std::size_t>(made.level)];
  return has_one_switch(is) ? made.first_switch : made.members.front();
}

void network_graph::add_instance(int level, std::vector<int> members) {
  instance made;
  made.level = level;
  made.first_edge = static_cast<int>(edges_.size());
  made.first_switch = nodes_;
  made.members = std::move(members);
  const network_level& is = spec_.levels[static_cast<std::size_t>(level)];
  const int switches = switches_of(is);
  nodes_ += switches;
  for (int i = 0; i < switches; ++i) switch_level_.push_back(level);
  switch (is.shape) {
    case network_shape::chain:
    case network_shape::mesh:
      wire_grid(made, false);
      break;
    case network_shape::ring:
    case network_shape::torus:
      wire_grid(made, true);
      break;
    case network_shape::switched:
      for (const int member : made.members) {
        add_edge(level, member, made.first_switch);
        add_edge(level, made.first_switch, member);
      }
      break;
    case network_shape::fully_connected:
      for (const int from : made.members) {
        for (const int to : made.members) {
          if (from != to) add_edge(level, from, to);
        }
      }
      break;
    case network_shape::fat_tree:
      wire_fat_tree(made);
      break;
    case network_shape::graph:
      wire_listed(made);
      break;
  }
  instances_.push_back(std::move(made));
}

void network_graph::add_edge(int level, int from, int to) {
  const network_level& is = spec_.levels[static_cast<std::size_t>(level)];
  edges_.push_back({from, to, level, is.bandwidth_bytes_per_s, is.latency});
}

int network_graph::outermost_level(int source, int destination) const {
  if (spec_.levels.size() == 1) return source == destination ? -1 : 0;
  for (int level = static_cast<int>(spec_.levels.size()) - 1; level >= 0; --level) {
    const int beneath = below_[static_cast<std::size_t>(level)];
    if (source / beneath != destination / beneath) return level;
  }
  return -1;
}

void network_graph::route(int source, int destination, std::vector<int>& path) const {
  const int level = outermost_level(source, destination);
  if (level < 0) return;
  if (spec_.levels.size() == 1) {
    cross(instances_.front(), source, destination, path);
    return;
  }
  const auto at = static_cast<std::size_t>(level);
  const network_level& is = spec_.levels[at];
  const int beneath = below_[at];
  const int members = static_cast<int>(instance_at(level, source).members.size());
  const int from = source / beneath % members;
  const int to = destination / beneath % members;
  if (level > 0 && is.attachment == network_attachment::group) {
    climb(level - 1, source, path);
    cross(instance_at(level, source), from, to, path);
    descend(level - 1, destination, path);
  } else {
    const int turn = source - source % beneath + destination % beneath;
    route(source, turn, path);
    cross(instance_at(level, turn), from, to, path);
  }
}

/// From an endpoint to the attachment of its group at `level`.
void network_graph::climb(int level, int endpoint, std::vector<int>& path) const {
  const auto at = static_cast<std::size_t>(level);
  const int first = endpoint - endpoint % below_[at + 1];
  const instance& in = instance_at(level, first);
  if (!has_one_switch(spec_.levels[at])) {
    // The attachment of a group without a switch is that of its first member.
    if (level > 0 && spec_.levels[at].attachment == network_attachment::group) {
      climb(level - 1, endpoint, path);
      cross(in, endpoint % below_[at + 1] / below_[at], 0, path);
    } else {
      route(endpoint, first, path);
    }
    return;
  }
  const int member = endpoint % below_[at + 1] / below_[at];
  if (level > 0 && spec_.levels[at].attachment == network_attachment::group) {
    climb(level - 1, endpoint, path);
  } else {
    route(endpoint, endpoint - endpoint % below_[at], path);
  }
  path.push_back(in.first_edge + 2 * member);
}

void network_graph::descend(int level, int endpoint, std::vector<int>& path) const {
  const auto at = static_cast<std::size_t>(level);
  const int first = endpoint - endpoint % below_[at + 1];
  const instance& in = instance_at(level, first);
  const int member = endpoint % below_[at + 1] / below_[at];
  const bool groups = level > 0 && spec_.levels[at].attachment == network_attachment::group;
  if (has_one_switch(spec_.levels[at])) {
    path.push_back(in.first_edge + 2 * member + 1);
    if (groups) {
      descend(level - 1, endpoint, path);
    } else {
      route(endpoint - endpoint % below_[at], endpoint, path);
    }
  } else if (groups) {
    cross(in, 0, member, path);
    descend(level - 1, endpoint, path);
  } else {
    route(first, endpoint, path);
  }
}

void network_graph::cross(const instance& in, int from, int to, std::vector<int>& path) const {
  if (from == to) return;
  const network_level& is = spec_.levels[static_cast<std::size_t>(in.level)];
  switch (is.shape) {
    case network_shape::chain:
    case network_shape::mesh:
    case network_shape::ring:
    case network_shape::torus:
      cross_grid(in, from, to, path);
      break;
    case network_shape::switched:
      path.push_back(in.first_edge + 2 * from);
      path.push_back(in.first_edge + 2 * to + 1);
      break;
    case network_shape::fully_connected: {
      const int others = static_cast<int>(in.members.size()) - 1;
      path.push_back(in.first_edge + from * others + to - (to > from ? 1 : 0));
      break;
    }
    case network_shape::fat_tree:
      cross_fat_tree(in, from, to, path);
      break;
    case network_shape::graph:
      cross_listed(in, from, to, path);
      break;
  }
}

collective_layout network_graph::layout_of(const std::vector<int>& group) const {
  collective_layout layout;
  if (!group.empty() && !is_everybody(group)) {
    layout.dimensions = {static_cast<int>(group.size())};
    return layout;
  }
  for (const network_level& level : spec_.levels) {
    if (level.shape == network_shape::mesh || level.shape == network_shape::torus) {
      layout.dimensions.insert(layout.dimensions.end(), level.sizes.begin(), level.sizes.end());
    } else {
      layout.dimensions.push_back(static_cast<int>(members_of(level)));
    }
  }
  if (spec_.levels.size() > 1) layout.group_size = below_[1];
  return layout;
}

bool network_graph::is_everybody(const std::vector<int>& group) const {
  if (static_cast<int>(group.size()) != endpoints_) return false;
  for (int i = 0; i < endpoints_; ++i) {
    if (group[static_cast<std::size_t>(i)] != i) return false;
  }
  return true;
}

std::string network_graph::name_of_node(int node) const {
  if (node < endpoints_) return "endpoint " + std::to_string(node);
  const int level = switch_level_[static_cast<std::size_t>(node - endpoints_)];
  const std::string& name = spec_.levels[static_cast<std::size_t>(level)].name;
  return "switch " + std::to_string(node - endpoints_) + " of " +
         (name.empty() ? "level " + std::to_string(level) : name);
}

std::string network_graph::name_of_edge(int edge) const {
  const network_edge& link = edges_[static_cast<std::size_t>(edge)];
  return name_of_node(link.from) + " -> " + name_of_node(link.to);
}

}  // namespace lamina
