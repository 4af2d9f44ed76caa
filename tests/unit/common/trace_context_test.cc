#include "common/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

constexpr std::string_view kGiven = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContextTest, ReadsAndWritesATraceparent) {
  const auto trace = parse_traceparent(kGiven);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id_text(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace->span_id_text(), "b7ad6b7169203331");
  EXPECT_EQ(format_traceparent(*trace), kGiven);
}

TEST(TraceContextTest, WhatTheSpecificationForbidsIsNoTrace) {
  for (const std::string_view text : {
           "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",       // upper case
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",       // no trace
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",       // no parent
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",       // not a version
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",  // more than version 00 has
           "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",   //
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",       //
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",       //
           "00-0af7651916cd43dd8448eb211c80319\n-b7ad6b7169203331-01",      //
       }) {
    EXPECT_FALSE(parse_traceparent(text).has_value()) << text;
  }
}

TEST(TraceContextTest, ALaterVersionIsReadAsFarAsItIsKnown) {
  const auto trace = parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-what-comes");
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(format_traceparent(*trace), kGiven);
}

TEST(TraceContextTest, ABegunTraceIsAValidOne) {
  SystemRandom random;
  const TraceContext trace = begin_trace(random);
  EXPECT_EQ(parse_traceparent(format_traceparent(trace)), trace);
  EXPECT_NE(begin_trace(random), trace);
  EXPECT_EQ(format_traceparent(TraceContext()), "");
}

}  // namespace
}  // namespace parley
