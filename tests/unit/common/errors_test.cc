#include "common/errors.h"

#include <gtest/gtest.h>

#include "common/grpc_status.h"
#include "google/rpc/error_details.pb.h"

namespace parley {
namespace {

TEST(ErrorsTest, ReasonsTravelThroughGrpc) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status sent = make_error(static_cast<absl::StatusCode>(code), "SOME_REASON", "what is wrong: é");
    const absl::Status received = from_grpc_status(to_grpc_status(sent));
    EXPECT_EQ(received.code(), sent.code());
    EXPECT_EQ(received.message(), sent.message());
    EXPECT_EQ(error_reason(received), "SOME_REASON");
  }
  EXPECT_TRUE(from_grpc_status(to_grpc_status(absl::OkStatus())).ok());
}

TEST(ErrorsTest, TheDetailsAreOneErrorInfo) {
  const grpc::Status status = to_grpc_status(make_error(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN", "m"));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(grpc::ABORTED));
  ASSERT_EQ(details.details_size(), 1);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "OUTCOME_UNKNOWN");
  EXPECT_EQ(info.domain(), kErrorDomain);
}

TEST(ErrorsTest, AStatusWithoutDetailsKeepsItsCode) {
  const absl::Status bare = from_grpc_status(grpc::Status(grpc::UNAVAILABLE, "no connection"));
  EXPECT_EQ(bare.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(error_reason(bare), "UNAVAILABLE");
  const absl::Status garbled = from_grpc_status(grpc::Status(grpc::INTERNAL, "m", "\xFF\xFF"));
  EXPECT_EQ(garbled.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(error_reason(garbled), "INTERNAL");
}

TEST(ErrorsTest, WhatMayBeTriedAgain) {
  const auto retryable = [](absl::StatusCode code, const char* reason) {
    return is_retryable(make_error(code, reason, ""));
  };
  EXPECT_TRUE(retryable(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE"));
  EXPECT_TRUE(retryable(absl::StatusCode::kResourceExhausted, "OVERLOADED"));
  EXPECT_TRUE(retryable(absl::StatusCode::kAborted, "OUTCOME_UNKNOWN"));
  EXPECT_TRUE(retryable(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED"));
  EXPECT_FALSE(retryable(absl::StatusCode::kResourceExhausted, "TOO_MANY_ROOMS"));
  EXPECT_FALSE(retryable(absl::StatusCode::kInvalidArgument, "BODY_EMPTY"));
  EXPECT_FALSE(retryable(absl::StatusCode::kInternal, "DATABASE_ERROR"));
}

}  // namespace
}  // namespace parley
