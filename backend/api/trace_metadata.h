// The trace that a call's metadata name.
#pragma once

#include <grpcpp/server_context.h>

#include <string_view>

#include "common/trace_context.h"

namespace parley::backend {

inline TraceContext trace_of(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(grpc::string_ref(kTraceparent.data(), kTraceparent.size()));
  if (found == metadata.end()) return {};
  return parse_traceparent({found->second.data(), found->second.size()}).value_or(TraceContext());
}

}  // namespace parley::backend
