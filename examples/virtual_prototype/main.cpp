// SPDX-License-Identifier: Apache-2.0
// A virtual prototype with Lamina's DRAM stack behind initiators that know nothing of it: a
// processor fills a buffer and a DMA engine fetches it back. The part comes from a YAML file.
#include <fmt/format.h>

#include <cstdint>
#include <systemc>
#include <vector>

#include "cpu.h"
#include "dma_engine.h"
#include "lamina/tlm/dram_stack.h"
#include "part_file.h"

namespace {

constexpr std::uint64_t buffer_address = 0x100000;
constexpr std::uint32_t block_bytes = 4096;
constexpr std::uint32_t blocks = 256;

unsigned char pattern(std::uint64_t offset) {
  return static_cast<unsigned char>(offset * 7 + (offset >> 12));
}

/// What the processor runs. True when every store was answered well and the DMA engine brought
/// back what was stored.
bool fill_and_fetch(cpu& core, dma_engine& dma) {
  std::vector<unsigned char> block(block_bytes);
  bool good = true;
  for (std::uint64_t offset = 0; offset < std::uint64_t{blocks} * block_bytes;
       offset += block_bytes) {
    for (std::uint64_t i = 0; i < block_bytes; ++i) block[i] = pattern(offset + i);
    good = core.store(buffer_address + offset, block) && good;
  }
  const sc_core::sc_time filled = sc_core::sc_time_stamp();
  fmt::print("cpu: stored {} KiB in {:.2f} us\n", blocks * block_bytes / 1024,
             filled.to_seconds() * 1e6);

  dma.start.notify(sc_core::SC_ZERO_TIME);
  sc_core::wait(dma.finished);
  const sc_core::sc_time took = sc_core::sc_time_stamp() - filled;
  fmt::print("dma: fetched {} KiB in {:.2f} us, {:.1f} GB/s\n", blocks * block_bytes / 1024,
             took.to_seconds() * 1e6, blocks * block_bytes / took.to_seconds() * 1e-9);
  good = good && dma.failed == 0;
  for (std::uint64_t i = 0; i < dma.destination.size(); ++i) {
    good = good && dma.destination[i] == pattern(i);
  }
  fmt::print("data: {}\n", good ? "as stored" : "DIFFERENT");
  return good;
}

}  // namespace

int sc_main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: virtual_prototype PART.yaml\n");
    return 2;
  }
  const auto part = read_part_file(argv[1]);
  if (!part) return 2;

  bool good = false;
  lamina::sysc::dram_stack stack("stack", *part);
  dma_engine dma("dma", buffer_address, block_bytes, blocks, 16);
  cpu core("core", [&](cpu& self) { good = fill_and_fetch(self, dma); });
  core.socket.bind(stack.socket);
  dma.socket.bind(stack.socket);
  sc_core::sc_start();

  lamina::memory_result result;
  lamina::memory_demand demand;
  stack.report(lamina::from_seconds(sc_core::sc_time_stamp().to_seconds()), result, demand);
  fmt::print("{}: {} activations, {} row hits of {} bursts, {:.1f} uJ\n", part->name,
             result.counts.activates, result.counts.row_hits,
             result.counts.reads + result.counts.writes, result.energy.total_j() * 1e6);
  return good ? 0 : 1;
}
