# SPDX-License-Identifier: Apache-2.0
# lamina_library(NAME SOURCES... DEPENDS...): one layer of the code as target lamina::NAME, with its
# package component and its pkg-config file. lamina_warnings(TARGET): the project's warnings.
include_guard(GLOBAL)
include(GNUInstallDirs)

set(LAMINA_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/lamina")

function(lamina_warnings target)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<BOOL:${LAMINA_WARNINGS_AS_ERRORS}>:-Werror>
    # GCC 12 sees uninitialised ghosts in what it inlines from nlohmann-json.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endfunction()

# What a pkg-config user of a library needs for one of its CMake dependencies.
function(lamina_pkg_config_of dependency requires libs)
  if(dependency MATCHES "^lamina::(.+)$")
    set(${requires} "lamina-${CMAKE_MATCH_1}" PARENT_SCOPE)
  elseif(dependency MATCHES "^SystemC::")
    set(${requires} "systemc" PARENT_SCOPE)
  elseif(dependency MATCHES "^(yaml-cpp|fmt)")
    set(${requires} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  elseif(dependency MATCHES "^Boost::program_options")
    set(${libs} "-lboost_program_options" PARENT_SCOPE)
  elseif(dependency STREQUAL "Threads::Threads")
    set(${libs} "-pthread" PARENT_SCOPE)
  endif()
endfunction()

function(lamina_pkg_config name)
  set(all_requires "")
  set(all_libs "")
  foreach(dependency IN LISTS ARGN)
    set(requires "")
    set(libs "")
    lamina_pkg_config_of("${dependency}" requires libs)
    list(APPEND all_requires ${requires})
    list(APPEND all_libs ${libs})
  endforeach()
  list(REMOVE_DUPLICATES all_requires)
  list(REMOVE_DUPLICATES all_libs)
  list(JOIN all_requires " " LAMINA_PC_REQUIRES)
  list(JOIN all_libs " " LAMINA_PC_LIBS)
  set(LAMINA_PC_NAME "${name}")
  file(RELATIVE_PATH LAMINA_PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  string(REGEX REPLACE "/$" "" LAMINA_PC_PREFIX "${LAMINA_PC_PREFIX}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/lamina.pc.in"
    "${CMAKE_CURRENT_BINARY_DIR}/lamina-${name}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/lamina-${name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT ${name})
endfunction()

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
  lamina_warnings(lamina_${name})

  if(LAMINA_INSTALL)
    install(TARGETS lamina_${name} EXPORT lamina-${name}
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${name})
    install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT ${name})
    install(EXPORT lamina-${name} NAMESPACE lamina:: FILE lamina-targets-${name}.cmake
      DESTINATION "${LAMINA_PACKAGE_DIR}" COMPONENT ${name})
    lamina_pkg_config(${name} ${arg_DEPENDS} ${arg_PRIVATE_DEPENDS})
  endif()
endfunction()
