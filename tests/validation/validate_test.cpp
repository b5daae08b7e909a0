// SPDX-License-Identifier: Apache-2.0
// The contract of `lamina validate`, from options to exit code.
#include "lamina/validation/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "lamina/validation/csv_table.h"

namespace lamina::validation {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

const std::string commands_folder = LAMINA_REFERENCES "/dram_commands";
const std::string throughput_folder = LAMINA_REFERENCES "/dram_throughput";

struct answer_of_run {
  int code = 0;
  std::string out;
  std::string err;
  json document() const { return json::parse(out); }
};

answer_of_run run(const validate_options& options) {
  std::ostringstream out, err;
  answer_of_run answer;
  answer.code = run_validate(options, out, err);
  answer.out = out.str();
  answer.err = err.str();
  return answer;
}

answer_of_run run_reference(const std::string& kind, const std::string& path) {
  validate_options options;
  options.references = {{kind, path}};
  options.json = true;
  return run(options);
}

std::size_t rows_of(const std::string& file) { return csv_table(file, {}).rows(); }

/// A copy of the command references that a test may change.
class changed_references : public testing::Test {
 protected:
  changed_references() {
    folder_ = testing::TempDir() + "lamina_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_ + "/stimuli");
    fs::create_directories(folder_ + "/hbm2_common_frfcfs");
    for (const char* file : {"/params_hbm2_common.json", "/stimuli/p03_bg_interleave_hits.csv",
                             "/hbm2_common_frfcfs/p03_bg_interleave_hits.commands.csv",
                             "/hbm2_common_frfcfs/p03_bg_interleave_hits.requests.csv"})
      fs::copy_file(commands_folder + file, folder_ + file);
  }
  ~changed_references() override {
    std::error_code status;
    fs::remove_all(folder_, status);
  }
  void replace(const std::string& file, const std::string& what, const std::string& by) {
    std::string text = read_text(folder_ + file);
    const auto place = text.find(what);
    ASSERT_NE(place, std::string::npos);
    std::ofstream(folder_ + file) << text.replace(place, what.size(), by);
  }
  const std::string commands_ = "/hbm2_common_frfcfs/p03_bg_interleave_hits.commands.csv";
  const std::string requests_ = "/hbm2_common_frfcfs/p03_bg_interleave_hits.requests.csv";
  std::string folder_;
};

std::vector<json> wrong_cases(const json& document) {
  std::vector<json> wrong;
  for (const json& one : document["cases"])
    if (one["error_tlm"].is_null() || one["error_tlm"] != 0) wrong.push_back(one);
  return wrong;
}

TEST(validate, reproduces_every_command_of_the_references) {
  const answer_of_run answer = run_reference("dram_commands", commands_folder);
  EXPECT_EQ(answer.code, 0) << answer.err;
  const json document = answer.document();
  for (const char* metric : {"cas_cycle", "command_cycle", "pair_distance"}) {
    EXPECT_EQ(document["summary"][metric]["tlm"]["max"], 0) << metric;
    EXPECT_EQ(document["summary"][metric]["tlm"]["missing"], 0) << metric;
  }
}

TEST(validate, keeps_random_traffic_inside_the_interval_of_the_simulators) {
  const answer_of_run answer = run_reference("dram_throughput", throughput_folder);
  EXPECT_EQ(answer.code, 0) << answer.err;
  const json document = answer.document();
  EXPECT_EQ(document["cases"].size(), 2 * rows_of(throughput_folder + "/summary.csv"));
  EXPECT_TRUE(wrong_cases(document).empty());
}

TEST(validate, gives_a_case_for_every_row_of_a_reference) {
  std::map<std::string, std::size_t> expected;
  for (const auto& folder : fs::directory_iterator(commands_folder)) {
    const std::string name = folder.path().filename().string();
    if (name.rfind("hbm2_common_", 0) != 0) continue;
    for (const auto& file : fs::directory_iterator(folder)) {
      const std::string path = file.path().string();
      expected[path.find(".requests.") != std::string::npos ? "cas_cycle" : "command_cycle"] +=
          rows_of(path);
    }
  }
  csv_table pairs(commands_folder + "/pairwise/consensus_hbm2_common.csv", {});
  for (std::size_t row = 0; row < pairs.rows(); ++row) {
    const bool agree = pairs.text(row, "dramsys") == pairs.text(row, "ramulator2");
    expected["pair_distance"] += agree && pairs.text(row, "dramsys") != "0" ? 1U : 0U;
  }
  std::map<std::string, std::size_t> found;
  const json document = run_reference("dram_commands", commands_folder).document();
  for (const json& one : document["cases"]) {
    for (const char* key : {"name", "group", "x", "metric", "unit", "reference", "analytical",
                            "tlm", "error_analytical", "error_tlm"})
      EXPECT_TRUE(one.contains(key)) << key;
    EXPECT_TRUE(one["analytical"].is_null());
    EXPECT_TRUE(one["error_analytical"].is_null());
    ++found[one["metric"]];
  }
  EXPECT_EQ(found, expected);
}

TEST_F(changed_references, pass_as_they_are) {
  EXPECT_EQ(run_reference("dram_commands", folder_).code, 0);
}

TEST_F(changed_references, show_one_cycle_of_difference) {
  replace(requests_, "1,1,R,0,0,1,0,0,0,1,19,", "1,1,R,0,0,1,0,0,0,1,20,");
  const answer_of_run answer = run_reference("dram_commands", folder_);
  EXPECT_EQ(answer.code, 1);
  const auto wrong = wrong_cases(answer.document());
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong[0]["metric"], "cas_cycle");
  EXPECT_EQ(wrong[0]["x"], 1);
  EXPECT_EQ(wrong[0]["error_tlm"], -1);
}

TEST_F(changed_references, show_commands_without_a_partner_on_both_sides) {
  replace(commands_, "5,ACT,0,0,1,0,0,0,1", "5,ACT,0,0,1,1,0,0,1");
  const auto wrong = wrong_cases(run_reference("dram_commands", folder_).document());
  ASSERT_EQ(wrong.size(), 2U);
  for (const json& one : wrong) {
    EXPECT_EQ(one["metric"], "command_cycle");
    EXPECT_EQ(one["error_tlm"], 1e9);
  }
}

TEST_F(changed_references, take_their_timings_from_the_file) {
  replace("/params_hbm2_common.json", "\"tRCDRD\": 12", "\"tRCDRD\": 15");
  const json document = run_reference("dram_commands", folder_).document();
  for (const json& one : document["cases"])
    if (one["metric"] == "cas_cycle" && one["x"] == 0) {
      EXPECT_EQ(one["error_tlm"], 3);
    }
}

TEST_F(changed_references, are_located_when_a_column_is_absent) {
  replace(requests_, "cas_cycle", "cas");
  const answer_of_run answer = run_reference("dram_commands", folder_);
  EXPECT_EQ(answer.code, 2);
  EXPECT_NE(answer.err.find("p03_bg_interleave_hits.requests.csv:1:1: expected a column "
                            "'cas_cycle'"),
            std::string::npos)
      << answer.err;
  EXPECT_TRUE(answer.out.empty());
}

TEST_F(changed_references, are_located_when_a_command_is_unknown) {
  replace(commands_, "5,ACT", "5,JUMP");
  const answer_of_run answer = run_reference("dram_commands", folder_);
  EXPECT_EQ(answer.code, 2);
  EXPECT_NE(answer.err.find("commands.csv:3:3: column 'cmd'"), std::string::npos) << answer.err;
}

TEST_F(changed_references, want_the_stimulus_of_every_answer) {
  fs::remove(folder_ + "/stimuli/p03_bg_interleave_hits.csv");
  EXPECT_EQ(run_reference("dram_commands", folder_).code, 2);
}

/// "a, b, c"
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

TEST(validate, lists_the_known_kinds_for_an_unknown_one) {
  const answer_of_run answer = run_reference("dram_comands", commands_folder);
  EXPECT_EQ(answer.code, 2);
  EXPECT_EQ(answer.err,
            "lamina validate: --reference dram_comands=" + commands_folder +
                ": unknown KIND 'dram_comands'; known: " + listed(known_reference_kinds()) + "\n");
}

TEST(validate, lists_the_known_components_for_an_unknown_one) {
  validate_options options;
  options.random = "sram";
  const answer_of_run answer = run(options);
  EXPECT_EQ(answer.code, 2);
  EXPECT_EQ(answer.err, "lamina validate: --random sram: unknown COMPONENT 'sram'; known: " +
                            listed(known_random_components()) + "\n");
}

TEST(validate, refuses_options_that_ask_for_nothing_or_make_no_sense) {
  EXPECT_EQ(run({}).code, 2);
  validate_options options;
  options.random = "dram_stack";
  options.cases = 0;
  EXPECT_EQ(run(options).code, 2);
  options.cases = 1;
  options.only = -1;
  EXPECT_EQ(run(options).code, 2);
}

TEST(validate, says_what_a_folder_lacks) {
  const answer_of_run answer = run_reference("dram_commands", "/nowhere");
  EXPECT_EQ(answer.code, 2);
  EXPECT_NE(answer.err.find("/nowhere: expected a folder with stimuli/"), std::string::npos);
  EXPECT_EQ(run_reference("dram_throughput", "/nowhere").code, 2);
}

validate_options four_random_cases() {
  validate_options options;
  options.random = "dram_stack";
  options.cases = 4;
  options.seed = 3;
  options.json = true;
  return options;
}

TEST(validate, gives_bandwidth_and_limit_for_every_random_case) {
  const answer_of_run answer = run(four_random_cases());
  const json document = answer.document();
  std::map<std::string, int> found;
  for (const json& one : document["cases"]) {
    ++found[one["metric"].get<std::string>() + " of " + one["name"].get<std::string>()];
    EXPECT_TRUE(one["tlm"].is_null());
    EXPECT_TRUE(one["reference"].is_number()) << one;
    EXPECT_TRUE(one["error_analytical"].is_number()) << one;
  }
  for (const char* index : {"0", "1", "2", "3"}) {
    EXPECT_EQ(found["bandwidth of dram_stack/3/" + std::string(index)], 1);
    EXPECT_EQ(found["limit of dram_stack/3/" + std::string(index)], 1);
  }
  EXPECT_NE(answer.err.find("% of the drawings could not exist"), std::string::npos);
}

TEST(validate, repeats_one_random_case_with_its_configuration) {
  validate_options options = four_random_cases();
  const json all = run(options).document()["cases"];
  options.only = 2;
  const json document = run(options).document();
  ASSERT_FALSE(document["cases"].empty());
  EXPECT_NE(document["configuration"].get<std::string>().find("dram_stack_3_2"), std::string::npos);
  for (const json& one : document["cases"]) {
    EXPECT_EQ(one["name"], "dram_stack/3/2");
    EXPECT_NE(std::find(all.begin(), all.end(), one), all.end()) << one;
  }
}

TEST(validate, gives_the_same_random_answers_with_any_number_of_jobs) {
  validate_options options = four_random_cases();
  options.jobs = 1;
  const std::string alone = run(options).out;
  options.jobs = 4;
  EXPECT_EQ(run(options).out, alone);
}

/// The full run has 500 cases; the 95th percentile of 40 would be the second worst, so only the
/// means are held here.
TEST(validate, keeps_the_closed_form_near_the_simulation) {
  validate_options options = four_random_cases();
  options.cases = 40;
  options.seed = 1;
  const answer_of_run answer = run(options);
  const json summary = answer.document()["summary"];
  const auto mean_error = [&](const char* metric) {
    EXPECT_EQ(summary[metric]["analytical"]["missing"], 0) << metric;
    return summary[metric]["analytical"]["mape"].get<double>();
  };
  EXPECT_LE(mean_error("bandwidth"), 0.05);
  EXPECT_LE(mean_error("latency"), 0.10);
  EXPECT_LE(mean_error("limit"), 0.10);
}

TEST(validate, prints_the_same_bytes_for_the_same_input) {
  EXPECT_EQ(run_reference("dram_throughput", throughput_folder).out,
            run_reference("dram_throughput", throughput_folder).out);
}

TEST(validate, summarises_in_words_by_metric_and_group) {
  validate_options options;
  options.references = {{"dram_throughput", throughput_folder}};
  const answer_of_run answer = run(options);
  for (const char* text :
       {"last_cas [cycles]", "mean_wait [cycles]", "r02_random_reads_sat/none", "within tolerance"})
    EXPECT_NE(answer.out.find(text), std::string::npos) << answer.out;
}

}  // namespace
}  // namespace lamina::validation
