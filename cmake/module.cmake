# SPDX-License-Identifier: Apache-2.0
#
# gthulhu_module(NAME [LINKS ...] [TEST_LINKS ...] [PCH HEADER...])
# makes the library gthulhu_NAME of all sources in the current folder and below (less the *_test.cpp), and,
# with tests, the program NAME_test of the *_test.cpp. LINKS are the only modules that it may include:
# tools/check_layers.py holds the includes against them.
function(gthulhu_module name)
  cmake_parse_arguments(ARG "" "" "LINKS;TEST_LINKS;PCH" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(gthulhu_${name} STATIC ${sources})
    target_link_libraries(gthulhu_${name} PUBLIC gthulhu_options ${ARG_LINKS})
    gthulhu_pch(gthulhu_${name} ${ARG_PCH})
  else()
    add_library(gthulhu_${name} INTERFACE)
    target_link_libraries(gthulhu_${name} INTERFACE gthulhu_options ${ARG_LINKS})
  endif()
  if(GTHULHU_TESTS AND tests)
    gthulhu_test(${name}_test SOURCES ${tests} LINKS gthulhu_${name} ${ARG_TEST_LINKS})
  endif()
endfunction()

# gthulhu_test(NAME SOURCES ... LINKS ... [LABELS ...]): a GoogleTest program, each test known to ctest by its name.
# Programs of modules with threads get the label `threads`: ThreadSanitizer runs these.
function(gthulhu_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest_main GTest::gmock)
  target_precompile_headers(${name} PRIVATE <gtest/gtest.h> <string> <vector> <map>)
  if(NOT ARG_LABELS AND name MATCHES "^(net|app|adapters_.*)_test$")
    set(ARG_LABELS threads)
    set_property(GLOBAL APPEND PROPERTY GTHULHU_THREADED_TESTS ${name})
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 120 LABELS "${ARG_LABELS}")
endfunction()

# Precompiled headers: the standard library for everybody, and what a module names.
function(gthulhu_pch target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <string> <string_view> <vector>
    <tl/expected.hpp> ${ARGN})
endfunction()
