// SPDX-License-Identifier: Apache-2.0
#include "net/gzip_reader.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <random>

#include "net/gzip_for_test.h"

namespace gthulhu::net {

std::string gzip_for_test(std::string_view text) {
  z_stream stream = {};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

namespace {

// What comes out of these pieces.
Result<std::string> unpack(const std::vector<std::string_view>& pieces) {
  GzipReader reader;
  std::string text;
  const BodySink take = [&text](std::string_view piece) {
    text += piece;
    return true;
  };
  for (const std::string_view piece : pieces) {
    const bool is_more_wanted = TRY(reader.feed(piece, take));
    EXPECT_TRUE(is_more_wanted);
  }
  TRY(reader.finish());
  return text;
}

// Of a length that spans several pieces, and not so uniform that everything is one match.
std::string long_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + " ";
  return text;
}

TEST(GzipReader, unpacks_whatever_the_lengths_of_its_pieces) {
  const std::string text = long_text();
  const std::string packed = gzip_for_test(text);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{7}, std::size_t{4096}, packed.size()}) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < packed.size(); at += size) {
      pieces.push_back(std::string_view(packed).substr(at, size));
    }
    const auto got = unpack(pieces);
    ASSERT_TRUE(got) << size << " " << got.error().text();
    EXPECT_EQ(*got, text) << size;
  }
}

TEST(GzipReader, is_cut_anywhere_and_notices_when_the_rest_does_not_come) {
  const std::string one = gzip_for_test("a text, and a text again");
  for (const std::string& packed : {one, one + gzip_for_test(""), one + one}) {
    const std::string_view all = packed;
    const auto whole = unpack({all});
    ASSERT_TRUE(whole) << whole.error().text();
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      const auto both = unpack({all.substr(0, cut), all.substr(cut)});
      ASSERT_TRUE(both) << cut << " " << both.error().text();
      EXPECT_EQ(*both, *whole);
      const auto first = unpack({all.substr(0, cut)});
      const bool is_end_of_member = cut == one.size() || cut == all.size();
      EXPECT_EQ(first.has_value(), is_end_of_member) << cut;
      if (!first) EXPECT_EQ(first.error().code, Errc::corrupt) << cut;
    }
  }
}

TEST(GzipReader, reads_members_behind_each_other_as_one_text) {
  const std::string packed = gzip_for_test("one ") + gzip_for_test("") + gzip_for_test("two");
  const auto got = unpack({packed});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(*got, "one two");
}

TEST(GzipReader, refuses_what_follows_its_end) {
  const std::string packed = gzip_for_test("text");
  for (const std::string& behind :
       {std::string(1, '\0'), std::string(512, '\0'), std::string("x"), std::string("\x1f")}) {
    const auto got = unpack({packed, behind});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::corrupt);
  }
}

TEST(GzipReader, refuses_what_is_no_gzip) {
  const std::string zlib_format = "\x78\x9c\x03\x00\x00\x00\x00\x01";
  for (const std::string& bytes : {std::string(), std::string("plain text"), zlib_format}) {
    const auto got = unpack({bytes});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::corrupt);
  }
}

TEST(GzipReader, notices_damage_and_stays_so) {
  const std::string text = long_text();
  const std::string packed = gzip_for_test(text);
  std::mt19937 random(1);  // NOLINT: the same cases each time
  for (int i = 0; i < 300; ++i) {
    std::string damaged = packed;
    // Behind the header, of which some bytes mean nothing.
    const std::size_t at = 10 + random() % (damaged.size() - 10);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    const auto got = unpack({damaged});
    ASSERT_FALSE(got) << at;
    EXPECT_EQ(got.error().code, Errc::corrupt);
  }
  GzipReader reader;
  const BodySink take = [](std::string_view) { return true; };
  EXPECT_FALSE(reader.feed("nonsense that is no gzip", take));
  EXPECT_FALSE(reader.feed(packed, take));
  EXPECT_FALSE(reader.finish());
}

TEST(GzipReader, survives_random_bytes_in_random_pieces) {
  std::mt19937 random(2);  // NOLINT: the same cases each time
  const std::string packed = gzip_for_test(long_text().substr(0, 5000));
  for (int i = 0; i < 500; ++i) {
    std::string bytes = packed.substr(0, random() % packed.size());
    for (std::size_t more = random() % 100; more > 0; --more) {
      bytes += static_cast<char>(random());
    }
    const std::size_t cut = random() % (bytes.size() + 1);
    (void)unpack({std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)});
  }
}

TEST(GzipReader, hands_out_small_pieces_and_stops_when_no_more_is_wanted) {
  const std::string packed = gzip_for_test(std::string(8'000'000, 'x'));
  EXPECT_LT(packed.size(), 100'000U);
  GzipReader reader;
  std::size_t most = 0;
  std::size_t all = 0;
  const auto got = reader.feed(packed, [&](std::string_view piece) {
    most = std::max(most, piece.size());
    all += piece.size();
    return all < 1'000'000;
  });
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
  EXPECT_LE(most, 16U * 1024);
  EXPECT_LT(all, 1'100'000U);
}

}  // namespace
}  // namespace gthulhu::net
