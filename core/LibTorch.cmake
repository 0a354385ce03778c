# Defines the target `libtorch` from a torch wheel or an unpacked libtorch.
#
#   LIBTORCH_ROOT  folder that holds include/ and lib/; by default that of the Python that
#                  ELECTRA_PYTHON names, else of build/venv, else of python3.
#
# Why not torch's own TorchConfig.cmake: for a CUDA wheel it demands a CUDA toolkit of the same
# version with nvcc, which nothing here needs, and it puts the wheel's include folder on the path of
# whoever links it. That folder holds headers of fmt and of an older google/protobuf: ahead of the
# system's, neither spdlog nor generated gRPC code compiles. Here the include folders are SYSTEM and
# PRIVATE to the rooms of core that use libtorch, and libraries are linked by their path; what a
# CUDA wheel needs on top (its CUDA library kept although nothing refers to it, NCCL's headers) is
# said below, line by line.
if(NOT LIBTORCH_ROOT)
  set(python_candidates ${ELECTRA_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/../build/venv/bin/python3 python3)
  foreach(python IN LISTS python_candidates)
    execute_process(
      COMMAND ${python} -c
              "import importlib.util as u, os; print(os.path.dirname(u.find_spec('torch').origin))"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
      RESULT_VARIABLE result)
    if(result EQUAL 0)
      set(LIBTORCH_ROOT ${found})
      break()
    endif()
  endforeach()
endif()
if(NOT EXISTS ${LIBTORCH_ROOT}/lib/libtorch_cpu.so)
  message(FATAL_ERROR
    "No libtorch found. Run deploy/setup.sh, or name a folder with include/ and lib/ by "
    "-DLIBTORCH_ROOT=, or a Python that has torch by -DELECTRA_PYTHON=.")
endif()
set(LIBTORCH_ROOT ${LIBTORCH_ROOT} CACHE PATH "Folder with libtorch's include/ and lib/" FORCE)
message(STATUS "libtorch: ${LIBTORCH_ROOT}")

add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE
  ${LIBTORCH_ROOT}/include ${LIBTORCH_ROOT}/include/torch/csrc/api/include)
# The wheels export parts of the libstdc++ that they were built with, std::filesystem among them, and
# those of 2.11's libtorch.so crash. The system's is asked first where it is linked first.
target_link_libraries(libtorch INTERFACE
  stdc++
  ${LIBTORCH_ROOT}/lib/libtorch.so ${LIBTORCH_ROOT}/lib/libtorch_cpu.so ${LIBTORCH_ROOT}/lib/libc10.so)
if(EXISTS ${LIBTORCH_ROOT}/lib/libtorch_cuda.so)
  # Nothing of ours refers to a symbol in libtorch_cuda, and a linker that drops it for that reason
  # leaves a program that sees no GPU and says nothing.
  target_link_libraries(libtorch INTERFACE
    -Wl,--push-state,--no-as-needed ${LIBTORCH_ROOT}/lib/libtorch_cuda.so
    ${LIBTORCH_ROOT}/lib/libc10_cuda.so -Wl,--pop-state)
endif()
# NCCL's header and CUDA's, which a CUDA wheel leaves to packages beside it (nvidia-cuda-crt and
# nvidia-cuda-cccl hold those that it does not bring along); not needed for anything else. Without
# them several ranks can only be on processors.
if(EXISTS ${LIBTORCH_ROOT}/lib/libtorch_cuda.so)
  file(GLOB nvidia_includes ${LIBTORCH_ROOT}/../nvidia/*/include)
  set(LIBTORCH_NCCL_INCLUDE_DIRS ${nvidia_includes})
  foreach(header nccl.h cuda_runtime_api.h crt/host_config.h nv/target)
    string(MAKE_C_IDENTIFIER ${header} name)
    if(header STREQUAL nccl.h)
      # That of the NCCL which libtorch loads: another version's has other structures.
      find_path(LIBTORCH_DIR_OF_${name} ${header} PATHS ${nvidia_includes} NO_DEFAULT_PATH)
    else()
      find_path(LIBTORCH_DIR_OF_${name} ${header} HINTS ${nvidia_includes} /usr/local/cuda/include)
    endif()
    if(NOT LIBTORCH_DIR_OF_${name})
      message(STATUS "no ${header}: built without NCCL, ranks can only be on processors")
      set(LIBTORCH_NCCL_INCLUDE_DIRS "")
      break()
    endif()
    list(APPEND LIBTORCH_NCCL_INCLUDE_DIRS ${LIBTORCH_DIR_OF_${name}})
  endforeach()
  list(REMOVE_DUPLICATES LIBTORCH_NCCL_INCLUDE_DIRS)
endif()

# CMake writes ${LIBTORCH_ROOT}/lib into what is run from the build folder, and leaves it out of what
# is installed (deploy/Package.cmake).

# The OpenMP runtime that libtorch itself was linked with: two in one process would have two pools
# of threads. A libtorch without one of its own uses the system's.
file(GLOB LIBTORCH_OPENMP ${LIBTORCH_ROOT}/lib/libgomp*.so*)
if(NOT LIBTORCH_OPENMP)
  set(LIBTORCH_OPENMP gomp)
endif()
