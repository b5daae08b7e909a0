// SPDX-License-Identifier: Apache-2.0
// From the files and options of a command to platforms, with all problems told at once.
#pragma once

#include <string>
#include <vector>

#include "arguments.h"
#include "lamina/config/memory_platform.h"
#include "lamina/config/sweep.h"
#include "lamina/platforms/envelope.h"
#include "lamina/platforms/evaluate.h"
#include "lamina/platforms/sweep.h"

namespace lamina::app {

/// One configuration to evaluate: a file, or one point of its sweep.
struct input_point {
  platforms::sweep_point at;  ///< empty without a sweep
  config::memory_platform platform;
};

struct input_file {
  std::string file;
  std::vector<input_point> points;
  platforms::envelope envelope;
};

/// `--set`, `--seed`, in the order in which they override.
std::vector<option> setting_options();
std::vector<std::string> settings_of(const arguments& given);

/// Whether a DRAM part alone will do: it has parameters but no workload.
enum class part_files { allowed, refused };

/// All files that were given, with their sweeps. Problems go to stderr, and a file with errors has
/// no points.
std::vector<input_file> load_inputs(const arguments& given, const std::string& program,
                                    part_files parts);

/// One `--fidelity`: a component, or "*" for all.
struct component_fidelity {
  std::string component;
  platforms::fidelity how = platforms::fidelity::analytical;
};
/// In the order in which they were given. Throws usage_error for one that is not understood.
std::vector<component_fidelity> component_fidelities(const arguments& given);
/// What a kind of platform has to choose a fidelity for, beside '*'.
struct fidelity_choice {
  std::vector<std::string> components;
  std::string sentence;  ///< for a reader who named another, such as "a network has ..."
};
/// The fidelities that `--fidelity` asks for, the last where it is repeated; both without it.
/// Throws usage_error for a component that `choice` does not have.
std::vector<platforms::fidelity> fidelities_of(const arguments& given,
                                               const fidelity_choice& choice);
/// Of a chip, or a sweep: everything in the same fidelity.
fidelity_choice whole_fidelity(const std::string& of);
option fidelity_option();

}  // namespace lamina::app
