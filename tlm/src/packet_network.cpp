// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/packet_network.h"

#include <algorithm>

#include "lamina/models/packet_time.h"
#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr unsigned kind_bits = 3;

}  // namespace

packet_network::packet_network(const sc_core::sc_module_name& name, const network_graph& graph,
                               message_listener& listener, const packet_network_options& options)
    : sc_module(name), graph_(graph), listener_(listener), options_(options) {
  const std::size_t edges = graph_.edges().size();
  free_at_.assign(edges, 0);
  turns_.assign(edges, {});
  busy_fs_.assign(edges, 0);
  bytes_on_.assign(edges, 0);
  sender_free_.assign(at(graph_.endpoints()), 0);
  SC_METHOD(work);
  sensitive << wake_;
  dont_initialize();
}

void packet_network::send(int source, int destination, std::uint64_t bytes, std::int64_t tag) {
  if (!working_) now_ = std::max(now_, from_sc_time(sc_core::sc_time_stamp()));
  const int index = new_message();
  messages_[at(index)].tag = tag;
  messages_[at(index)].source = source;
  route(index, source, destination, bytes);
  payload_bytes_ += bytes;
  const packet_protocol& protocol =
      graph_.spec().levels[at(graph_.outermost_level(source, destination))].packets;
  std::int64_t& sender = sender_free_[at(source)];
  sender = std::max(sender, now_.count()) + protocol.message_overhead.count();
  if (sender == now_.count()) {
    begin(index);
  } else {
    schedule(sender, kind::begin, index);
  }
}

/// Looks up the route and derives the packets' times on each of its links.
void packet_network::route(int message_index, int source, int destination, std::uint64_t bytes) {
  const std::vector<network_level>& levels = graph_.spec().levels;
  const packet_protocol& protocol = levels[at(graph_.outermost_level(source, destination))].packets;
  const packet_cut cut = cut_into_packets(bytes, protocol);
  path_.clear();
  graph_.route(source, destination, path_);
  const int hops = static_cast<int>(path_.size());
  if (free_passages_.size() <= path_.size()) free_passages_.resize(path_.size() + 1);
  message& m = messages_[at(message_index)];
  m.hops = hops;
  if (std::vector<int>& free = free_passages_[path_.size()]; !free.empty()) {
    m.first_passage = free.back();
    free.pop_back();
  } else {
    m.first_passage = static_cast<int>(passages_.size());
    passages_.resize(passages_.size() + path_.size());
  }
  m.full_left = cut.full;
  m.rest_left = cut.rest > 0;
  m.acknowledged = protocol.acknowledged;
  m.way_back = 0;
  const auto packets = static_cast<double>(cut.packets());
  packets_ += packets;
  packet_hops_ += packets * hops;
  for (int hop = 0; hop < hops; ++hop) {
    const int edge = path_[at(hop)];
    const network_edge& link = graph_.edges()[at(edge)];
    const network_level& own = levels[at(link.level)];
    const double header =
        own.transport == network_transport::packets ? own.packets.header_bytes : 0;
    passage& p = passages_[at(m.first_passage + hop)];
    p.edge = edge;
    p.full = link_time(protocol.payload_bytes + header, own, link.bytes_per_s).count();
    p.rest = link_time(static_cast<double>(cut.rest) + header, own, link.bytes_per_s).count();
    p.latency = hop_latency(own, link.latency).count();
    p.forward_full = p.full;
    p.forward_rest = p.rest;
    if (protocol.switching == packet_switching::cut_through) {
      p.forward_full = p.forward_rest =
          header > 0 ? link_time(header, own, link.bytes_per_s).count() : 0;
    }
    m.way_back += p.latency;
    bytes_on_[at(edge)] += static_cast<double>(bytes) + packets * header;
    busy_fs_[at(edge)] += static_cast<std::int64_t>(cut.full) * p.full + (m.rest_left ? p.rest : 0);
  }
  // Cut through to a quicker link: its packet may end no earlier than the last byte comes.
  for (int hop = 0; hop + 1 < hops; ++hop) {
    passage& p = passages_[at(m.first_passage + hop)];
    const passage& next = passages_[at(m.first_passage + hop + 1)];
    p.forward_full = std::max(p.forward_full, p.full - next.full);
    p.forward_rest = std::max(p.forward_rest, p.rest - next.rest);
  }
}

void packet_network::wait_for_turn(turns& at_edge, int message_index) {
  messages_[at(message_index)].next = none;
  if (at_edge.first == none) {
    at_edge.first = message_index;
  } else {
    messages_[at(at_edge.last)].next = message_index;
  }
  at_edge.last = message_index;
}

void packet_network::begin(int message_index) {
  const int edge = passages_[at(messages_[at(message_index)].first_passage)].edge;
  turns& here = turns_[at(edge)];
  const bool idle = here.first == none && here.having == none;
  wait_for_turn(here, message_index);
  if (idle) inject(edge);
}

/// The next train of the next message enters the link's queue; the one after it follows when this
/// one has left, so that what passes through the node has its turns.
void packet_network::inject(int edge) {
  turns& here = turns_[at(edge)];
  if (here.having != none) wait_for_turn(here, here.having);
  here.having = none;
  if (here.first == none) return;
  const int index = here.first;
  message& m = messages_[at(index)];
  here.first = m.next;
  const int id = new_train();
  train& t = trains_[at(id)];
  t.message = index;
  t.hop = 0;
  const auto left = static_cast<std::int64_t>(m.full_left);
  // Shorter towards the end, so that messages that share a link end as near each other as by
  // packets.
  t.full = std::min({left, options_.packets_a_train, std::max<std::int64_t>(1, left / 2)});
  m.full_left -= static_cast<std::uint64_t>(t.full);
  t.rest = m.full_left == 0 && m.rest_left && t.full < options_.packets_a_train;
  if (t.rest) m.rest_left = false;
  t.last = m.full_left == 0 && !m.rest_left;
  t.tail_arrival = now_.count();
  if (!t.last) here.having = index;
  depart(id);
  if (here.having != none || here.first != none) {
    schedule(free_at_[at(edge)], kind::inject, edge);
  }
}

/// A train whose first packet may start over its next link takes its place behind all that came
/// before. Packets that come in slower than they go out leave gaps for others.
void packet_network::depart(int train_index) {
  train& t = trains_[at(train_index)];
  const message& m = messages_[at(t.message)];
  const passage& p = passages_[at(m.first_passage + t.hop)];
  const std::int64_t start = std::max(free_at_[at(p.edge)], now_.count());
  const std::int64_t work = t.full * p.full + (t.rest ? p.rest : 0);
  free_at_[at(p.edge)] = start + work;
  std::int64_t end = start + work;
  if (t.hop > 0) {
    const passage& before = passages_[at(m.first_passage + t.hop - 1)];
    // The last packet starts here when it has come far enough.
    const std::int64_t came = t.rest ? before.rest : before.full;
    const std::int64_t forward = t.rest ? before.forward_rest : before.forward_full;
    end = std::max(end, t.tail_arrival - came + forward + (t.rest ? p.rest : p.full));
  }
  t.tail_arrival = end + p.latency;
  if (++t.hop < m.hops) {
    schedule(start + (t.full > 0 ? p.forward_full : p.forward_rest) + p.latency, kind::depart,
             train_index);
    return;
  }
  if (t.last) schedule(t.tail_arrival, kind::arrive, t.message);
  free_trains_.push_back(train_index);
}

void packet_network::handle(kind what, int which) {
  switch (what) {
    case kind::begin:
      begin(which);
      return;
    case kind::inject:
      inject(which);
      return;
    case kind::depart:
      depart(which);
      return;
    case kind::arrive: {
      const message arrived = messages_[at(which)];
      if (arrived.acknowledged) {
        schedule(now_.count() + arrived.way_back, kind::acknowledge, which);
      } else {
        free_passages_[at(arrived.hops)].push_back(arrived.first_passage);
        free_messages_.push_back(which);
      }
      listener_.on_arrival(arrived.tag, now_);
      if (!arrived.acknowledged) listener_.on_sent(arrived.tag, now_);
      return;
    }
    case kind::acknowledge: {
      const message done = messages_[at(which)];
      free_passages_[at(done.hops)].push_back(done.first_passage);
      free_messages_.push_back(which);
      listener_.on_sent(done.tag, now_);
      return;
    }
  }
}

void packet_network::work() {
  notified_ = -1;
  const std::int64_t present = from_sc_time(sc_core::sc_time_stamp()).count();
  working_ = true;
  while (!queue_.empty() && queue_.top().time <= present) {
    const event_queue::item next = queue_.top();
    queue_.pop();
    now_ = femtoseconds{next.time};
    ++events_;
    handle(static_cast<kind>(next.what & ((1U << kind_bits) - 1)),
           static_cast<int>(next.what >> kind_bits));
  }
  working_ = false;
  if (!queue_.empty()) {
    notified_ = queue_.top().time;
    wake_.notify(delay_until(femtoseconds{notified_}));
  }
}

void packet_network::schedule(std::int64_t when, kind what, int which) {
  queue_.push(when,
              static_cast<std::uint32_t>(which) << kind_bits | static_cast<std::uint32_t>(what));
  if (working_ || (notified_ >= 0 && notified_ <= when)) return;
  notified_ = when;
  wake_.notify(delay_until(femtoseconds{when}));
}

int packet_network::new_message() {
  if (!free_messages_.empty()) {
    const int index = free_messages_.back();
    free_messages_.pop_back();
    return index;
  }
  messages_.emplace_back();
  return static_cast<int>(messages_.size()) - 1;
}

int packet_network::new_train() {
  if (!free_trains_.empty()) {
    const int index = free_trains_.back();
    free_trains_.pop_back();
    return index;
  }
  trains_.emplace_back();
  return static_cast<int>(trains_.size()) - 1;
}

}  // namespace lamina::sysc
