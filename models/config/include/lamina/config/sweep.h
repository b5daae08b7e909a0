// SPDX-License-Identifier: Apache-2.0
// The axes that a platform file is swept over: its `sweep:` section.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lamina/config/memory_platform.h"

namespace lamina::config {

/// One value of an axis: what people call it, and what it sets.
struct sweep_value {
  std::string label;
  std::vector<std::string> settings;  ///< "a.b=value", as `--set` takes them
};

/// One axis. `path: [4, 8]` varies a parameter; `name: {half: {path: 4, other: 8}, ...}` sets
/// several at once under a label. A value may depend on what stands before it in the sweep:
/// `path: = other / 2` (whole numbers, `*` or `/`).
struct sweep_axis {
  std::string name;
  std::vector<sweep_value> values;
};

/// The settings behind `before`, those that depend on earlier ones resolved. Throws
/// std::invalid_argument for one that cannot be; load_sweep() told of those.
std::vector<std::string> resolved_settings(std::vector<std::string> before,
                                           const std::vector<std::string>& more);

/// Whether a file has a `sweep:` section.
bool has_sweep(const load_request& request);

/// The axes of a file's `sweep:` section, in the file's order; empty when there is none, or when
/// anything in it is wrong, which `found` then tells.
std::vector<sweep_axis> load_sweep(const load_request& request, diagnostics& found);

/// One value of an axis: what the others are held against.
struct sweep_reference {
  std::size_t axis = 0;
  std::size_t value = 0;
};

/// `compare: {axis: label}` beside a file's `sweep:`, whose axes are `axes`; empty when there is
/// none, or when it names no value of theirs, which `found` then tells.
std::optional<sweep_reference> load_reference(const load_request& request,
                                              const std::vector<sweep_axis>& axes,
                                              diagnostics& found);

/// The same from any map of axes, such as a space's, over the platform of `request`.
std::vector<sweep_axis> read_axes(const node& axes, const load_request& request,
                                  diagnostics& found);

}  // namespace lamina::config
