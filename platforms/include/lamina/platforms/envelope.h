// SPDX-License-Identifier: Apache-2.0
// What makes an output reproducible: program version, hash of the inputs, seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lamina::platforms {

/// Of the program, as in "0.1.0".
std::string_view version();

/// FNV-1a, 64 bits: names inputs, protects nothing.
class input_hash {
 public:
  /// Texts stay apart: "a", "bc" is another input than "ab", "c".
  void add(std::string_view text);
  std::string text() const;  ///< 16 hexadecimal digits

 private:
  std::uint64_t state_ = 0xcbf29ce484222325U;
};

/// Equal envelopes of one program mean equal answers.
struct envelope {
  std::string program;  ///< "lamina run"
  std::string configuration_hash;
  std::uint64_t seed = 0;
};

/// "lamina 0.1.0, configuration 8292dd90de9d3e6d, seed 1"
std::string to_text(const envelope& of);

}  // namespace lamina::platforms
