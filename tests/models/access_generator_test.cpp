// SPDX-License-Identifier: Apache-2.0
// The generator that both paths share yields what its stream describes.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "lamina/models/access_stream.h"

namespace lamina {
namespace {

access_stream stream_of(access_pattern pattern, std::int64_t requests) {
  access_stream stream;
  stream.pattern = pattern;
  stream.base = 4096;
  stream.total_bytes = static_cast<std::uint64_t>(requests) * stream.request_bytes;
  return stream;
}

std::vector<access_request> all_of(const access_stream& stream, std::uint64_t seed = 1) {
  access_generator generator(stream, seed, 0);
  std::vector<access_request> found;
  while (!generator.done()) found.push_back(generator.next());
  return found;
}

TEST(access_generator, walks_a_sequential_stream_in_order) {
  const auto found = all_of(stream_of(access_pattern::sequential, 100));
  ASSERT_EQ(found.size(), 100U);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].address, 4096 + 64 * i);
}

TEST(access_generator, covers_the_whole_range_of_a_strided_stream) {
  access_stream stream = stream_of(access_pattern::strided, 64);
  stream.stride_bytes = 512;
  stream.range_bytes = 64 * 64;
  std::set<std::uint64_t> seen;
  for (const access_request& one : all_of(stream)) {
    EXPECT_GE(one.address, stream.base);
    EXPECT_LE(one.address + one.bytes, stream.end_address());
    seen.insert(one.address);
  }
  EXPECT_EQ(seen.size(), 64U);
}

TEST(access_generator, repeats_itself_for_a_seed_and_differs_for_another) {
  access_stream stream = stream_of(access_pattern::random, 500);
  stream.read_fraction = 0.5;
  stream.range_bytes = 1 << 24;
  const auto first = all_of(stream, 7);
  const auto again = all_of(stream, 7);
  const auto other = all_of(stream, 8);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].address, again[i].address);
    EXPECT_EQ(first[i].write, again[i].write);
    EXPECT_LE(first[i].address + 64, stream.end_address());
    differ += first[i].address != other[i].address ? 1U : 0U;
  }
  EXPECT_GT(differ, 400U);
}

TEST(access_generator, draws_reads_and_followers_with_their_fractions) {
  access_stream stream = stream_of(access_pattern::random, 20000);
  stream.read_fraction = 0.7;
  stream.hit_fraction = 0.4;
  stream.range_bytes = 1 << 28;
  const auto found = all_of(stream);
  double reads = 0;
  double follows = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    reads += found[i].write ? 0 : 1;
    follows += i > 0 && found[i].address == found[i - 1].address + 64 ? 1 : 0;
  }
  EXPECT_NEAR(reads / 20000, 0.7, 0.02);
  EXPECT_NEAR(follows / 20000, 0.4, 0.02);
}

TEST(access_generator, spaces_requests_by_the_rate) {
  access_stream stream = stream_of(access_pattern::sequential, 50);
  stream.rate_bytes_per_s = 64e9;
  const auto found = all_of(stream);
  for (std::size_t i = 1; i < found.size(); ++i) {
    EXPECT_NEAR(to_nanoseconds(found[i].earliest - found[i - 1].earliest), 1, 1e-5);
  }
}

TEST(access_generator, skips_to_the_same_place_of_a_sequential_stream) {
  const access_stream stream = stream_of(access_pattern::sequential, 100);
  access_generator generator(stream, 1, 0);
  generator.skip(42);
  EXPECT_EQ(generator.left(), 58);
  EXPECT_EQ(generator.next().address, all_of(stream)[42].address);
}

}  // namespace
}  // namespace lamina
