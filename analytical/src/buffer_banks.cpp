// SPDX-License-Identifier: Apache-2.0
#include "buffer_banks.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace lamina::analytical {
namespace {

constexpr std::size_t most_banks = 1024;
constexpr double few_words = 512;

/// Words of every bank, as far as regular blocks do not meet all alike.
class bank_loads {
 public:
  explicit bank_loads(std::int64_t banks) : banks_(banks) {
    std::fill_n(loads_.begin(), banks, 0.0);
  }
  void add(std::int64_t bank, double words) {
    loads_[static_cast<std::size_t>(bank)] += words;
    all_ += words;
  }
  double busiest_share() const {
    return *std::max_element(loads_.begin(), loads_.begin() + banks_) / all_;
  }

 private:
  std::int64_t banks_;
  std::array<double, most_banks> loads_;
  double all_ = 0;
};

}  // namespace

/// A block that begins o bytes into a word touches ceil((o + bytes) / word) words. Random blocks
/// begin with a word; regular ones visit all multiples of gcd(step, word).
double words_of_block(const buffer_spec& spec, const buffer_workload& workload) {
  const std::int64_t word = spec.bank_bytes;
  const std::int64_t bytes = workload.block_bytes;
  if (workload.pattern == access_pattern::random) {
    return static_cast<double>((bytes + word - 1) / word);
  }
  const std::int64_t grain = std::gcd(static_cast<std::int64_t>(step_of(workload)), word);
  std::int64_t words = 0;
  for (std::int64_t offset = 0; offset < word; offset += grain) {
    words += (offset + bytes + word - 1) / word;
  }
  return static_cast<double>(words * grain) / static_cast<double>(word);
}

/// Few words are counted one by one.
double share_of_few(const buffer_spec& spec, const buffer_workload& workload) {
  const block_layout layout(spec, workload);
  const auto word = static_cast<std::uint64_t>(spec.bank_bytes);
  const auto unit_words = static_cast<std::uint64_t>(spec.interleave() / spec.bank_bytes);
  const auto banks = static_cast<std::uint64_t>(spec.banks);
  bank_loads loads(spec.banks);
  for (int requester = 0; requester < workload.requesters; ++requester) {
    std::uint64_t address = layout.start_of(requester, workload.requesters);
    for (std::int64_t left = blocks_of(workload, requester); left > 0; --left) {
      const std::uint64_t last = (address + workload.block_bytes - 1) / word;
      for (std::uint64_t w = address / word; w <= last; ++w) {
        loads.add(static_cast<std::int64_t>(w / unit_words % banks), 1);
      }
      address = (address + step_of(workload)) % layout.lap_bytes;
    }
  }
  return loads.busiest_share();
}

/// A regular step of whole interleave units visits the banks first + k * units modulo banks: an
/// orbit of banks / gcd(units, banks), each followed by as many neighbours as a block is long.
/// Other steps drift through the units and meet all banks alike.
double busiest_bank_share(const buffer_spec& spec, const buffer_workload& workload) {
  const std::int64_t banks = spec.banks;
  const std::int64_t unit = spec.interleave();
  const auto step = static_cast<std::int64_t>(step_of(workload));
  const double even = 1.0 / static_cast<double>(banks);
  if (workload.pattern == access_pattern::random) return even;
  const bool few =
      static_cast<double>(workload.blocks) *
          (static_cast<double>(workload.block_bytes) / static_cast<double>(spec.bank_bytes) + 1) <=
      few_words;
  if (few) return share_of_few(spec, workload);
  if (step % unit != 0) return even;
  const std::int64_t units = step / unit % banks;
  const std::int64_t spacing = std::gcd(units, banks);
  const std::int64_t orbit = banks / spacing;
  const std::int64_t bytes = workload.block_bytes;
  if (bytes >= spacing * unit) return even;
  const block_layout layout(spec, workload);
  bank_loads loads(banks);
  for (int requester = 0; requester < workload.requesters; ++requester) {
    const std::int64_t blocks = blocks_of(workload, requester);
    if (blocks == 0) break;
    const auto start = static_cast<std::int64_t>(layout.start_of(requester, workload.requesters));
    const std::int64_t visits = std::min(orbit, blocks);
    const double times = static_cast<double>(blocks) / static_cast<double>(visits);
    const std::int64_t offset = start % unit;
    std::int64_t bank = start / unit % banks;
    for (std::int64_t k = 0; k < visits; ++k) {
      std::int64_t at = bank;
      for (std::int64_t done = 0; done < bytes;) {
        const std::int64_t here = std::min(bytes - done, unit - (offset + done) % unit);
        const std::int64_t word = spec.bank_bytes;
        loads.add(at, times * static_cast<double>((here + word - 1) / word));
        at = at + 1 == banks ? 0 : at + 1;
        done += here;
      }
      bank = (bank + units) % banks;
    }
  }
  return loads.busiest_share();
}

}  // namespace lamina::analytical
