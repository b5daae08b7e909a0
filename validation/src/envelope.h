// SPDX-License-Identifier: Apache-2.0
// What makes an output reproducible: program version, hash of the input, seed.
#pragma once

#include <nlohmann/json.hpp>

#include "lamina/validation/validate.h"

namespace lamina::validation {

/// `configuration_hash` covers the options that decide the answer and every byte of the reference
/// files, so equal envelopes mean equal answers.
nlohmann::ordered_json envelope_of(const validate_options& options);

}  // namespace lamina::validation
