# SPDX-License-Identifier: Apache-2.0
# One interface library carries every compile and link option of the project.
add_library(gthulhu_options INTERFACE)
target_compile_features(gthulhu_options INTERFACE cxx_std_20)
target_include_directories(gthulhu_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
target_compile_options(gthulhu_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wnon-virtual-dtor -Wthread-safety
  -Werror -Wno-gnu-statement-expression-from-macro-expansion
  "SHELL:-Xclang -fno-pch-timestamp" -fstack-protector-strong -fPIE)
target_compile_definitions(gthulhu_options INTERFACE
  _GLIBCXX_ASSERTIONS $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>
  GTHULHU_VERSION="${PROJECT_VERSION}")
target_link_options(gthulhu_options INTERFACE
  -fuse-ld=mold -pie -Wl,-z,relro,-z,now $<$<BOOL:${GTHULHU_STRIP}>:-s>)
if(GTHULHU_SANITIZE)
  target_compile_options(gthulhu_options INTERFACE
    -fsanitize=${GTHULHU_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gthulhu_options INTERFACE -fsanitize=${GTHULHU_SANITIZE})
endif()
