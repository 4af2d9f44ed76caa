#include "tests/bench/xmpp_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::bench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ClientPlan kPlan{.role = Role::kReceiver, .room = "bench-1-0"};
constexpr std::uint32_t kClient = 7;

Heard hear(std::string_view payload) { return make_xmpp_protocol()->hear(payload, kPlan, kClient); }

TEST(XmppProtocol, LogsInBindsAndEntersTheRoomStepByStep) {
  EXPECT_THAT(make_xmpp_protocol()->greet(kPlan, kClient), ElementsAre(HasSubstr("<open ")));
  EXPECT_THAT(hear("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0' id='1' from='localhost'/>").say,
              IsEmpty());
  EXPECT_THAT(hear("<stream:features xmlns:stream='http://etherx.jabber.org/streams'><mechanisms "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>ANONYMOUS</mechanism></mechanisms>"
                   "</stream:features>")
                  .say,
              ElementsAre(HasSubstr("mechanism='ANONYMOUS'")));
  EXPECT_THAT(hear("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").say, ElementsAre(HasSubstr("<open ")));
  EXPECT_THAT(hear("<stream:features xmlns:stream='http://etherx.jabber.org/streams'><bind "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>")
                  .say,
              ElementsAre(HasSubstr("<resource>c7</resource>")));
  EXPECT_THAT(hear("<iq xmlns='jabber:client' type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                   "<jid>9@localhost/c7</jid></bind></iq>")
                  .say,
              ElementsAre(AllOf(HasSubstr("to='bench-1-0@conference.localhost/c7'"), HasSubstr("maxstanzas='0'"))));
}

TEST(XmppProtocol, IsReadyAtItsOwnPresenceAndAtNoOther) {
  EXPECT_EQ(hear("<presence xmlns='jabber:client' to='9@localhost/c7' from='bench-1-0@conference.localhost/c6'>"
                 "<x xmlns='http://jabber.org/protocol/muc#user'><item role='participant'/></x></presence>")
                .kind,
            Heard::Kind::kOther);
  for (const std::string code : {"<status code='110'/>", "<status code=\"110\"/>"}) {
    const Heard heard = hear(
        "<presence xmlns='jabber:client' to='9@localhost/c7' from='bench-1-0@conference.localhost/c7'>"
        "<x xmlns='http://jabber.org/protocol/muc#user'><item role='participant'/>" +
        code + "</x></presence>");
    EXPECT_EQ(heard.kind, Heard::Kind::kReady);
  }
}

TEST(XmppProtocol, HearsEveryKindOfRefusal) {
  for (const std::string_view payload :
       {"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
        "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "<stream:error><conflict/></stream:error>",
        "<iq xmlns='jabber:client' type='error' id='bind'/>",
        "<presence to='9@localhost/c7' type=\"error\"><error type='wait'/></presence>"}) {
    EXPECT_EQ(hear(payload).kind, Heard::Kind::kRefusal) << payload;
  }
}

// An error of something inside is none of the stanza.
TEST(XmppProtocol, ReadsAttributesOfTheFirstElementOnly) {
  EXPECT_EQ(hear("<presence from='bench-1-0@conference.localhost/c6'><error type='error'/></presence>").kind,
            Heard::Kind::kOther);
}

TEST(XmppProtocol, ItsOwnMessageIsTheAnswerAndAnothersADelivery) {
  const std::unique_ptr<Protocol> protocol = make_xmpp_protocol();
  EXPECT_EQ(protocol->kind_of_stamped("<message xml:lang='en' to='9@localhost/c7' "
                                      "from='bench-1-0@conference.localhost/c7' type='groupchat' id='7-1'><body>x"),
            Heard::Kind::kAnswer);
  EXPECT_EQ(protocol->kind_of_stamped("<message xml:lang='en' to='9@localhost/c7' "
                                      "from='bench-1-0@conference.localhost/c70' type='groupchat' id='7-1'><body>x"),
            Heard::Kind::kDelivery);
  // A message that came back is neither: it is missed as an answer.
  EXPECT_EQ(protocol->kind_of_stamped("<message to='9@localhost' from='bench-1-0@conference.localhost' type='error'>"),
            Heard::Kind::kDelivery);
}

TEST(XmppProtocol, SaysABodyToTheRoom) {
  EXPECT_EQ(make_xmpp_protocol()->say("bench-1-0", 7, 3, "hello"),
            "<message xmlns='jabber:client' type='groupchat' to='bench-1-0@conference.localhost' id='7-3'>"
            "<body>hello</body></message>");
}

TEST(XmppProtocol, IsKnownByItsName) { EXPECT_NE(make_protocol("xmpp"), nullptr); }

}  // namespace
}  // namespace parley::bench
