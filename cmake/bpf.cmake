# SPDX-License-Identifier: Apache-2.0
#
# gthulhu_embed_bpf(TARGET NAME FILE.bpf.c) compiles a BPF program and puts the object into TARGET (embed.cmake): where
# the program runs there is no compiler, and no headers of its kernel are needed here. Its BTF names the fields that it
# reads, and libbpf finds them in the running kernel.
function(gthulhu_embed_bpf target name file)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf)  # the ending .o is for the linker
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bpf/*.h ${PROJECT_SOURCE_DIR}/bpf/*.bpf.c)
  add_custom_command(OUTPUT ${object}
    COMMAND clang-19 -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror
      -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -fdebug-compilation-dir=.
      -I${PROJECT_SOURCE_DIR} -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -c ${file} -o ${object}
    COMMAND llvm-strip-19 --strip-debug ${object}  # the DWARF; the BTF stays
    DEPENDS ${file} ${sources} COMMENT "Compiling ${name}.bpf" VERBATIM)
  target_sources(${target} PRIVATE ${object})
  gthulhu_embed(${target} ${name} ${object})
endfunction()
