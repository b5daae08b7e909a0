// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/sparse_storage.h"

#include <algorithm>
#include <cstring>

namespace lamina::sysc {

void sparse_storage::read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const {
  while (bytes > 0) {
    const std::uint64_t offset = address % page_bytes;
    const std::uint64_t count = std::min(bytes, page_bytes - offset);
    const auto found = pages_.find(address / page_bytes);
    if (found == pages_.end()) {
      std::memset(data, 0, count);
    } else {
      std::memcpy(data, found->second->data() + offset, count);
    }
    address += count;
    data += count;
    bytes -= count;
  }
}

void sparse_storage::write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t offset = address % page_bytes;
    const std::uint64_t count = std::min(bytes, page_bytes - offset);
    std::unique_ptr<page>& slot = pages_[address / page_bytes];
    if (slot == nullptr) slot = std::make_unique<page>(page{});
    std::memcpy(slot->data() + offset, data, count);
    address += count;
    data += count;
    bytes -= count;
  }
}

}  // namespace lamina::sysc
