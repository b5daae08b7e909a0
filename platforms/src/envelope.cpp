// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/envelope.h"

#include <fmt/format.h>

namespace lamina::platforms {
namespace {

constexpr std::uint64_t prime = 0x100000001b3U;

}  // namespace

std::string_view version() { return LAMINA_VERSION; }

void input_hash::add(std::string_view text) {
  for (const char c : text) {
    state_ ^= static_cast<unsigned char>(c);
    state_ *= prime;
  }
  state_ ^= 0xff;
  state_ *= prime;
}

std::string input_hash::text() const { return fmt::format("{:016x}", state_); }

std::string to_text(const envelope& of) {
  return fmt::format("lamina {}, configuration {}, seed {}", version(), of.configuration_hash,
                     of.seed);
}

}  // namespace lamina::platforms
