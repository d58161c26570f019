# The libraries that the archives call, as imported targets: an exported target then names them, and
# no path of the machine it was built on. SluiceConfig.cmake reads this file too.

# sluice_find_library(hwloc libhwloc-dev) makes sluice::hwloc when there is one; else it sets
# sluice_missing to a text that names the Debian package.
function(sluice_find_library name debian_package)
  if(TARGET sluice::${name})
    return()
  endif()
  string(TOUPPER SLUICE_${name} path)
  find_library(${path} ${name})
  mark_as_advanced(${path})
  if(${path})
    add_library(sluice::${name} UNKNOWN IMPORTED)
    set_target_properties(sluice::${name} PROPERTIES IMPORTED_LOCATION ${${path}})
  else()
    set(sluice_missing "Sluice needs lib${name} (Debian: apt-get install ${debian_package})"
      PARENT_SCOPE)
  endif()
endfunction()
