// SPDX-License-Identifier: Apache-2.0
// The ranks of one collective: each sends its messages step by step as its own work allows.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lamina/models/collective.h"
#include "lamina/models/units.h"

namespace lamina::sysc {

/// Follows collective_step's rule for each rank alone: the next step begins when what one sent in
/// this one is done and what one is due to get has come. Messages for a step that a rank has not
/// reached yet are kept in count. Tags of messages are first_tag + sequence.
class collective_engine {
 public:
  /// Sends bytes between ranks; `tag` comes back with arrived() and sent().
  using sender = std::function<void(int from, int to, std::uint64_t bytes, std::int64_t tag)>;

  collective_engine(collective_schedule schedule, sender send);

  /// Begins on all ranks at time `now`.
  void start(femtoseconds now);
  void arrived(std::int64_t tag, femtoseconds now);
  void sent(std::int64_t tag, femtoseconds now);
  bool done() const { return ranks_left_ == 0; }
  femtoseconds finished() const { return finished_; }

 private:
  struct outgoing {
    int to = 0;
    std::uint64_t bytes = 0;
  };
  /// One step of the schedule, by rank.
  struct step_plan {
    std::int64_t first_round = 0;
    std::int64_t times = 1;
    std::vector<int> first_send;  ///< by rank and one more, in sends
    std::vector<outgoing> sends;
    std::vector<int> due;  ///< messages to come, by rank
  };
  struct rank_state {
    std::int64_t round = 0;
    int step = 0;
    int unsent = 0;
    bool done = false;
  };
  void begin_round(int rank, femtoseconds now);
  void proceed(int rank, femtoseconds now);
  std::uint16_t& came(int rank, std::int64_t round) {
    return came_[static_cast<std::size_t>(rank) * static_cast<std::size_t>(rounds_) +
                 static_cast<std::size_t>(round)];
  }

  int ranks_;
  sender send_;
  std::vector<step_plan> plans_;
  std::int64_t rounds_ = 0;
  std::vector<rank_state> states_;
  std::vector<std::uint16_t> came_;  ///< messages that have come, by rank and round
  int ranks_left_ = 0;
  femtoseconds finished_{0};
};

}  // namespace lamina::sysc
