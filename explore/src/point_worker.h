// SPDX-License-Identifier: Apache-2.0
// Answers points one after the other, keeping what neighbours share.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lamina/analytical/system.h"
#include "lamina/explore/evaluate.h"
#include "light_settings.h"

namespace lamina::explore {

/// A network of the space, as its settings say.
struct known_network {
  std::string problem;  ///< empty: there is one
  interconnect_spec spec;
  std::string hash;
};

/// What all threads have read of networks. Each is read once, by whoever asks first.
class known_networks {
 public:
  /// `read` fills in a network that nobody has asked for yet. What is returned does not change.
  template <typename Read>
  const known_network& find(const std::string& settings, const Read& read) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [at, fresh] = known_.try_emplace(settings);
    if (fresh) read(at->second);
    return at->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, known_network> known_;
};

/// Files are read once for each chip and once for each network of the space; points with the same
/// chip keep the times of its kernels, those with the same network also the times of collectives,
/// and all the shapes of collectives and the loads of experts. Not for two threads at a time.
class point_worker {
 public:
  point_worker(const space& of, known_networks& networks) : of_(of), networks_(networks) {}
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
  known_networks& networks_;
  const known_network* network_ = nullptr;  ///< of the point
  light_settings light_;
  std::string chip_key_, network_key_;
  bool chip_loaded_ = false, network_loaded_ = false;
  std::string chip_problem_;
  std::string chip_hash_;
  double die_area_ = 0;  ///< NaN where it is not stated
  std::vector<variant> variants_;
  std::unique_ptr<analytical::llm_system> system_;
};

}  // namespace lamina::explore
