# What is installed, and the two Debian packages that CPack makes of it:
#
#   cmake --build build/release && cpack --config build/release/CPackConfig.cmake -B build/packages
#
#   electrad  the daemon, libtorch (Debian's own is years older), the unit, the configuration
#   electra   the client
include(GNUInstallDirs)

# Installing packs what was built, and does not build the tests first.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

set(private_libraries lib/electrad)
set_target_properties(electrad PROPERTIES INSTALL_RPATH "$ORIGIN/../${private_libraries}")
install(TARGETS electrad RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT electrad)
install(TARGETS electra RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT electra)

# From libtorch and CUDA's wheels, the libraries that the daemon's loader would find there, and the
# ones that libtorch, cuDNN and NVRTC load by name at run time.
cmake_path(GET LIBTORCH_ROOT PARENT_PATH wheels)
install(CODE "set(daemon_file \"$<TARGET_FILE:electrad>\")
set(wheels \"${wheels}\")
set(target \"\${CMAKE_INSTALL_PREFIX}/${private_libraries}\")
set(bundled \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATAROOTDIR}/doc/electrad/bundled\")" COMPONENT electrad)
install(CODE [[
  file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${daemon_file} RESOLVED_DEPENDENCIES_VAR needed
       POST_INCLUDE_REGEXES "^${wheels}/" POST_EXCLUDE_REGEXES ".")
  file(GLOB loaded_by_name "${wheels}/nvidia/*/lib/libcudnn*.so*"
       "${wheels}/nvidia/*/lib/libnvrtc*.so*" "${wheels}/torch/lib/libcaffe2_nvrtc.so")
  foreach(library IN LISTS needed loaded_by_name)
    file(INSTALL "${library}" DESTINATION "${target}" FOLLOW_SYMLINK_CHAIN)
  endforeach()

  # pip's records and the licenses of the wheels that they come from.
  file(GLOB records "${wheels}/*.dist-info/RECORD")
  foreach(record IN LISTS records)
    file(READ "${record}" files)
    foreach(library IN LISTS needed loaded_by_name)
      cmake_path(RELATIVE_PATH library BASE_DIRECTORY "${wheels}" OUTPUT_VARIABLE path)
      string(FIND "${files}" "${path}," found)
      if(NOT found EQUAL -1)
        cmake_path(GET record PARENT_PATH folder)
        file(INSTALL "${folder}" DESTINATION "${bundled}" FILES_MATCHING PATTERN METADATA
             PATTERN "LICENSE*" PATTERN "License*" PATTERN "NOTICE*" PATTERN "COPYING*")
        break()
      endif()
    endforeach()
  endforeach()
]] COMPONENT electrad)

# The client writes its own completions and manual page, where it can.
install(CODE "set(client_file \"$<TARGET_FILE:electra>\")
set(generated \"${CMAKE_BINARY_DIR}/generated\")" COMPONENT electra)
install(CODE [[
  function(install_output path)
    get_filename_component(name "${path}" NAME)
    get_filename_component(folder "${path}" DIRECTORY)
    file(MAKE_DIRECTORY "${generated}")
    execute_process(COMMAND ${client_file} ${ARGN} OUTPUT_FILE "${generated}/${name}"
                    RESULT_VARIABLE result ERROR_QUIET)
    if(result EQUAL 0)
      file(INSTALL "${generated}/${name}" DESTINATION "${CMAKE_INSTALL_PREFIX}/${folder}")
    else()
      message(STATUS "this client has no `${ARGN}`: ${path} is left out")
    endif()
  endfunction()
  install_output(share/bash-completion/completions/electra completion bash)
  install_output(share/zsh/vendor-completions/_electra completion zsh)
  install_output(share/fish/vendor_completions.d/electra.fish completion fish)
  install_output(share/man/man1/electra.1 man)
]] COMPONENT electra)

install(FILES deploy/electrad.service DESTINATION lib/systemd/system COMPONENT electrad)
install(FILES deploy/packaging/electrad.sysusers DESTINATION lib/sysusers.d
        RENAME electrad.conf COMPONENT electrad)
install(FILES deploy/packaging/electrad.yaml DESTINATION /etc/electrad
        COMPONENT electrad)
# The documents keep their places in the source tree, so that their links work.
set(documents ${CMAKE_INSTALL_DATAROOTDIR}/doc/electrad)
install(FILES README.md SECURITY.md CHANGELOG.md CONTRIBUTING.md DESTINATION ${documents}
        COMPONENT electrad)
foreach(folder IN ITEMS client client/python core deploy proto server tests)
  install(FILES ${folder}/README.md DESTINATION ${documents}/${folder} COMPONENT electrad)
endforeach()
install(FILES client/report.png DESTINATION ${documents}/client COMPONENT electrad)
foreach(package IN ITEMS electra electrad)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package}
          RENAME copyright COMPONENT ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME electra)
set(CPACK_PACKAGE_VENDOR "")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_CONTACT "electra maintainers <electra@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL electra electrad)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${LIBTORCH_ROOT}/lib)
if(EXISTS ${LIBTORCH_ROOT}/lib/libcaffe2_nvrtc.so)
  # The driver's own library comes with the driver. dpkg-shlibdeps looks for it all the same.
  set(driver ${CMAKE_BINARY_DIR}/driver)
  file(WRITE ${driver}/empty.c "")
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -x c ${driver}/empty.c -shared
                          -Wl,-soname,libcuda.so.1 -o ${driver}/libcuda.so.1
                  COMMAND_ERROR_IS_FATAL ANY)
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${driver})
endif()
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_ELECTRA_PACKAGE_NAME electra)
set(CPACK_DEBIAN_ELECTRAD_PACKAGE_NAME electrad)
# To verify the hub that models are fetched from, and the hosts of webhooks.
set(CPACK_DEBIAN_ELECTRAD_PACKAGE_DEPENDS ca-certificates)
set(CPACK_COMPONENT_ELECTRA_DESCRIPTION
    "client of electrad\n Sends corpora and settings to an electrad server and shows how an\n ELECTRA model learns.")
set(CPACK_COMPONENT_ELECTRAD_DESCRIPTION
    "daemon that adapts ELECTRA language models\n Owns corpora, models and a queue of training jobs, on a machine with or\n without a GPU.")
set(CPACK_DEBIAN_ELECTRAD_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/deploy/packaging/conffiles
    ${CMAKE_SOURCE_DIR}/deploy/packaging/postinst
    ${CMAKE_SOURCE_DIR}/deploy/packaging/prerm
    ${CMAKE_SOURCE_DIR}/deploy/packaging/postrm)
include(CPack)
