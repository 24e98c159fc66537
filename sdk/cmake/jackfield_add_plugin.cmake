# jackfield_add_plugin(<id> SOURCES <file>… [DATABASE] [HTTP] [NO_INSTALL] [LIBRARIES <library>…] [TESTS <file>…])
#
# Makes <id>.so, a plugin or an adapter (the macro in its source decides), in JACKFIELD_PLUGIN_OUTPUT_DIRECTORY, or in
# the current binary folder where that is not set; installs it to lib/jackfield/.
#
#   DATABASE   the sources use <jackfield/database.hpp>: links SOCI with SQLite and PostgreSQL
#   HTTP       the sources use <jackfield/http_client.hpp>
#   NO_INSTALL the library is for this build only
#   LIBRARIES  what else to link
#   TESTS      with JACKFIELD_TESTS: a GoogleTest executable <id>_test of these files and the same objects
#
# The library exports jackfield_plugin_v1 and nothing else, and has no unique symbols: it can be unloaded.

function(jackfield_add_plugin id)
  cmake_parse_arguments(PARSE_ARGV 1 arg "DATABASE;HTTP;NO_INSTALL" "" "SOURCES;LIBRARIES;TESTS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "jackfield_add_plugin(${id}): found '${arg_UNPARSED_ARGUMENTS}', expected "
                        "SOURCES <file>… [DATABASE] [HTTP] [NO_INSTALL] [LIBRARIES <library>…] [TESTS <file>…]")
  endif()
  set(libraries jackfield::sdk)
  if(arg_DATABASE)
    list(APPEND libraries jackfield::database)
  endif()
  if(arg_HTTP)
    list(APPEND libraries jackfield::http_client)
  endif()
  list(APPEND libraries ${arg_LIBRARIES})

  add_library(${id}_objects OBJECT ${arg_SOURCES})
  # Not every step looks at its context.
  target_compile_options(${id}_objects PRIVATE -Wno-unused-parameter)
  if(NOT CMAKE_CXX_CLANG_TIDY)  # clang-tidy does not know the word; the version script keeps symbols local all the same
    target_compile_options(${id}_objects PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  endif()
  set_target_properties(${id}_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${id}_objects PUBLIC ${libraries})

  add_library(${id} MODULE)
  target_link_libraries(${id} PRIVATE ${id}_objects)
  target_link_options(${id} PRIVATE
    -Wl,-z,defs -Wl,--as-needed -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.map)
  set_target_properties(${id} PROPERTIES PREFIX "" SUFFIX ".so" LINKER_LANGUAGE CXX
    LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.map)
  if(JACKFIELD_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${id} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${JACKFIELD_PLUGIN_OUTPUT_DIRECTORY})
  endif()
  if(NOT arg_NO_INSTALL)
    install(TARGETS ${id} LIBRARY DESTINATION lib/jackfield COMPONENT plugins)
  endif()

  if(arg_TESTS AND JACKFIELD_TESTS)
    find_package(GTest REQUIRED)
    include(GoogleTest)
    add_executable(${id}_test ${arg_TESTS})
    target_link_libraries(${id}_test PRIVATE ${id}_objects jackfield::testing GTest::gtest_main GTest::gmock)
    target_compile_definitions(${id}_test PRIVATE
      JACKFIELD_PLUGIN_FILE="$<TARGET_FILE:${id}>" JACKFIELD_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    add_dependencies(${id}_test ${id})
    gtest_discover_tests(${id}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "${id}." PROPERTIES TIMEOUT 120)
  endif()
endfunction()

# jackfield_add_check(<id> [SETTINGS <file>])
#
# With JACKFIELD_TESTS: a test <id>.check that tries the library as `jackfield plugin check` does. Left out, with a word,
# where the program jackfield is not installed.
function(jackfield_add_check id)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SETTINGS" "")
  if(NOT JACKFIELD_TESTS)
    return()
  endif()
  find_program(JACKFIELD_EXECUTABLE jackfield HINTS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../bin)
  if(NOT JACKFIELD_EXECUTABLE)
    message(STATUS "jackfield is not installed: ${id} is not checked by it")
    return()
  endif()
  set(settings)
  if(arg_SETTINGS)
    cmake_path(ABSOLUTE_PATH arg_SETTINGS)
    set(settings --settings ${arg_SETTINGS})
  endif()
  add_test(NAME ${id}.check COMMAND ${JACKFIELD_EXECUTABLE} plugin check $<TARGET_FILE:${id}> ${settings})
  set_tests_properties(${id}.check PROPERTIES TIMEOUT 600)
endfunction()
