// SPDX-License-Identifier: Apache-2.0
// The earliest of times that change, against a search through all of them.
#include "earliest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace lamina::analytical {
namespace {

TEST(earliest, is_what_a_search_finds) {
  std::mt19937_64 engine(1);
  earliest tournament;
  for (const int count : {1, 2, 3, 7, 8, 9, 100, 5}) {
    tournament.reset(count);
    std::vector<earliest::time> times(static_cast<std::size_t>(count), earliest::never);
    ASSERT_EQ(tournament.when(), earliest::never);
    for (int i = 0; i < 2000; ++i) {
      const auto index = static_cast<int>(engine() % static_cast<unsigned>(count));
      // Few different times, so that many are equal.
      const earliest::time when =
          engine() % 4 == 0 ? earliest::never : static_cast<earliest::time>(engine() % 20);
      tournament.set(index, when);
      times[static_cast<std::size_t>(index)] = when;
      const auto first = std::min_element(times.begin(), times.end());
      ASSERT_EQ(tournament.when(), *first) << count << " times, change " << i;
      ASSERT_EQ(tournament.index(), first - times.begin()) << count << " times, change " << i;
    }
  }
}

}  // namespace
}  // namespace lamina::analytical
