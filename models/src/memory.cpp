// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/memory.h"

namespace lamina {

std::string_view name_of(memory_limit limit) {
  switch (limit) {
    case memory_limit::offered_rate:
      return "offered_rate";
    case memory_limit::in_flight:
      return "in_flight";
    case memory_limit::port:
      return "port";
    case memory_limit::turnaround:
      return "turnaround";
    case memory_limit::activation:
      return "activation";
    case memory_limit::bank:
      return "bank";
    case memory_limit::refresh:
      return "refresh";
    case memory_limit::command_bus:
      return "command_bus";
  }
  return "unknown";
}

}  // namespace lamina
