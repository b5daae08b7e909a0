// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/network_graph.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "lamina/models/interconnect_check.h"

namespace {

using lamina::interconnect_spec;
using lamina::network_attachment;
using lamina::network_graph;
using lamina::network_level;
using lamina::network_shape;

network_level level(network_shape shape, std::vector<int> sizes,
                    network_attachment attachment = network_attachment::group) {
  network_level made;
  made.shape = shape;
  made.sizes = std::move(sizes);
  made.attachment = attachment;
  made.bandwidth_bytes_per_s = 1e9;
  made.latency = lamina::from_nanoseconds(10);
  return made;
}

network_level triangle_with_tail() {
  network_level made = level(network_shape::graph, {4});
  made.switches = 1;
  made.links = {{0, 1}, {1, 2}, {2, 0}, {2, 4}, {4, 3}};
  return made;
}

std::vector<int> route(const network_graph& graph, int from, int to) {
  std::vector<int> path;
  graph.route(from, to, path);
  return path;
}

std::vector<interconnect_spec> many_shapes() {
  const auto nets = [](std::vector<network_level> levels) {
    interconnect_spec spec;
    spec.levels = std::move(levels);
    return spec;
  };
  const auto rails = network_attachment::endpoints;
  return {
      nets({level(network_shape::chain, {1})}),
      nets({level(network_shape::chain, {5})}),
      nets({level(network_shape::ring, {2})}),
      nets({level(network_shape::ring, {7})}),
      nets({level(network_shape::mesh, {3, 5})}),
      nets({level(network_shape::mesh, {2, 3, 4})}),
      nets({level(network_shape::torus, {4, 4})}),
      nets({level(network_shape::torus, {3, 1, 5})}),
      nets({level(network_shape::switched, {9})}),
      nets({level(network_shape::fully_connected, {6})}),
      nets({level(network_shape::fat_tree, {4, 3})}),
      nets({level(network_shape::fat_tree, {3, 1})}),
      nets({triangle_with_tail()}),
      nets({level(network_shape::switched, {4}), level(network_shape::switched, {3})}),
      nets({level(network_shape::torus, {3, 3}), level(network_shape::switched, {4}, rails)}),
      nets({level(network_shape::mesh, {2, 2}), level(network_shape::ring, {3}),
            level(network_shape::switched, {2})}),
      nets({level(network_shape::switched, {2}), level(network_shape::fully_connected, {3}, rails),
            level(network_shape::ring, {3}, rails)}),
      nets({triangle_with_tail(), level(network_shape::switched, {2}, rails),
            level(network_shape::fat_tree, {2, 2})})};
}

TEST(network_graph, every_route_joins_its_ends_and_visits_no_link_twice) {
  for (const interconnect_spec& spec : many_shapes()) {
    const network_graph graph(spec);
    ASSERT_EQ(graph.endpoints(), lamina::endpoints_of(spec));
    for (int from = 0; from < graph.endpoints(); ++from) {
      for (int to = 0; to < graph.endpoints(); ++to) {
        std::vector<bool> used(graph.edges().size(), false);
        int at = from;
        for (const int edge : route(graph, from, to)) {
          ASSERT_GE(edge, 0);
          const lamina::network_edge& link = graph.edges().at(static_cast<std::size_t>(edge));
          ASSERT_EQ(link.from, at) << graph.name_of_edge(edge);
          ASSERT_FALSE(used[static_cast<std::size_t>(edge)]);
          used[static_cast<std::size_t>(edge)] = true;
          at = link.to;
        }
        EXPECT_EQ(at, to);
      }
    }
  }
}

TEST(network_graph, rings_go_the_short_way_and_share_the_half_way) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::ring, {8})};
  const network_graph graph(spec);
  EXPECT_EQ(route(graph, 1, 6).size(), 3u);
  EXPECT_EQ(graph.edges()[static_cast<std::size_t>(route(graph, 0, 4)[0])].to, 1);
  EXPECT_EQ(graph.edges()[static_cast<std::size_t>(route(graph, 1, 5)[0])].to, 0);
}

TEST(network_graph, a_mesh_corrects_the_first_dimension_first) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::mesh, {4, 4})};
  const network_graph graph(spec);
  const std::vector<int> path = route(graph, 0, 15);
  ASSERT_EQ(path.size(), 6u);
  EXPECT_EQ(graph.edges()[static_cast<std::size_t>(path[2])].to, 3);
}

TEST(network_graph, a_fat_tree_turns_at_the_nearest_common_ancestor) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::fat_tree, {4, 3})};
  const network_graph graph(spec);
  EXPECT_EQ(route(graph, 0, 3).size(), 2u);
  EXPECT_EQ(route(graph, 0, 5).size(), 4u);
  EXPECT_EQ(route(graph, 0, 63).size(), 6u);
}

TEST(network_graph, groups_of_a_switch_share_one_uplink) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::switched, {8}), level(network_shape::switched, {8})};
  const network_graph graph(spec);
  const std::vector<int> a = route(graph, 0, 9);
  const std::vector<int> b = route(graph, 5, 63);
  ASSERT_EQ(a.size(), 4u);
  EXPECT_EQ(a[1], b[1]);
  EXPECT_EQ(graph.outermost_level(0, 9), 1);
  EXPECT_EQ(graph.outermost_level(0, 7), 0);
}

TEST(network_graph, rails_keep_the_place_in_the_group) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::switched, {8}),
                 level(network_shape::switched, {4}, network_attachment::endpoints)};
  const network_graph graph(spec);
  EXPECT_EQ(route(graph, 3, 8 + 3).size(), 2u);  // its own rail only
  EXPECT_EQ(route(graph, 3, 8 + 5).size(), 4u);  // inside first, then along the rail of place 5
}

TEST(network_graph, layouts_tell_dimensions_and_groups) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::torus, {4, 2}), level(network_shape::switched, {3})};
  const network_graph graph(spec);
  const lamina::collective_layout all = graph.layout_of({});
  EXPECT_EQ(all.dimensions, (std::vector<int>{4, 2, 3}));
  EXPECT_EQ(all.group_size, 8);
  EXPECT_EQ(graph.layout_of({1, 2, 3}).dimensions, (std::vector<int>{3}));
}

TEST(network_graph, a_spec_with_problems_is_refused) {
  interconnect_spec spec;
  spec.levels = {level(network_shape::ring, {8})};
  spec.levels[0].bandwidth_bytes_per_s = 0;
  EXPECT_THROW(network_graph graph(spec), std::invalid_argument);
}

struct faulty {
  const char* name;
  void (*spoil)(network_level&);
  const char* path;
};

TEST(interconnect_check, names_the_parameter_that_is_wrong) {
  const faulty faults[] = {
      {"no bandwidth", [](network_level& l) { l.bandwidth_bytes_per_s = 0; }, "levels.0.bandwidth"},
      {"no size", [](network_level& l) { l.sizes.clear(); }, "levels.0.sizes"},
      {"two sizes of a ring",
       [](network_level& l) {
         l.sizes = {2, 2};
       },
       "levels.0.sizes"},
      {"size zero", [](network_level& l) { l.sizes = {0}; }, "levels.0.sizes.0"},
      {"too many",
       [](network_level& l) {
         l.shape = network_shape::mesh, l.sizes = {1 << 20, 1 << 20};
       },
       "levels.0.sizes"},
      {"no payload", [](network_level& l) { l.packets.payload_bytes = 0; },
       "levels.0.packets.payload"},
      {"too efficient", [](network_level& l) { l.packets.efficiency = 1.5; },
       "levels.0.packets.efficiency"},
      {"links of a ring",
       [](network_level& l) {
         l.links = {{0, 1}};
       },
       "levels.0.links"},
      {"not connected",
       [](network_level& l) {
         l.shape = network_shape::graph, l.links = {{0, 1}, {2, 3}};
       },
       "levels.0.links"},
      {"one way only",
       [](network_level& l) {
         l.shape = network_shape::graph, l.sizes = {2};
         l.links = {{0, 1}};
         l.links[0].both_ways = false;
       },
       "levels.0.links"},
      {"unknown node",
       [](network_level& l) {
         l.shape = network_shape::graph, l.links = {{0, 9}};
       },
       "levels.0.links.0"}};
  for (const faulty& fault : faults) {
    interconnect_spec spec;
    spec.levels = {level(network_shape::ring, {4})};
    ASSERT_TRUE(check(spec).empty());
    fault.spoil(spec.levels[0]);
    const std::vector<lamina::spec_problem> found = check(spec);
    ASSERT_FALSE(found.empty()) << fault.name;
    EXPECT_EQ(found[0].path, fault.path) << fault.name;
  }
}

}  // namespace
