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
/// this one is done and what one is due to get has come. Each repetition of a step is a round. What
/// comes for a round that a rank has not reached yet is kept in count.
class collective_engine {
 public:
  /// Sends bytes between ranks; `round` is the sender's, and comes back with arrived().
  using sender = std::function<void(int from, int to, std::uint64_t bytes, std::int64_t round)>;

  collective_engine(const collective_schedule& schedule, sender send);

  /// Begins on all ranks at time `now`.
  void start(femtoseconds now);
  /// A message of this round is at rank `to`.
  void arrived(int to, std::int64_t round, femtoseconds now);
  /// One of the messages that rank `from` has sent in its present round is done.
  void sent(int from, femtoseconds now);
  bool done() const { return ranks_left_ == 0; }
  femtoseconds finished() const { return finished_; }
  std::int64_t rounds() const { return rounds_; }

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
    int came = 0;            ///< messages of the present round
    std::vector<int> early;  ///< of the rounds behind it: at round % size, a power of two
    bool done = false;
  };
  void begin_round(int rank);
  void proceed(int rank, femtoseconds now);

  int ranks_;
  sender send_;
  std::vector<step_plan> plans_;
  std::int64_t rounds_ = 0;
  std::vector<rank_state> states_;
  int ranks_left_ = 0;
  femtoseconds finished_{0};
};

}  // namespace lamina::sysc
