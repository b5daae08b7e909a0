// SPDX-License-Identifier: Apache-2.0
// What an exploration found, and the files that show it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "lamina/explore/space.h"
#include "lamina/explore/spot_check.h"
#include "lamina/platforms/envelope.h"

namespace lamina::app {

struct exploration {
  explore::space of;
  std::uint64_t asked = 0;                     ///< points that the sampling asks for
  std::vector<explore::point_result> results;  ///< by point
  std::vector<std::size_t> front;              ///< of `results`
  std::vector<explore::spot_check> checks;
  platforms::envelope envelope;

  bool complete() const { return results.size() == asked; }
  /// Of `results`: the best in the first objective; nothing when none is feasible.
  const explore::point_result* chosen() const;
};

/// From a store's rows.
exploration exploration_of(const explore::space& of, std::vector<explore::point_result> results,
                           std::vector<explore::spot_check> checks, std::uint64_t asked);

/// "7.2 k/s", "512.3 mm2", "87 %".
std::string amount_text(explore::metric which, double value);
void print_text(const exploration& answer, std::ostream& out);
std::string to_html(const exploration& answer);
/// points.csv, front.csv, report.html and, when something is feasible, chosen.yaml with its model.
/// Throws store_error when the folder cannot be written.
void write_files(const exploration& answer, const std::string& folder);

}  // namespace lamina::app
