// SPDX-License-Identifier: Apache-2.0
// What a memory_relay asks of the thing that it puts between requester and memory.
#pragma once

#include <cstdint>
#include <tlm>

namespace lamina::sysc {

/// Hears that a passage is over, at the present simulation time.
class relay_client {
 public:
  virtual ~relay_client() = default;
  virtual void passed(std::int64_t ticket) = 0;
};

/// Takes requests and responses from one side to the other, as long as that takes.
class relay_stage {
 public:
  virtual ~relay_stage() = default;
  /// Begins to take a payload of requester `port` towards the memory or, with `back`, the answer to
  /// it the other way. Calls passed(ticket) later, never from inside.
  virtual void pass(int port, const ::tlm::tlm_generic_payload& payload, bool back,
                    std::int64_t ticket, relay_client& client) = 0;
};

}  // namespace lamina::sysc
