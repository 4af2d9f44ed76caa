// What a socket of chat.v1.proto is given, taken apart.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "chat/v1/frame.pb.h"

namespace parley::gateway {

// The messages of frames that lie one behind the other, each shorter than 64 KiB.
inline std::vector<chat::v1::ServerFrame> decode_frames(std::string_view bytes) {
  std::vector<chat::v1::ServerFrame> frames;
  while (!bytes.empty()) {
    const auto byte = [&bytes](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const bool is_short = byte(1) < 126;
    const std::size_t size = is_short ? byte(1) : byte(2) * 256U + byte(3);
    bytes.remove_prefix(is_short ? 2 : 4);
    EXPECT_TRUE(frames.emplace_back().ParseFromArray(bytes.data(), static_cast<int>(size)));
    bytes.remove_prefix(size);
  }
  return frames;
}

}  // namespace parley::gateway
