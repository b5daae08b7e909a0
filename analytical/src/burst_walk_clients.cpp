// SPDX-License-Identifier: Apache-2.0
// The walk for clients, with and without an end, whose bursts wait for their own controllers only.
#include <algorithm>
#include <cmath>
#include <functional>

#include "burst_walk.h"

namespace lamina::analytical {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

template <typename Time>
void raise(Time& time, Time to) {
  time = std::max(time, to);
}

// Longest measurement, in bursts: a budget of time.
constexpr double most_bursts = 400000;
// Clients that begin in step drift apart only by and by: so many bursts before the measurement, and
// in it.
constexpr double fewest_bursts = 100000;
constexpr std::int64_t fewest_requests = 64;
// Longest pattern of all clients that is followed as a whole.
constexpr double lap_bursts = 100000;

double period_of(const dram_stack_spec& spec, const dram_clocks& clocks) {
  if (spec.controller.refresh == refresh_policy::none) return 0;
  return clocks.tREFI;
}

}  // namespace

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
  typical_latency_ = clocks_.tRCDRD + clocks_.RL + clocks_.burst;
  for (memory_client* client : clients) {
    stream s;
    s.client = client;
    s.pause = client->pause().count() / clocks_.tCK.count();
    s.way = client->way().count() / clocks_.tCK.count();
    s.spacing = std::max<clock>(1, client->spacing().count() / clocks_.tCK.count());
    s.entry = -s.spacing;
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
  s.after_all = next.after_all ? next.later.count() / clocks_.tCK.count() : none;
}

burst_walk::clock burst_walk::next_of_client(const stream& s) const {
  if (!s.has_upcoming) return never;
  clock when = s.entry + s.spacing;
  if (s.after_all != none) {
    if (s.oldest != none) return never;
    raise(when, s.used + s.after_all);
  }
  if (s.free_slots > 0 || (s.posts && s.upcoming.write)) return when;
  if (s.completed_head == none) return never;
  return std::max(when, requests_[at(s.completed_head)].done);
}

/// Hands all bursts of the stream's request to their controllers.
void burst_walk::scatter(int index, clock now) {
  stream& s = streams_[at(index)];
  const int id = s.entering;
  const auto burst_bytes = static_cast<std::uint64_t>(spec_.geometry.burst_bytes);
  for (; s.address < s.end; s.address = (s.address / burst_bytes + 1) * burst_bytes) {
    const dram_address place = map_.decode(s.address);
    ++offered_;
    if (followed_channel_[at(place.channel)] == 0) continue;
    ++offered_followed_;
    add_burst(s, place, now);
  }
  s.entering = none;
  request& r = requests_[at(id)];
  const bool nothing = r.bytes == 0;
  if (!r.posted) s.entry = now;
  r.entered = true;
  r.followed = r.bursts_left > 0;
  if (!r.followed) {
    r.done = nothing ? now : now + static_cast<clock>(typical_latency_);
    complete(id);
  }
}

/// Frees the places of all that the client can use now.
void burst_walk::use_in_order(stream& s, int request_index) {
  requests_[at(request_index)].answered = true;
  requests_[at(request_index)].done += s.way;
  while (s.oldest != none && requests_[at(s.oldest)].answered) {
    const int used = s.oldest;
    s.oldest = requests_[at(used)].behind;
    requests_[at(used)].done = std::max(requests_[at(used)].done, s.used) + s.pause;
    s.used = requests_[at(used)].done;
    free_place(s, used);
  }
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

sustained_walk burst_walk::so_far() const {
  sustained_walk sum;
  sum.elapsed = static_cast<double>(now_);
  sum.counts = out_.counts;
  for (const stream& s : streams_) {
    const tally& t = s.followed;
    sum.bytes += t.bytes;
    sum.counts.reads += t.reads;
    sum.counts.writes += t.writes;
    sum.counts.activates += t.activates;
    sum.counts.row_hits += t.hits;
    sum.hop_bursts += t.hop_bursts;
    sum.latency += t.latency;
    sum.requests += t.requests;
  }
  return sum;
}

/// `bytes` more are in the stack from `now` on. It is busy for the share of time that what is in it
/// has of what fills it.
void burst_walk::count_in_stack(clock now, double bytes) {
  const auto pass = [this](clock until) {
    occupied_ +=
        std::min(1.0, in_stack_ / full_bytes_) * static_cast<double>(until - in_stack_since_);
    in_stack_since_ = until;
  };
  while (!leaving_.empty() && leaving_.front().first <= now) {
    pass(leaving_.front().first);
    in_stack_ -= leaving_.front().second;
    std::pop_heap(leaving_.begin(), leaving_.end(), std::greater<>());
    leaving_.pop_back();
  }
  pass(now);
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
  for (const stream& s : streams_) raise(end, s.used);
  count_in_stack(end, 0);
  full_bytes_ = 0;
  const sustained_walk all = so_far();
  const double scale = offered_followed_ > 0 ? offered_ / offered_followed_ : 0;
  finished_walk out{static_cast<double>(end), occupied_, all.counts, all.hop_bursts * scale};
  for (double* count :
       {&out.counts.activates, &out.counts.precharges, &out.counts.reads, &out.counts.writes,
        &out.counts.row_hits, &out.counts.refreshes, &out.counts.turnarounds}) {
    *count *= scale;
  }
  return out;
}

sustained_walk burst_walk::sustain(const std::vector<memory_client*>& clients, int most_ports) {
  start(clients, most_ports);
  // Until what came first has gone.
  std::int64_t first = 0;
  double lap = 0;
  for (const stream& s : streams_) {
    first += s.free_slots;
    lap += static_cast<double>(s.client->lap());
  }
  // One client has nobody to be in step with.
  const double fewest = clients.size() > 1 ? fewest_bursts : 0;
  first = std::max(first, fewest_requests);
  bool running = true;
  const double limit = most_bursts;
  while (running && bursts_followed_ < limit && (completed_ < first || bursts_followed_ < fewest)) {
    running = advance();
  }
  // And until all have gone through their pattern, when that can be followed.
  const double each =
      offered_followed_ / static_cast<double>(std::max<std::int64_t>(1, completed_ + first));
  if (lap * each < lap_bursts) first = std::max(first, static_cast<std::int64_t>(lap));
  while (running && completed_ < first) running = advance();
  const sustained_walk begun = so_far();
  const std::int64_t completed = completed_;
  const double served = bursts_followed_;
  const double period = period_of(spec_, clocks_);
  while (running && bursts_followed_ - served < limit &&
         (static_cast<double>(now_) - begun.elapsed < period || completed_ - completed < first ||
          bursts_followed_ - served < fewest))
    running = advance();
  sustained_walk out = so_far();
  const double scale = offered_followed_ > 0 ? offered_ / offered_followed_ : 0;
  out.elapsed -= begun.elapsed;
  out.bytes = (bursts_followed_ - served) * spec_.geometry.burst_bytes * scale;
  out.requests -= begun.requests;
  out.latency = (out.latency - begun.latency) / std::max(1.0, out.requests);
  out.hop_bursts = (out.hop_bursts - begun.hop_bursts) * scale;
  const auto passed = [&](double dram_counts::*count) {
    out.counts.*count = (out.counts.*count - begun.counts.*count) * scale;
  };
  for (double dram_counts::*count :
       {&dram_counts::activates, &dram_counts::precharges, &dram_counts::reads,
        &dram_counts::writes, &dram_counts::row_hits, &dram_counts::refreshes,
        &dram_counts::turnarounds}) {
    passed(count);
  }
  return out;
}

}  // namespace lamina::analytical
