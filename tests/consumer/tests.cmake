# The tests of the installed package: each installs this build into a folder of its own and builds
# the project in this folder against it.
if(CMAKE_CXX_FLAGS MATCHES "fsanitize")
  return()  # a program that links these archives would need the same flags
endif()

# What `cmake --install` wants to be built: `./dev test consumer` builds it.
add_custom_target(sluice_consumer_tests DEPENDS sluice_runtime sluice_kernels sluice_testing)
set(cases readme cmake moved_prefix pkg_config refusals contents)
set(has_module "")
if(TARGET sluice_cuda_driver)
  add_dependencies(sluice_consumer_tests sluice_cuda_driver)
  list(APPEND cases cuda_kernels)
  set(has_module yes)
endif()
set(has_command "")
if(TARGET sluice_command)
  set(has_command yes)
  add_dependencies(sluice_consumer_tests sluice_command)
endif()

get_target_property(thrust_include sluice::thrust INTERFACE_INCLUDE_DIRECTORIES)
if(thrust_include STREQUAL "/usr/include")
  set(thrust_include "")
else()
  set(thrust_include "-isystem ${thrust_include}")
endif()

foreach(case ${cases})
  set(scratch ${PROJECT_BINARY_DIR}/consumer/${case})
  file(MAKE_DIRECTORY ${scratch})
  add_test(NAME consumer.${case}
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/check.sh ${case} ${scratch})
  set_tests_properties(consumer.${case} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "CMAKE=${CMAKE_COMMAND};BUILD=${PROJECT_BINARY_DIR};SOURCE=${PROJECT_SOURCE_DIR};\
CXX=${CMAKE_CXX_COMPILER};LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER};HAS_MODULE=${has_module};\
HAS_COMMAND=${has_command};VERSION=${PROJECT_VERSION};THRUST_INCLUDE=${thrust_include}")
endforeach()
