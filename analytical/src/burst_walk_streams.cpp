// SPDX-License-Identifier: Apache-2.0
// How streams issue requests, and how these enter queues and complete.
#include <algorithm>
#include <functional>

#include "burst_walk.h"
#include "burst_walk_tools.h"

namespace lamina::analytical {

void burst_walk::restart() {
  ++stamp_;
  out_ = walk_result{};
  used_bursts_ = used_requests_ = 0;
  free_burst_ = free_request_ = none;
  now_ = 0;
  last_done_ = 0;
  bursts_followed_ = 0;
  offered_ = offered_followed_ = 0;
  agenda_.reset(static_cast<int>(buses_.size()));
  errands_.clear();
  streams_.clear();
  sources_.clear();
}

void burst_walk::start(const memory_workload& workload) {
  restart();
  scattered_ = false;
  budget_.assign(at(std::max(1, spec_.controller.activation_cap)), 0);
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    sources_.emplace_back(workload.streams[i], workload.seed, i);
  }
  issues_.reset(static_cast<int>(workload.streams.size()));
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    stream s;
    s.source = &sources_[i];
    s.spec = &workload.streams[i];
    s.free_slots = std::max(1, workload.streams[i].in_flight);
    if (!s.source->done()) {
      s.upcoming = s.source->next();
      s.has_upcoming = true;
    }
    streams_.push_back(s);
    expect(static_cast<int>(i));
  }
}

burst_walk::clock burst_walk::next_issue(const stream& s) const {
  if (s.client != nullptr) return next_of_client(s);
  if (!s.has_upcoming || s.entering != none) return never;
  clock slot = 0;
  if (s.free_slots == 0) {
    if (s.completed_head == none) return never;
    slot = requests_[at(s.completed_head)].done;
  }
  const clock period = clocks_.tCK.count();
  const clock earliest = (s.upcoming.earliest.count() - s.skipped + period - 1) / period;
  return std::max({slot, s.entry, earliest});
}

/// Plans the stream's next issue anew, after what decides it has changed.
void burst_walk::expect(int index) {
  const clock when = next_issue(streams_[at(index)]);
  if (when != issues_.of(index)) issues_.set(index, when);
}

void burst_walk::issue(int index, clock now) {
  stream& s = streams_[at(index)];
  const bool posted = s.posts && s.upcoming.write;
  if (posted) {
  } else if (s.free_slots > 0) {
    --s.free_slots;
  } else {
    const int used = s.completed_head;
    s.completed_head = requests_[at(used)].next;
    requests_[at(used)].next = free_request_;
    free_request_ = used;
  }
  int id = free_request_;
  if (id != none) {
    free_request_ = requests_[at(id)].next;
  } else {
    id = used_requests_++;
    if (requests_.size() < at(used_requests_)) requests_.emplace_back();
  }
  request& r = requests_[at(id)];
  r = request{};
  r.issued = now;
  r.stream = index;
  r.bytes = s.upcoming.bytes;
  r.write = s.upcoming.write;
  r.posted = posted;
  if (s.client != nullptr && !posted) {
    (s.oldest == none ? s.oldest : requests_[at(s.newest)].behind) = id;
    s.newest = id;
  }
  if (full_bytes_ > 0) count_in_stack(now, r.bytes);
  s.entering = id;
  s.address = s.upcoming.address;
  s.end = s.upcoming.address + s.upcoming.bytes;
  s.has_upcoming = false;
  if (s.client != nullptr) {
    scatter(index, now);
    ask(s);
    expect(index);
    return;
  }
  if (!s.source->done()) {
    s.upcoming = s.source->next();
    s.has_upcoming = true;
  }
  enter(index, now);
}

/// Hands over the bursts of the stream's request until a queue is full.
void burst_walk::enter(int index, clock now) {
  stream& s = streams_[at(index)];
  const auto burst_bytes = static_cast<std::uint64_t>(spec_.geometry.burst_bytes);
  const int queue = split_ && requests_[at(s.entering)].write ? 1 : 0;
  while (s.address < s.end) {
    const dram_address place = map_.decode(s.address);
    const int unit_index = place.channel * units_per_channel_ +
                           place.pseudo_channel * spec_.geometry.stack_ids + place.stack_id;
    bus& b = bus_at(bus_of(unit_index));
    if (b.queued[at(queue)] >= capacity_[at(queue)]) {
      s.blocked_next = none;
      s.waits_on = bus_of(unit_index);
      int* link = &b.blocked_stream[at(queue)];
      while (*link != none) link = &streams_[at(*link)].blocked_next;
      *link = index;
      expect(index);
      return;
    }
    arrive(make_burst(s, place, requests_[at(s.entering)].issued), now);
    s.address = (s.address / burst_bytes + 1) * burst_bytes;
  }
  requests_[at(s.entering)].entered = true;
  s.entering = none;
  s.entry = now;
  expect(index);
}

int burst_walk::make_burst(stream& s, const dram_address& place, clock now) {
  int id = free_burst_;
  if (id != none) {
    free_burst_ = bursts_[at(id)].next;
  } else {
    id = used_bursts_++;
    if (bursts_.size() < at(used_bursts_)) bursts_.emplace_back();
  }
  const int unit_index = place.channel * units_per_channel_ +
                         place.pseudo_channel * spec_.geometry.stack_ids + place.stack_id;
  request& r = requests_[at(s.entering)];
  ++r.bursts_left;
  burst& item = bursts_[at(id)];
  item = burst{};
  item.row = place.row;
  item.bank = unit_index * banks_per_unit_ + place.bank_group * banks_per_group_ + place.bank;
  item.request = s.entering;
  item.hops = spec_.geometry.hops_of(place.stack_id);
  item.write = r.write;
  port& p = port_at(port_of(unit_index));
  p.visits = p.visitor == s.entering && p.visit_time == now ? p.visits + 1 : 1;
  p.visitor = s.entering;
  p.visit_time = now;
  raise(r.bursts_on_port, p.visits);
  return id;
}

/// Into its queue, or behind those that wait for room there.
void burst_walk::arrive(int id, clock now) {
  const burst& item = bursts_[at(id)];
  const int bus_index = bus_of(unit_of(item.bank));
  bus& b = bus_at(bus_index);
  const int queue = split_ && item.write ? 1 : 0;
  if (b.queued[at(queue)] < capacity_[at(queue)]) {
    enter_queue(bus_index, id, now);
    return;
  }
  waiting& w = b.outside[at(queue)];
  (w.head == none ? w.head : bursts_[at(w.tail)].next) = id;
  w.tail = id;
}

void burst_walk::enter_queue(int bus_index, int id, clock now) {
  bus& b = bus_at(bus_index);
  burst& item = bursts_[at(id)];
  const int bank_index = item.bank;
  const int queue = split_ && item.write ? 1 : 0;
  item.arrival = now;
  item.order = ++order_;
  ++b.queued[at(queue)];
  bank& k = bank_at(bank_index);
  waiting& w = k.queue[at(queue)];
  if (w.head == none) {
    w.head = id;
    k.place[at(queue)] = static_cast<int>(b.banks[at(queue)].size());
    b.banks[at(queue)].push_back(bank_index);
  } else {
    bursts_[at(w.tail)].next = id;
  }
  w.tail = id;
  if (split_ && turn(b)) {
    b.direction ^= 1;
    b.stale = true;
  }
  if (queue != b.direction) return;
  if (b.stale || fcfs_) {
    b.stale = true;
    arrivals_.push_back(bus_index);
  } else {
    offer(bus_index, bank_index, now);
  }
}

/// Who has waited longest goes first and stays first until its request is in.
void burst_walk::retry_blocked(int bus_index, int queue, clock now) {
  int& first = bus_at(bus_index).blocked_stream[at(queue)];
  while (first != none) {
    const int index = first;
    stream& s = streams_[at(index)];
    first = s.blocked_next;
    const int before = s.entering;
    enter(index, now);
    if (s.entering != before) continue;
    if (s.waits_on != bus_index) continue;
    // Still waiting here: back to the front.
    int* link = &first;
    while (*link != index) link = &streams_[at(*link)].blocked_next;
    *link = s.blocked_next;
    s.blocked_next = first;
    first = index;
    break;
  }
}

void burst_walk::complete(int request_index) {
  request& r = requests_[at(request_index)];
  stream& s = streams_[at(r.stream)];
  const clock latency = r.done - r.issued;
  const int spacing = std::max(clocks_.tCCD_S, clocks_.burst);
  if (r.followed) {
    s.followed.requests += 1;
    s.followed.latency += static_cast<double>(latency);
    if (!r.write) typical_latency_ += 0.05 * (static_cast<double>(latency) - typical_latency_);
  }
  s.followed.bytes += r.bytes;
  if (r.write) s.followed.write_bytes += r.bytes;
  s.followed.unloaded += static_cast<double>(1 + r.longest + (r.bursts_on_port - 1) * spacing);
  raise(last_done_, r.done);
  if (full_bytes_ > 0 && r.bytes > 0) {
    leaving_.emplace_back(r.followed ? r.left : r.done, r.bytes);
    std::push_heap(leaving_.begin(), leaving_.end(), std::greater<>());
  }
  if (r.posted) {
    r.next = free_request_;
    free_request_ = request_index;
    return;
  }
  if (s.client != nullptr) {
    answer(request_index);
    return;
  }
  free_place(s, request_index);
  expect(r.stream);
}

void burst_walk::free_place(stream& s, int request_index) {
  requests_[at(request_index)].next = none;
  if (s.completed_head == none) {
    s.completed_head = request_index;
  } else {
    requests_[at(s.completed_tail)].next = request_index;
  }
  s.completed_tail = request_index;
}

}  // namespace lamina::analytical
