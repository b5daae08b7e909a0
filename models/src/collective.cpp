// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/collective.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "collective_steps.h"

namespace lamina {

namespace {

using kind = collective_kind;
using algorithm = collective_algorithm;

std::size_t index(int value) { return static_cast<std::size_t>(value); }

std::uint64_t divide_up(std::uint64_t value, std::uint64_t by) {
  return value / by + (value % by != 0 ? 1 : 0);
}

collective_step rounds_of_shift(int length, int spacing, std::uint64_t bytes, std::int64_t times) {
  collective_step step;
  step.how = collective_step::pattern::shift;
  step.length = length;
  step.spacing = spacing;
  step.bytes = bytes;
  step.times = times;
  return step;
}

collective_step everybody(int length, int spacing, std::uint64_t bytes) {
  collective_step step;
  step.how = collective_step::pattern::all_peers;
  step.length = length;
  step.spacing = spacing;
  step.bytes = bytes;
  return step;
}

bool scatters(kind what) { return what == kind::reduce_scatter || what == kind::all_reduce; }
bool gathers(kind what) { return what == kind::all_gather || what == kind::all_reduce; }

/// Shards of ranks: what reduce-scatter leaves and all-gather starts from.
std::uint64_t shard(kind what, std::uint64_t bytes, int ranks) {
  return what == kind::all_gather ? bytes : divide_up(bytes, static_cast<std::uint64_t>(ranks));
}

/// Rings along one dimension after the other: reduce-scatter from the first to the last, all-gather
/// back. An all-to-all passes each message on hop by hop in one direction.
void add_rings(collective_schedule& out, kind what, std::uint64_t bytes, const int* dimensions,
               std::size_t count) {
  const auto peers = static_cast<std::uint64_t>(out.ranks);
  const std::uint64_t whole = what == kind::all_gather ? bytes * peers : bytes;
  const auto add = [&](std::size_t d, int spacing) {
    const int length = dimensions[d];
    if (length == 1) return;
    if (what == kind::all_to_all) {
      out.steps.push_back(rounds_of_shift(length, spacing,
                                          bytes * (peers / static_cast<std::uint64_t>(length)),
                                          std::int64_t{length} * (length - 1) / 2));
      return;
    }
    // Behind this dimension a rank holds the whole over the product of the dimensions so far.
    const auto parts = static_cast<std::uint64_t>(spacing) * static_cast<std::uint64_t>(length);
    out.steps.push_back(rounds_of_shift(length, spacing, divide_up(whole, parts), length - 1));
  };
  if (scatters(what) || what == kind::all_to_all) {
    for (std::size_t d = 0, spacing = 1; d < count; spacing *= index(dimensions[d]), ++d) {
      add(d, static_cast<int>(spacing));
    }
  }
  if (gathers(what)) {
    std::size_t spacing = peers;
    for (std::size_t d = count; d-- > 0;) add(d, static_cast<int>(spacing /= index(dimensions[d])));
  }
}

void add_direct(collective_schedule& out, kind what, std::uint64_t bytes, int length, int spacing) {
  if (length == 1) return;
  if (what == kind::all_to_all || what == kind::all_gather) {
    out.steps.push_back(everybody(length, spacing, bytes));
    return;
  }
  const std::uint64_t part = divide_up(bytes, static_cast<std::uint64_t>(length));
  if (scatters(what)) out.steps.push_back(everybody(length, spacing, part));
  if (gathers(what)) out.steps.push_back(everybody(length, spacing, part));
}

void add_direct_broadcast(collective_schedule& out, std::uint64_t bytes) {
  listed_step step(out);
  for (int rank = 1; rank < out.ranks; ++rank) step.add(0, rank, bytes);
}

/// Inside groups of g neighbouring ranks and between equal places of the n / g groups.
void add_hierarchical(collective_schedule& out, kind what, std::uint64_t bytes, int g) {
  const int groups = out.ranks / g;
  const auto size = static_cast<std::uint64_t>(g);
  switch (what) {
    case kind::all_to_all:
      // First to the member that shares the destination's place, then across.
      if (g > 1) out.steps.push_back(everybody(g, 1, bytes * static_cast<std::uint64_t>(groups)));
      if (groups > 1) out.steps.push_back(everybody(groups, g, bytes * size));
      break;
    case kind::all_gather:
      add_direct(out, kind::all_gather, bytes, groups, g);
      add_direct(out, kind::all_gather, bytes * static_cast<std::uint64_t>(groups), g, 1);
      break;
    case kind::reduce_scatter:
      add_direct(out, kind::reduce_scatter, bytes, g, 1);
      add_direct(out, kind::reduce_scatter, divide_up(bytes, size), groups, g);
      break;
    default:  // all_reduce
      add_direct(out, kind::reduce_scatter, bytes, g, 1);
      add_direct(out, kind::all_reduce, divide_up(bytes, size), groups, g);
      add_direct(out, kind::all_gather, divide_up(bytes, size), g, 1);
  }
}

int product(const std::vector<int>& values) {
  return std::accumulate(values.begin(), values.end(), 1, std::multiplies<>());
}

}  // namespace

std::string_view name_of(collective_kind what) {
  static constexpr std::string_view names[] = {"all_reduce", "reduce_scatter", "all_gather",
                                               "all_to_all", "broadcast",      "send_receive"};
  return names[static_cast<std::size_t>(what)];
}

std::string_view name_of(collective_algorithm how) {
  static constexpr std::string_view names[] = {"best",          "ring",
                                               "per_dimension", "halving_doubling",
                                               "rabenseifner",  "double_binary_tree",
                                               "binomial_tree", "direct",
                                               "hierarchical"};
  return names[static_cast<std::size_t>(how)];
}

bool fits(collective_kind what, collective_algorithm how, int ranks,
          const collective_layout& layout) {
  const bool reduces_or_gathers = scatters(what) || gathers(what);
  switch (how) {
    case algorithm::best:
      return false;
    case algorithm::ring:
      return reduces_or_gathers || what == kind::all_to_all || what == kind::broadcast;
    case algorithm::per_dimension:
      return (reduces_or_gathers || what == kind::all_to_all) &&
             product(layout.dimensions) == ranks;
    case algorithm::halving_doubling:
      return reduces_or_gathers;
    case algorithm::rabenseifner:
      return what == kind::all_reduce;
    case algorithm::double_binary_tree:
      return what == kind::all_reduce || what == kind::broadcast;
    case algorithm::binomial_tree:
      return what == kind::broadcast;
    case algorithm::direct:
      return true;
    case algorithm::hierarchical:
      return (reduces_or_gathers || what == kind::all_to_all) && layout.group_size > 1 &&
             layout.group_size < ranks && ranks % layout.group_size == 0;
  }
  return false;
}

collective_schedule schedule_of(collective_kind what, collective_algorithm how, std::uint64_t bytes,
                                int ranks, const collective_layout& layout) {
  collective_schedule out;
  schedule_of(what, how, bytes, ranks, layout, out);
  return out;
}

void schedule_of(collective_kind what, collective_algorithm how, std::uint64_t bytes, int ranks,
                 const collective_layout& layout, collective_schedule& out) {
  if (!fits(what, how, ranks, layout)) {
    throw std::invalid_argument("schedule_of: the algorithm " + std::string(name_of(how)) +
                                " does not do " + std::string(name_of(what)) + " on " +
                                std::to_string(ranks) + " ranks of this layout");
  }
  out.ranks = ranks;
  out.steps.clear();
  out.listed.clear();
  if (ranks < 2 || bytes == 0) return;
  if (what == kind::send_receive) {
    listed_step(out).add(0, 1, bytes);
    return;
  }
  switch (how) {
    case algorithm::ring:
      if (what == kind::broadcast) {
        add_ring_broadcast(out, bytes);
      } else {
        add_rings(out, what, bytes, &ranks, 1);
      }
      break;
    case algorithm::per_dimension:
      add_rings(out, what, bytes, layout.dimensions.data(), layout.dimensions.size());
      break;
    case algorithm::halving_doubling:
    case algorithm::rabenseifner:
      add_halving_doubling(out, scatters(what), gathers(what), shard(what, bytes, ranks));
      break;
    case algorithm::double_binary_tree:
      add_double_binary_tree(out, what == kind::all_reduce, bytes);
      break;
    case algorithm::binomial_tree:
      add_binomial_tree(out, bytes);
      break;
    case algorithm::hierarchical:
      add_hierarchical(out, what, bytes, layout.group_size);
      break;
    default:
      if (what == kind::broadcast) {
        add_direct_broadcast(out, bytes);
      } else {
        add_direct(out, what, bytes, ranks, 1);
      }
  }
}

void messages_of(const collective_schedule& schedule, const collective_step& step,
                 std::vector<rank_message>& out) {
  using pattern = collective_step::pattern;
  if (step.how == pattern::listed) {
    const auto first = schedule.listed.begin() + step.first;
    out.insert(out.end(), first, first + step.count);
    return;
  }
  for (int rank = 0; rank < schedule.ranks; ++rank) {
    const int place = rank / step.spacing % step.length;
    const int start = rank - place * step.spacing;
    if (step.how == pattern::all_peers) {
      // Begin behind oneself, so that not everybody starts with the same receiver.
      for (int i = 1; i < step.length; ++i) {
        const int there = (place + i) % step.length;
        out.push_back({rank, start + there * step.spacing, step.bytes});
      }
      continue;
    }
    const int there =
        step.how == pattern::shift ? (place + step.stride) % step.length : place ^ step.stride;
    if (there == place || there >= step.length) continue;
    out.push_back({rank, start + there * step.spacing, step.bytes});
  }
}

}  // namespace lamina
