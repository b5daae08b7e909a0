// SPDX-License-Identifier: Apache-2.0
// Steps of the collective algorithms that are trees or need care off powers of two.
#pragma once

#include "lamina/models/collective.h"

namespace lamina {

/// Appends one listed step to a schedule; a step without messages vanishes.
class listed_step {
 public:
  explicit listed_step(collective_schedule& out) : out_(out) {
    collective_step step;
    step.first = static_cast<int>(out.listed.size());
    out_.steps.push_back(step);
  }
  ~listed_step() {
    if (out_.steps.back().count == 0) out_.steps.pop_back();
  }
  listed_step(const listed_step&) = delete;
  listed_step& operator=(const listed_step&) = delete;
  void add(int from, int to, std::uint64_t bytes) {
    if (bytes == 0) return;
    out_.listed.push_back({from, to, bytes});
    ++out_.steps.back().count;
  }

 private:
  collective_schedule& out_;
};

/// Recursive halving with the nearest partner first and doubling with the farthest first, in
/// shards. Off a power of two, the first ranks work for a neighbour each: they take its part before
/// and hand its result over behind (Thakur, Rabenseifner and Gropp, 2005).
void add_halving_doubling(collective_schedule& out, bool scatter, bool gather, std::uint64_t shard);

/// Chunks follow each other round the ring.
void add_ring_broadcast(collective_schedule& out, std::uint64_t bytes);

/// Those that have the data double each step.
void add_binomial_tree(collective_schedule& out, std::uint64_t bytes);

/// Two binary trees, each with half of the data, in which inner ranks of one are leaves of the
/// other (Sanders, Speck and Traeff, 2009), pipelined in chunks; `reduce` goes up before it comes
/// down.
void add_double_binary_tree(collective_schedule& out, bool reduce, std::uint64_t bytes);

}  // namespace lamina
