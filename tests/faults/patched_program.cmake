# Programs that differ from ours by a patch: a planted bug, or what a next version might send. Only the patched files are
# compiled; everything else is linked as it is.

# add_patched_program(NAME PATCH file MAIN target LINK target [SOURCES file…] FILES path…)
#   FILES    the files that PATCH changes (`patch -p1`), relative to the repository. The .cc among them are compiled; a .h
#            among them is seen by these only, so that it must not change what other files know of a class.
#   MAIN     an object library with main()
#   LINK     the library that the program's main links; it lends all that the patched files do not define
#            (and the allocator of the servers)
#   SOURCES  further files to compile
# A patch that does not apply to the letter fails the build.
function(add_patched_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "PATCH;MAIN;LINK" "SOURCES;FILES")
  set(copies ${CMAKE_CURRENT_BINARY_DIR}/${name}.patched)
  list(TRANSFORM program_FILES PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE originals)
  list(TRANSFORM program_FILES PREPEND ${copies}/ OUTPUT_VARIABLE patched)
  add_custom_command(OUTPUT ${patched}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DCOPIES=${copies} -DPATCH=${program_PATCH}
            "-DFILES=${program_FILES}" -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/apply_patch.cmake
    DEPENDS ${originals} ${program_PATCH} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/apply_patch.cmake
    COMMENT "Patching the sources of ${name}" VERBATIM)
  add_executable(${name} ${patched} ${program_SOURCES})
  target_include_directories(${name} BEFORE PRIVATE ${copies})
  target_link_libraries(${name} PRIVATE ${program_MAIN} ${program_LINK} server_allocator)
endfunction()
