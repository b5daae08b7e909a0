// SPDX-License-Identifier: Apache-2.0
// Answers points one after the other, keeping what neighbours share.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lamina/analytical/system.h"
#include "lamina/explore/evaluate.h"
#include "light_settings.h"

namespace lamina::explore {

/// Files are read once for each chip and once for each network of the space; points with the same
/// chip keep the times of its kernels, those with the same network also the times of collectives,
/// and all the shapes of collectives and the loads of experts. Not for two threads at a time.
class point_worker {
 public:
  explicit point_worker(const space& of) : of_(of) {}
  point_result evaluate(std::uint64_t point);

 private:
  struct settings {
    std::vector<std::string> chip, network, light;
    std::string chip_key, network_key;
  };
  /// One workload of the mix.
  struct variant {
    config::system_platform platform;  ///< with network, mapping and workload of the point
    config::mapping_choice mapping;    ///< as loaded
    std::int64_t batch = 1, context = 1;
    language_model model;
  };
  struct known_network {
    std::string problem;  ///< empty: there is one
    interconnect_spec spec;
    std::string hash;
  };
  settings split(std::uint64_t point) const;
  std::vector<config::system_platform> read(const std::vector<std::string>& hardware,
                                            const std::vector<std::string>& light,
                                            std::string& problem) const;
  bool load(const settings& wanted);
  bool load_chip(const settings& wanted);
  bool load_network(const settings& wanted);
  std::string apply_light(const settings& wanted);
  void answer(point_result& out);
  void judge(point_result& out) const;

  const space& of_;
  light_settings light_;
  std::string chip_key_, network_key_;
  bool chip_loaded_ = false, network_loaded_ = false;
  std::string chip_problem_;
  std::string chip_hash_;
  double die_area_ = 0;  ///< NaN where it is not stated
  std::vector<variant> variants_;
  std::map<std::string, known_network> networks_;  ///< by their settings
  std::unique_ptr<analytical::llm_system> system_;
};

}  // namespace lamina::explore
