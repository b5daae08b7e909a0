# SPDX-License-Identifier: Apache-2.0
# Targets for people who change Lamina: format, format-check, accuracy.
include_guard(GLOBAL)

add_custom_target(format COMMAND "${PROJECT_SOURCE_DIR}/scripts/format" VERBATIM)
add_custom_target(format-check COMMAND "${PROJECT_SOURCE_DIR}/scripts/format" --check VERBATIM)
if(TARGET lamina_app)
  add_custom_target(accuracy
    COMMAND "${PROJECT_SOURCE_DIR}/scripts/accuracy" "$<TARGET_FILE:lamina_app>"
    DEPENDS lamina_app USES_TERMINAL VERBATIM)
endif()
