// SPDX-License-Identifier: Apache-2.0
// Packets over routed links, event by event; messages between endpoints in, arrivals out.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "lamina/models/network_graph.h"
#include "lamina/tlm/event_queue.h"

namespace lamina::sysc {

/// Hears what becomes of messages. Times are absolute.
class message_listener {
 public:
  virtual ~message_listener() = default;
  /// The last byte is at the destination.
  virtual void on_arrival(std::int64_t tag, femtoseconds now) = 0;
  /// The sender knows: with the acknowledgement, or without one at the arrival.
  virtual void on_sent(std::int64_t tag, femtoseconds now) = 0;
};

struct packet_network_options {
  /// So many packets of a message travel as one train: without another message's packets between
  /// them, the first passed on as it would be alone. Messages take turns by trains, so one length
  /// holds for all, and what contends keeps its share.
  std::int64_t packets_a_train = 1;
};

/// The packet half of an interconnect (see packet_protocol for the rules that it obeys). A train of
/// packets costs an event a hop. Integer femtoseconds; no heap once its pools have grown.
class packet_network : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(packet_network);
  packet_network(const sc_core::sc_module_name& name, const network_graph& graph,
                 message_listener& listener, const packet_network_options& options = {});

  /// Takes a message of at least one byte between two different endpoints at the present time.
  void send(int source, int destination, std::uint64_t bytes, std::int64_t tag);

  femtoseconds last_event() const { return now_; }
  const std::vector<std::int64_t>& busy_fs() const { return busy_fs_; }  ///< by edge
  const std::vector<double>& bytes_on() const { return bytes_on_; }      ///< by edge, with headers
  double packets() const { return packets_; }
  double packet_hops() const { return packet_hops_; }
  std::uint64_t payload_bytes() const { return payload_bytes_; }
  /// Events handled: a train over a link, and its ends.
  std::int64_t events() const { return events_; }

 private:
  static constexpr int none = -1;
  /// How the packets of one message pass one link of its route.
  struct passage {
    int edge = 0;
    std::int64_t full = 0;  ///< fs that a full packet holds it
    std::int64_t rest = 0;  ///< the same of the last packet, when that is smaller
    std::int64_t latency = 0;
    std::int64_t forward_full = 0;  ///< from a packet's start here to its earliest start behind,
    std::int64_t forward_rest = 0;  ///< with the latency
  };
  struct message {
    std::int64_t tag = 0;
    std::uint64_t full_left = 0;  ///< packets that have not left
    bool rest_left = false;
    bool acknowledged = false;
    int source = 0;
    int first_passage = 0;
    int hops = 0;
    int next = none;  ///< among those that wait for their first link
    std::int64_t way_back = 0;
  };
  struct train {
    int message = 0;
    int hop = 0;
    std::int64_t full = 0;
    bool rest = false;
    bool last = false;              ///< of its message
    std::int64_t tail_arrival = 0;  ///< of its last packet at the present node
  };
  /// Messages that take turns on their first link: who has had one goes behind those that wait.
  struct turns {
    int first = none;
    int last = none;
    int having = none;  ///< its turn, with more to send
  };
  enum class kind : std::uint8_t { depart, inject, arrive, acknowledge, begin };

  void work();
  void handle(kind what, int which);
  void begin(int message_index);
  void wait_for_turn(turns& at_edge, int message_index);
  void inject(int edge);
  void depart(int train_index);
  void route(int message_index, int source, int destination, std::uint64_t bytes);
  void schedule(std::int64_t when, kind what, int which);
  int new_message();
  int new_train();

  const network_graph& graph_;
  message_listener& listener_;
  const packet_network_options options_;
  event_queue queue_;
  sc_core::sc_event wake_;
  std::int64_t notified_ = -1;
  femtoseconds now_{0};
  bool working_ = false;

  std::vector<message> messages_;
  std::vector<int> free_messages_;
  std::vector<train> trains_;
  std::vector<int> free_trains_;
  std::vector<passage> passages_;                ///< pool; a message's are contiguous
  std::vector<std::vector<int>> free_passages_;  ///< first ones, by count of hops
  std::vector<int> path_;

  std::vector<std::int64_t> free_at_;      ///< by edge
  std::vector<turns> turns_;               ///< by edge
  std::vector<std::int64_t> sender_free_;  ///< by endpoint: overheads in sequence
  std::vector<std::int64_t> busy_fs_;
  std::vector<double> bytes_on_;
  double packets_ = 0, packet_hops_ = 0;
  std::uint64_t payload_bytes_ = 0;
  std::int64_t events_ = 0;
};

}  // namespace lamina::sysc
