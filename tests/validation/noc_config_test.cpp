// SPDX-License-Identifier: Apache-2.0
#include "noc_config.h"

#include <gtest/gtest.h>

namespace lamina::validation {
namespace {

struct named {
  const char* name;
  network_shape shape;
  std::vector<int> sizes;
  int channels = 4;
  int buffer = 8;
};

TEST(noc_config, reads_names_of_networks) {
  using shape = network_shape;
  for (const named& one :
       std::vector<named>{{"mesh8x8", shape::mesh, {8, 8}},
                          {"mesh4x4x2", shape::mesh, {4, 4, 2}},
                          {"mesh64", shape::mesh, {8, 8}},
                          {"torus_4x4", shape::torus, {4, 4}},
                          {"torus_k4n3", shape::torus, {4, 4, 4}},
                          {"ring16", shape::ring, {16}},
                          {"Switch16", shape::switched, {16}},
                          {"alltoall8", shape::fully_connected, {8}},
                          {"fully_connected8", shape::fully_connected, {8}},
                          {"fattree64", shape::fat_tree, {4, 3}},
                          {"fat_tree8", shape::fat_tree, {2, 3}},
                          {"fattree_k2n4", shape::fat_tree, {2, 4}},
                          {"mesh8x8_vc1", shape::mesh, {8, 8}, 1},
                          {"mesh8x8-1vc", shape::mesh, {8, 8}, 1},
                          {"mesh8x8vc2", shape::mesh, {8, 8}, 2},
                          {"booksim_mesh4x4_vc1_buf16", shape::mesh, {4, 4}, 1, 16},
                          {"mesh4x4_num_vcs2", shape::mesh, {4, 4}, 2},
                          {"mesh4x4_dor", shape::mesh, {4, 4}}}) {
    network_level level;
    EXPECT_EQ(read_noc_name(one.name, level), "") << one.name;
    EXPECT_EQ(level.shape, one.shape) << one.name;
    EXPECT_EQ(level.sizes, one.sizes) << one.name;
    EXPECT_EQ(level.flits.virtual_channels, one.channels) << one.name;
    EXPECT_EQ(level.flits.buffer_flits, one.buffer) << one.name;
  }
}

TEST(noc_config, says_what_it_cannot_read) {
  const auto trouble = [](const char* name) {
    network_level level;
    return read_noc_name(name, level);
  };
  EXPECT_EQ(trouble("mess8x8"),
            "expected a network such as mesh8x8, torus4x4, ring8, switch8, alltoall8 or fattree64");
  EXPECT_EQ(trouble(""), trouble("mess8x8"));
  EXPECT_EQ(trouble("mesh"), "expected the network's size in its name, such as mesh8x8");
  EXPECT_EQ(trouble("mesh0x4"), "expected sizes of 1 or more");
  EXPECT_EQ(trouble("ring4x4"), "expected sizes that fit a ring, of at most 65536 endpoints");
  EXPECT_EQ(trouble("mesh4x4_q7"),
            "expected vcN (1 to 64) or bufN (1 to 1024) after the network, found 'q7'");
  EXPECT_EQ(trouble("mesh4x4_vc65"),
            "expected vcN (1 to 64) or bufN (1 to 1024) after the network, found 'vc65'");
}

}  // namespace
}  // namespace lamina::validation
