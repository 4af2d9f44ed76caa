# Copies FILES from SOURCE to COPIES and applies PATCH there. A script, see patched_program.cmake.
find_program(patch_program patch REQUIRED)
file(REMOVE_RECURSE ${COPIES})
foreach(file IN LISTS FILES)
  get_filename_component(folder ${COPIES}/${file} DIRECTORY)
  file(COPY ${SOURCE}/${file} DESTINATION ${folder})
endforeach()
execute_process(
  COMMAND ${patch_program} --strip=1 --fuzz=0 --forward --batch --no-backup-if-mismatch --directory=${COPIES}
          --input=${PATCH}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PATCH} does not apply to the sources any more:\n${output}"
                      "Mend the patch: what it plants must stay the same mistake.")
endif()
foreach(file IN LISTS FILES)
  file(TOUCH ${COPIES}/${file})
endforeach()
