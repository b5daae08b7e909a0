// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace lamina::analytical {

/// The earliest of some times, each of which may change: a tournament between them, in which the
/// lowest index wins among equals. A change replays the rounds that it can decide.
class earliest {
 public:
  using time = std::int64_t;
  static constexpr time never = time{1} << 60;  ///< may still be added to

  /// `count` times, all of them never. Takes storage only where there was not as much before.
  void reset(int count) {
    players_ = 1;
    while (players_ < count) players_ *= 2;
    times_.assign(static_cast<std::size_t>(players_), never);
    winners_.resize(times_.size());
    for (int round = players_, first = players_ / 2; first > 0; round = first, first /= 2) {
      for (int i = first; i < round; ++i) winner(i) = i * (players_ / first) - players_;
    }
  }
  void set(int index, time when) {
    times_[static_cast<std::size_t>(index)] = when;
    for (int match = (index + players_) / 2; match > 0; match /= 2) {
      const int left = champion(2 * match);
      const int right = champion(2 * match + 1);
      const int wins = of(right) < of(left) ? right : left;
      if (wins == winner(match) && wins != index) return;  // the rounds above know it
      winner(match) = wins;
    }
  }
  int index() const { return players_ > 1 ? winners_[1] : 0; }
  time when() const { return of(index()); }
  time of(int index) const { return times_[static_cast<std::size_t>(index)]; }

 private:
  int& winner(int match) { return winners_[static_cast<std::size_t>(match)]; }
  int champion(int place) { return place < players_ ? winner(place) : place - players_; }

  int players_ = 1;  ///< a power of two
  std::vector<time> times_ = {never};
  std::vector<int> winners_ = {0};  ///< of match i, whose sides are the matches 2 i and 2 i + 1
};

}  // namespace lamina::analytical
