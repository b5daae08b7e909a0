// SPDX-License-Identifier: Apache-2.0
// Wall time of a router and clock of the flit network, against a bare SystemC loop of the same run.
#include "lamina/tlm/flit_network.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <systemc>

namespace {

using lamina::network_level;
using lamina::network_shape;

network_level mesh(int side) {
  network_level level;
  level.shape = network_shape::mesh;
  level.sizes = {side, side};
  level.transport = lamina::network_transport::flits;
  level.bandwidth_bytes_per_s = 32e9;
  return level;
}

struct no_listener : lamina::sysc::message_listener {
  void on_arrival(std::int64_t, lamina::femtoseconds) override {}
  void on_sent(std::int64_t, lamina::femtoseconds) override {}
};

/// Uniform Bernoulli traffic of one-flit messages, from a method at every clock.
struct traffic : sc_core::sc_module {
  SC_HAS_PROCESS(traffic);
  no_listener listener;
  lamina::sysc::flit_network network;
  double load = 0;
  std::mt19937_64 random{1};
  std::int64_t left = 0;
  sc_core::sc_event next;

  traffic(const sc_core::sc_module_name& name, int side)
      : sc_module(name), network("network", mesh(side), listener) {
    SC_METHOD(inject);
    sensitive << next;
    dont_initialize();
  }
  void inject() {
    const auto limit = static_cast<std::uint64_t>(load * 18446744073709551615.0);
    const int endpoints = network.endpoints();
    for (int source = 0; source < endpoints && load > 0; ++source)
      if (random() < limit)
        network.send(source, static_cast<int>(random() % static_cast<unsigned>(endpoints)), 1, 0);
    if (--left > 0) next.notify(sc_core::sc_time(1, sc_core::SC_NS));
  }
  void run(std::int64_t clocks, double at) {
    left = clocks;
    load = at;
    next.notify(sc_core::sc_time(1, sc_core::SC_NS));
    sc_core::sc_start();
  }
};

struct ticker : sc_core::sc_module {
  SC_HAS_PROCESS(ticker);
  sc_core::sc_event next;
  std::int64_t left = 0;
  explicit ticker(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_METHOD(tick);
    sensitive << next;
    dont_initialize();
  }
  void tick() {
    if (--left > 0) next.notify(sc_core::sc_time(1, sc_core::SC_NS));
  }
};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int sc_main(int, char**) {
  constexpr std::int64_t clocks = 50'000;
  constexpr int side = 8;
  ticker bare("bare");
  traffic load("load", side);
  load.run(1000, 0.1);
  bare.left = 1'000'000;
  const double kernel = seconds_of([&] {
    bare.next.notify(sc_core::sc_time(1, sc_core::SC_NS));
    sc_core::sc_start();
  });
  const double activation = kernel / 1e6;
  std::printf("bare SystemC: %.1f M timed activations/s\n", 1e-6 / activation);
  for (const double rate : {0.0, 0.01, 0.1, 0.3, 0.4}) {
    const std::int64_t before = load.network.flit_hops();
    const double spent = seconds_of([&] { load.run(clocks, rate); });
    const double each = spent / static_cast<double>(clocks) / (side * side);
    const auto hops = static_cast<double>(load.network.flit_hops() - before);
    std::printf(
        "mesh %dx%d at %.2f flits/node/clock: %.3f us a router and clock (%.2f activations), "
        "%.2f M flit-hops/s\n",
        side, side, rate, each * 1e6, each / activation, hops / spent * 1e-6);
  }
  return 0;
}
