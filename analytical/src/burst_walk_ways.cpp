// SPDX-License-Identifier: Apache-2.0
// How requests of clients leave and how answers come: by gates and lanes that others use, too.
#include <algorithm>
#include <cmath>
#include <functional>

#include "burst_walk.h"
#include "burst_walk_tools.h"

namespace lamina::analytical {

/// Reads are asked for at once. Parts of writes have the lane one after the other.
void burst_walk::depart(stream& s, int first, const request_part& part, clock now) {
  const clock longer = s.client->longer(part.way).count() / clocks_.tCK.count();
  clock when = now;
  if (bursts_[at(first)].write && s.lane != none) {
    std::int64_t count = 0;
    for (int i = first; i != none; i = bursts_[at(i)].next) ++count;
    const auto bytes = static_cast<double>(count * spec_.geometry.burst_bytes);
    double begin = static_cast<double>(now);
    if (longer > 0) {
      const double time = bytes * s.lane_per_byte;
      begin = outward_.at(s.lane).take(begin, time) - time;
      inward_.of_others += time / static_cast<double>(inward_.each.size());
    }
    const double gate_time = bytes * s.gate_per_byte;
    lane& gate = gates_[at(part.gate)];
    raise(when, whole_clock(std::max(begin, gate.take(begin - gate_time, gate_time))));
  }
  if (when + longer > now_) {
    do_later(when + longer, errand_kind::arrive, first);
  } else {
    arrive_all(first, now_);
  }
}

/// A lane, behind what others had of it meanwhile.
burst_walk::lane& burst_walk::lanes::at(int index) {
  lane& one = each[static_cast<std::size_t>(index)];
  one.free += of_others - one.of_others;
  one.of_others = of_others;
  return one;
}

/// The client has its answer, once that has come in by its lane.
void burst_walk::answer(int request_index) {
  const request& r = requests_[at(request_index)];
  if (streams_[at(r.stream)].lane == none) {
    use_in_order(r.stream, request_index);
  } else {
    do_later(std::max(r.done, now_), errand_kind::receive, request_index);
  }
}

void burst_walk::receive(int request_index, clock now) {
  request& r = requests_[at(request_index)];
  const stream& s = streams_[at(r.stream)];
  if (r.beside) {
    r.beside = false;
    const double bytes = s.answer_bytes - r.bytes;
    raise(r.done, whole_clock(come_in(s, bytes, pass_gates_in_turn(s, bytes, now))));
    if (--r.bursts_left == 0) complete(request_index);
    return;
  }
  if (!r.write) {
    const double bytes = r.bytes > 0 ? r.bytes : s.answer_bytes;
    const double passed =
        r.bytes > 0 ? pass_gates(s, request_index, now) : pass_gates_in_turn(s, bytes, now);
    raise(r.done, whole_clock(come_in(s, bytes, passed)));
  }
  use_in_order(r.stream, request_index);
}

void burst_walk::note_pass(request& r, int gate, double bytes) {
  int id = free_pass_;
  if (id != none) {
    free_pass_ = passes_[at(id)].next;
  } else {
    id = static_cast<int>(passes_.size());
    passes_.emplace_back();
  }
  passes_[at(id)] = {gate, bytes, r.passes};
  r.passes = id;
}

/// When the last of an answer's parts has passed its gate. What passes while a gate is free has
/// been passing meanwhile.
double burst_walk::pass_gates(const stream& s, int request_index, clock now) {
  request& r = requests_[at(request_index)];
  double passed = static_cast<double>(now);
  while (r.passes != none) {
    pass& one = passes_[at(r.passes)];
    const double time = one.bytes * s.gate_per_byte;
    passed = std::max(passed, gates_[at(one.gate)].take(static_cast<double>(now) - time, time));
    const int next = one.next;
    one.next = free_pass_;
    free_pass_ = r.passes;
    r.passes = next;
  }
  return passed;
}

double burst_walk::pass_gates_in_turn(const stream& s, double bytes, clock now) {
  double passed = static_cast<double>(now);
  if (s.gate_per_byte <= 0) return passed;
  for (double left = bytes; left > 0; left -= s.gate_bytes) {
    const double time = std::min(left, s.gate_bytes) * s.gate_per_byte;
    lane& gate = gates_[next_gate_++ % gates_.size()];
    passed = std::max(passed, gate.take(static_cast<double>(now) - time, time));
  }
  return passed;
}

/// When the answer has come in by its lane. What comes while that is free has been coming
/// meanwhile.
double burst_walk::come_in(const stream& s, double bytes, double passed) {
  const double time = bytes * s.lane_per_byte;
  outward_.of_others += time / static_cast<double>(outward_.each.size());
  return inward_.at(s.lane).take(passed - time, time);
}

}  // namespace lamina::analytical
