// SPDX-License-Identifier: Apache-2.0
#include "burst_walk.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace lamina::analytical {
namespace {

using cmd = dram_command;
using rel = bank_relation;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// A long workload is followed in this many windows behind the first, each of so many bursts.
constexpr int windows = 8;
constexpr int fewest_bursts = 4000;
constexpr int most_bursts = 20000;

template <typename Time>
void raise(Time& time, Time to) {
  time = std::max(time, to);
}

}  // namespace

burst_walk::burst_walk(const dram_stack_spec& spec, const dram_clocks& clocks,
                       const address_map& map)
    : spec_(spec),
      clocks_(clocks),
      rules_(clocks),
      map_(map),
      split_(spec.controller.queues == queue_organisation::split),
      fcfs_(spec.controller.scheduler == scheduler_policy::fcfs) {
  const dram_geometry& g = spec.geometry;
  const bool by_port = spec.controller.command_bus == command_bus_scope::port;
  units_per_channel_ = g.pseudo_channels * g.stack_ids;
  banks_per_unit_ = g.banks_per_stack_id();
  banks_per_group_ = g.banks_per_group;
  buses_per_channel_ = by_port ? g.ports() : 1;
  capacity_ = split_ ? std::array<int, 2>{spec.controller.read_queue_entries,
                                          spec.controller.write_queue_entries}
                     : std::array<int, 2>{spec.controller.queue_entries, 0};
  for (int channel = 0; channel < g.channels; ++channel) {
    for (int pc = 0; pc < g.pseudo_channels; ++pc) {
      for (int sid = 0; sid < g.stack_ids; ++sid) {
        const int place = g.port_of(pc, sid);
        port_of_unit_.push_back(channel * g.ports() + place);
        bus_of_unit_.push_back(channel * buses_per_channel_ + (by_port ? place : 0));
      }
    }
  }
  units_.resize(at(g.channels * units_per_channel_));
  groups_.resize(units_.size() * at(g.bank_groups));
  banks_.resize(units_.size() * at(banks_per_unit_));
  ports_.resize(at(g.channels * g.ports()));
  buses_.resize(at(g.channels * buses_per_channel_));
  budget_.resize(at(std::max(1, spec.controller.activation_cap)));
}

// ---------------------------------------------------------------- state, reset when touched

burst_walk::bank& burst_walk::bank_at(int index) {
  bank& k = banks_[at(index)];
  unit& u = unit_at(unit_of(index));
  if (k.stamp != stamp_) {
    k = bank{};
    k.stamp = stamp_;
    k.refreshes = u.refreshes;
  } else if (k.refreshes != u.refreshes) {
    k.refreshes = u.refreshes;
    if (k.row != none) {
      k.row = none;
      out_.counts.precharges += 1;
      k.conflict = false;
    }
  }
  return k;
}

burst_walk::group& burst_walk::group_at(int index) {
  group& g = groups_[at(index)];
  if (g.stamp != stamp_) {
    g = group{};
    g.stamp = stamp_;
  }
  return g;
}

burst_walk::unit& burst_walk::unit_at(int index) {
  unit& u = units_[at(index)];
  if (u.stamp == stamp_) return u;
  u = unit{};
  u.stamp = stamp_;
  if (spec_.controller.refresh == refresh_policy::none) return u;
  const int place = index % units_per_channel_;
  u.interval = spec_.controller.refresh == refresh_policy::per_bank ? clocks_.tREFIpb
                                                                    : clocks_.tREFI;
  if (spec_.thermal.hot(place % spec_.geometry.stack_ids)) u.interval = std::max<clock>(1, u.interval / 2);
  const clock offset = u.interval * place / units_per_channel_;
  u.refresh_due = offset > 0 ? offset : u.interval;
  return u;
}

burst_walk::port& burst_walk::port_at(int index) {
  port& p = ports_[at(index)];
  if (p.stamp != stamp_) {
    p = port{};
    p.stamp = stamp_;
  }
  return p;
}

burst_walk::bus& burst_walk::bus_at(int index) {
  bus& b = buses_[at(index)];
  if (b.stamp != stamp_) {
    std::array<std::vector<int>, 2> keep = std::move(b.banks);
    b = bus{};
    b.banks = std::move(keep);
    b.banks[0].clear();
    b.banks[1].clear();
    b.stamp = stamp_;
  }
  return b;
}

// ---------------------------------------------------------------- streams

void burst_walk::start(const memory_workload& workload) {
  ++stamp_;
  out_ = walk_result{};
  used_bursts_ = used_requests_ = 0;
  free_burst_ = free_request_ = none;
  budget_oldest_ = 0;
  now_ = 0;
  std::fill(budget_.begin(), budget_.end(), 0);
  agenda_.clear();
  streams_.clear();
  sources_.clear();
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    sources_.emplace_back(workload.streams[i], workload.seed, i);
  }
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
  }
}

burst_walk::clock burst_walk::next_issue(const stream& s) const {
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

void burst_walk::issue(int index, clock now) {
  stream& s = streams_[at(index)];
  if (s.free_slots > 0) {
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
  s.entering = id;
  s.address = s.upcoming.address;
  s.end = s.upcoming.address + s.upcoming.bytes;
  s.has_upcoming = false;
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
      int* link = &b.blocked_stream;
      while (*link != none) link = &streams_[at(*link)].blocked_next;
      *link = index;
      return;
    }
    add_burst(s, place, now);
    s.address = (s.address / burst_bytes + 1) * burst_bytes;
  }
  requests_[at(s.entering)].entered = true;
  s.entering = none;
  s.entry = now;
}

void burst_walk::add_burst(stream& s, const dram_address& place, clock now) {
  int id = free_burst_;
  if (id != none) {
    free_burst_ = bursts_[at(id)].next;
  } else {
    id = used_bursts_++;
    if (bursts_.size() < at(used_bursts_)) bursts_.emplace_back();
  }
  const int unit_index = place.channel * units_per_channel_ +
                         place.pseudo_channel * spec_.geometry.stack_ids + place.stack_id;
  const int bank_index = unit_index * banks_per_unit_ +
                         place.bank_group * banks_per_group_ + place.bank;
  const int bus_index = bus_of(unit_index);
  request& r = requests_[at(s.entering)];
  ++r.bursts_left;
  burst& item = bursts_[at(id)];
  item = burst{};
  item.arrival = now;
  item.order = ++order_;
  item.row = place.row;
  item.bank = bank_index;
  item.request = s.entering;
  item.hops = spec_.geometry.hops_of(place.stack_id);
  item.write = r.write;
  port& p = port_at(port_of(unit_index));
  p.visits = p.visitor == s.entering && p.visit_time == r.issued ? p.visits + 1 : 1;
  p.visitor = s.entering;
  p.visit_time = r.issued;
  raise(r.bursts_on_port, p.visits);

  bus& b = bus_at(bus_index);
  const int queue = split_ && item.write ? 1 : 0;
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
void burst_walk::retry_blocked(int bus_index, clock now) {
  bus& b = bus_at(bus_index);
  while (b.blocked_stream != none) {
    const int index = b.blocked_stream;
    stream& s = streams_[at(index)];
    b.blocked_stream = s.blocked_next;
    const int before = s.entering;
    enter(index, now);
    if (s.entering != before) continue;
    if (s.waits_on != bus_index) continue;
    // Still waiting here: back to the front.
    int* link = &b.blocked_stream;
    while (*link != index) link = &streams_[at(*link)].blocked_next;
    *link = s.blocked_next;
    s.blocked_next = b.blocked_stream;
    b.blocked_stream = index;
    break;
  }
}

void burst_walk::complete(int request_index) {
  request& r = requests_[at(request_index)];
  stream& s = streams_[at(r.stream)];
  const clock latency = r.done - r.issued;
  const int spacing = std::max(clocks_.tCCD_S, clocks_.burst);
  out_.requests += 1;
  out_.bytes += r.bytes;
  (r.write ? out_.write_bytes : out_.read_bytes) += r.bytes;
  out_.latency_sum += static_cast<double>(latency);
  out_.unloaded_sum += static_cast<double>(1 + r.longest + (r.bursts_on_port - 1) * spacing);
  raise(out_.last_done, static_cast<double>(r.done));
  r.next = none;
  if (s.completed_head == none) {
    s.completed_head = request_index;
  } else {
    requests_[at(s.completed_tail)].next = request_index;
  }
  s.completed_tail = request_index;
}

// ---------------------------------------------------------------- refresh

/// Does the refreshes of a unit that are due by now; true when there was one.
bool burst_walk::refresh_if_due(int unit_index, clock now) {
  unit& u = unit_at(unit_index);
  if (u.refresh_due > now) return false;
  const bool per_bank = spec_.controller.refresh == refresh_policy::per_bank;
  const clock round = per_bank ? banks_per_unit_ + 1 : 2;
  if (now - u.refresh_due > round * u.interval) {
    const clock skipped = (now - u.refresh_due) / u.interval - round + 1;
    u.refresh_due += skipped * u.interval;
    u.refresh_bank = static_cast<int>((u.refresh_bank + skipped) % banks_per_unit_);
    out_.counts.refreshes += static_cast<double>(skipped);
    if (!per_bank) u.refresh_demand += skipped * clocks_.tRFC;
  }
  while (u.refresh_due <= now) {
    if (per_bank) {
      refresh_bank(unit_index, u);
    } else {
      refresh_all(u);
    }
    u.refresh_due += u.interval;
    out_.counts.refreshes += 1;
  }
  return true;
}

void burst_walk::refresh_all(unit& u) {
  clock when = std::max(u.refresh_due, u.refresh_all);
  if (u.open_rows > 0) when = std::max(when, std::max(u.refresh_due, u.precharge_all) + clocks_.tRP);
  u.open_rows = 0;
  ++u.refreshes;
  raise(u.activate, when + clocks_.tRFC - (clocks_.activate - 1));
  raise(u.refresh_all, when + clocks_.tRFC);
  u.refresh_demand += clocks_.tRFC + when - u.refresh_due;
}

void burst_walk::refresh_bank(int unit_index, unit& u) {
  bank& k = bank_at(unit_index * banks_per_unit_ + u.refresh_bank);
  const int late = clocks_.activate - 1;
  clock when = std::max(u.refresh_due, k.activate + late);
  if (k.row != none) {
    when = std::max(u.refresh_due, k.precharge) + clocks_.tRP;
    close_row(k, u);
    k.conflict = false;
  }
  raise(when, u.refresh_bank_from);
  k.activate = when + clocks_.tRFCpb - late;
  raise(u.activate, when + clocks_.tRREFD - late);
  u.refresh_bank_from = when + clocks_.tRREFD;
  k.refresh_demand += clocks_.tRFCpb + when - u.refresh_due;
  raise(out_.demand.bank_refresh, static_cast<double>(k.refresh_demand));
  u.refresh_bank = (u.refresh_bank + 1) % banks_per_unit_;
}

// ---------------------------------------------------------------- planning

/// Watermarks: true when the bus should serve its other queue.
bool burst_walk::turn(bus& b) const {
  const int reads = b.queued[0];
  const int writes = b.queued[1];
  const dram_controller_spec& policy = spec_.controller;
  if (b.direction == 0) return writes >= policy.write_high_watermark || (reads == 0 && writes > 0);
  return writes == 0 || (reads > 0 && writes <= policy.write_low_watermark);
}

burst_walk::candidate burst_walk::look(int bus_index, int bank_index) {
  bus& b = bus_at(bus_index);
  bank& k = bank_at(bank_index);
  unit& u = unit_at(unit_of(bank_index));
  group& g = group_at(group_of(bank_index));
  const int late = clocks_.activate - 1;
  const int head = k.queue[at(b.direction)].head;
  const burst& oldest = bursts_[at(head)];
  const auto column_of = [&](const burst& item, clock from) {
    const std::size_t kind = item.write;
    return std::max({from, g.column[kind], u.column[kind], b.column_slot, item.arrival + 1});
  };
  candidate c;
  clock close = never;
  if (k.row != none) {
    int hit = head;
    while (hit != none && bursts_[at(hit)].row != k.row) hit = bursts_[at(hit)].next;
    if (hit != head) close = std::max(k.precharge, oldest.arrival + 1);
    if (hit != none && !(fcfs_ && hit != head)) {
      const clock when = column_of(bursts_[at(hit)], k.column[bursts_[at(hit)].write]);
      if (when < close) {
        c.column = when;
        c.item = hit;
      }
    }
  }
  if (c.item == none) {
    c.item = head;
    clock ready = std::max({k.activate, oldest.arrival + 1, g.activate, u.activate, b.row_slot});
    if (close != never) raise(ready, close + clocks_.tRP - late);
    if (spec_.controller.activation_cap > 0) raise(ready, budget_[budget_oldest_]);
    c.activate = ready;
    const int opening = oldest.write ? clocks_.tRCDWR : clocks_.tRCDRD;
    c.column = column_of(oldest, ready + opening + late);
  }
  const bool per_bank = spec_.controller.refresh == refresh_policy::per_bank;
  if (!per_bank || bank_index % banks_per_unit_ == u.refresh_bank) c.refresh = u.refresh_due;
  return c;
}

/// Rows whose time has come are opened, whether or not their column is next.
void burst_walk::offer(int bus_index, int bank_index, clock now) {
  bus& b = bus_at(bus_index);
  if (refresh_if_due(unit_of(bank_index), now)) {
    b.stale = true;
    if (!planning_) arrivals_.push_back(bus_index);
    return;
  }
  candidate c = look(bus_index, bank_index);
  if (std::min(c.activate, c.column) >= c.refresh) {
    if (c.refresh < b.next) {
      b.next = c.refresh;
      b.next_bank = none;
      b.next_order = 0;
      b.next_refresh_bank = bank_index;
      announce(bus_index);
    }
    return;
  }
  if (c.activate <= now) {
    open_row(bus_index, bank_index, c.activate, bursts_[at(c.item)]);
    c = look(bus_index, bank_index);
  }
  const clock when = c.column >= c.refresh ? c.refresh : c.column;
  const std::int64_t order = bursts_[at(c.item)].order;
  if (when < b.next || (when == b.next && order < b.next_order)) {
    const bool earlier = when < b.next;
    b.next = when;
    b.next_bank = c.column >= c.refresh ? none : bank_index;
    b.next_refresh_bank = bank_index;
    b.next_order = order;
    if (earlier) announce(bus_index);
  }
}

void burst_walk::announce(int bus_index) {
  if (planning_) return;
  agenda_.emplace_back(bus_at(bus_index).next, bus_index);
  std::push_heap(agenda_.begin(), agenda_.end(), std::greater<>());
}

void burst_walk::plan(int bus_index, clock now) {
  bus& b = bus_at(bus_index);
  planning_ = true;
  do {
    b.stale = false;
    b.next = never;
    b.next_bank = none;
    const std::vector<int>& work = b.banks[at(b.direction)];
    if (fcfs_) {
      int first = none;
      std::int64_t order = never;
      for (const int bank_index : work) {
        const int head = bank_at(bank_index).queue[at(b.direction)].head;
        if (bursts_[at(head)].order < order) {
          order = bursts_[at(head)].order;
          first = bank_index;
        }
      }
      for (const int bank_index : work) {
        if (bank_index != first) prepare(bus_index, bank_index, now);
      }
      if (first != none && !b.stale) offer(bus_index, first, now);
    } else {
      for (const int bank_index : work) {
        offer(bus_index, bank_index, now);
        if (b.stale) break;
      }
    }
  } while (b.stale);
  planning_ = false;
  if (b.next != never) announce(bus_index);
}

/// FCFS: a bank that is not first in order may still have its row opened.
void burst_walk::prepare(int bus_index, int bank_index, clock now) {
  if (refresh_if_due(unit_of(bank_index), now)) {
    bus_at(bus_index).stale = true;
    return;
  }
  const candidate c = look(bus_index, bank_index);
  if (c.activate <= now && c.activate < c.refresh) open_row(bus_index, bank_index, c.activate, bursts_[at(c.item)]);
}

// ---------------------------------------------------------------- commands

void burst_walk::close_row(bank& k, unit& u) {
  const int opening = k.first_write ? clocks_.tRCDWR : clocks_.tRCDRD;
  const int recovery = k.last_write ? clocks_.WL + clocks_.burst + clocks_.tWR : clocks_.tRTP;
  const int spacing = std::max(clocks_.tCCD_L, clocks_.burst);
  const clock streaming =
      k.columns > 0 ? opening + (k.columns - 1) * spacing + recovery + clocks_.tRP : 0;
  k.cycle_demand += std::max<clock>(clocks_.tRC, streaming);
  raise(out_.demand.bank_cycle, static_cast<double>(k.cycle_demand));
  k.row = none;
  k.columns = 0;
  --u.open_rows;
  out_.counts.precharges += 1;
}

void burst_walk::open_row(int bus_index, int bank_index, clock when, const burst& item) {
  bus& b = bus_at(bus_index);
  bank& k = bank_at(bank_index);
  unit& u = unit_at(unit_of(bank_index));
  group& g = group_at(group_of(bank_index));
  const int late = clocks_.activate - 1;
  const bool conflict = k.row != none;
  if (conflict) close_row(k, u);
  k.conflict = conflict;
  const int slots = clocks_.activate + (conflict ? 1 : 0);
  b.row_slot = std::max(b.row_slot, item.arrival + 1) + slots;
  b.rows += slots;
  raise(out_.demand.command_bus, static_cast<double>(b.rows));
  k.row = item.row;
  ++u.open_rows;
  k.activate = when + clocks_.tRC;
  k.precharge = when + clocks_.tRAS + late;
  k.column[0] = when + clocks_.tRCDRD + late;
  k.column[1] = when + clocks_.tRCDWR + late;
  k.columns = 0;
  raise(g.activate, when + rules_.distance(cmd::activate, cmd::activate, rel::same_group));
  raise(u.activate, when + rules_.distance(cmd::activate, cmd::activate, rel::same_stack_id));
  u.last[at(u.oldest)] = when;
  u.oldest = (u.oldest + 1) & 3;
  raise(u.activate, u.last[at(u.oldest)] + clocks_.tFAW);
  raise(u.precharge_all, k.precharge);
  raise(u.refresh_all, when + clocks_.tRC + late);
  if (spec_.controller.activation_cap > 0) {
    budget_[budget_oldest_] = when + clocks_.tRAS;
    budget_oldest_ = (budget_oldest_ + 1) % budget_.size();
  }

  out_.counts.activates += 1;
  ++u.activates;
  raise(out_.demand.activation,
        static_cast<double>(u.activates) * std::max<double>(clocks_.tRRD_S, clocks_.tFAW / 4.0));
}

void burst_walk::step(int bus_index, clock now) {
  bus& b = bus_at(bus_index);
  if (b.next_bank == none) {
    refresh_if_due(unit_of(b.next_refresh_bank), now);
  } else {
    const int bank_index = b.next_bank;
    candidate c = look(bus_index, bank_index);
    if (c.activate != never) {
      open_row(bus_index, bank_index, c.activate, bursts_[at(c.item)]);
      c = look(bus_index, bank_index);
    }
    serve(bus_index, bank_index, c.column, c.item);
  }
  if (split_ && turn(b)) b.direction ^= 1;
  plan(bus_index, now);
}

void burst_walk::serve(int bus_index, int bank_index, clock when, int item_index) {
  bus& b = bus_at(bus_index);
  bank& k = bank_at(bank_index);
  const int unit_index = unit_of(bank_index);
  unit& u = unit_at(unit_index);
  group& g = group_at(group_of(bank_index));
  const burst item = bursts_[at(item_index)];
  const int queue = split_ && item.write ? 1 : 0;

  // Out of the bank's queue.
  waiting& w = k.queue[at(queue)];
  int before = none;
  for (int i = w.head; i != item_index; i = bursts_[at(i)].next) before = i;
  (before == none ? w.head : bursts_[at(before)].next) = item.next;
  if (w.tail == item_index) w.tail = before;
  if (w.head == none) {
    std::vector<int>& work = b.banks[at(queue)];
    const int hole = k.place[at(queue)];
    work[at(hole)] = work.back();
    bank_at(work.back()).place[at(queue)] = hole;
    work.pop_back();
  }
  --b.queued[at(queue)];
  bursts_[at(item_index)].next = free_burst_;
  free_burst_ = item_index;

  // The command and what may follow it.
  const cmd command = item.write ? cmd::write : cmd::read;
  const auto after = [&](cmd next, rel relation) {
    return when + rules_.distance(command, next, relation);
  };
  raise(g.column[0], after(cmd::read, rel::same_group));
  raise(g.column[1], after(cmd::write, rel::same_group));
  raise(u.column[0], after(cmd::read, rel::same_stack_id));
  raise(u.column[1], after(cmd::write, rel::same_stack_id));
  const int first_unit = unit_index - unit_index % units_per_channel_;
  if (units_per_channel_ > spec_.geometry.ports()) {
    for (int other = first_unit; other < first_unit + units_per_channel_; ++other) {
      if (other == unit_index || port_of(other) != port_of(unit_index)) continue;
      unit& v = unit_at(other);
      raise(v.column[0], after(cmd::read, rel::same_port));
      raise(v.column[1], after(cmd::write, rel::same_port));
    }
  }

  b.column_slot = when + 1;
  ++b.columns;
  raise(out_.demand.command_bus, static_cast<double>(b.columns));
  const bool first = k.columns == 0;
  if (first) k.first_write = item.write;
  ++k.columns;
  k.last_write = item.write;
  const int recovery = item.write ? clocks_.WL + clocks_.burst + clocks_.tWR : clocks_.tRTP;
  raise(k.precharge, when + recovery);
  raise(u.precharge_all, when + recovery);
  if (!first) out_.counts.row_hits += 1;

  bool wanted = false;
  bool any = false;
  for (const waiting& queue_of_bank : k.queue) {
    for (int i = queue_of_bank.head; i != none; i = bursts_[at(i)].next) {
      any = true;
      wanted = wanted || bursts_[at(i)].row == k.row;
    }
  }
  const page_policy page = spec_.controller.page;
  if (page == page_policy::closed || (page == page_policy::adaptive && any && !wanted)) {
    close_row(k, u);
    raise(k.activate, when + recovery + clocks_.tRP - (clocks_.activate - 1));
    raise(u.refresh_all, when + recovery + clocks_.tRP);
    k.conflict = false;
  }

  // The port, as the simulation accounts for it.
  port& p = port_at(port_of(unit_index));
  if (p.last_bank == none) {
    p.data += clocks_.burst;
  } else {
    const rel relation = p.last_bank == bank_index                         ? rel::same_bank
                         : group_of(p.last_bank) == group_of(bank_index)   ? rel::same_group
                         : unit_of(p.last_bank) == unit_index              ? rel::same_stack_id
                                                                           : rel::same_port;
    const int spacing =
        rules_.distance(p.last_write ? cmd::write : cmd::read, command, relation);
    if (p.last_write != item.write) {
      p.data += clocks_.burst;
      p.turnaround += spacing - clocks_.burst;
      out_.counts.turnarounds += 1;
    } else {
      p.data += spacing;
    }
  }
  p.last_bank = bank_index;
  p.last_write = item.write;

  const int total = (item.write ? clocks_.WL : clocks_.RL) + clocks_.burst + item.hops * clocks_.hop;
  (item.write ? out_.counts.writes : out_.counts.reads) += 1;
  out_.hop_bursts += item.hops;
  request& r = requests_[at(item.request)];
  raise(r.done, when + total);
  const int penalty = !first ? 0
                             : (item.write ? clocks_.tRCDWR : clocks_.tRCDRD) +
                                   (k.conflict ? clocks_.tRP : 0);
  raise(r.longest, clock{total + penalty});
  if (--r.bursts_left == 0 && r.entered) complete(item.request);
  if (b.blocked_stream != none) retry_blocked(bus_index, when);
}

void burst_walk::finish() {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const port& p = ports_[i];
    if (p.stamp != stamp_) continue;
    double refresh = 0;
    int units = 0;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (port_of_unit_[u] != static_cast<int>(i)) continue;
      ++units;
      if (units_[u].stamp == stamp_) refresh += static_cast<double>(units_[u].refresh_demand);
    }
    refresh /= std::max(1, units);
    memory_demand& d = out_.demand;
    if (static_cast<double>(p.data + p.turnaround) + refresh >
        d.port_data + d.port_turnaround + d.port_refresh) {
      d.port_data = static_cast<double>(p.data);
      d.port_turnaround = static_cast<double>(p.turnaround);
      d.port_refresh = refresh;
    }
  }
  if (spec_.controller.activation_cap > 0) {
    raise(out_.demand.activation,
          out_.counts.activates * clocks_.tRAS / spec_.controller.activation_cap);
  }
}

/// The next event: a request is issued or a bus takes its step. False when there is none left.
bool burst_walk::advance() {
  clock next = never;
  int next_stream = none;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const clock when = next_issue(streams_[i]);
    if (when < next) {
      next = when;
      next_stream = static_cast<int>(i);
    }
  }
  while (!agenda_.empty() && bus_at(agenda_.front().second).next != agenda_.front().first) {
    std::pop_heap(agenda_.begin(), agenda_.end(), std::greater<>());
    agenda_.pop_back();
  }
  if (agenda_.empty() && next_stream == none) return false;
  if (agenda_.empty() || next < agenda_.front().first) {
    now_ = next;
    issue(next_stream, next);
  } else {
    const auto [when, bus_index] = agenda_.front();
    std::pop_heap(agenda_.begin(), agenda_.end(), std::greater<>());
    agenda_.pop_back();
    now_ = when;
    step(bus_index, when);
  }
  while (!arrivals_.empty()) {
    const int bus_index = arrivals_.back();
    arrivals_.pop_back();
    if (bus_at(bus_index).stale) plan(bus_index, now_);
  }
  return true;
}

/// Moves every stream on by `share` of what it issued in the window, less where one would end:
/// ends are always walked. The share that was possible.
double burst_walk::pass_over(double share) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::int64_t issued = sources_[i].issued() - streams_[i].window_start;
    if (issued <= 0) continue;
    const auto left = static_cast<double>(sources_[i].left());
    share = std::min(share, left / static_cast<double>(issued));
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::int64_t issued = sources_[i].issued() - streams_[i].window_start;
    const auto count = static_cast<std::int64_t>(share * static_cast<double>(issued));
    if (count <= 0) continue;
    const access_stream& spec = *streams_[i].spec;
    const auto place = static_cast<std::size_t>(sources_[i].issued());
    sources_[i].skip(count);
    if (spec.pattern == access_pattern::trace) {
      const std::size_t last = spec.trace.size() - 1;
      const femtoseconds from = spec.trace[std::min(place, last)].time;
      const femtoseconds to =
          spec.trace[std::min(place + static_cast<std::size_t>(count), last)].time;
      streams_[i].skipped += (to - from).count();
    } else if (spec.rate_bytes_per_s > 0) {
      streams_[i].skipped += static_cast<clock>(static_cast<double>(count) * spec.request_bytes /
                                                spec.rate_bytes_per_s * 1e15);
    }
  }
  return std::max(0.0, share);
}

walk_result burst_walk::run(const memory_workload& workload) {
  start(workload);
  double bytes = 0;
  double bursts_left = 0;
  for (const access_stream& s : workload.streams) {
    if (s.pattern == access_pattern::trace) {
      for (const trace_entry& entry : s.trace) bytes += entry.bytes;
      bursts_left += bytes / spec_.geometry.burst_bytes;
    } else {
      bytes += static_cast<double>(s.requests()) * s.request_bytes;
      bursts_left += static_cast<double>(s.requests()) *
                     std::ceil(static_cast<double>(s.request_bytes) / spec_.geometry.burst_bytes);
    }
  }
  // A window holds a whole refresh interval, so that each holds its share of refreshes.
  const clock period = spec_.controller.refresh == refresh_policy::none ? 0 : clocks_.tREFI;
  double passed_over = 0;  // clocks
  double share = -1;       // of a window, that is passed over behind it; not known yet
  bool running = true;
  while (running) {
    const double first_burst = out_.counts.reads + out_.counts.writes;
    const clock first_clock = now_;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i].window_start = sources_[i].issued();
    }
    const auto followed = [&] { return out_.counts.reads + out_.counts.writes - first_burst; };
    while (running && followed() < most_bursts &&
           (followed() < fewest_bursts || now_ - first_clock < period)) {
      running = advance();
    }
    bursts_left -= followed();
    if (share < 0) {
      // The first window fills the queues and stands for itself alone.
      share = std::max(0.0, bursts_left / (windows * followed()) - 1);
    } else if (running && share > 0) {
      passed_over += pass_over(share) * static_cast<double>(now_ - first_clock);
    }
  }
  out_.elapsed = out_.last_done + passed_over;
  out_.scale = out_.bytes > 0 ? bytes / out_.bytes : 1;
  finish();
  return out_;
}

}  // namespace lamina::analytical
