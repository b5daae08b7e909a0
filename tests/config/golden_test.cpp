// SPDX-License-Identifier: Apache-2.0
// Every bad file of the golden folder is refused with the text that stands beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lamina/config/memory_platform.h"
#include "lamina/config/sweep.h"

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(LAMINA_GOLDEN)) {
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

class golden : public testing::TestWithParam<std::string> {
 protected:
  // Messages show paths as they were given.
  void SetUp() override { fs::current_path(LAMINA_GOLDEN); }
};

TEST_P(golden, error_text_is_the_expected_one) {
  const load_request request{GetParam() + ".yaml", {}};
  diagnostics found;
  load_sweep(request, found);
  const bool sweep_is_bad = found.has_errors();
  const auto platform = load_memory_platform(request, found);
  EXPECT_TRUE(sweep_is_bad || !platform);
  EXPECT_EQ(found.text(), text_of(GetParam() + ".txt"));
}

INSTANTIATE_TEST_SUITE_P(bad, golden, testing::ValuesIn(bad_files()),
                         [](const auto& tested) { return tested.param; });

TEST(golden_folder, has_cases_and_their_base_is_good) {
  fs::current_path(LAMINA_GOLDEN);
  EXPECT_GE(bad_files().size(), 30U);
  diagnostics found;
  EXPECT_TRUE(load_memory_platform({"good/platform.yaml", {}}, found)) << found.text();
  EXPECT_TRUE(load_dram_part({"good/part.yaml", {}}, found)) << found.text();
}

}  // namespace
}  // namespace lamina::config
