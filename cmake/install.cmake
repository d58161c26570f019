# What `cmake --install` lays down, for find_package(Sluice CONFIG) and pkg-config. Nothing in it
# names the prefix: an installed tree may be moved.
include(CMakePackageConfigHelpers)

set(sluice_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Sluice)

install(EXPORT SluiceTargets NAMESPACE sluice:: DESTINATION ${sluice_package_folder})
# Kernels of other projects use the Thrust that ours were compiled with.
if(sluice_thrust_version LESS 300000)
  set(thrust_kind debian)
else()
  set(thrust_kind cccl)
endif()
set(has_hwloc OFF)
if(TARGET sluice::hwloc)
  set(has_hwloc ON)
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/SluiceConfig.cmake.in
  ${PROJECT_BINARY_DIR}/SluiceConfig.cmake INSTALL_DESTINATION ${sluice_package_folder}
  NO_CHECK_REQUIRED_COMPONENTS_MACRO NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SluiceConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)  # before 1.0 a minor version may change the interface
install(FILES ${PROJECT_BINARY_DIR}/SluiceConfig.cmake
  ${PROJECT_BINARY_DIR}/SluiceConfigVersion.cmake
  DESTINATION ${sluice_package_folder})
foreach(file dependencies.cmake thrust.cmake kernels.cmake cuda_kernels.exports)
  install(FILES ${CMAKE_CURRENT_LIST_DIR}/${file} DESTINATION ${sluice_package_folder})
endforeach()

# Public headers are the rooms' file sets; the private ones they include are found at install time.
install(CODE "set(sluice_source ${PROJECT_SOURCE_DIR})
set(sluice_include ${CMAKE_INSTALL_INCLUDEDIR}/sluice)")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_private_headers.cmake)

set(private_libraries "-lxxhash")
if(TARGET sluice::hwloc)
  string(APPEND private_libraries " -lhwloc")
endif()
set(module_rpath "")
if(TARGET sluice_cuda_driver)
  set(module_rpath " -Wl,-rpath,\${libdir}/sluice")
endif()
file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/sluice.pc.in ${PROJECT_BINARY_DIR}/sluice.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sluice.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
