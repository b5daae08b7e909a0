// SPDX-License-Identifier: Apache-2.0
// Results on disk: an SQLite database that a kill at any moment leaves whole.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lamina/explore/evaluate.h"
#include "lamina/explore/spot_check.h"

namespace lamina::explore {

/// The folder or the database cannot be used: somebody else's to mend.
struct store_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What one run of the program put: points that were new, and those that were there before.
struct run_count {
  std::uint64_t added = 0, repeated = 0;
};

/// `results.sqlite` in a folder, in WAL mode; one row a point. What put() has returned from is
/// there after a kill. All throw store_error with a sentence for the reader.
class result_store {
 public:
  /// Opens what is there, or makes it, for this process alone. Refuses a database of another space
  /// or version, and a folder in which another process does the same.
  result_store(const std::string& folder, const space& of);
  /// Opens what must be there.
  static result_store existing(const std::string& folder, const space& of);
  ~result_store();
  result_store(result_store&&) noexcept;
  result_store& operator=(result_store&&) noexcept;

  /// In one transaction. A point that is there stays as it is.
  void put(const std::vector<point_result>& results);
  void put(const std::vector<spot_check>& checks);
  std::vector<std::uint64_t> known_points();  ///< ascending
  std::vector<point_result> results();        ///< by point
  std::vector<spot_check> checks();           ///< by point
  double best(metric of);                     ///< of the feasible points; NaN: there are none
  std::vector<run_count> runs();              ///< that put points, in their order
  const std::string& file() const;

 private:
  struct state;
  explicit result_store(std::unique_ptr<state> opened);
  std::unique_ptr<state> state_;
};

}  // namespace lamina::explore
