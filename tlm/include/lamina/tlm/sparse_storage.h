// SPDX-License-Identifier: Apache-2.0
// Bytes of a large memory of which little is ever touched.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace lamina::sysc {

/// Pages appear when they are first written; what was never written reads as zero.
class sparse_storage {
 public:
  void read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const;
  void write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes);
  std::size_t pages() const { return pages_.size(); }

 private:
  static constexpr std::uint64_t page_bytes = 4096;
  using page = std::array<unsigned char, page_bytes>;
  std::unordered_map<std::uint64_t, std::unique_ptr<page>> pages_;
};

}  // namespace lamina::sysc
