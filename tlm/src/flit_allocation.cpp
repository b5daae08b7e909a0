// SPDX-License-Identifier: Apache-2.0
// What a router of the flit engine does in a clock: VC allocation, switch allocation, traversal.
#include <algorithm>

#include "flit_engine.h"

namespace lamina::sysc {

namespace {

std::size_t at(std::int64_t value) { return static_cast<std::size_t>(value); }

/// How far `value` is behind `next` in a circle.
template <typename Value>
std::uint64_t behind(Value value, Value next, Value circle) {
  return value >= next ? value - next : value + circle - next;
}

/// The place after this one.
template <typename Value>
Value next(Value value, Value circle) {
  return static_cast<Value>(value + 1 == circle ? 0 : value + 1);
}

constexpr std::uint64_t nothing = ~std::uint64_t{0};

}  // namespace

/// Both allocations see the state before the clock; only then does either change it.
void flit_engine::run_router(int router) {
  allocate_channels(router);
  allocate_switch(router);
  take_channels(router);
}

void flit_engine::allocate_channels(int router) {
  asking_.clear();
  taken_.clear();
  const std::size_t base = at(router) * at(ports_ * channels_);
  for (int word = 0; word < words_; ++word) {
    for (std::uint64_t bits = waiting_of(router)[word]; bits != 0; bits &= bits - 1) {
      const auto channel = static_cast<index>(word * 64 + __builtin_ctzll(bits));
      const flit_choice way = inputs_[base + channel].way;
      if (free_[at(router * ports_) + way.port] != 0) asking_.push_back({channel, way.port, 0});
    }
  }
  if (asking_.empty()) return;
  // Few ask in one clock: insertion keeps those of one output together and in order.
  for (std::size_t i = 1; i < asking_.size(); ++i)
    for (std::size_t k = i; k > 0 && asking_[k].output < asking_[k - 1].output; --k)
      std::swap(asking_[k], asking_[k - 1]);
  for (index first = 0; first < asking_.size();) {
    index end = first + 1;
    while (end < asking_.size() && asking_[end].output == asking_[first].output) ++end;
    grant_channels(router, first, end);
    first = end;
  }
}

/// The free channels of one output each grant to the next of those who ask for them; each asker
/// accepts the next of its grants.
void flit_engine::grant_channels(int router, index first, index end) {
  const index output = asking_[first].output;
  const std::size_t base = at(router) * at(ports_ * channels_);
  const auto circle = static_cast<index>(ports_ * channels_);
  const auto first_channel = output * static_cast<index>(channels_);
  for (index i = first; i < end; ++i) asking_[i].out_channel = 0xff;
  for (std::uint64_t bits = free_[at(router * ports_) + output]; bits != 0; bits &= bits - 1) {
    const auto channel = static_cast<index>(__builtin_ctzll(bits));
    const index turn_of = channel_grant_[base + first_channel + channel];
    std::uint64_t nearest = nothing;
    index winner = none;
    for (index i = first; i < end; ++i) {
      const flit_choice way = inputs_[base + asking_[i].channel].way;
      if (channel < way.first || channel > way.last) continue;
      const std::uint64_t distance = behind(asking_[i].channel, turn_of, circle);
      if (distance < nearest) {
        nearest = distance;
        winner = i;
      }
    }
    if (winner == none) continue;
    // The pointer over all outputs' channels; those of this output lie on one side of it, or
    // around it.
    grant& asker = asking_[winner];
    const index turn = channel_accept_[base + asker.channel];
    if (asker.out_channel == 0xff ||
        behind(first_channel + channel, turn, circle) <
            behind(first_channel + index{asker.out_channel}, turn, circle))
      asker.out_channel = static_cast<std::uint8_t>(channel);
  }
  for (index i = first; i < end; ++i)
    if (asking_[i].out_channel != 0xff) taken_.push_back(asking_[i]);
}

void flit_engine::take_channels(int router) {
  const std::size_t base = at(router) * at(ports_ * channels_);
  const auto circle = static_cast<index>(ports_ * channels_);
  for (const grant& item : taken_) {
    const index output = item.output * static_cast<index>(channels_) + item.out_channel;
    channel_grant_[base + output] = next(item.channel, circle);
    channel_accept_[base + item.channel] = next(output, circle);
    free_[at(router * ports_) + item.output] &= ~(std::uint64_t{1} << item.out_channel);
    input_channel& in = inputs_[base + item.channel];
    in.state = channel_state::active;
    in.out_channel = item.out_channel;
    waiting_of(router)[item.channel / 64] &= ~(std::uint64_t{1} << item.channel % 64);
    ready_of(router)[item.channel / 64] |= std::uint64_t{1} << item.channel % 64;
  }
}

void flit_engine::allocate_switch(int router) {
  const std::size_t base = at(router) * at(ports_ * channels_);
  const std::size_t first_port = at(router) * at(ports_);
  const auto channels = static_cast<std::uint64_t>(channels_);
  const auto circle = static_cast<std::uint16_t>(ports_);
  asked_outputs_.clear();
  granted_inputs_.clear();
  // Outputs grant to the next input, and of it to the next channel.
  for (int word = 0; word < words_; ++word) {
    for (std::uint64_t bits = ready_of(router)[word]; bits != 0; bits &= bits - 1) {
      const auto local = static_cast<index>(word * 64 + __builtin_ctzll(bits));
      const input_channel& in = inputs_[base + local];
      const std::size_t output = in.way.port;
      if (credits_[base + output * channels + in.out_channel] == 0) continue;
      const std::uint16_t input = in.port;
      const std::uint16_t channel = in.lane;
      const std::uint64_t turn =
          behind(channel, in_turn_[first_port + input], static_cast<std::uint16_t>(channels_));
      const std::uint64_t near = behind(input, switch_grant_[first_port + output], circle);
      const std::uint64_t key = (near * channels + turn) << 32 | local;
      if (best_[output] == nothing) asked_outputs_.push_back(static_cast<index>(output));
      best_[output] = std::min(best_[output], key);
    }
  }
  // Inputs accept the next output.
  for (const index output : asked_outputs_) {
    const auto local = static_cast<index>(best_[output]);
    best_[output] = nothing;
    const std::size_t input = inputs_[base + local].port;
    const std::uint64_t near =
        behind(static_cast<std::uint16_t>(output), switch_accept_[first_port + input], circle);
    if (accepted_[input] == nothing) granted_inputs_.push_back(static_cast<index>(input));
    accepted_[input] = std::min(accepted_[input], near << 32 | local);
  }
  for (const index input : granted_inputs_) {
    const auto local = static_cast<index>(accepted_[input]);
    accepted_[input] = nothing;
    const std::uint16_t output = inputs_[base + local].way.port;
    switch_grant_[first_port + output] = next(static_cast<std::uint16_t>(input), circle);
    switch_accept_[first_port + input] = next(output, circle);
    const auto after = static_cast<std::uint16_t>(inputs_[base + local].lane + 1);
    in_turn_[first_port + input] = after == channels_ ? std::uint16_t{0} : after;
    traverse(router, local);
  }
}

/// The flit at the front of an input channel goes through the switch.
void flit_engine::traverse(int router, index channel) {
  const std::size_t which = at(router) * at(ports_ * channels_) + channel;
  input_channel& in = inputs_[which];
  const index flit = slots_[which * at(buffer_) + in.first];
  in.first = static_cast<std::uint16_t>(in.first + 1 == buffer_ ? 0 : in.first + 1);
  --in.count;
  const bool tail = (flit & 1) != 0;
  const auto port = static_cast<index>(router * ports_) + in.way.port;
  --credits_[std::size_t{port} * at(channels_) + in.out_channel];
  if (tail) free_[port] |= std::uint64_t{1} << in.out_channel;
  ++flit_hops_;
  ++through_[port];

  const int there = topology_.behind(static_cast<int>(port));
  if (there < 0)
    slot(now_ + eject_clocks_).ejections.push_back({port, flit, in.out_channel});
  else
    slot(now_ + hop_clocks_)
        .arrivals.push_back({static_cast<index>(there * channels_ + in.out_channel), flit});
  const int before = topology_.before(router * ports_ + in.port);
  if (before < 0)
    slot(now_ + source_credit_clocks_)
        .source_credits.push_back(static_cast<index>(~before * channels_ + in.lane));
  else
    slot(now_ + credit_clocks_).credits.push_back(static_cast<index>(before * channels_ + in.lane));
  events_ += 2;

  const std::uint64_t bit = std::uint64_t{1} << channel % 64;
  if (in.count == 0 || tail) ready_of(router)[channel / 64] &= ~bit;
  if (!tail) return;
  in.state = channel_state::idle;
  if (in.count > 0) wait_for_channel(router, channel);
}

}  // namespace lamina::sysc
