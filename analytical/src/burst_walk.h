// SPDX-License-Identifier: Apache-2.0
// Follows the first bursts of a workload through the stack's resources, a step for each burst.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "earliest.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"
#include "lamina/models/memory_client.h"
#include "lamina/models/memory_demand.h"

namespace lamina::analytical {

/// What a walk found, scaled to the whole workload; times in command clocks.
struct walk_result {
  double elapsed = 0;
  double requests = 0;
  double latency_sum = 0;   ///< of all requests
  double unloaded_sum = 0;  ///< of all, as if each were alone
  double read_bytes = 0, write_bytes = 0;
  dram_counts counts;
  double hop_bursts = 0;  ///< bursts times vertical hops
  memory_demand demand;   ///< in clocks
};

/// What a walk found for clients that end; times in command clocks.
struct finished_walk {
  double elapsed = 0;
  double occupied = 0;  ///< see finished_result
  double gate = 0;      ///< for which the busiest gate was busy
  dram_counts counts;
  double hop_bursts = 0;
};

/// A recurrence over bursts. Each bus keeps the bursts that wait for it; a step takes the one
/// whose column command can come first (the oldest in order with FCFS), derives when its row was
/// closed and opened from the bank's and the stack ID's ready times, and moves those ready times.
/// Row commands are not placed in single cycles: activations and command slots are rates.
/// All storage is taken at construction.
class burst_walk {
 public:
  burst_walk(const dram_stack_spec& spec, const dram_clocks& clocks, const address_map& map);
  walk_result run(const memory_workload& workload);
  /// What clients take, from their begin to their end. A burst waits for its own controller only (a
  /// network spreads requests over their queues), behind those that came before it. Only the
  /// controllers of so many channels are followed that they have `most_ports` ports; requests to
  /// others take as long as those that were followed. `full_bytes` in the stack keep it busy.
  finished_walk finish(const std::vector<memory_client*>& clients, int most_ports,
                       double full_bytes);
  /// Channels that are followed so that they have about so many ports.
  int followed_channels(int most_ports) const;

 private:
  using clock = std::int64_t;
  static constexpr clock never = earliest::never;
  static constexpr clock long_ago = -(std::int64_t{1} << 40);
  static constexpr int none = -1;

  struct burst {
    clock arrival = 0;
    std::int64_t row = 0;
    int bank = 0;
    int request = 0;
    std::int64_t order = 0;
    int next = none;
    int hops = 0;
    clock back = 0;  ///< behind its data, until it is answered
    bool write = false;
  };
  struct request {
    clock issued = 0;
    clock done = 0;
    clock left = 0;     ///< the stack, with its last data
    clock longest = 0;  ///< unloaded time of its slowest burst
    int stream = 0;
    int bursts_left = 0;
    int bursts_on_port = 0;
    int next = none;  ///< completed before it in its stream
    std::uint32_t bytes = 0;
    bool write = false;
    bool entered = false;
    bool followed = true;  ///< some burst of it is
    bool posted = false;   ///< in nobody's place
    bool beside = false;   ///< part of its answer is still to come from elsewhere
    bool answered = false;
    int behind = none;  ///< asked for next by its client
    int passes = none;  ///< of gates by its parts, the first
  };
  struct waiting {
    int head = none, tail = none;
  };
  struct bank {
    std::uint32_t stamp = 0;
    std::uint32_t refreshes = 0;  ///< of its unit, when it was last looked at
    std::int64_t row = none;      ///< open row
    clock activate = 0;           ///< next ACT by the bank's own rules
    clock column[2] = {0, 0};
    clock precharge = 0;
    clock opened = 0;
    int columns = 0;  ///< in this row
    bool first_write = false, last_write = false, conflict = false;
    std::array<waiting, 2> queue;
    std::array<int, 2> place = {none, none};  ///< in its bus's list of banks with work
    clock cycle_demand = 0;
    clock refresh_demand = 0;
  };
  struct group {
    std::uint32_t stamp = 0;
    clock column[2] = {0, 0};
    clock activate = 0;
  };
  struct unit {
    std::uint32_t stamp = 0;
    clock column[2] = {0, 0};
    clock activate = 0;
    std::array<clock, 4> last = {long_ago, long_ago, long_ago, long_ago};
    int oldest = 0;
    clock precharge_all = 0;  ///< every open row may be closed
    clock refresh_all = 0;    ///< every closed row has recovered
    int open_rows = 0;
    std::uint32_t refreshes = 0;  ///< all-bank ones
    clock refresh_due = never;
    clock interval = never;
    int refresh_bank = 0;  ///< next one, in the unit
    clock refresh_bank_from = 0;
    clock activates = 0;
    clock refresh_demand = 0;
  };
  struct port {
    std::uint32_t stamp = 0;
    int last_bank = none;
    bool last_write = false;
    clock data = 0, turnaround = 0;
    int visits = 0;  ///< bursts here of the request that came last
    int visitor = none;
    clock visit_time = none;
  };
  struct bus {
    std::uint32_t stamp = 0;
    clock column_slot = 0;
    clock row_slot = 0;
    std::array<int, 2> queued = {0, 0};
    int direction = 0;
    bool stale = false;    ///< its next step must be found anew
    clock next = never;    ///< its next step
    int next_bank = none;  ///< none: a refresh
    int next_refresh_bank = none;
    std::int64_t next_order = 0;
    std::array<std::vector<int>, 2> banks;             ///< with work
    std::array<int, 2> blocked_stream = {none, none};  ///< lists of streams that wait for room
    std::array<waiting, 2> outside;                    ///< scattered bursts that wait for room
    clock rows = 0, columns = 0;
  };
  /// What was followed of one stream.
  struct tally {
    double bytes = 0, write_bytes = 0;
    double reads = 0, writes = 0, activates = 0, hits = 0, hop_bursts = 0;
    double unloaded = 0, latency = 0, requests = 0;
  };
  struct stream {
    tally followed;
    const access_stream* spec = nullptr;
    access_generator* source = nullptr;
    memory_client* client = nullptr;  ///< instead of the source
    access_request upcoming;
    bool has_upcoming = false;
    int free_slots = 0;  ///< never used yet
    int completed_head = none, completed_tail = none;
    clock entry = 0;      ///< its last burst entered
    int entering = none;  ///< request whose bursts are going in
    std::uint64_t address = 0, end = 0;
    int blocked_next = none;
    int waits_on = none;
    std::int64_t window_start = 0;  ///< requests issued when the window began
    clock skipped = 0;              ///< femtoseconds of offers that were passed over
    double pause = 0;               ///< of a client; so are the following, in parts of clocks
    int unit = none;                ///< that it shares
    double unit_time = 0;
    bool later_on_unit = false;
    double port_read = 0, port_write = 0;
    bool turn_planned = false;
    int lane = none;  ///< that it shares
    double lane_per_byte = 0, gate_per_byte = 0, gate_bytes = 0;
    double answer_bytes = 0;
    clock nothing = 0;                 ///< of a request for nothing
    double after_all = none;           ///< none, or how long after all before it `upcoming` comes
    bool posts = false;                ///< so does the client with writes
    int oldest = none, newest = none;  ///< requests of a client that it has not used
    double used = 0;                   ///< when it could use the last one
  };
  /// The next column command that a bank could have.
  struct candidate {
    clock column = never;
    clock activate = never;  ///< of the row that it needs; never: it is open
    int item = none;
    clock refresh = never;  ///< the bank waits for a refresh that is due then
    bool opens_by(clock now) const {
      return activate <= now && std::min(activate, column) < refresh;
    }
  };

  /// What is to happen later, to a burst and those behind it, to a request or to a stream.
  enum class errand_kind {
    arrive,   ///< bursts reach their controllers
    receive,  ///< the answer has come, or all of it that does not come from here
    use,      ///< the stream begins to use an answer
  };
  struct errand {
    clock when;
    std::int64_t order;
    errand_kind kind;
    int index;
    bool operator>(const errand& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  // State, which is reset when it is touched first.
  bank& bank_at(int index) {
    bank& k = banks_[static_cast<std::size_t>(index)];
    const unit& u = unit_at(unit_of(index));
    if (k.stamp != stamp_ || k.refreshes != u.refreshes) renew(k, u);
    return k;
  }
  group& group_at(int index) { return renewed(groups_[static_cast<std::size_t>(index)]); }
  unit& unit_at(int index) {
    unit& u = units_[static_cast<std::size_t>(index)];
    if (u.stamp != stamp_) renew(u, index);
    return u;
  }
  port& port_at(int index) { return renewed(ports_[static_cast<std::size_t>(index)]); }
  bus& bus_at(int index) {
    bus& b = buses_[static_cast<std::size_t>(index)];
    if (b.stamp != stamp_) renew(b);
    return b;
  }
  template <typename State>
  State& renewed(State& state) {
    if (state.stamp != stamp_) {
      state = State{};
      state.stamp = stamp_;
    }
    return state;
  }
  void renew(bank& k, const unit& u);
  void renew(unit& u, int index);
  void renew(bus& b);

  void restart();
  void start(const memory_workload& workload);
  clock next_issue(const stream& s) const;
  void expect(int index);
  void issue(int index, clock now);
  void enter(int index, clock now);
  int make_burst(stream& s, const dram_address& place, clock now);
  void arrive(int item, clock now);
  void arrive_all(int first, clock now);
  void enter_queue(int bus_index, int item, clock now);
  void let_in(int bus_index, clock now);
  void scatter(int index, clock now);
  void ask(stream& s);
  clock next_of_client(const stream& s) const;
  void count_in_stack(clock now, double bytes);
  void start(const std::vector<memory_client*>& clients, int most_ports);
  void retry_blocked(int bus_index, int queue, clock now);
  void complete(int request_index);
  void free_place(stream& s, int request_index);
  void use_in_order(int stream_index, int request_index);
  void plan_turn(int stream_index);
  void take_turn(int stream_index);
  void answer(int request_index);
  void receive(int request_index, clock now);
  void note_pass(request& r, int gate, double bytes);
  double pass_gates(const stream& s, int request_index, clock now);
  double pass_gates_in_turn(const stream& s, double bytes, clock now);
  double come_in(const stream& s, double bytes, double passed);
  void depart(stream& s, int first, const request_part& part, clock now);
  void do_later(clock when, errand_kind kind, int index);
  void run(const errand& due);

  bool refresh_if_due(int unit_index, clock now);
  void refresh_all(unit& u);
  void refresh_bank(int unit_index, unit& u);
  candidate look(int bus_index, int bank_index);
  void plan(int bus_index, clock now);
  void prepare(int bus_index, int bank_index, clock now);
  void announce(int bus_index);
  void offer(int bus_index, int bank_index, clock now);
  void consider(int bus_index, int bank_index, const candidate& c);
  void offer_all(int bus_index, clock now);
  void step(int bus_index, clock now);
  void open_row(int bus_index, int bank_index, clock when, const burst& item);
  void close_row(bank& k, unit& u);
  void serve(int bus_index, int bank_index, clock when, int item);
  bool turn(bus& b) const;
  bool advance();
  double pass_over(double share);
  void finish(double passed_over);
  void add_port_demand();

  stream& stream_of(const burst& item) {
    const request& r = requests_[static_cast<std::size_t>(item.request)];
    return streams_[static_cast<std::size_t>(r.stream)];
  }
  int unit_of(int bank_index) const { return unit_of_bank_[static_cast<std::size_t>(bank_index)]; }
  int group_of(int bank_index) const {
    return group_of_bank_[static_cast<std::size_t>(bank_index)];
  }
  int port_of(int unit_index) const { return port_of_unit_[static_cast<std::size_t>(unit_index)]; }
  int bus_of(int unit_index) const { return bus_of_unit_[static_cast<std::size_t>(unit_index)]; }

  const dram_stack_spec& spec_;
  const dram_clocks clocks_;
  const dram_timing_rules rules_;
  const address_map& map_;
  const bool split_, fcfs_;
  int units_per_channel_, banks_per_unit_, banks_per_group_, buses_per_channel_;
  std::array<int, 2> capacity_;
  std::vector<int> unit_of_bank_, group_of_bank_, port_of_unit_, bus_of_unit_;

  bool scattered_ = false;  ///< bursts wait for their own controller only
  std::vector<char> followed_channel_;
  double typical_latency_ = 0;                 ///< of a scattered request
  double offered_ = 0, offered_followed_ = 0;  ///< scattered bursts
  double full_bytes_ = 0;                      ///< 0: what is in the stack is not counted
  double in_stack_ = 0, occupied_ = 0;
  clock in_stack_since_ = 0;
  std::vector<std::pair<clock, double>> leaving_;  ///< heap of (time, bytes)
  std::uint32_t stamp_ = 0;
  std::vector<bank> banks_;
  std::vector<group> groups_;
  std::vector<unit> units_;
  std::vector<port> ports_;
  std::vector<bus> buses_;
  std::vector<burst> bursts_;
  std::vector<request> requests_;
  std::vector<access_generator> sources_;
  std::vector<stream> streams_;
  earliest issues_;              ///< next one of each stream
  std::vector<errand> errands_;  ///< heap
  std::vector<waiting> by_way_;  ///< of the request that is scattered
  /// Of one tile: when each is free.
  struct tile_units {
    double busiest = 0, later = 0, port = 0;
  };
  std::vector<tile_units> units_of_clients_;
  /// What passes one thing after the other: a link of a node in one direction, or a gate.
  struct lane {
    double free = 0;
    double of_others = 0;  ///< when it was looked at last
    double busy = 0;
    /// Takes it for `time`; when it is free again.
    double take(double now, double time) {
      busy += time;
      return free = std::max(free, now) + time;
    }
  };
  /// Of one direction. Answers leave by all lanes alike, and writes come in by all.
  struct lanes {
    std::vector<lane> each;
    double of_others = 0;  ///< clocks for which what belongs to no lane has had each of them
    lane& at(int index);
  };
  /// Of a gate by a part of an answer.
  struct pass {
    int gate = 0;
    double bytes = 0;
    int next = none;
  };
  std::vector<pass> passes_;
  int free_pass_ = none;
  std::vector<lane> gates_;
  std::size_t next_gate_ = 0;  ///< of what is not read from the memory
  lanes inward_, outward_;
  std::vector<int> arrivals_;
  std::vector<std::tuple<clock, std::int64_t, int>> openings_;  ///< rows: time, order, bank
  std::int64_t order_ = 0;
  clock now_ = 0;
  bool planning_ = false;
  std::vector<clock> budget_;  ///< heap: when each slot for an ACT is free; rows open out of order
  earliest agenda_;            ///< next step of each bus
  int used_bursts_ = 0, free_burst_ = none, used_requests_ = 0, free_request_ = none;
  double bursts_followed_ = 0;
  clock last_done_ = 0;
  walk_result out_;
};

}  // namespace lamina::analytical
