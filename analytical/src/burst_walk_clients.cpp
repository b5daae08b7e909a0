// SPDX-License-Identifier: Apache-2.0
// The walk for clients, whose bursts wait for their own controllers only.
#include <algorithm>
#include <cmath>
#include <functional>

#include "burst_walk.h"
#include "burst_walk_tools.h"

namespace lamina::analytical {

int burst_walk::followed_channels(int most_ports) const {
  const int channels = spec_.geometry.channels;
  const int cap = spec_.controller.activation_cap;
  const int followed = std::clamp(most_ports / spec_.geometry.ports(), 1, channels);
  // A share of the stack-wide budget of activations is at least one.
  return cap > 0 ? std::max(followed, (channels + cap - 1) / cap) : followed;
}

void burst_walk::start(const std::vector<memory_client*>& clients, int most_ports) {
  restart();
  scattered_ = true;
  const int channels = spec_.geometry.channels;
  const int cap = spec_.controller.activation_cap;
  const int followed = followed_channels(most_ports);
  followed_channel_.assign(at(channels), 0);
  // Evenly spread, but in no step that an address map may share.
  const double golden = 0.6180339887498949;
  for (int i = 0, taken = 0; taken < followed; ++i) {
    const double place = i * golden;
    const int channel = static_cast<int>((place - std::floor(place)) * channels);
    if (followed_channel_[at(channel)] == 0) ++taken;
    followed_channel_[at(channel)] = 1;
  }
  budget_.assign(at(std::max(1, cap * followed / channels)), 0);
  units_of_clients_.clear();
  inward_ = outward_ = lanes{};
  gates_.clear();
  passes_.clear();
  free_pass_ = none;
  next_gate_ = 0;
  typical_latency_ = clocks_.tRCDRD + clocks_.RL + clocks_.burst;
  const auto in_clocks = [this](femtoseconds time) {
    return to_seconds(time) / to_seconds(clocks_.tCK);
  };
  issues_.reset(static_cast<int>(clients.size()));
  for (memory_client* client : clients) {
    stream s;
    s.client = client;
    s.unit = client->unit();
    if (s.unit != none) {
      units_of_clients_.resize(std::max(units_of_clients_.size(), at(s.unit) + 1));
    }
    s.pause = in_clocks(client->pause());
    s.unit_time = in_clocks(client->unit_time());
    s.later_on_unit = client->later_on_unit();
    s.port_read = in_clocks(client->port_time(false));
    s.port_write = in_clocks(client->port_time(true));
    s.lane = client->lane();
    if (s.lane != none) {
      inward_.each.resize(std::max(inward_.each.size(), at(s.lane) + 1));
      outward_.each.resize(inward_.each.size());
    }
    s.lane_per_byte = client->lane_s_per_byte() / to_seconds(clocks_.tCK);
    s.gate_per_byte = client->gate_s_per_byte() / to_seconds(clocks_.tCK);
    s.gate_bytes = client->gate_bytes();
    gates_.resize(std::max(gates_.size(), at(client->gates())));
    s.answer_bytes = client->answer_bytes();
    s.nothing = client->nothing().count() / clocks_.tCK.count();
    s.free_slots = std::max(1, client->in_flight());
    s.posts = client->posts_writes();
    ask(s);
    streams_.push_back(s);
    expect(static_cast<int>(streams_.size()) - 1);
  }
}

/// The client's next request.
void burst_walk::ask(stream& s) {
  const client_request next = s.client->next();
  s.upcoming = {next.address, next.bytes, next.write, femtoseconds{0}};
  s.has_upcoming = !next.none;
  s.after_all = next.after_all ? to_seconds(next.later) / to_seconds(clocks_.tCK) : none;
}

burst_walk::clock burst_walk::next_of_client(const stream& s) const {
  if (!s.has_upcoming) return never;
  clock when = s.entry;
  if (s.after_all != none) {
    if (s.oldest != none) return never;
    raise(when, whole_clock(s.used + s.after_all));
  }
  if (s.free_slots > 0 || (s.posts && s.upcoming.write)) return when;
  if (s.completed_head == none) return never;
  return std::max(when, requests_[at(s.completed_head)].done);
}

/// Sends all bursts of the stream's request to their controllers, those of reads together by each
/// way, parts of writes one after the other.
void burst_walk::scatter(int index, clock now) {
  stream& s = streams_[at(index)];
  const int id = s.entering;
  const auto burst_bytes = static_cast<std::uint64_t>(spec_.geometry.burst_bytes);
  const bool write = requests_[at(id)].write;
  clock sent = now;  // by the port
  if (s.unit != none) {
    double& port_free = units_of_clients_[at(s.unit)].port;
    port_free = std::max<double>(port_free, static_cast<double>(now)) +
                (write ? s.port_write : s.port_read);
    sent = whole_clock(port_free);
    if (!write) requests_[at(id)].done = sent;
  }
  if (!write) s.entry = sent;
  const int ways = s.client->ways();
  by_way_.assign(at(ways), waiting{});
  request_part part{0, 0, s.address};
  clock back = 0;
  for (; s.address < s.end; s.address = (s.address / burst_bytes + 1) * burst_bytes) {
    if (s.address >= part.end) {
      waiting& before = by_way_[at(part.way)];
      if (write && before.head != none) {
        depart(s, before.head, part, write ? sent : now);
        before = waiting{};
      }
      part = s.client->part_at(s.address);
      if (s.lane != none && !write) {
        const std::uint64_t end = std::min(part.end, s.end);
        note_pass(requests_[at(id)], part.gate, static_cast<double>(end - s.address));
      }
      back = s.client->back(part.way).count() / clocks_.tCK.count();
    }
    ++offered_;
    if (followed_channel_[at(map_.channel_of(s.address))] == 0) continue;
    ++offered_followed_;
    const int item = make_burst(s, map_.decode(s.address), now);
    bursts_[at(item)].back = back;
    waiting& convoy = by_way_[at(part.way)];
    (convoy.head == none ? convoy.head : bursts_[at(convoy.tail)].next) = item;
    convoy.tail = item;
  }
  s.entering = none;
  request& r = requests_[at(id)];
  const bool nothing = r.bytes == 0;
  r.entered = true;
  r.followed = r.bursts_left > 0;
  if (s.lane != none && !write && r.followed && r.bytes < s.answer_bytes) {
    r.beside = true;
    ++r.bursts_left;
    do_later(now + s.nothing, errand_kind::receive, id);
  }
  for (int way = 0; way < ways; ++way) {
    const int first = by_way_[at(way)].head;
    // Of writes only the last part is left.
    if (first != none) depart(s, first, {way, part.gate, 0}, write ? sent : now);
  }
  if (!r.followed) {
    raise(r.done, now + (nothing ? s.nothing : static_cast<clock>(typical_latency_)));
    complete(id);
  }
}

void burst_walk::arrive_all(int first, clock now) {
  while (first != none) {
    const int next = bursts_[at(first)].next;
    bursts_[at(first)].next = none;
    arrive(first, now);
    first = next;
  }
}

void burst_walk::do_later(clock when, errand_kind kind, int index) {
  errands_.push_back({when, ++order_, kind, index});
  std::push_heap(errands_.begin(), errands_.end(), std::greater<>());
}

void burst_walk::run(const errand& due) {
  switch (due.kind) {
    case errand_kind::arrive:
      return arrive_all(due.index, due.when);
    case errand_kind::receive:
      return receive(due.index, due.when);
    case errand_kind::use:
      return take_turn(due.index);
  }
}

/// Frees the places of all that the client can use now.
void burst_walk::use_in_order(int stream_index, int request_index) {
  stream& s = streams_[at(stream_index)];
  requests_[at(request_index)].answered = true;
  if (s.unit != none) return plan_turn(stream_index);
  while (s.oldest != none && requests_[at(s.oldest)].answered) {
    const int used = s.oldest;
    s.oldest = requests_[at(used)].behind;
    s.used = std::max<double>(static_cast<double>(requests_[at(used)].done), s.used) + s.pause;
    requests_[at(used)].done = whole_clock(s.used);
    free_place(s, used);
  }
  expect(stream_index);
}

/// Who shares a unit waits for it from when it could begin, and not before others who could
/// earlier.
void burst_walk::plan_turn(int stream_index) {
  stream& s = streams_[at(stream_index)];
  if (s.turn_planned || s.oldest == none || !requests_[at(s.oldest)].answered) return;
  s.turn_planned = true;
  const clock when = std::max({requests_[at(s.oldest)].done, whole_clock(s.used), now_});
  do_later(when, errand_kind::use, stream_index);
}

void burst_walk::take_turn(int stream_index) {
  stream& s = streams_[at(stream_index)];
  const int used = s.oldest;
  s.oldest = requests_[at(used)].behind;
  tile_units& units = units_of_clients_[at(s.unit)];
  const double begin =
      std::max({static_cast<double>(requests_[at(used)].done), s.used, units.busiest});
  units.busiest = begin + s.unit_time;
  s.used = begin + s.pause;
  requests_[at(used)].done = whole_clock(s.used);
  s.turn_planned = false;
  if (s.oldest == none && s.after_all > 0) {
    double& free = s.later_on_unit ? units.busiest : units.later;
    free = std::max(free, s.used) + s.after_all;
    s.after_all = free - s.used;
  }
  free_place(s, used);
  expect(stream_index);
  plan_turn(stream_index);
}

/// Waiting bursts take the room that there is.
void burst_walk::let_in(int bus_index, clock now) {
  bus& b = bus_at(bus_index);
  for (std::size_t queue = 0; queue < 2; ++queue) {
    waiting& w = b.outside[queue];
    while (w.head != none && b.queued[queue] < capacity_[queue]) {
      const int id = w.head;
      w.head = bursts_[at(id)].next;
      bursts_[at(id)].next = none;
      enter_queue(bus_index, id, now);
    }
  }
}

/// `bytes` more are in the stack from `now` on. It is busy for the share of time that what is in it
/// has of what fills it.
void burst_walk::count_in_stack(clock now, double bytes) {
  const auto advance_to = [this](clock until) {
    occupied_ +=
        std::min(1.0, in_stack_ / full_bytes_) * static_cast<double>(until - in_stack_since_);
    in_stack_since_ = until;
  };
  while (!leaving_.empty() && leaving_.front().first <= now) {
    advance_to(leaving_.front().first);
    in_stack_ -= leaving_.front().second;
    std::pop_heap(leaving_.begin(), leaving_.end(), std::greater<>());
    leaving_.pop_back();
  }
  advance_to(now);
  in_stack_ += bytes;
}

finished_walk burst_walk::finish(const std::vector<memory_client*>& clients, int most_ports,
                                 double full_bytes) {
  full_bytes_ = full_bytes;
  in_stack_ = occupied_ = 0;
  in_stack_since_ = 0;
  leaving_.clear();
  start(clients, most_ports);
  while (advance()) {
  }
  clock end = last_done_;
  for (const stream& s : streams_) raise(end, whole_clock(s.used));
  count_in_stack(end, 0);
  full_bytes_ = 0;
  finished_walk out{static_cast<double>(end), occupied_, 0, out_.counts, 0};
  for (const lane& gate : gates_) raise(out.gate, gate.busy);
  for (const stream& s : streams_) {
    const tally& t = s.followed;
    out.counts.reads += t.reads;
    out.counts.writes += t.writes;
    out.counts.activates += t.activates;
    out.counts.row_hits += t.hits;
    out.hop_bursts += t.hop_bursts;
  }
  // Channels that are not followed did as much as those that are.
  const double scale = offered_followed_ > 0 ? offered_ / offered_followed_ : 0;
  for (double* count :
       {&out.counts.activates, &out.counts.precharges, &out.counts.reads, &out.counts.writes,
        &out.counts.row_hits, &out.counts.refreshes, &out.counts.turnarounds, &out.hop_bursts}) {
    *count *= scale;
  }
  return out;
}

}  // namespace lamina::analytical
