// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/dram_reference.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lamina/validation/csv_table.h"

namespace lamina::validation {
namespace {

const std::string root = LAMINA_REFERENCES "/dram_commands";

std::string without(std::string text, const std::string& key) {
  const auto begin = text.find("\"" + key + "\"");
  if (begin == std::string::npos) return text;
  return text.erase(begin, text.find('\n', begin) - begin);
}

std::string with(const std::string& text, const std::string& key, const std::string& value) {
  std::string changed = without(text, key);
  return changed.insert(changed.find('{') + 1, "\"" + key + "\": " + value + ",\n");
}

std::string shipped() { return read_text(root + "/params_hbm2_common.json"); }

std::string message_of(const std::string& text) {
  try {
    parse_dram_params("p.json", text);
  } catch (const reference_error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(dram_params, give_the_stack_that_the_file_describes) {
  const dram_stack_spec spec = parse_dram_params("p.json", shipped());
  EXPECT_EQ(spec.geometry.channels, 1);
  EXPECT_EQ(spec.geometry.pseudo_channels, 2);
  EXPECT_EQ(spec.geometry.banks(), 32);
  EXPECT_EQ(spec.geometry.row_bytes, 1024);
  EXPECT_EQ(spec.controller.queue_entries, 256);
  EXPECT_EQ(spec.controller.refresh, refresh_policy::all_bank);
  const dram_clocks clocks = resolve(spec.geometry, spec.timings);
  EXPECT_EQ(clocks.burst, 2);
  EXPECT_EQ(clocks.tRFCpb, 96);
  EXPECT_EQ(clocks.tREFIpb, 244);
  EXPECT_EQ(clocks.activate, 2);
}

TEST(dram_params, keep_the_burst_length_in_clocks_for_any_clock) {
  for (const char* period : {"0.3125", "0.625", "0.7", "1.848428835", "3.3333333"}) {
    for (int burst = 1; burst <= 8; ++burst) {
      const auto text =
          with(with(shipped(), "tCK_ns", period), "burst_cycles", std::to_string(burst));
      const dram_stack_spec spec = parse_dram_params("p.json", text);
      EXPECT_EQ(resolve(spec.geometry, spec.timings).burst, burst) << period;
    }
  }
}

TEST(dram_params, do_without_optional_keys) {
  std::string text = shipped();
  for (const char* key : {"tRFCSB", "tREFISB", "tRREFD", "ACT_cmd_cycles", "DQSCK", "tCCD_L",
                          "pseudo_channels", "BL"})
    text = without(text, key);
  text = without(text, "queue_entries");
  text = with(text, "rows", "1024");
  const auto comma = text.rfind(',');
  text.erase(comma, 1);
  const dram_stack_spec spec = parse_dram_params("p.json", text);
  EXPECT_EQ(spec.geometry.pseudo_channels, 1);
  EXPECT_EQ(spec.timings.activate_clocks, 1);
  EXPECT_EQ(resolve(spec.geometry, spec.timings).tCCD_L, 2);
}

TEST(dram_params, take_other_geometries) {
  const dram_stack_spec spec = parse_dram_params(
      "p.json",
      with(with(with(shipped(), "pseudo_channels", "4"), "bank_groups", "8"), "stacks", "2"));
  EXPECT_EQ(spec.geometry.banks(), 4 * 2 * 8 * 4);
}

TEST(dram_params, locate_what_is_missing_or_wrong) {
  EXPECT_EQ(message_of(without(shipped(), "tRP")), "p.json:1:1: parameter 'tRP': missing");
  EXPECT_EQ(message_of(with(shipped(), "tRAS", "-3")),
            "p.json:1:2: parameter 'tRAS': expected a whole number from 0 to 10000000, found -3");
  EXPECT_EQ(message_of(with(shipped(), "bank_groups", "\"four\"")),
            "p.json:1:2: parameter 'bank_groups': expected a whole number from 1 to 64, found "
            "\"four\"");
  EXPECT_EQ(message_of(with(shipped(), "tCK_ns", "0")),
            "p.json:1:2: parameter 'tCK_ns': expected a number above 0, found 0");
  EXPECT_EQ(message_of("{\n \"tCK_ns\": }").rfind("p.json:2:12: expected JSON", 0), 0U);
  EXPECT_EQ(message_of("[]"), "p.json:1:1: expected an object of parameters");
}

TEST(dram_params, are_found_by_the_name_of_the_policy_folder) {
  EXPECT_EQ(params_file(root, "hbm2_common"), root + "/params_hbm2_common.json");
  EXPECT_EQ(params_file(root, "anything"), root + "/params_hbm2_common.json");
  EXPECT_THROW(params_file(root + "/stimuli", "anything"), reference_error);
}

class stimulus_file : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    path_ = testing::TempDir() + "lamina_stimulus.csv";
    std::ofstream(path_) << text;
    return path_;
  }
  ~stimulus_file() override {
    std::error_code status;
    std::filesystem::remove(path_, status);
  }
  std::string error_of(const std::string& text) {
    try {
      read_stimulus(write(text), spec_);
    } catch (const reference_error& error) {
      return std::string(error.what()).substr(path_.size());
    }
    return "nothing was thrown";
  }
  std::string path_;
  const std::string header_ = "req_id,arrival,op,pc,stack,bg,bank,row,col\n";
  dram_stack_spec spec_ = read_dram_params(root + "/params_hbm2_common.json");
};

TEST_F(stimulus_file, is_read_in_order_of_arrival) {
  const auto stimulus = read_stimulus(
      write(header_ + "0,9,R,0,0,0,0,0,0\n1,3,W,1,0,3,2,7,31\n2,9,R,0,0,0,0,1,0\n"), spec_);
  ASSERT_EQ(stimulus.size(), 3U);
  EXPECT_EQ(stimulus[0].id, 1);
  EXPECT_TRUE(stimulus[0].write);
  EXPECT_EQ(stimulus[1].id, 0);
  EXPECT_EQ(stimulus[2].id, 2);
}

TEST_F(stimulus_file, becomes_a_trace_that_decodes_to_the_same_places) {
  const auto stimulus =
      read_stimulus(write(header_ + "0,0,R,0,0,0,0,0,0\n1,3,W,1,0,3,2,7,31\n"), spec_);
  const memory_workload workload = workload_of(stimulus, spec_);
  ASSERT_EQ(workload.streams.size(), 1U);
  const access_stream& stream = workload.streams[0];
  EXPECT_EQ(stream.in_flight, 2);
  ASSERT_EQ(stream.trace.size(), 2U);
  EXPECT_EQ(stream.trace[1].time, spec_.timings.tCK * 3);
  const dram_address place =
      address_map(spec_.address_map, spec_.geometry).decode(stream.trace[1].address);
  EXPECT_EQ(place.pseudo_channel, 1);
  EXPECT_EQ(place.bank_group, 3);
  EXPECT_EQ(place.bank, 2);
  EXPECT_EQ(place.row, 7);
  EXPECT_EQ(place.column, 31);
}

TEST_F(stimulus_file, says_how_many_stack_ids_there_are) {
  const std::string folder = testing::TempDir() + "lamina_stack_ids";
  std::filesystem::create_directories(folder);
  path_ = folder + "/one.csv";
  std::ofstream(path_) << header_ << "0,0,R,0,2,0,0,0,0\n";
  reach_stack_ids(folder, spec_);
  EXPECT_EQ(spec_.geometry.stack_ids, 3);
  EXPECT_EQ(read_stimulus(path_, spec_).at(0).place.stack_id, 2);
}

TEST_F(stimulus_file, locates_what_is_wrong) {
  EXPECT_EQ(error_of(header_ + "0,0,X,0,0,0,0,0,0\n"),
            ":2:5: column 'op': expected R or W, found 'X'");
  EXPECT_EQ(error_of(header_ + "0,0,R,2,0,0,0,0,0\n"),
            ":2:7: column 'pc': expected a whole number from 0 to 1, found '2'");
  EXPECT_EQ(error_of(header_ + "0,0,R,0,0,0,0,40000,0\n"),
            ":2:15: column 'row': expected a whole number from 0 to 32767, found '40000'");
  EXPECT_EQ(error_of(header_ + "0,0,R,0,0,0,0,0,0\n0,1,R,0,0,0,0,0,0\n"),
            ":3:1: column 'req_id': 0 was given before");
  EXPECT_EQ(error_of("req_id,arrival,op,pc,stack,bg,bank,row\n"),
            ":1:1: expected a column 'col'; the header has req_id, arrival, op, pc, stack, bg, "
            "bank, row");
}

}  // namespace
}  // namespace lamina::validation
