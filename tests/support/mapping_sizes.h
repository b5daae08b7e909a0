// SPDX-License-Identifier: Apache-2.0
// A mapping from the four sizes that most tests need.
#pragma once

#include "lamina/models/mapping_spec.h"

namespace lamina::tests {

inline mapping_spec mapping_of(int tensor, int pipeline, int data, int expert) {
  mapping_spec m;
  m.tensor = tensor;
  m.pipeline = pipeline;
  m.data = data;
  m.expert = expert;
  return m;
}

}  // namespace lamina::tests
