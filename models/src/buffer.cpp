// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/buffer.h"

#include <limits>

namespace lamina {

std::string_view name_of(buffer_limit limit) {
  switch (limit) {
    case buffer_limit::offered_rate:
      return "offered_rate";
    case buffer_limit::requests:
      return "requests";
    case buffer_limit::depth:
      return "depth";
    case buffer_limit::in_flight:
      return "in_flight";
    case buffer_limit::port:
      return "port";
    case buffer_limit::bank:
      return "bank";
  }
  return "unknown";
}

void name_limits(const buffer_demand& demand, buffer_result& result) {
  const double bytes = static_cast<double>(result.read_bytes + result.write_bytes);
  double most = -1;
  for (std::size_t i = 0; i < demand.size(); ++i) {
    result.limits[i] = demand[i] > 0 ? bytes / demand[i] : std::numeric_limits<double>::infinity();
    // Of equal demands the later one is nearer to the metal.
    if (demand[i] < most) continue;
    most = demand[i];
    result.bound_by = static_cast<buffer_limit>(i);
  }
}

void add_energy(const buffer_spec& spec, buffer_result& result) {
  result.energy = {static_cast<double>(result.read_bytes) * spec.read_j_per_byte,
                   static_cast<double>(result.write_bytes) * spec.write_j_per_byte,
                   to_seconds(result.elapsed) * spec.background_w};
}

block_layout::block_layout(const buffer_spec& spec, const buffer_workload& workload)
    : word_bytes(static_cast<std::uint64_t>(spec.bank_bytes)) {
  const auto period = static_cast<std::uint64_t>(spec.bank_period());
  const auto capacity = static_cast<std::uint64_t>(spec.capacity_bytes);
  lap_bytes =
      (capacity - std::min<std::uint64_t>(workload.block_bytes, capacity)) / period * period;
  lap_bytes = std::max(lap_bytes, period);
}

std::uint64_t block_layout::start_of(int requester, int requesters) const {
  const std::uint64_t words = lap_bytes / word_bytes;
  return words * static_cast<std::uint64_t>(requester) / static_cast<std::uint64_t>(requesters) *
         word_bytes;
}

block_generator::block_generator(const buffer_spec& spec, const buffer_workload& workload,
                                 int requester)
    : layout_(spec, workload),
      workload_(workload),
      requester_(requester),
      total_(blocks_of(workload, requester)),
      engine_(workload.seed * 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(requester) + 1),
      offset_(layout_.start_of(requester, workload.requesters)),
      step_(step_of(workload) % layout_.lap_bytes) {
  if (workload.rate_bytes_per_s > 0) {
    const double spacing =
        static_cast<double>(workload.block_bytes) / workload.rate_bytes_per_s * 1e15;
    first_fs_ = spacing * requester;
    interval_fs_ = spacing * workload.requesters;
  }
}

access_request block_generator::next() {
  access_request request;
  if (workload_.pattern == access_pattern::random) {
    const std::uint64_t words = layout_.lap_bytes / layout_.word_bytes;
    request.address = engine_() % words * layout_.word_bytes;
  } else {
    request.address = offset_;
    offset_ += step_;
    if (offset_ >= layout_.lap_bytes) offset_ -= layout_.lap_bytes;
  }
  request.bytes = workload_.block_bytes;
  request.write = writes_among(workload_, requester_, issued_ + 1) >
                  writes_among(workload_, requester_, issued_);
  request.earliest = femtoseconds{
      static_cast<std::int64_t>(first_fs_ + static_cast<double>(issued_) * interval_fs_)};
  ++issued_;
  return request;
}

}  // namespace lamina
