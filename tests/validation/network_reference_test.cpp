// SPDX-License-Identifier: Apache-2.0
// What the rows of network references become, and how near both paths come to them.
#include "lamina/validation/network_reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "kinds.h"
#include "lamina/validation/csv_table.h"

namespace lamina::validation {
namespace {

const std::string collectives = LAMINA_REFERENCES "/network_ns3/collectives.csv";
const std::string ring = LAMINA_REFERENCES "/network_packet_ring/ns3_ring.csv";
const std::string measured = LAMINA_REFERENCES "/network_hardware/h100x8_all_reduce.csv";

std::string written(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "lamina_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + "_" +
                           name;
  std::ofstream(path) << text;
  return path;
}

const std::string header =
    "case,topology,dims,level1_link_gb_s,level1_hop_ns,level2_uplink_gb_s,level2_hop_ns,"
    "collective,algorithm,payload_bytes,ns3_time_ns\n";

network_reference_row row_of(const std::string& line) {
  return read_network_collectives(written("collectives.csv", header + line + "\n")).at(0);
}

TEST(network_collectives, builds_two_levels_of_switches_innermost_first) {
  const network_reference_row row =
      row_of("w,switch_of_switches,4x16,100,50,25,300,all_to_all,direct,8,1000");
  ASSERT_EQ(row.spec.levels.size(), 2U);
  EXPECT_EQ(row.spec.levels[0].sizes, std::vector<int>{4});
  EXPECT_EQ(row.spec.levels[1].sizes, std::vector<int>{16});
  EXPECT_EQ(row.spec.levels[0].bandwidth_bytes_per_s, 100e9);
  EXPECT_EQ(row.spec.levels[1].bandwidth_bytes_per_s, 25e9);
  EXPECT_EQ(row.spec.levels[1].latency, from_nanoseconds(300));
  EXPECT_EQ(row.workload.collectives[0].algorithm, collective_algorithm::hierarchical);
  EXPECT_EQ(row.workload.collectives[0].bytes, 8U);
}

TEST(network_collectives, takes_a_torus_all_to_all_as_messages_along_one_dimension) {
  const network_reference_row row = row_of("w,torus2d,4x4,64,50,,,all_to_all,per_dimension,128,1");
  EXPECT_EQ(row.spec.levels[0].shape, network_shape::torus);
  EXPECT_EQ(row.workload.collectives[0].bytes, 32U) << "128 B for the 4 ranks behind";
  const network_reference_row cube =
      row_of("w,torus3d,2x2x2,64,50,,,all_reduce,per_dimension_ring,128,1");
  EXPECT_EQ(cube.spec.levels[0].sizes, (std::vector<int>{2, 2, 2}));
}

TEST(network_collectives, have_one_protocol) {
  for (const network_reference_row& row : read_network_collectives(collectives)) {
    for (const network_level& level : row.spec.levels) {
      EXPECT_EQ(level.packets.payload_bytes, 1000);
      EXPECT_EQ(level.packets.header_bytes, 48);
      EXPECT_EQ(level.packets.time_grid, from_nanoseconds(1));
      EXPECT_TRUE(level.packets.acknowledged);
      EXPECT_EQ(level.packets.switching, packet_switching::store_and_forward);
    }
  }
}

TEST(network_collectives, say_where_a_row_is_wrong) {
  const std::string path =
      written("wrong.csv", header +
                               "w,hypercube,8,32,32,,,all_gather,halving_doubling,512,1\n"
                               "w,switch,8x8,32,32,,,all_gather,halving_doubling,512,1\n"
                               "w,torus2d,4y4,32,32,,,all_gather,ring,512,1\n"
                               "w,switch,8,0,32,,,all_gather,halving_doubling,512,1\n"
                               "w,switch,8,32,32,,,gossip,epidemic,512,1\n");
  try {
    read_network_collectives(path);
    FAIL();
  } catch (const reference_error& error) {
    std::vector<std::string> found = error.messages();
    ASSERT_EQ(found.size(), 6U);
    EXPECT_EQ(found[0], path +
                            ":2:3: column 'topology': expected torus..., switch or "
                            "switch_of_switches, found 'hypercube'");
    EXPECT_EQ(found[1], path + ":3:10: column 'dims': expected one size, found '8x8'");
    EXPECT_EQ(found[2], path + ":4:11: column 'dims': expected sizes such as 4x4, found '4y4'");
    EXPECT_EQ(found[4], path + ":6:20: column 'collective': no collective is called 'gossip'");
  }
}

/// Largest and mean absolute errors of a reference, by group and of all ("").
struct error_pair {
  double sum = 0;
  double largest = 0;
  int count = 0;
  double mean() const { return sum / count; }
};
std::map<std::string, error_pair> errors_of(const reference_kind& kind, const std::string& path,
                                            fidelity_path which) {
  std::map<std::string, error_pair> out;
  for (const validation_case& item : kind.run(path, {})) {
    const double error = std::abs(error_of(item, which).value_or(1e9));
    for (const std::string& group : {item.group, std::string()}) {
      error_pair& to = out[group];
      to.sum += error;
      to.largest = std::max(to.largest, error);
      ++to.count;
    }
  }
  return out;
}

TEST(network_collectives, tlm_follows_the_packet_simulator_in_each_panel) {
  auto errors = errors_of(network_collectives_kind(), collectives, fidelity_path::tlm);
  EXPECT_EQ(errors[""].count, 248);
  EXPECT_LT(errors[""].mean(), 0.01);
  for (const auto& [group, error] : errors) EXPECT_LT(error.mean(), 0.02) << group;
}

TEST(network_ring, tlm_follows_to_the_nanosecond) {
  const std::vector<validation_case> cases = network_ring_kind().run(ring, {});
  ASSERT_EQ(cases.size(), 24U);
  for (const validation_case& item : cases) {
    ASSERT_TRUE(item.tlm.has_value()) << item.name;
    // The reference's clock cuts off what is below a nanosecond.
    EXPECT_EQ(std::floor(*item.tlm + 1e-6), *item.reference) << item.name;
  }
}

TEST(all_reduce_hardware, takes_medians_of_neighbouring_sizes) {
  const std::string path =
      written("hardware.csv",
              "num_workers,devices_per_node,size,median_of_rank_medians_ms\n"
              "8,8,1000,0.001\n8,8,1100,0.009\n8,8,1200,0.003\n8,8,5000,0.004\n8,8,9000,0.010\n"
              "4,4,1000,0.500\n");
  const auto rows = read_all_reduce_hardware(path);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].time_ns, 1000) << "alone at the end of the data";
  EXPECT_EQ(rows[1].time_ns, 3000) << "of 1000, 1100 and 1200";
  EXPECT_EQ(rows[3].time_ns, 4000);
}

TEST(all_reduce_hardware, is_met_by_published_figures) {
  auto errors = errors_of(all_reduce_hardware_kind(), measured, fidelity_path::analytical);
  EXPECT_EQ(errors[""].count, 993);
  EXPECT_LT(errors[""].mean(), 0.10);
}

}  // namespace
}  // namespace lamina::validation
