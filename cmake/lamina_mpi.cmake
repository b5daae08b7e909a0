# SPDX-License-Identifier: Apache-2.0
# LAMINA_WITH_MPI: `mpirun lamina explore` spreads a space over processes. On where Boost.MPI is
# found, unless it was said; an explicit ON that cannot be met is an error.
if(DEFINED LAMINA_WITH_MPI AND NOT LAMINA_WITH_MPI)
  message(STATUS "MPI: off, as LAMINA_WITH_MPI says; mpirun lamina explore is refused")
else()
  find_package(MPI QUIET COMPONENTS CXX)
  find_package(Boost 1.74 QUIET COMPONENTS program_options OPTIONAL_COMPONENTS mpi serialization)
  if(MPI_CXX_FOUND AND TARGET Boost::mpi)
    message(STATUS "MPI: on, ${MPI_CXX_LIBRARIES}")
    option(LAMINA_WITH_MPI "Spread explorations over the processes of mpirun" ON)
  elseif(LAMINA_WITH_MPI)
    message(FATAL_ERROR "LAMINA_WITH_MPI is ON, and Boost.MPI or MPI is not found; install "
      "libboost-mpi-dev and openmpi-bin, or leave the option out")
  else()
    message(STATUS "MPI: Boost.MPI is not found (libboost-mpi-dev, openmpi-bin); mpirun lamina "
      "explore will be refused, all else works")
    set(LAMINA_WITH_MPI OFF)
  endif()
endif()
