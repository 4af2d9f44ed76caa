#include "web/view/linkify.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_dom/fake_document.h"

namespace parley::web {
namespace {

// The text with every link in double angle brackets.
std::string marked(std::string_view text) {
  std::string out;
  std::string all;
  for (const TextPiece& piece : split_links(text)) {
    out += piece.is_link ? "«" + std::string(piece.text) + "»" : std::string(piece.text);
    all += piece.text;
  }
  EXPECT_EQ(all, text);
  return out;
}

TEST(Linkify, FindsAddresses) {
  EXPECT_EQ(marked(""), "");
  EXPECT_EQ(marked("no address"), "no address");
  EXPECT_EQ(marked("https://example.org"), "«https://example.org»");
  EXPECT_EQ(marked("see http://a.example/x?y=1&z=2#f now"), "see «http://a.example/x?y=1&z=2#f» now");
  EXPECT_EQ(marked("HTTPS://EXAMPLE.org/A"), "«HTTPS://EXAMPLE.org/A»");
  EXPECT_EQ(marked("http://a.example\nhttp://b.example"), "«http://a.example»\n«http://b.example»");
  EXPECT_EQ(marked("http://localhost:8080/r/lobby"), "«http://localhost:8080/r/lobby»");
  EXPECT_EQ(marked("http://[::1]:8080/"), "«http://[::1]:8080/»");
}

TEST(Linkify, LeavesPunctuationAndOuterBracketsOutside) {
  EXPECT_EQ(marked("Look at https://a.example/b."), "Look at «https://a.example/b».");
  EXPECT_EQ(marked("(https://a.example/b)"), "(«https://a.example/b»)");
  EXPECT_EQ(marked("https://a.example/b_(c)"), "«https://a.example/b_(c)»");
  EXPECT_EQ(marked("(https://a.example/b_(c))."), "(«https://a.example/b_(c)»).");
  EXPECT_EQ(marked("https://a.example/((("), "«https://a.example/(((»");
  EXPECT_EQ(marked("https://a.example/)))]]]"), "«https://a.example/»)))]]]");
  EXPECT_EQ(marked("https://a.example/?!..."), "«https://a.example/»?!...");
  EXPECT_EQ(marked("<https://a.example>"), "<«https://a.example»>");
  EXPECT_EQ(marked("\"https://a.example\""), "\"«https://a.example»\"");
}

TEST(Linkify, OnlyTheTwoSchemes) {
  EXPECT_EQ(marked("javascript://https"), "javascript://https");
  EXPECT_EQ(marked("javascript:alert(1)"), "javascript:alert(1)");
  EXPECT_EQ(marked("data:text/html,x"), "data:text/html,x");
  EXPECT_EQ(marked("ftp://a.example file:///etc/passwd"), "ftp://a.example file:///etc/passwd");
  EXPECT_EQ(marked("xhttps://a.example"), "xhttps://a.example");
  EXPECT_EQ(marked("javascript:https://a.example"), "javascript:«https://a.example»");
  EXPECT_EQ(marked("://://://"), "://://://");
  EXPECT_EQ(marked("http://"), "http://");
  EXPECT_EQ(marked("https://."), "https://.");
  EXPECT_EQ(marked("https:///path"), "https:///path");
  EXPECT_EQ(marked("http://http://http://"), "«http://http://http://»");
}

TEST(Linkify, RefusesAddressesThatDeceive) {
  EXPECT_EQ(marked("https://bank.example@evil.example/"), "https://bank.example@evil.example/");
  EXPECT_EQ(marked("https://a.example/@name"), "«https://a.example/@name»");
  EXPECT_EQ(marked("https://a.example\\@evil.example"), "«https://a.example»\\@evil.example");
  // U+202E turns the direction of what follows; it never becomes part of a link.
  EXPECT_EQ(marked("https://a.example/\u202Egpj.exe"), "«https://a.example/»\u202Egpj.exe");
  EXPECT_EQ(marked("https://a.example/\u200Bx"), "«https://a.example/»\u200Bx");
}

TEST(Linkify, Unicode) {
  EXPECT_EQ(marked("https://bücher.example/straße"), "«https://bücher.example/straße»");
  EXPECT_EQ(marked("https://例え.jp/パス 次"), "«https://例え.jp/パス» 次");
  EXPECT_EQ(marked("見て https://a.example/b。次"), "見て «https://a.example/b»。次");
  EXPECT_EQ(marked("https://a.example/b！"), "«https://a.example/b»！");
  EXPECT_EQ(marked("https://a.example/\u3000x"), "«https://a.example/»\u3000x");
  EXPECT_EQ(marked("https://a.example/\u00A0x"), "«https://a.example/»\u00A0x");
  EXPECT_EQ(marked("https://a.example/😀"), "«https://a.example/😀»");
  EXPECT_EQ(marked("https://a.example/\xE2"), "«https://a.example/»\xE2");  // a cut character: never past the end
}

TEST(Linkify, LongTextsInLinearTime) {
  std::string text;
  for (int count = 0; count < 2'000; ++count) text += "http://";
  EXPECT_EQ(split_links(text).size(), 1U);
  EXPECT_FALSE(split_links(std::string(16'000, ':')).empty());
}

TEST(Linkify, BuildsSafeElements) {
  testing::FakeDocument document;
  const ElementPtr root = document.root();
  append_with_links(*root, "a <b>bold</b> https://a.example/ z");
  const auto links = document.body().all_of_tag("a");
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0]->attribute("href"), "https://a.example/");
  EXPECT_EQ(links[0]->attribute("rel"), "noopener noreferrer");
  EXPECT_EQ(links[0]->attribute("target"), "_blank");
  EXPECT_EQ(links[0]->attribute("dir"), "ltr");
  EXPECT_TRUE(document.body().all_of_tag("b").empty());
  EXPECT_EQ(document.body().all_text(), "a <b>bold</b> https://a.example/ z");
}

}  // namespace
}  // namespace parley::web
