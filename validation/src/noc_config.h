// SPDX-License-Identifier: Apache-2.0
// Names of networks on chip in reference files.
#pragma once

#include <string>
#include <string_view>

#include "lamina/models/interconnect.h"

namespace lamina::validation {

/// Reads a name such as mesh8x8, torus4x4x4, ring16, switch8, alltoall8 or fattree64 into `level`,
/// and what follows it after '_' or '-': vc2 or 2vc (virtual channels), buf16 or b16 (flits of
/// each). The arity of a fat tree is 4 where its endpoints are a power of 4, else the smallest that
/// fits, or as in fattree_k4n3. Words without a number (dor, uniform) say nothing about the network
/// and are passed over. What the name leaves open stays as it is. Returns what is wrong; empty when
/// nothing is.
std::string read_noc_name(std::string_view name, network_level& level);

}  // namespace lamina::validation
