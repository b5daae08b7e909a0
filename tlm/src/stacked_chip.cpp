// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/stacked_chip.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "lamina/models/packet_time.h"
#include "lamina/tlm/command_bus.h"
#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {
stacked_ways::stacked_ways(const sc_core::sc_module_name& name, const stacked_chip_spec& spec)
    : sc_module(name),
      spec_(spec),
      map_(spec.dram_stack.address_map, spec.dram_stack.geometry),
      buses_(command_bus_layout::buses_per_channel(spec.dram_stack)),
      graph_(spec.noc),
      network_("network", graph_, *this),
      slices_(static_cast<std::size_t>(spec.nodes())),
      slice_fs_per_byte_(1e15 * spec.nodes() / spec.chip.shared_buffer.bytes_per_s),
      enough_in_stack_(bytes_of_an_access(spec.dram_stack)) {
  const int queues = 2 * spec.dram_stack.geometry.channels * buses_;
  for (int i = 0; i < queues; ++i) {
    ports_.push_back(std::make_unique<stack_port>(("port_" + std::to_string(i)).c_str()));
    ports_.back()->on_answer = [this](std::int64_t piece_index, femtoseconds when) {
      answer(static_cast<int>(piece_index), when.count());
    };
  }
  find_request_times();
  SC_METHOD(wake);
  sensitive << wake_event_;
  dont_initialize();
}

void stacked_ways::count_in_stack(std::int64_t now, double bytes) {
  const double share = std::min(1.0, in_stack_ / enough_in_stack_);
  stack_occupied_fs_ += share * static_cast<double>(now - in_stack_since_);
  in_stack_since_ = now;
  in_stack_ += bytes;
}

void stacked_ways::find_request_times() {
  const int nodes = spec_.nodes();
  std::vector<int> path;
  for (int from = 0; from < nodes; ++from) {
    for (int to = 0; to < nodes; ++to) {
      path.clear();
      graph_.route(from, to, path);
      std::int64_t time = 0;
      for (const int index : path) {
        const network_edge& edge = graph_.edges()[static_cast<std::size_t>(index)];
        const network_level& level = spec_.noc.levels[static_cast<std::size_t>(edge.level)];
        const double bytes = piece_request_bytes + level.packets.header_bytes;
        time +=
            (hop_latency(level, edge.latency) + link_time(bytes, level, edge.bytes_per_s)).count();
      }
      request_fs_.push_back(time);
    }
  }
}

void stacked_ways::begin(const tile_schedule& part) {
  layout_ = std::make_unique<piece_layout>(part, spec_);
  // Half of a piece, so that rounding is even.
  owed_read_ = owed_write_ = spec_.piece_bytes / 2.0;
  cursors_.assign(static_cast<std::size_t>(part.blocks), 0);
}

void stacked_ways::load(std::int64_t now, const way_request& what) {
  begin_transfer(now, what, false);
}

void stacked_ways::store(std::int64_t now, const way_request& what) {
  begin_transfer(now, what, true);
}

void stacked_ways::begin_transfer(std::int64_t now, const way_request& what, bool write) {
  const auto count = static_cast<std::int64_t>(std::ceil(what.bytes / spec_.piece_bytes - 1e-9));
  if (count == 0) {
    if (write) {
      what.client->stored(std::max(now, what.not_before));
    } else {
      what.client->loaded(std::max(now, what.not_before), what.slot, what.step);
    }
    return;
  }
  const int transfer_index = new_transfer();
  transfers_[static_cast<std::size_t>(transfer_index)] = {what, count};
  buffer_bytes_ += what.bytes;
  double& owed = write ? owed_write_ : owed_read_;
  owed += what.beyond;
  std::uint64_t& cursor = cursors_[static_cast<std::size_t>(what.block)];
  const int node = spec_.node_of_tile(what.tile);
  double left = what.bytes;
  std::uint64_t write_cursor = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const int index = new_piece();
    piece& made = at(index);
    const double bytes = std::min<double>(spec_.piece_bytes, left);
    left -= bytes;
    made = {};
    made.transfer = transfer_index;
    made.bytes = static_cast<std::uint32_t>(std::max(1.0, std::ceil(bytes)));
    made.write = write;
    made.slice = write ? layout_->slice_of_store(what.block, i)
                       : layout_->slice_of_load(what.block, what.step, i);
    if (owed >= bytes && what.beyond > 0) {
      owed -= bytes;
      made.beyond = made.bytes;
      std::uint64_t& place = write ? write_cursor : cursor;
      made.address = write ? layout_->write_address(what.block, place)
                           : layout_->read_address(what.block, place);
      // The next piece begins with a burst of its own.
      place +=
          (made.bytes + layout_->burst_bytes - 1) / layout_->burst_bytes * layout_->burst_bytes;
      if (made.address + made.bytes > layout_->capacity) made.address = 0;
      made.slice = slice_above(spec_, map_, made.address, made.bytes);
    }
    if (write) {
      push(std::max(now, what.not_before), index, stage::sent);
    } else {
      const std::size_t way = static_cast<std::size_t>(node * spec_.nodes() + made.slice);
      push(now + request_fs_[way], index, stage::requested);
    }
  }
  plan();
}

/// Reads and writes of each controller wait in order, and not for those of others.
std::size_t stacked_ways::port_of(std::uint64_t address, bool write) const {
  const dram_address place = map_.decode(address);
  const int bus =
      command_bus_layout::bus_of(spec_.dram_stack, place.pseudo_channel, place.stack_id);
  return static_cast<std::size_t>(2 * (place.channel * buses_ + bus) + (write ? 1 : 0));
}

/// Asks each controller for its bursts of the piece: neighbours that have one controller together.
void stacked_ways::ask_stack(std::int64_t now, int piece_index) {
  const piece item = at(piece_index);
  count_in_stack(now, item.beyond);
  const std::uint64_t end = item.address + item.beyond;
  const std::uint64_t burst = layout_->burst_bytes;
  std::uint64_t from = item.address;
  std::size_t port = port_of(from, item.write);
  at(piece_index).asked = 1;  // until all are sent: answers may come at once
  while (from < end) {
    std::uint64_t to = from + burst;
    std::size_t next = port;
    while (to < end && (next = port_of(to, item.write)) == port) to += burst;
    ++at(piece_index).asked;
    ports_[port]->request(from, static_cast<std::uint32_t>(std::min(to, end) - from), item.write,
                          piece_index);
    from = to;
    port = next;
  }
  answer(piece_index, now);
}

/// The piece goes on when the last of its bursts is there.
void stacked_ways::answer(int piece_index, std::int64_t when) {
  piece& item = at(piece_index);
  item.answered = std::max(item.answered, when);
  if (--item.asked > 0) return;
  item.written = item.write;
  push(item.answered, piece_index, stage::at_slice);
  plan();
}

void stacked_ways::push(std::int64_t time, int piece_index, stage what) {
  queue_.push(time,
              static_cast<std::uint32_t>(piece_index) * stages + static_cast<std::uint32_t>(what));
}

void stacked_ways::plan() {
  if (!queue_.empty()) wake_event_.notify(delay_until(femtoseconds{queue_.top().time}));
}

void stacked_ways::wake() {
  const std::int64_t now = from_sc_time(sc_core::sc_time_stamp()).count();
  while (!queue_.empty() && queue_.top().time <= now) {
    const event_queue::item item = queue_.top();
    queue_.pop();
    handle(item.time, static_cast<int>(item.what / stages), static_cast<stage>(item.what % stages));
  }
  plan();
}

void stacked_ways::handle(std::int64_t now, int piece_index, stage what) {
  piece& item = at(piece_index);
  const int node =
      spec_.node_of_tile(transfers_[static_cast<std::size_t>(item.transfer)].what.tile);
  switch (what) {
    case stage::requested:
      if (item.beyond > 0) {
        ask_stack(now, piece_index);
      } else {
        push(now + spec_.chip.shared_buffer.latency.count(), piece_index, stage::at_slice);
      }
      break;
    case stage::sent:
      if (node == item.slice) {
        push(now, piece_index, stage::at_slice);
      } else {
        network_.send(node, item.slice, item.bytes, piece_index);
      }
      break;
    case stage::at_slice:
      if (item.beyond > 0 && item.write == item.written) count_in_stack(now, -1.0 * item.beyond);
      if (item.written) {
        finish(piece_index, now);
      } else {
        const double time = item.bytes * slice_fs_per_byte_;
        push(slices_[static_cast<std::size_t>(item.slice)].serve(now, std::llround(time)),
             piece_index, stage::passed);
      }
      break;
    case stage::passed:
      leave_slice(piece_index, now);
      break;
  }
}

void stacked_ways::leave_slice(int piece_index, std::int64_t now) {
  const piece& item = at(piece_index);
  const int node =
      spec_.node_of_tile(transfers_[static_cast<std::size_t>(item.transfer)].what.tile);
  if (item.write) {
    if (item.beyond == 0) return finish(piece_index, now);
    ask_stack(now, piece_index);
  } else if (node == item.slice) {
    finish(piece_index, now);
  } else {
    network_.send(item.slice, node, item.bytes, piece_index);
  }
}

void stacked_ways::on_arrival(std::int64_t tag, femtoseconds now) {
  const int index = static_cast<int>(tag);
  if (at(index).write) {
    push(now.count(), index, stage::at_slice);
    plan();
  } else {
    finish(index, now.count());
  }
}

void stacked_ways::finish(int piece_index, std::int64_t now) {
  const piece item = at(piece_index);
  free_pieces_.push_back(piece_index);
  transfer& whole = transfers_[static_cast<std::size_t>(item.transfer)];
  if (--whole.left > 0) return;
  const way_request what = whole.what;
  free_transfers_.push_back(item.transfer);
  const std::int64_t time = std::max(now, what.not_before);
  if (item.write) {
    what.client->stored(time);
  } else {
    what.client->loaded(time, what.slot, what.step);
  }
}

int stacked_ways::new_piece() {
  if (free_pieces_.empty()) {
    pieces_.emplace_back();
    return static_cast<int>(pieces_.size()) - 1;
  }
  const int index = free_pieces_.back();
  free_pieces_.pop_back();
  return index;
}

int stacked_ways::new_transfer() {
  if (free_transfers_.empty()) {
    transfers_.emplace_back();
    return static_cast<int>(transfers_.size()) - 1;
  }
  const int index = free_transfers_.back();
  free_transfers_.pop_back();
  return index;
}

std::uint64_t stacked_ways::memory_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& port : ports_) sum += port->read_bytes() + port->write_bytes();
  return sum;
}

double stacked_ways::busiest_slice_s() const {
  std::int64_t most = 0;
  for (const serving_unit& slice : slices_) most = std::max(most, slice.busy());
  return to_seconds(femtoseconds{most});
}

double stacked_ways::busiest_link_s() const {
  const std::vector<std::int64_t>& busy = network_.busy_fs();
  return busy.empty() ? 0 : to_seconds(femtoseconds{*std::max_element(busy.begin(), busy.end())});
}

double stacked_ways::network_energy_j() const {
  double energy = 0;
  for (std::size_t i = 0; i < graph_.edges().size(); ++i) {
    const auto level = static_cast<std::size_t>(graph_.edges()[i].level);
    energy += network_.bytes_on()[i] * 8 * spec_.noc.levels[level].energy_j_per_bit;
  }
  return energy;
}

}  // namespace lamina::sysc
