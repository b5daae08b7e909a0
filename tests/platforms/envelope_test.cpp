// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/envelope.h"

#include <gtest/gtest.h>

namespace lamina::platforms {
namespace {

std::string hash_of(std::initializer_list<std::string_view> texts) {
  input_hash hash;
  for (const std::string_view text : texts) hash.add(text);
  return hash.text();
}

TEST(envelope, hash_of_nothing_is_the_offset_basis_of_fnv_1a) {
  EXPECT_EQ(hash_of({}), "cbf29ce484222325");
}

TEST(envelope, hash_keeps_texts_apart) {
  EXPECT_NE(hash_of({"a", "bc"}), hash_of({"ab", "c"}));
  EXPECT_EQ(hash_of({"a", "bc"}), hash_of({"a", "bc"}));
}

TEST(envelope, reads_as_version_configuration_and_seed) {
  EXPECT_EQ(to_text({"lamina run", "0123456789abcdef", 7}),
            "lamina " + std::string(version()) + ", configuration 0123456789abcdef, seed 7");
}

}  // namespace
}  // namespace lamina::platforms
