# SPDX-License-Identifier: Apache-2.0
# One step of the install tests; see CMakeLists.txt for the variables.
cmake_minimum_required(VERSION 3.22)
set(tree "${WORK}/tree")
set(consumer "${CMAKE_CURRENT_LIST_DIR}/consumer")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "exit status ${status} from: ${command}")
  endif()
endfunction()

function(configure_consumer build)
  file(REMOVE_RECURSE "${build}")
  run("${CMAKE_COMMAND}" -S "${consumer}" -B "${build}" -G "${GENERATOR}"
    "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
    "-DCMAKE_BUILD_TYPE=${CONFIG}" ${ARGN})
endfunction()

function(build_and_run build)
  run("${CMAKE_COMMAND}" --build "${build}")
  foreach(program IN LISTS ARGN)
    run("${build}/${program}")
  endforeach()
endfunction()

if(STEP STREQUAL "tree")
  file(REMOVE_RECURSE "${tree}")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${tree}")
  # SystemC owns the file include/tlm: a folder of that name beside it would break every user.
  if(EXISTS "${tree}/include/tlm" OR NOT EXISTS "${tree}/include/lamina/tlm/dram_stack.h")
    message(FATAL_ERROR "headers are not where they belong, include/lamina")
  endif()
  run("${tree}/bin/lamina" --version)

elseif(STEP STREQUAL "package")
  configure_consumer("${WORK}/package" "-DCMAKE_PREFIX_PATH=${tree}")
  build_and_run("${WORK}/package" ask_analytical ask_tlm)

elseif(STEP STREQUAL "components")
  # Neither models nor analytical may ask for SystemC, so forbid it.
  configure_consumer("${WORK}/components" "-DCMAKE_PREFIX_PATH=${tree}" -DWITH_TLM=OFF
    -DCMAKE_DISABLE_FIND_PACKAGE_SystemCLanguage=ON -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON)
  build_and_run("${WORK}/components" ask_analytical)

elseif(STEP STREQUAL "unknown_component")
  file(REMOVE_RECURSE "${WORK}/unknown")
  execute_process(COMMAND "${CMAKE_COMMAND}" -S "${consumer}" -B "${WORK}/unknown"
    -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_PREFIX_PATH=${tree}"
    -DMORE_COMPONENTS=teleport
    RESULT_VARIABLE status ERROR_VARIABLE text OUTPUT_QUIET)
  if(status EQUAL 0 OR NOT text MATCHES "teleport")
    message(FATAL_ERROR "a component that does not exist was not named:\n${text}")
  endif()

elseif(STEP STREQUAL "pkg_config")
  file(MAKE_DIRECTORY "${WORK}/pkg_config")
  set(ENV{PKG_CONFIG_PATH} "${tree}/${LIBDIR}/pkgconfig")
  foreach(library IN ITEMS models config analytical tlm)
    execute_process(COMMAND pkg-config --cflags --libs lamina-${library}
      OUTPUT_VARIABLE flags RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "pkg-config does not know lamina-${library}")
    endif()
    separate_arguments(flags_${library} UNIX_COMMAND "${flags}")
  endforeach()
  foreach(path IN ITEMS analytical tlm)
    run("${CXX}" -std=c++17 "${consumer}/ask_${path}.cpp" -o "${WORK}/pkg_config/ask_${path}"
      ${flags_${path}})
    run("${WORK}/pkg_config/ask_${path}")
  endforeach()

elseif(STEP STREQUAL "subproject")
  configure_consumer("${WORK}/subproject" "-DLAMINA_SOURCE=${SOURCE}")
  build_and_run("${WORK}/subproject" ask_analytical ask_tlm)

else()
  message(FATAL_ERROR "unknown step '${STEP}'")
endif()
