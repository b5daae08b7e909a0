# SPDX-License-Identifier: Apache-2.0
# Finds SystemC as target SystemC::systemc: an existing target, a CMake package, pkg-config, then
# SYSTEMC_HOME. Links a program against it, because a SystemC built for another C++ standard fails
# only at link time.
include_guard(GLOBAL)

if(NOT TARGET SystemC::systemc)
  find_package(SystemCLanguage CONFIG QUIET)
endif()
if(NOT TARGET SystemC::systemc)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(LAMINA_SYSTEMC QUIET systemc)
    if(LAMINA_SYSTEMC_FOUND)
      add_library(SystemC::systemc INTERFACE IMPORTED GLOBAL)
      set_target_properties(SystemC::systemc PROPERTIES
        INTERFACE_LINK_LIBRARIES "${LAMINA_SYSTEMC_LINK_LIBRARIES}"
        INTERFACE_INCLUDE_DIRECTORIES "${LAMINA_SYSTEMC_INCLUDE_DIRS}")
    endif()
  endif()
endif()
if(NOT TARGET SystemC::systemc)
  set(SYSTEMC_HOME "$ENV{SYSTEMC_HOME}" CACHE PATH "Where SystemC is installed")
  find_library(LAMINA_SYSTEMC_LIBRARY systemc HINTS "${SYSTEMC_HOME}"
    PATH_SUFFIXES lib lib-linux64 lib64)
  find_path(LAMINA_SYSTEMC_INCLUDE systemc HINTS "${SYSTEMC_HOME}/include")
  if(LAMINA_SYSTEMC_LIBRARY AND LAMINA_SYSTEMC_INCLUDE)
    add_library(SystemC::systemc UNKNOWN IMPORTED GLOBAL)
    set_target_properties(SystemC::systemc PROPERTIES
      IMPORTED_LOCATION "${LAMINA_SYSTEMC_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${LAMINA_SYSTEMC_INCLUDE}")
  else()
    message(FATAL_ERROR "SystemC was not found. On Debian: apt-get install libsystemc-dev. "
      "Elsewhere: set SYSTEMC_HOME to the folder that holds include/systemc and lib.")
  endif()
endif()

include(CheckCXXSourceCompiles)
function(lamina_check_systemc_links)
  set(CMAKE_REQUIRED_LIBRARIES SystemC::systemc)
  set(CMAKE_REQUIRED_FLAGS "-std=c++17")
  check_cxx_source_compiles("
    #include <systemc>
    #include <tlm>
    int sc_main(int, char**) { sc_core::sc_start(); return 0; }" LAMINA_SYSTEMC_LINKS)
  if(NOT LAMINA_SYSTEMC_LINKS)
    message(FATAL_ERROR "SystemC was found but a C++17 program does not link with it. It was "
      "probably built for another C++ standard: rebuild it with CMAKE_CXX_STANDARD=17.")
  endif()
endfunction()
lamina_check_systemc_links()
