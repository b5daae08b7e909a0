// SPDX-License-Identifier: Apache-2.0
// What is wrong with a spec, in words that a reader can act on.
#pragma once

#include <string>

namespace lamina {

struct spec_problem {
  std::string path;        ///< of the parameter in its spec, such as "timings.tRC"
  std::string message;     ///< what is wrong, and what was expected
  std::string suggestion;  ///< what to do about it; may be empty
};

}  // namespace lamina
