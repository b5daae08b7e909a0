// SPDX-License-Identifier: Apache-2.0
// What draws the report of an exploration.
#pragma once

namespace lamina::app {

/// Plain JavaScript that finds its data in the constant `D` and draws into the page's elements
/// `front`, `parallel` and `errors`. It asks for nothing from outside.
const char* exploration_script();

}  // namespace lamina::app
