// SPDX-License-Identifier: Apache-2.0
// In a program that was built without MPI.
#include "arguments.h"
#include "rank_team.h"

namespace lamina::app {

struct rank_team::state {
  std::vector<std::size_t> found;
};

rank_team::rank_team() {
  throw usage_error(
      "started by mpirun, and built without MPI; install libboost-mpi-dev and build again, or "
      "start it alone (--shard I/N spreads a space over machines)");
}
rank_team::~rank_team() = default;

void rank_team::evaluate(const explore::space& of, std::vector<std::uint64_t> points, int jobs,
                         std::atomic<bool>& stop, const delivery& deliver) {
  explore::evaluate(of, std::move(points), {jobs, &stop}, deliver);
}

const std::vector<std::size_t>& rank_team::points_by_rank() const { return state_->found; }
void rank_team::serve(const explore::space&, int, std::atomic<bool>&) {}
void rank_team::refuse(const std::string&) {}

}  // namespace lamina::app
