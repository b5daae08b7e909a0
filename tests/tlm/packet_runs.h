// SPDX-License-Identifier: Apache-2.0
// Runs of packet networks for tests: each in a child process, because a kernel lives only once.
#pragma once

#include <cstdint>
#include <vector>

#include "lamina/models/interconnect.h"

namespace lamina::sysc {

/// What became of one transfer of a workload.
struct transfer_fate {
  std::int64_t arrived_fs = -1;
  std::int64_t sent_fs = -1;
  int arrivals = 0;
  int sent = 0;
};

/// The transfers alone on a packet network, `packets_a_train` packets together.
std::vector<transfer_fate> fates_of(const interconnect_spec& spec,
                                    const std::vector<network_transfer>& transfers,
                                    std::int64_t packets_a_train = 1);

/// simulate(), without what is held by edge or level; elapsed is -1 where it failed.
struct network_answer {
  std::int64_t elapsed_fs = -1;
  std::uint64_t payload_bytes = 0;
  double packets = 0;
  double packet_hops = 0;
  double energy_j = 0;
  double largest_utilisation = 0;
  network_limit bound_by = network_limit::link;
};
network_answer answer_of(const interconnect_spec& spec, const network_workload& workload,
                         std::int64_t most_train_hops = 4'000'000);

/// One level of this shape: 1 GB/s, 10 ns a link, packets of 1000 B with 24 B of header.
interconnect_spec plain_network(network_shape shape, std::vector<int> sizes);

constexpr std::int64_t ns = 1'000'000;

}  // namespace lamina::sysc
