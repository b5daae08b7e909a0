// SPDX-License-Identifier: Apache-2.0
// What every target of ours does with a generic payload: check it, move its bytes, debug access.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tlm>

#include "lamina/tlm/sparse_storage.h"

namespace lamina::sysc {

inline ::tlm::tlm_response_status check_payload(const ::tlm::tlm_generic_payload& payload,
                                                std::uint64_t capacity) {
  if (payload.get_data_length() == 0 || payload.get_streaming_width() == 0) {
    return ::tlm::TLM_BURST_ERROR_RESPONSE;
  }
  const std::uint64_t span = std::min(payload.get_data_length(), payload.get_streaming_width());
  if (payload.get_address() >= capacity || span > capacity - payload.get_address()) {
    return ::tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) {
    return ::tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  return ::tlm::TLM_OK_RESPONSE;
}

/// Copies between payload and storage, run by run of enabled bytes.
inline void move_payload(::tlm::tlm_generic_payload& payload, sparse_storage& storage) {
  unsigned char* data = payload.get_data_ptr();
  if (data == nullptr || payload.is_read() == payload.is_write()) return;
  const std::uint64_t length = payload.get_data_length();
  const std::uint64_t width = payload.get_streaming_width();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const auto copy = [&](std::uint64_t offset, std::uint64_t bytes) {
    const std::uint64_t address = payload.get_address() + offset % width;
    if (payload.is_read()) {
      storage.read(address, data + offset, bytes);
    } else {
      storage.write(address, data + offset, bytes);
    }
  };
  if (enables == nullptr) {
    for (std::uint64_t offset = 0; offset < length; offset += width) {
      copy(offset, std::min(width, length - offset));
    }
    return;
  }
  for (std::uint64_t offset = 0; offset < length; ++offset) {
    if (enables[offset % payload.get_byte_enable_length()] != 0) copy(offset, 1);
  }
}

/// Serves debug transport; the number of bytes that it reached.
inline unsigned int debug_payload(::tlm::tlm_generic_payload& payload, sparse_storage& storage,
                                  std::uint64_t capacity) {
  const std::uint64_t address = payload.get_address();
  unsigned char* data = payload.get_data_ptr();
  if (data == nullptr || address >= capacity || payload.is_read() == payload.is_write()) return 0;
  const std::uint64_t bytes =
      std::min<std::uint64_t>(payload.get_data_length(), capacity - address);
  if (payload.is_read()) {
    storage.read(address, data, bytes);
  } else {
    storage.write(address, data, bytes);
  }
  return static_cast<unsigned int>(bytes);
}

}  // namespace lamina::sysc
