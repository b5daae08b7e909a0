// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/access_stream.h"

#include <algorithm>

namespace lamina {

access_generator::access_generator(const access_stream& stream, std::uint64_t seed,
                                   std::size_t stream_index)
    : stream_(stream),
      engine_(seed * 0x9E3779B97F4A7C15U + stream_index + 1),
      requests_(stream.requests()) {
  const std::uint64_t bytes = std::max<std::uint64_t>(stream.request_bytes, 1);
  const std::uint64_t range = stream.range_bytes != 0 ? stream.range_bytes : stream.total_bytes;
  slots_ = std::max<std::uint64_t>(range / bytes, 1);
  if (stream.rate_bytes_per_s > 0) {
    interval_fs_ = static_cast<double>(bytes) / stream.rate_bytes_per_s * 1e15;
  }
}

/// Start of a lap, modulo this: another stride, as far as the range has room for one.
std::uint64_t access_generator::lap_step() const {
  const std::uint64_t bytes = stream_.request_bytes;
  const std::uint64_t room = (slots_ - 1) * bytes + 1;
  return std::max<std::uint64_t>(std::min(stream_.stride_bytes, room), 1);
}

double access_generator::draw_unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

std::uint64_t access_generator::draw_slot() {
  const std::uint64_t drawn = engine_();
  // The same remainder without a division, for the usual power of two.
  return (slots_ & (slots_ - 1)) == 0 ? drawn & (slots_ - 1) : drawn % slots_;
}

std::uint64_t access_generator::next_offset() {
  const std::uint64_t bytes = stream_.request_bytes;
  const std::uint64_t span = slots_ * bytes;
  switch (stream_.pattern) {
    case access_pattern::strided: {
      const std::uint64_t offset = offset_;
      offset_ += stream_.stride_bytes;
      if (offset_ + bytes > span) {
        // Each lap starts one request further, so that the laps together visit the whole range.
        lap_ = (lap_ + bytes) % lap_step();
        offset_ = lap_;
      }
      return offset;
    }
    case access_pattern::random: {
      const bool follows =
          issued_ > 0 && stream_.hit_fraction > 0 && draw_unit() < stream_.hit_fraction;
      offset_ = follows ? (offset_ + bytes) % span : draw_slot() * bytes;
      return offset_;
    }
    case access_pattern::sequential:
    case access_pattern::trace:
      break;
  }
  const std::uint64_t offset = offset_;
  offset_ += bytes;
  if (offset_ >= span) offset_ -= span;
  return offset;
}

void access_generator::skip(std::int64_t requests) {
  issued_ += requests;
  const std::uint64_t bytes = stream_.request_bytes;
  const std::uint64_t span = slots_ * bytes;
  const auto count = static_cast<std::uint64_t>(requests);
  if (stream_.pattern == access_pattern::sequential) {
    offset_ = (offset_ + count % slots_ * bytes) % span;
  } else if (stream_.pattern == access_pattern::strided) {
    // Whole laps, then to the same place of a lap; the few requests of a broken lap do not matter.
    const std::uint64_t stride = std::max<std::uint64_t>(stream_.stride_bytes, 1);
    const std::uint64_t lap_requests = (span - bytes) / stride + 1;
    const std::uint64_t laps = count / lap_requests;
    lap_ = (lap_ + laps % lap_step() * bytes) % lap_step();
    offset_ = lap_ + count % lap_requests * stride;
    if (offset_ + bytes > span) offset_ = lap_;
  }
}

access_request access_generator::next() {
  access_request request;
  if (stream_.pattern == access_pattern::trace) {
    const trace_entry& entry = stream_.trace[static_cast<std::size_t>(issued_)];
    request = {entry.address, entry.bytes, entry.write, entry.time};
  } else {
    request.address = stream_.base + next_offset();
    request.bytes = stream_.request_bytes;
    request.write = stream_.read_fraction < 1 && draw_unit() >= stream_.read_fraction;
    request.earliest =
        femtoseconds{static_cast<std::int64_t>(static_cast<double>(issued_) * interval_fs_)};
  }
  ++issued_;
  return request;
}

}  // namespace lamina
