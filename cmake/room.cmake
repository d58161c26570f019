# A room is one folder, one library and one owner concept. Each room has its own include root, so it
# sees its own headers and those of the rooms it names in USES, and no others: an include that
# points the wrong way is a missing file, not a review comment.
#
#   sluice_room(store USES cuda)
#
# takes every store/*.cpp and store/detail/*.cpp. Public headers are store/*.hpp, private ones stand
# in store/detail/. With ONE_HEADER it is testing/testing.hpp alone, as <sluice/testing.hpp>.

# A folder that holds nothing but sluice/<name> -> <folder>.
function(sluice_include_root out name folder)
  set(root ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root}/sluice)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${root}/sluice/${name} SYMBOLIC)
  set(${out} ${root} PARENT_SCOPE)
endfunction()

function(sluice_room room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ONE_HEADER" "" "USES")
  if(arg_ONE_HEADER)
    set(root ${PROJECT_BINARY_DIR}/rooms/${room})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${root}/sluice SYMBOLIC)
    set(headers ${root}/sluice/${room}.hpp)
  else()
    sluice_include_root(root ${room} ${room})
    file(GLOB headers CONFIGURE_DEPENDS ${root}/sluice/${room}/*.hpp)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/${room}/*.cpp ${PROJECT_SOURCE_DIR}/${room}/detail/*.cpp)
  list(TRANSFORM arg_USES PREPEND sluice::)

  add_library(sluice_${room} STATIC ${sources})
  add_library(sluice::${room} ALIAS sluice_${room})
  target_sources(sluice_${room} PUBLIC FILE_SET HEADERS BASE_DIRS ${root} FILES ${headers})
  target_link_libraries(sluice_${room}
    PUBLIC ${arg_USES} PRIVATE $<BUILD_INTERFACE:sluice_warnings>)
  target_compile_features(sluice_${room} PUBLIC cxx_std_20)
  set_target_properties(sluice_${room} PROPERTIES
    CXX_EXTENSIONS OFF VERIFY_INTERFACE_HEADER_SETS ON EXPORT_NAME ${room})
  install(TARGETS sluice_${room} EXPORT SluiceTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()
