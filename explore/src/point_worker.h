// SPDX-License-Identifier: Apache-2.0
// Answers points one after the other, keeping what neighbours share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lamina/analytical/system.h"
#include "lamina/explore/evaluate.h"

namespace lamina::explore {

/// What a setting touches.
enum class setting_kind : std::uint8_t { chip, network, light };
setting_kind kind_of(const std::string& setting);

/// Points with the same chip keep the times of its kernels, those with the same network also the
/// times of collectives. Not for two threads at a time.
class point_worker {
 public:
  explicit point_worker(const space& of) : of_(of) {}
  point_result evaluate(std::uint64_t point);

 private:
  struct settings {
    std::vector<std::string> hardware, light;
    std::string chip_key, key;
  };
  settings split(std::uint64_t point) const;
  bool load(const settings& wanted);
  bool load_with(const std::vector<std::string>& hardware, std::string& why);
  std::string apply_light(const settings& wanted);
  void answer(point_result& out);

  const space& of_;
  std::string chip_key_;
  std::string key_;
  std::string why_not_;  ///< the hardware is not legal
  bool loaded_ = false;
  std::vector<config::system_platform> platforms_;  ///< as loaded, for each workload of the mix
  std::vector<config::system_platform> current_;    ///< of the point
  std::string hardware_hash_;
  std::unique_ptr<analytical::llm_system> system_;
};

}  // namespace lamina::explore
