# SPDX-License-Identifier: Apache-2.0
# Installs what makes the libraries a CMake package, and the configurations that ship.
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/lamina-config.cmake.in"
  "${PROJECT_BINARY_DIR}/lamina-config.cmake" INSTALL_DESTINATION "${LAMINA_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/lamina-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/lamina-config.cmake"
  "${PROJECT_BINARY_DIR}/lamina-config-version.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/lamina_systemc.cmake"
  DESTINATION "${LAMINA_PACKAGE_DIR}" COMPONENT models)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/configs" DESTINATION "${CMAKE_INSTALL_DATADIR}/lamina"
  COMPONENT configs)
