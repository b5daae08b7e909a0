// SPDX-License-Identifier: Apache-2.0
#include "flit_engine.h"

#include <algorithm>
#include <stdexcept>

namespace lamina::sysc {

namespace {

/// Endpoints and routers keep their virtual channels in words of bits.
constexpr int most_channels = 64;
constexpr int most_clocks = 4096;
constexpr int most_buffer = 1 << 14;

const network_level& simulable(const network_level& level) {
  const flit_protocol& flits = level.flits;
  if (flits.virtual_channels < 1 || flits.virtual_channels > most_channels)
    throw std::invalid_argument("a flit network has 1 to 64 virtual channels");
  if (flits.buffer_flits < 1 || flits.buffer_flits > most_buffer)
    throw std::invalid_argument("a virtual channel has room for 1 to 16384 flits");
  for (const int clocks :
       {flits.router_clocks, flits.link_clocks, flits.injection_clocks, flits.credit_clocks})
    if (clocks < 0 || clocks > most_clocks)
      throw std::invalid_argument("delays of a flit network are 0 to 4096 clocks");
  return level;
}

std::size_t at(std::int64_t value) { return static_cast<std::size_t>(value); }

}  // namespace

flit_engine::flit_engine(const network_level& level, std::uint64_t seed)
    : topology_(simulable(level)),
      random_(seed),
      ports_(topology_.ports()),
      channels_(level.flits.virtual_channels),
      words_((ports_ * channels_ + 63) / 64),
      buffer_(level.flits.buffer_flits),
      hop_clocks_(std::max(1, level.flits.router_clocks + level.flits.link_clocks - 1)),
      eject_clocks_(std::max(1, level.flits.router_clocks + level.flits.injection_clocks - 1)),
      inject_clocks_(1 + level.flits.injection_clocks),
      credit_clocks_(1 + level.flits.link_clocks + level.flits.credit_clocks),
      source_credit_clocks_(1 + level.flits.injection_clocks),
      eject_credit_clocks_(1 + level.flits.injection_clocks + level.flits.credit_clocks) {
  const int longest = std::max({hop_clocks_, eject_clocks_, inject_clocks_, credit_clocks_,
                                source_credit_clocks_, eject_credit_clocks_});
  std::size_t length = 2;
  while (length <= at(longest)) length *= 2;
  calendar_.resize(length);

  const std::size_t sources = at(topology_.endpoints());
  const std::size_t every_port = at(topology_.routers()) * at(ports_);
  const std::size_t every_channel = every_port * at(channels_);
  const std::uint64_t all =
      channels_ == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << channels_) - 1;
  sources_.resize(sources);
  source_credits_.assign(sources * at(channels_), static_cast<std::uint16_t>(buffer_));
  source_free_.assign(sources, all);
  inputs_.resize(every_channel);
  for (std::size_t i = 0; i < every_channel; ++i) {
    inputs_[i].lane = static_cast<std::uint8_t>(i % at(channels_));
    inputs_[i].port = static_cast<std::uint16_t>(i / at(channels_) % at(ports_));
  }
  slots_.resize(every_channel * at(buffer_));
  credits_.assign(every_channel, static_cast<std::uint16_t>(buffer_));
  free_.assign(every_port, all);
  waiting_.assign(at(topology_.routers()) * at(words_), 0);
  ready_ = waiting_;
  in_turn_.assign(every_port, 0);
  switch_grant_ = in_turn_;
  switch_accept_ = in_turn_;
  channel_grant_.assign(every_channel, 0);
  channel_accept_.assign(every_channel, 0);
  through_.assign(every_port, 0);
  router_listed_.assign(at(topology_.routers()), 0);
  best_.assign(at(ports_), ~std::uint64_t{0});
  accepted_ = best_;
}

void flit_engine::send(int source, int destination, int flits, std::uint64_t tag) {
  if (source < 0 || source >= topology_.endpoints() || destination < 0 ||
      destination >= topology_.endpoints() || flits < 1)
    throw std::invalid_argument("a packet goes from an endpoint to an endpoint, with a flit");
  index made = free_packets_;
  if (made == none) {
    made = static_cast<index>(packets_.size());
    packets_.emplace_back();
  } else {
    free_packets_ = packets_[made].next;
  }
  packet& what = packets_[made];
  what.about = {source, destination, flits, 0, now_, 0, tag};
  what.unsent = flits;
  what.next = none;
  what.keep = 0;
  source_queue& queue = sources_[at(source)];
  (queue.head == none ? queue.head : packets_[queue.tail].next) = made;
  queue.tail = made;
  if (!queue.listed) busy_sources_.push_back(source);
  queue.listed = true;
  ++packets_in_flight_;
  flits_in_flight_ += flits;
}

void flit_engine::free_packet(index which) {
  packets_[which].next = free_packets_;
  free_packets_ = which;
}

void flit_engine::step() {
  delivered_.clear();
  clock_slot& due = slot(now_);
  take_credits(due);
  inject();
  take_arrivals(due);
  eject(due);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < busy_routers_.size(); ++i) {
    const int router = busy_routers_[i];
    run_router(router);
    std::uint64_t work = 0;
    for (int word = 0; word < words_; ++word)
      work |= waiting_of(router)[word] | ready_of(router)[word];
    if (work != 0)
      busy_routers_[kept++] = router;
    else
      router_listed_[at(router)] = 0;
  }
  busy_routers_.resize(kept);
  ++now_;
}

void flit_engine::jump_to(std::int64_t clock) {
  while (now_ < clock && events_ > 0) step();
  delivered_.clear();
  now_ = std::max(now_, clock);
}

void flit_engine::take_credits(clock_slot& due) {
  for (const index channel : due.credits) ++credits_[channel];
  for (const index channel : due.source_credits) ++source_credits_[channel];
  events_ -= static_cast<std::int64_t>(due.credits.size() + due.source_credits.size());
  due.credits.clear();
  due.source_credits.clear();
}

void flit_engine::inject() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < busy_sources_.size(); ++i) {
    const int source = busy_sources_[i];
    if (inject_from(source))
      busy_sources_[kept++] = source;
    else
      sources_[at(source)].listed = false;
  }
  busy_sources_.resize(kept);
}

/// Sends at most one flit; false when nothing is left to send.
bool flit_engine::inject_from(int source) {
  source_queue& queue = sources_[at(source)];
  const std::size_t first = at(source) * at(channels_);
  packet& what = packets_[queue.head];
  if (queue.channel < 0) {
    // The next channel in turn; before the first packet there is no last one, and only the first
    // channel is tried (it is free then).
    for (int i = 1; i <= channels_; ++i) {
      const int channel = queue.last_channel < 0 ? 0 : (queue.last_channel + i) % channels_;
      const bool free = (source_free_[at(source)] >> channel & 1) != 0;
      if (!free || source_credits_[first + at(channel)] == 0) continue;
      queue.channel = channel;
      queue.last_channel = channel;
      source_free_[at(source)] &= ~(std::uint64_t{1} << channel);
      break;
    }
    if (queue.channel < 0) return true;
  }
  std::uint16_t& credits = source_credits_[first + at(queue.channel)];
  if (credits == 0) return true;
  --credits;
  const bool tail = --what.unsent == 0;
  const int port = topology_.attachment(source);
  slot(now_ + inject_clocks_)
      .arrivals.push_back({static_cast<index>(port * channels_ + queue.channel),
                           2 * queue.head + static_cast<index>(tail)});
  ++events_;
  if (!tail) return true;
  source_free_[at(source)] |= std::uint64_t{1} << queue.channel;
  queue.channel = -1;
  queue.head = what.next;
  return queue.head != none;
}

void flit_engine::take_arrivals(clock_slot& due) {
  for (const arrival& item : due.arrivals) {
    input_channel& in = inputs_[item.channel];
    const int place = in.first + in.count;
    slots_[std::size_t{item.channel} * at(buffer_) +
           at(place < buffer_ ? place : place - buffer_)] = item.flit;
    const int router = static_cast<int>(item.channel) / (ports_ * channels_);
    const index local = item.channel - static_cast<index>(router * ports_ * channels_);
    if (++in.count == 1) {
      if (in.state == channel_state::idle)
        wait_for_channel(router, local);
      else
        ready_of(router)[local / 64] |= std::uint64_t{1} << local % 64;
    }
    if (router_listed_[at(router)] == 0) {
      router_listed_[at(router)] = 1;
      busy_routers_.push_back(router);
    }
  }
  events_ -= static_cast<std::int64_t>(due.arrivals.size());
  due.arrivals.clear();
}

void flit_engine::eject(clock_slot& due) {
  for (const ejection& item : due.ejections) {
    slot(now_ + eject_credit_clocks_)
        .credits.push_back(item.port * static_cast<index>(channels_) + item.channel);
    ++flits_delivered_;
    --flits_in_flight_;
    if ((item.flit & 1) == 0) continue;
    packet& what = packets_[item.flit / 2];
    what.about.delivered = now_;
    delivered_.push_back(what.about);
    free_packet(item.flit / 2);
    --packets_in_flight_;
  }
  due.ejections.clear();  // their events are now the credits'
}

/// A head has come to the front of an input channel.
void flit_engine::wait_for_channel(int router, index channel) {
  const std::size_t which = at(router) * at(ports_ * channels_) + channel;
  input_channel& in = inputs_[which];
  packet& what = packets_[slots_[which * at(buffer_) + in.first] / 2];
  in.state = channel_state::waiting;
  in.way = topology_.route(router, in.port, what.about.destination, what.keep, random_);
  ++what.about.hops;
  waiting_of(router)[channel / 64] |= std::uint64_t{1} << channel % 64;
}

}  // namespace lamina::sysc
