// SPDX-License-Identifier: Apache-2.0
#include "unit_table.h"

namespace lamina::config {
namespace {

dimension_facts make_facts(dimension what) {
  switch (what) {
    case dimension::number:
      return {{{""}}, "a number without unit, such as 0.5"};
    case dimension::fraction:
      return {{{""}, {"%", 1, 100}}, "a fraction, such as 0.9 or 90 %"};
    case dimension::bytes:
      return {{{"TiB", 0x1p40},
               {"GiB", 0x1p30},
               {"MiB", 0x1p20},
               {"KiB", 0x1p10},
               {"TB", 1e12},
               {"GB", 1e9},
               {"MB", 1e6},
               {"kB", 1e3},
               {"B"}},
              "a size, such as 4 KiB"};
    case dimension::bit_rate:
      return {{{"Tb/s", 1e12},
               {"Tbit/s", 1e12, 1, true},
               {"Gb/s", 1e9},
               {"Gbit/s", 1e9, 1, true},
               {"Mb/s", 1e6},
               {"Mbit/s", 1e6, 1, true},
               {"kb/s", 1e3},
               {"kbit/s", 1e3, 1, true},
               {"b/s"},
               {"bit/s", 1, 1, true}},
              "a bit rate, such as 6.4 Gb/s"};
    case dimension::byte_rate:
      return {{{"TB/s", 1e12},
               {"GB/s", 1e9},
               {"MB/s", 1e6},
               {"kB/s", 1e3},
               {"TiB/s", 0x1p40},
               {"GiB/s", 0x1p30},
               {"MiB/s", 0x1p20},
               {"KiB/s", 0x1p10},
               {"B/s"}},
              "a byte rate, such as 100 GB/s"};
    case dimension::time:
      return {
          {{"s"}, {"ms", 1, 1e3}, {"us", 1, 1e6}, {"ns", 1, 1e9}, {"ps", 1, 1e12}, {"fs", 1, 1e15}},
          "a time, such as 8.75 ns"};
    case dimension::energy:
      return {
          {{"J"}, {"mJ", 1, 1e3}, {"uJ", 1, 1e6}, {"nJ", 1, 1e9}, {"pJ", 1, 1e12}, {"fJ", 1, 1e15}},
          "an energy, such as 277 pJ"};
    case dimension::energy_per_bit:
      return {{{"J/bit"}, {"nJ/bit", 1, 1e9}, {"pJ/bit", 1, 1e12}, {"fJ/bit", 1, 1e15}},
              "an energy per bit, such as 0.3 pJ/bit"};
    case dimension::power:
      return {{{"kW", 1e3}, {"W"}, {"mW", 1, 1e3}, {"uW", 1, 1e6}}, "a power, such as 1.2 W"};
    case dimension::temperature:
      return {{{"C"}}, "a temperature, such as 60 C"};
    case dimension::frequency:
      return {{{"GHz", 1e9}, {"MHz", 1e6}, {"kHz", 1e3}, {"Hz"}}, "a frequency, such as 1.4 GHz"};
  }
  return {};
}

}  // namespace

const dimension_facts& facts_of(dimension what) {
  static const std::vector<dimension_facts> all = [] {
    std::vector<dimension_facts> made;
    for (int i = 0; i <= static_cast<int>(dimension::frequency); ++i) {
      made.push_back(make_facts(static_cast<dimension>(i)));
    }
    return made;
  }();
  return all[static_cast<std::size_t>(what)];
}

}  // namespace lamina::config
