# SPDX-License-Identifier: Apache-2.0
#
# gthulhu_embed(TARGET NAME FILE) puts the bytes of FILE into TARGET, between the symbols gthulhu_embedded_NAME and
# gthulhu_embedded_NAME_end. The assembler reads the file itself, so megabytes cost no compile time.
function(gthulhu_embed target name file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.S)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
    .section .rodata
    .global gthulhu_embedded_@name@
    .global gthulhu_embedded_@name@_end
gthulhu_embedded_@name@:
    .incbin "@file@"
gthulhu_embedded_@name@_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
]])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()

# gthulhu_embed_document(TARGET NAME FILE) embeds a YAML document as JSON.
function(gthulhu_embed_document target name file)
  set(json ${CMAKE_CURRENT_BINARY_DIR}/${name}.json)
  set(tool ${PROJECT_SOURCE_DIR}/tools/yaml_to_json.py)
  add_custom_command(OUTPUT ${json} COMMAND Python3::Interpreter ${tool} ${file} ${json} DEPENDS ${file} ${tool}
    COMMENT "Making ${name}.json" VERBATIM)
  target_sources(${target} PRIVATE ${json})
  gthulhu_embed(${target} ${name} ${json})
endfunction()
