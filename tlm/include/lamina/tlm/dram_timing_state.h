// SPDX-License-Identifier: Apache-2.0
// When each command becomes legal on one command bus: the DRAM's side of the timing rules.
#pragma once
// (being written)
