#include "gateway/routes/route_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "chat/v1/frame.pb.h"

namespace parley::gateway {
namespace {

TEST(RouteTable, HasTheFourCloudRoutesUnderTheirNames) {
  std::set<std::string_view> keys;
  for (const Route& route : routes()) EXPECT_TRUE(keys.insert(route.key).second) << route.key;
  for (const std::string_view key : {"$connect", "$disconnect", "get_messages", "send_message"}) {
    EXPECT_TRUE(keys.contains(key)) << key;
  }
}

TEST(RouteTable, EveryCommandOfAFrameHasOneRouteOfItsName) {
  const auto* oneof = pb::ClientFrame::descriptor()->FindOneofByName("command");
  for (int index = 0; index < oneof->field_count(); ++index) {
    const auto* field = oneof->field(index);
    const Route* route = find_route(static_cast<pb::ClientFrame::CommandCase>(field->number()));
    ASSERT_NE(route, nullptr) << field->name();
    EXPECT_EQ(route->key, field->name());
    EXPECT_TRUE(std::holds_alternative<CommandHandler>(route->handler));
  }
  EXPECT_EQ(routes().size(), static_cast<std::size_t>(oneof->field_count()) + 2);
}

TEST(RouteTable, ConnectAndDisconnectAreNoCommands) {
  EXPECT_EQ(find_route(pb::ClientFrame::COMMAND_NOT_SET), nullptr);
  EXPECT_NE(connect_route(), nullptr);
  EXPECT_NE(disconnect_route(), nullptr);
}

TEST(RouteTable, WhatAPersonWritesKeepsItsOrder) {
  EXPECT_EQ(find_route(pb::ClientFrame::kSendMessage)->order, RouteOrder::kInOrder);
  EXPECT_EQ(find_route(pb::ClientFrame::kSetName)->order, RouteOrder::kInTurn);
}

}  // namespace
}  // namespace parley::gateway
