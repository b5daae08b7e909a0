// SPDX-License-Identifier: Apache-2.0
#include "envelope.h"

#include <algorithm>
#include <filesystem>

#include "lamina/platforms/envelope.h"
#include "lamina/validation/csv_table.h"

namespace lamina::validation {
namespace {

void add_files(const std::string& path, platforms::input_hash& hash) {
  namespace fs = std::filesystem;
  std::error_code status;
  std::vector<std::string> files;
  if (fs::is_directory(path, status)) {
    for (const auto& entry : fs::recursive_directory_iterator(path, status))
      if (entry.is_regular_file()) files.push_back(entry.path().string());
  } else {
    files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    hash.add(fs::path(file).lexically_relative(path).generic_string());
    hash.add(read_text(file));
  }
}

}  // namespace

nlohmann::ordered_json envelope_of(const validate_options& options) {
  platforms::input_hash hash;
  nlohmann::ordered_json references = nlohmann::ordered_json::array();
  for (const auto& [kind, path] : options.references) {
    hash.add(kind);
    add_files(path, hash);
    references.push_back({{"kind", kind}, {"path", path}});
  }
  hash.add(options.random);
  if (!options.random.empty()) {
    hash.add(std::to_string(options.cases));
    hash.add(std::to_string(options.seed));
    if (options.only) hash.add(std::to_string(*options.only));
  }
  nlohmann::ordered_json envelope = {{"program", "lamina validate"},
                                     {"version", platforms::version()},
                                     {"configuration_hash", hash.text()},
                                     {"seed", options.seed},
                                     {"references", references}};
  if (!options.random.empty()) envelope["random"] = options.random;
  return envelope;
}

}  // namespace lamina::validation
