# SPDX-License-Identifier: Apache-2.0
# lamina_library(NAME SOURCES... DEPENDS...): one layer of the code as target lamina::NAME.
include_guard(GLOBAL)
include(GNUInstallDirs)

function(lamina_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(lamina_${name} STATIC ${arg_SOURCES})
  add_library(lamina::${name} ALIAS lamina_${name})
  set_target_properties(lamina_${name} PROPERTIES
    EXPORT_NAME ${name} OUTPUT_NAME lamina_${name} POSITION_INDEPENDENT_CODE ON
    CXX_EXTENSIONS OFF)
  target_compile_features(lamina_${name} PUBLIC cxx_std_17)
  target_include_directories(lamina_${name} PUBLIC
    "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(lamina_${name} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(lamina_${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  endif()
endfunction()
