// SPDX-License-Identifier: Apache-2.0
#include "collective_steps.h"

#include <algorithm>

namespace lamina {

namespace {

int power_of_two_at_most(int value) {
  int power = 1;
  while (power <= value / 2) power *= 2;
  return power;
}

/// Chunks in which a pipeline of `hops` steps moves its data: enough that filling it costs little,
/// and none smaller than 1 KiB.
std::int64_t chunks_of(std::uint64_t bytes, int hops) {
  const auto most = static_cast<std::int64_t>(std::max<std::uint64_t>(1, bytes / 1024));
  return std::clamp<std::int64_t>(most, 1, 4 * static_cast<std::int64_t>(hops));
}

/// Bytes of chunk c of `count`; the chunks add up.
std::uint64_t chunk(std::uint64_t bytes, std::int64_t count, std::int64_t c) {
  const auto n = static_cast<std::uint64_t>(count);
  const auto i = static_cast<std::uint64_t>(c);
  return bytes / n + (i < bytes % n ? 1 : 0);
}

/// Ranks to work with when `extra` ranks beyond a power of two fold onto neighbours.
struct folding {
  int power = 1;
  int extra = 0;
  int rank_of(int worker) const { return worker < extra ? 2 * worker : worker + extra; }
  int shards_of(int worker) const { return worker < extra ? 2 : 1; }
};

/// Shards that `worker` answers for once partners at distances below 2 * stride have swapped
/// halves: those of the workers that are equal to it in the bits up to `stride`.
std::uint64_t shards_left(const folding& fold, int worker, int stride) {
  std::uint64_t sum = 0;
  for (int w = worker % (2 * stride); w < fold.power; w += 2 * stride) {
    sum += static_cast<std::uint64_t>(fold.shards_of(w));
  }
  return sum;
}

}  // namespace

void add_halving_doubling(collective_schedule& out, bool scatter, bool gather,
                          std::uint64_t shard) {
  folding fold;
  fold.power = power_of_two_at_most(out.ranks);
  fold.extra = out.ranks - fold.power;
  const std::uint64_t whole = shard * static_cast<std::uint64_t>(out.ranks);
  const auto swap = [&](int stride, bool halving) {
    collective_step step;
    if (fold.extra == 0) {
      step.how = collective_step::pattern::exchange;
      step.length = out.ranks;
      step.stride = stride;
      step.bytes = shard * static_cast<std::uint64_t>(out.ranks / (2 * stride));
      out.steps.push_back(step);
      return;
    }
    listed_step messages(out);
    for (int w = 0; w < fold.power; ++w) {
      // Halving sends what the partner answers for, doubling what one has oneself.
      const int owner = halving ? w ^ stride : w;
      messages.add(fold.rank_of(w), fold.rank_of(w ^ stride),
                   shard * shards_left(fold, owner, stride));
    }
  };
  const auto between_neighbours = [&](bool to_worker, std::uint64_t bytes) {
    listed_step messages(out);
    for (int i = 0; i < fold.extra; ++i) {
      messages.add(to_worker ? 2 * i + 1 : 2 * i, to_worker ? 2 * i : 2 * i + 1, bytes);
    }
  };
  if (fold.extra > 0) between_neighbours(true, scatter ? whole : shard);
  if (scatter) {
    for (int stride = 1; stride < fold.power; stride *= 2) swap(stride, true);
  }
  if (gather) {
    for (int stride = fold.power / 2; stride >= 1; stride /= 2) swap(stride, false);
  }
  if (fold.extra > 0) between_neighbours(false, gather ? whole : shard);
}

void add_ring_broadcast(collective_schedule& out, std::uint64_t bytes) {
  const int hops = out.ranks - 1;
  const std::int64_t chunks = chunks_of(bytes, hops);
  for (std::int64_t step = 0; step < hops + chunks - 1; ++step) {
    listed_step messages(out);
    for (int rank = 0; rank < hops; ++rank) {
      const std::int64_t c = step - rank;
      if (c >= 0 && c < chunks) messages.add(rank, rank + 1, chunk(bytes, chunks, c));
    }
  }
}

void add_binomial_tree(collective_schedule& out, std::uint64_t bytes) {
  for (int have = 1; have < out.ranks; have *= 2) {
    listed_step messages(out);
    for (int rank = 0; rank < have && rank + have < out.ranks; ++rank) {
      messages.add(rank, rank + have, bytes);
    }
  }
}

namespace {

/// Binary tree over n ranks in which the height of a rank is its number of trailing zeros, so that
/// odd ranks are leaves; rank 0 is the root (-1) and has one child.
int parent_of(int rank, int ranks) {
  if (rank == 0) return -1;
  const int bit = rank & -rank;
  const int parent = (rank ^ bit) | (bit << 1);
  return parent < ranks ? parent : rank ^ bit;
}

}  // namespace

namespace {

/// One of the two trees: its ranks, their parents (-1: none) and their depths.
struct binary_tree {
  std::vector<int> ranks, parents, depths;
  int deepest = 0;
};

/// The second tree is the first with the places shifted by one, so that its leaves are inner ranks.
/// A broadcast's trees are over all but the rank that has the data, which is the roots' parent.
binary_tree tree_over(int ranks, bool second, bool reduce) {
  binary_tree tree;
  const int places = reduce ? ranks : ranks - 1;
  const int first = reduce ? 0 : 1;
  const auto rank_at = [&](int place) { return first + (place + (second ? 1 : 0)) % places; };
  for (int place = 0; place < places; ++place) {
    int depth = reduce ? 0 : 1;
    for (int at = place; at != 0; at = parent_of(at, places)) ++depth;
    tree.ranks.push_back(rank_at(place));
    tree.parents.push_back(place > 0 ? rank_at(parent_of(place, places)) : reduce ? -1 : 0);
    tree.depths.push_back(depth);
    tree.deepest = std::max(tree.deepest, depth);
  }
  return tree;
}

}  // namespace

void add_double_binary_tree(collective_schedule& out, bool reduce, std::uint64_t bytes) {
  const binary_tree trees[] = {tree_over(out.ranks, false, reduce),
                               tree_over(out.ranks, true, reduce)};
  const std::uint64_t halves[] = {bytes - bytes / 2, bytes / 2};
  const int deepest = trees[0].deepest;
  const std::int64_t chunks = chunks_of(halves[0], deepest);
  const auto pass = [&](bool up) {
    for (std::int64_t step = 0; step < deepest + chunks - 1; ++step) {
      listed_step messages(out);
      for (int t = 0; t < 2; ++t) {
        const binary_tree& tree = trees[t];
        for (std::size_t i = 0; i < tree.ranks.size(); ++i) {
          const std::int64_t c = step - (up ? deepest - tree.depths[i] : tree.depths[i] - 1);
          if (tree.parents[i] < 0 || c < 0 || c >= chunks) continue;
          messages.add(up ? tree.ranks[i] : tree.parents[i], up ? tree.parents[i] : tree.ranks[i],
                       chunk(halves[t], chunks, c));
        }
      }
    }
  };
  if (reduce) pass(true);
  pass(false);
}

}  // namespace lamina
