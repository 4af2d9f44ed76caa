#include "common/text_errors.h"

#include <gtest/gtest.h>

#include <string>

#include "common/errors.h"

namespace parley {
namespace {

std::string reason_of(const absl::Status& status) { return status.ok() ? "" : std::string(error_reason(status)); }

TEST(TextErrorsTest, WhatMayBeIsOk) {
  for (const absl::Status& status : {validate_room("lobby"), validate_author_id("A-1"), validate_author_name("Zoë"),
                                     validate_body(" text "), validate_request_id("r_1"), validate_client_time("")}) {
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST(TextErrorsTest, EveryProblemHasItsReasonAndASentence) {
  const struct {
    absl::Status status;
    const char* reason;
    const char* told;
  } cases[] = {
      {validate_room("Lobby"), "ROOM_NAME_INVALID", "room must"},
      {validate_room(""), "ROOM_NAME_INVALID", "room must"},
      {validate_author_id("a b"), "AUTHOR_INVALID", "author_id must"},
      {validate_author_name(" Ann"), "AUTHOR_INVALID", "name must"},
      {validate_body(" \n"), "BODY_EMPTY", "empty"},
      {validate_body(std::string(4'001, 'x')), "BODY_TOO_LONG", "4,000"},
      {validate_body("\xFF"), "TEXT_INVALID", "UTF-8"},
      {validate_request_id(std::string(65, 'r')), "REQUEST_ID_INVALID", "request_id must"},
      {validate_client_time("1\n2"), "CLIENT_TIME_INVALID", "client_time must"},
  };
  for (const auto& row : cases) {
    EXPECT_EQ(row.status.code(), absl::StatusCode::kInvalidArgument) << row.reason;
    EXPECT_EQ(reason_of(row.status), row.reason) << row.status;
    EXPECT_NE(row.status.message().find(row.told), absl::string_view::npos) << row.status;
  }
}

}  // namespace
}  // namespace parley
