// SPDX-License-Identifier: Apache-2.0
// The interconnect: levels of links that nest, what it is asked to carry, and what it answers.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/models/collective.h"
#include "lamina/models/units.h"

namespace lamina {

enum class network_shape {
  chain,            ///< sizes: {n}
  ring,             ///< sizes: {n}; shortest way round
  mesh,             ///< sizes: one for each dimension; dimension order
  torus,            ///< sizes: one for each dimension; dimension order, shortest way round
  switched,         ///< sizes: {n}; one switch, a link each way for each member
  fully_connected,  ///< sizes: {n}; a link from each member to each other
  fat_tree,         ///< sizes: {arity, levels}: arity^levels members under arity-ary switches
  graph             ///< sizes: {n}; the links are listed
};
std::string_view name_of(network_shape shape);

/// How the objects below a level (endpoints, or groups of the level beneath) meet it.
enum class network_attachment {
  group,     ///< by one link from each group: from its switch, else from its first member
  endpoints  ///< by a link from every endpoint: one such network for each place in a group
             ///< ("rails")
};

/// A listed link of an arbitrary graph. Nodes [0, sizes[0]) are members, the next are switches.
struct network_link {
  int from = 0;
  int to = 0;
  double bandwidth_bytes_per_s = 0;  ///< 0: that of the level
  femtoseconds latency{0};           ///< 0: that of the level
  bool both_ways = true;
};

enum class packet_switching {
  store_and_forward,  ///< a node passes a packet on when all of it has arrived
  cut_through         ///< a node passes a packet on when its header has arrived
};

/// Packets between chips. What crosses several levels is cut into packets, switched, acknowledged
/// and charged an overhead by the protocol of the outermost level that it crosses; header, time
/// grid and efficiency are those of each link's own level. A packet holds a link for its payload
/// and header over the link's rate, rounded to the nearest multiple of the time grid, at least one.
/// Links serve packets in the order in which they arrive; a sender takes turns between its
/// messages, packet by packet; nodes have room for all that waits.
struct packet_protocol {
  int payload_bytes = 4096;  ///< most payload of a packet
  int header_bytes = 0;      ///< sent with each packet
  packet_switching switching = packet_switching::store_and_forward;
  /// A message is done when its acknowledgement, which takes the links' latencies and no
  /// bandwidth, has come back; else when its last byte has arrived.
  bool acknowledged = false;
  femtoseconds time_grid{0};         ///< of a packet's time on a link; 0: exact
  femtoseconds message_overhead{0};  ///< at the sender, before each message, one after the other
  double efficiency = 1;             ///< share of the link rate that packets get
};

/// Flits on a chip: input-queued virtual-channel routers.
struct flit_protocol {
  femtoseconds clock{1'000'000};
  int virtual_channels = 4;
  int buffer_flits = 8;   ///< of one virtual channel at one input
  int router_clocks = 3;  ///< VC allocation, switch allocation, traversal
  int link_clocks = 1;
  int injection_clocks = 1;    ///< endpoint to router, and router to endpoint
  int credit_clocks = 1;       ///< delay of a credit on its way back
  int packet_flits_most = 64;  ///< longer messages are cut into packets of this length
};

enum class network_transport { packets, flits };

/// One level. A flit's bytes are the link's bandwidth times the clock.
struct network_level {
  std::string name;
  network_shape shape = network_shape::ring;
  std::vector<int> sizes{2};
  network_attachment attachment =
      network_attachment::group;     ///< of the objects below; level 0: none
  double bandwidth_bytes_per_s = 0;  ///< of a link, each way; required
  femtoseconds latency{0};           ///< of a link
  double energy_j_per_bit = 0;       ///< a bit over a link and the node behind it
  network_transport transport = network_transport::packets;
  packet_protocol packets;
  flit_protocol flits;
  int switches = 0;                 ///< of shape graph
  std::vector<network_link> links;  ///< of shape graph
};

/// Levels from the innermost out. Endpoints are numbered with the innermost level's member
/// fastest: e = m0 + n0 * (m1 + n1 * m2 ...).
struct interconnect_spec {
  std::string name;
  std::vector<network_level> levels;
};

/// Members of a level: 0 for a wrong shape.
std::int64_t members_of(const network_level& level);
/// Endpoints of the whole.
std::int64_t endpoints_of(const interconnect_spec& spec);

struct network_transfer {
  int source = 0;
  int destination = 0;
  std::uint64_t bytes = 0;
};

/// Everything starts at time zero and contends: collectives each with a group of its own, and
/// the entries of a traffic matrix.
struct network_workload {
  std::vector<collective> collectives;
  std::vector<network_transfer> transfers;
};

enum class injection_pattern {
  uniform,    ///< any endpoint, the sender among them
  neighbor,   ///< +1 in each dimension, wrapping
  transpose,  ///< coordinates reversed; identity where the sizes differ
  tornado     ///< nearly half way round each dimension
};

/// Endless random traffic at a given load: Bernoulli arrivals at each endpoint.
struct injection_workload {
  injection_pattern pattern = injection_pattern::uniform;
  int packet_flits = 1;
  double flits_per_endpoint_clock = 0.1;
  std::int64_t warm_up_clocks = 10'000;
  std::int64_t measured_clocks = 30'000;
  std::uint64_t seed = 1;
};

struct injection_result {
  double mean_latency_clocks = 0;  ///< generation to ejection of the last flit; infinity: unstable
  double mean_hops = 0;            ///< routers on the way
  double accepted_flits_per_endpoint_clock = 0;
  double saturation_flits_per_endpoint_clock = 0;  ///< largest stable load; NaN where not asked
  bool stable = true;
};

/// What can bound a transfer or a collective. Each limit's value is the time that it alone takes.
enum class network_limit : std::uint8_t {
  link,             ///< payload and headers over the busiest link
  latency,          ///< links' latencies and forwarding on the longest chain of steps
  acknowledgement,  ///< the way back
  overhead          ///< per message, at the senders
};
inline constexpr int network_limit_count = 4;
std::string_view name_of(network_limit limit);

struct network_result {
  femtoseconds elapsed{0};          ///< until everything is done
  std::uint64_t payload_bytes = 0;  ///< sum over the transfers
  double packets = 0;
  double packet_hops = 0;
  std::vector<double> energy_j;     ///< by level
  std::vector<double> utilisation;  ///< by edge of the network_graph: busy share of elapsed
  int busiest = -1;                 ///< edge
  std::array<double, network_limit_count> limits_s{};  ///< by network_limit, seconds
  network_limit bound_by = network_limit::link;

  double energy_total_j() const {
    double sum = 0;
    for (const double part : energy_j) sum += part;
    return sum;
  }
};

/// Anything that carries traffic between endpoints.
class interconnect {
 public:
  virtual ~interconnect() = default;
  virtual network_result carry(const network_workload& workload) = 0;
};

}  // namespace lamina
