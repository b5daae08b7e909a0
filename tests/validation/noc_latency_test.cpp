// SPDX-License-Identifier: Apache-2.0
// The flit network against booksim, on a part of the curves that takes seconds.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "kinds.h"
#include "lamina/validation/csv_table.h"

namespace lamina::validation {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, with chosen lines of the shipped curves.
class folder {
 public:
  folder()
      : path_(fs::temp_directory_path() /
              ("lamina_noc_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
               "_" + ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~folder() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  void take(const std::string& name, const std::vector<std::string>& beginnings) const {
    std::ifstream from(std::string(LAMINA_REFERENCES "/noc_booksim/") + name);
    std::string line;
    std::string text;
    for (bool first = true; std::getline(from, line); first = false) {
      bool wanted = first;
      for (const std::string& beginning : beginnings)
        wanted = wanted || line.rfind(beginning, 0) == 0;
      if (wanted) text += line + "\n";
    }
    write(name, text);
  }

 private:
  fs::path path_;
};

std::vector<validation_case> compare(const folder& data) {
  return noc_latency_kind().run(data.path(), {});
}

std::string complaint_of(const folder& data) {
  try {
    compare(data);
  } catch (const reference_error& trouble) {
    return trouble.messages().at(0);
  }
  return {};
}

TEST(noc_latency, both_paths_are_near_booksim_and_saturate_where_it_does) {
  const folder data;
  data.take("booksim_ring8.csv", {"ring8,uniform,1,0.3,", "ring8,uniform,1,0.4,",
                                  "ring8,uniform,1,0.6,", "ring8,uniform,1,0.65,"});
  data.take("booksim_switch8.csv", {"switch8,uniform,5,0.2,", "switch8,uniform,5,0.45,",
                                    "switch8,uniform,5,0.6,", "switch8,uniform,5,0.65,"});
  data.take("booksim_fattree64.csv", {"fattree64,uniform,1,0.3,", "fattree64,uniform,1,0.65,"});
  std::map<std::string, int> count;
  for (const validation_case& one : compare(data)) {
    ++count[one.metric];
    ASSERT_TRUE(one.error_tlm) << one.name;
    EXPECT_LE(std::abs(*one.error_tlm), one.metric == "saturation" ? 0.0 : 0.03) << one.name;
    EXPECT_EQ(one.wants_analytical, one.metric == "saturation" || one.x <= 0.7);
    if (!one.wants_analytical) continue;
    ASSERT_TRUE(one.error_analytical) << one.name;
    EXPECT_LE(std::abs(*one.error_analytical), one.metric == "saturation" ? 0.25 : 0.10)
        << one.name;
  }
  EXPECT_EQ(count["packet_latency"], 5);
  EXPECT_EQ(count["saturation"], 2);
}

TEST(noc_latency, one_virtual_channel_in_the_name_is_heeded) {
  const std::string head =
      "config,traffic,packet_flits,offered_flit_rate,stable,packet_lat,accepted_flit_rate\n";
  const folder data;
  data.write("a.csv", head + "switch8,uniform,1,0.2,1,6.1,0.2\nswitch8,uniform,1,0.6,1,9,0.6\n");
  data.write("b.csv",
             head + "switch8_vc1,uniform,1,0.2,1,6.1,0.2\nswitch8_vc1,uniform,1,0.6,1,9,0.6\n");
  const std::vector<validation_case> cases = compare(data);
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_EQ(cases[0].group, "a/1");
  EXPECT_EQ(cases[1].group, "b/1");
  EXPECT_GT(*cases[1].tlm, *cases[0].tlm + 0.5);
  EXPECT_GT(*cases[1].analytical, *cases[0].analytical + 0.5);
}

TEST(noc_latency, says_where_a_file_is_wrong) {
  const folder data;
  EXPECT_EQ(complaint_of(data), data.path() + ": expected a folder with .csv files");
  const std::string head = "config,traffic,packet_flits,offered_flit_rate,stable,packet_lat\n";
  data.write("a.csv", head + "moon8,uniform,1,0.1,1,9\n");
  EXPECT_NE(
      complaint_of(data).find("a.csv:2:1: column 'config': expected a network such as mesh8x8"),
      std::string::npos);
  data.write("a.csv", head + "mesh8x8,uniform,1,0.1,2,9\n");
  EXPECT_NE(complaint_of(data).find("a.csv:2:"), std::string::npos);
  data.write("a.csv", head + "mesh8x8,uniform,0,0.1,1,9\n");
  EXPECT_NE(complaint_of(data).find("a.csv:2:"), std::string::npos);
}

}  // namespace
}  // namespace lamina::validation
