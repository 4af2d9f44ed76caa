# Writes OUTPUT, a C++ source with the files of FOLDER as backend/postgres/migrations.h wants them. A script:
# cmake -DFOLDER=… -DOUTPUT=… -P embed_migrations.cmake
file(GLOB files ${FOLDER}/V*__*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(base ${file} NAME_WE)
  if(NOT base MATCHES "^V0*([1-9][0-9]*)__([a-z0-9_]+)$")
    message(FATAL_ERROR "${file} is not named V001__what_it_does.sql")
  endif()
  set(version ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  file(READ ${file} sql)
  string(APPEND rows "    Migration{${version}, \"${name}\", R\"parley(${sql})parley\"},\n")
endforeach()
file(WRITE ${OUTPUT}
"#include \"backend/postgres/migrations.h\"\n\nnamespace parley::backend {\nnamespace {\n
constexpr Migration kMigrations[] = {\n${rows}};\n\n}  // namespace\n
std::span<const Migration> embedded_migrations() { return kMigrations; }\n\n}  // namespace parley::backend\n")
