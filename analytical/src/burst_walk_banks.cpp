// SPDX-License-Identifier: Apache-2.0
// The walk's banks: when a row opens, when a column command comes, what a burst takes.
#include <algorithm>
#include <functional>

#include "burst_walk.h"
#include "burst_walk_tools.h"

namespace lamina::analytical {
namespace {

using cmd = dram_command;
using rel = bank_relation;

}  // namespace

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
    if (spec_.controller.activation_cap > 0) raise(ready, budget_.front());
    c.activate = ready;
    const int opening = oldest.write ? clocks_.tRCDWR : clocks_.tRCDRD;
    c.column = column_of(oldest, ready + opening + late);
  }
  const bool per_bank = spec_.controller.refresh == refresh_policy::per_bank;
  if (!per_bank || bank_index - unit_of(bank_index) * banks_per_unit_ == u.refresh_bank)
    c.refresh = u.refresh_due;
  return c;
}

/// Looks at a bank anew. A row whose time has come is opened, whether or not its column is next.
void burst_walk::offer(int bus_index, int bank_index, clock now) {
  if (refresh_if_due(unit_of(bank_index), now)) {
    bus_at(bus_index).stale = true;
    if (!planning_) arrivals_.push_back(bus_index);
    return;
  }
  candidate c = look(bus_index, bank_index);
  if (c.opens_by(now)) {
    open_row(bus_index, bank_index, c.activate, bursts_[at(c.item)]);
    c = look(bus_index, bank_index);
  }
  consider(bus_index, bank_index, c);
}

/// Whether it is the next step of its bus.
void burst_walk::consider(int bus_index, int bank_index, const candidate& c) {
  bus& b = bus_at(bus_index);
  const bool refreshes = c.column >= c.refresh;
  const clock when = refreshes ? c.refresh : c.column;
  const std::int64_t order =
      std::min(c.activate, c.column) >= c.refresh ? 0 : bursts_[at(c.item)].order;
  if (when > b.next || (when == b.next && order >= b.next_order)) return;
  const bool earlier = when < b.next;
  b.next = when;
  b.next_bank = refreshes ? none : bank_index;
  b.next_refresh_bank = bank_index;
  b.next_order = order;
  if (earlier) announce(bus_index);
}

/// All banks of a bus; rows are opened in the order of their times.
void burst_walk::offer_all(int bus_index, clock now) {
  bus& b = bus_at(bus_index);
  openings_.clear();
  for (const int bank_index : b.banks[at(b.direction)]) {
    if (refresh_if_due(unit_of(bank_index), now)) {
      b.stale = true;
      return;
    }
    const candidate c = look(bus_index, bank_index);
    if (c.opens_by(now)) {
      openings_.emplace_back(c.activate, bursts_[at(c.item)].order, bank_index);
    } else {
      consider(bus_index, bank_index, c);
    }
  }
  std::sort(openings_.begin(), openings_.end());
  for (const auto& [when, order, bank_index] : openings_) {
    offer(bus_index, bank_index, now);
    if (b.stale) return;
  }
}

void burst_walk::announce(int bus_index) {
  if (planning_) return;
  agenda_.set(bus_index, bus_at(bus_index).next);
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
      offer_all(bus_index, now);
    }
  } while (b.stale);
  planning_ = false;
  announce(bus_index);
}

/// FCFS: a bank that is not first in order may still have its row opened.
void burst_walk::prepare(int bus_index, int bank_index, clock now) {
  if (refresh_if_due(unit_of(bank_index), now)) {
    bus_at(bus_index).stale = true;
    return;
  }
  const candidate c = look(bus_index, bank_index);
  if (c.activate <= now && c.activate < c.refresh)
    open_row(bus_index, bank_index, c.activate, bursts_[at(c.item)]);
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
    std::pop_heap(budget_.begin(), budget_.end(), std::greater<>());
    budget_.back() = when + clocks_.tRAS;
    std::push_heap(budget_.begin(), budget_.end(), std::greater<>());
  }

  ++stream_of(item).followed.activates;
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
  tally& of_stream = stream_of(item).followed;
  if (!first) ++of_stream.hits;

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
    const rel relation = p.last_bank == bank_index                       ? rel::same_bank
                         : group_of(p.last_bank) == group_of(bank_index) ? rel::same_group
                         : unit_of(p.last_bank) == unit_index            ? rel::same_stack_id
                                                                         : rel::same_port;
    const int spacing = rules_.distance(p.last_write ? cmd::write : cmd::read, command, relation);
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

  const int total =
      (item.write ? clocks_.WL : clocks_.RL) + clocks_.burst + item.hops * clocks_.hop;
  ++(item.write ? of_stream.writes : of_stream.reads);
  of_stream.hop_bursts += item.hops;
  ++bursts_followed_;
  request& r = requests_[at(item.request)];
  raise(r.left, when + total);
  raise(r.done, when + total + item.back);
  const int penalty =
      !first ? 0 : (item.write ? clocks_.tRCDWR : clocks_.tRCDRD) + (k.conflict ? clocks_.tRP : 0);
  raise(r.longest, clock{total + penalty});
  if (--r.bursts_left == 0 && r.entered) complete(item.request);
  for (int i = 0; i < 2; ++i) {
    if (b.blocked_stream[at(i)] != none) retry_blocked(bus_index, i, when);
  }
  if (scattered_) let_in(bus_index, when);
}

}  // namespace lamina::analytical
