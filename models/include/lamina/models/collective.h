// SPDX-License-Identifier: Apache-2.0
// Collectives, and the steps of messages that each algorithm turns them into.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lamina {

enum class collective_kind {
  all_reduce,      ///< bytes: the whole buffer of a rank
  reduce_scatter,  ///< bytes: the whole buffer of a rank
  all_gather,      ///< bytes: the shard of a rank
  all_to_all,      ///< bytes: the message to each peer
  broadcast,       ///< bytes: the whole buffer, from the group's first rank
  send_receive     ///< bytes: the message, from the group's first rank to its second
};
std::string_view name_of(collective_kind kind);

enum class collective_algorithm {
  best,                ///< the quickest of those that fit, by the analytical path
  ring,                ///< one ring over the group
  per_dimension,       ///< rings along each dimension of the levels, innermost first
  halving_doubling,    ///< recursive halving (reduce-scatter) and doubling (all-gather)
  rabenseifner,        ///< all-reduce: halving, then doubling
  double_binary_tree,  ///< two complementary trees, pipelined in chunks
  binomial_tree,       ///< broadcast: senders double each step
  direct,              ///< everybody to everybody at once
  hierarchical         ///< inside the groups of the innermost level, then between them
};
std::string_view name_of(collective_algorithm algorithm);

struct collective {
  collective_kind kind = collective_kind::all_reduce;
  collective_algorithm algorithm = collective_algorithm::ring;
  std::uint64_t bytes = 0;
  std::vector<int> group;  ///< endpoints in rank order; empty: all
};

/// A message between ranks, which are indices into the group.
struct rank_message {
  int from = 0;
  int to = 0;
  std::uint64_t bytes = 0;
};

/// Messages that leave together. A rank begins a step when the messages that it sent in the last
/// one are done and those sent to it have arrived; a rank without messages passes at once.
/// The patterns work on lines: ranks r with equal r / (spacing * length) and equal r % spacing,
/// each at place (r / spacing) % length.
struct collective_step {
  enum class pattern : std::uint8_t {
    shift,      ///< place p sends to (p + stride) % length
    exchange,   ///< place p sends to p ^ stride, where that is a place
    all_peers,  ///< place p sends to every other place
    listed      ///< messages [first, first + count) of the schedule
  };
  pattern how = pattern::listed;
  int length = 1;
  int spacing = 1;
  int stride = 1;
  std::uint64_t bytes = 0;  ///< of each message, unless listed
  int first = 0;
  int count = 0;
  std::int64_t times = 1;  ///< the step is done so often, one after the other
};

/// The steps of one collective on `ranks` ranks.
struct collective_schedule {
  int ranks = 1;
  std::vector<collective_step> steps;
  std::vector<rank_message> listed;
};

/// What an algorithm needs to know of the network: the lengths of its dimensions, innermost first,
/// if the group is all of the network (their product is then the ranks), and the size of the
/// innermost level's groups. For other groups one dimension, and no groups (1).
struct collective_layout {
  std::vector<int> dimensions;
  int group_size = 1;
};

/// Whether the algorithm can do this kind on this layout.
bool fits(collective_kind kind, collective_algorithm algorithm, int ranks,
          const collective_layout& layout);

/// The steps. Throws std::invalid_argument when the algorithm does not fit, or is `best`. Chunks
/// are rounded up to whole bytes. Nothing to do (one rank, no bytes) gives no steps.
collective_schedule schedule_of(collective_kind kind, collective_algorithm algorithm,
                                std::uint64_t bytes, int ranks, const collective_layout& layout);

/// The same into an object whose room is used again.
void schedule_of(collective_kind kind, collective_algorithm algorithm, std::uint64_t bytes,
                 int ranks, const collective_layout& layout, collective_schedule& out);

/// Appends the messages of one step.
void messages_of(const collective_schedule& schedule, const collective_step& step,
                 std::vector<rank_message>& out);

}  // namespace lamina
