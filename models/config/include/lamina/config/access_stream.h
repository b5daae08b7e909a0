// SPDX-License-Identifier: Apache-2.0
// The parameters of access streams and memory workloads, declared.
#pragma once

#include "lamina/config/mapping.h"
#include "lamina/models/access_stream.h"

namespace lamina::config {

mapping declare(access_stream& stream);
mapping declare(memory_workload& workload);

}  // namespace lamina::config
