// SPDX-License-Identifier: Apache-2.0
// How far an address map spreads the requests that a stream has under way at one time.
#pragma once

#include <vector>

#include "lamina/models/access_stream.h"
#include "lamina/models/address_map.h"
#include "lamina/models/dram_stack.h"

namespace lamina::analytical {

/// Numbers of places, in the mean.
struct map_spread {
  double buses = 1, ports = 1, units = 1, groups = 1, banks = 1;
  double rows = 1;  ///< of all banks
};

/// Counts from the digits of the map alone. A digit takes a new value every `weight` bytes, so that
/// a window of neighbours gives it window / weight values, up to its radix; a stride that is a
/// multiple of all that a digit spans leaves it at one value, other strides take the steps that are
/// prime to its radix. A bit into which a hash brings another one takes both values as soon as
/// either does. Places are the products of these. What it leaves out: hashes that share a source,
/// and windows across the border of a digit.
class address_spread {
 public:
  explicit address_spread(const dram_stack_spec& spec);

  /// Of `requests` of a stream, one behind the other. A random stream has runs of neighbours, each
  /// anywhere in its range.
  map_spread of(const access_stream& stream, double requests) const;
  /// Of all that a random stream could touch.
  map_spread of_range(const access_stream& stream) const;

  /// Neighbours in one row before another row of its bank comes.
  double row_visit_bytes() const { return row_visit_bytes_; }
  /// Neighbours in one bank before another bank comes.
  double bank_run_bytes() const { return bank_run_bytes_; }

 private:
  struct digit {
    address_field field;
    double scale;       ///< of the field that a step of it spans
    double weight;      ///< bytes that it spans
    double radix;       ///< values
    double hashed = 0;  ///< the least weight of what a hash brings in; 0: nothing
  };
  /// Bytes.
  struct walk {
    access_pattern pattern;
    double request, range, stride;
  };
  void hash(const address_xor& bit);
  static double values(double weight, double radix, const walk& w, double requests);
  map_spread spread(const walk& w, double requests) const;

  std::vector<digit> digits_;
  double connected_layers_;
  bool bus_of_port_;
  double row_visit_bytes_;
  double bank_run_bytes_;
};

}  // namespace lamina::analytical
