// SPDX-License-Identifier: Apache-2.0
// Reads a space's file: platform, axes and workloads, goals; tells all that is wrong.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "lamina/config/system_platform.h"
#include "lamina/explore/space.h"

namespace lamina::explore {

inline std::string listed(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

class space_reader {
 public:
  space_reader(const config::load_request& request, config::diagnostics& found)
      : request_(request), found_(found) {}

  std::optional<space> read();

 private:
  void tell(const config::location& place, const std::string& message,
            const std::string& suggestion) {
    found_.add(place, message, suggestion);
  }
  void check_keys(const config::node& map, const std::vector<std::string>& known,
                  const char* where);
  bool read_platform(const config::node& root);
  std::string model_beside(const std::string& path, const std::string& text) const;
  void place_models(config::node& axes) const;
  void read_settings(const config::node& map, std::vector<std::string>& settings);
  void read_axes(const config::node& root);
  config::node expanded(const config::entry& axis);
  config::node range(const config::entry& axis);
  config::node legal(const config::entry& axis);
  void read_mix(const config::node& root);
  void read_constraints(const config::node& root);
  std::optional<double> amount(const config::node& value, metric of);
  void read_objectives(const config::node& root);
  void read_sampling(const config::node& root);
  void read_checks(const config::node& root);
  void read_detail(const config::node& root);
  std::optional<metric> metric_named(const std::string& name, const config::location& place,
                                     const char* what);
  std::uint64_t whole(const config::node& map, const char* key, std::uint64_t otherwise,
                      std::uint64_t most);
  void check_size();
  std::string hashed() const;

  config::load_request request_;
  config::diagnostics& found_;
  space out_;
  config::location axes_place_;
  std::optional<config::system_platform> platform_;
  bool steps_without_prompt_ = false;  ///< a workload is a step of given groups
};

}  // namespace lamina::explore
