// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/mapping.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lamina/config/describe.h"

namespace lamina::config {
namespace {

struct wheel {
  int spokes = 8;
};
enum class colour { red, green };
struct cart {
  std::string name = "cart";
  double load = 2.5;
  colour paint = colour::green;
  std::vector<wheel> wheels;
};

mapping declare(wheel& w) {
  mapping m;
  m.whole("spokes", w.spokes, {3, 40}, "How many").required();
  return m;
}

mapping declare(cart& c) {
  mapping m;
  m.text("name", c.name, "What it is called");
  m.quantity("load", c.load, dimension::power, {0, 10}, "What it draws").from("a book");
  m.choice("paint", c.paint, {"red", "green"}, "How it looks");
  m.list("wheels", c.wheels, declare, "What it rolls on");
  return m;
}

struct decoded {
  cart value;
  diagnostics found;
  std::map<std::string, source_note> sources;
};

decoded decode_text(const std::string& text) {
  decoded result;
  const file_reader reader = read_file;
  decode_context context{result.found, reader};
  const node root = parse_yaml("t", text, result.found);
  decode(root, declare(result.value), "", context);
  result.sources = context.sources;
  return result;
}

TEST(mapping, one_declaration_decodes_values_choices_and_lists) {
  const decoded d =
      decode_text("{name: x, load: 3 W, paint: red, wheels: [{spokes: 4}, {spokes: 5}]}");
  EXPECT_FALSE(d.found.has_errors()) << d.found.text();
  EXPECT_EQ(d.value.name, "x");
  EXPECT_EQ(d.value.load, 3);
  EXPECT_EQ(d.value.paint, colour::red);
  ASSERT_EQ(d.value.wheels.size(), 2U);
  EXPECT_EQ(d.value.wheels[1].spokes, 5);
}

TEST(mapping, what_is_left_out_keeps_its_default) {
  const decoded d = decode_text("{}");
  EXPECT_FALSE(d.found.has_errors());
  EXPECT_EQ(d.value.load, 2.5);
  EXPECT_EQ(d.value.paint, colour::green);
}

TEST(mapping, all_problems_come_at_once_in_order_of_place) {
  const decoded d = decode_text("lod: 3 W\npaint: blue\nwheels: [{}]\nload: 11 W");
  const auto problems = d.found.sorted();
  ASSERT_EQ(problems.size(), 4U) << d.found.text();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(problems[i].where.line, static_cast<int>(i) + 1);
}

TEST(mapping, sources_belong_to_parameters) {
  const decoded d =
      decode_text("wheels: [{spokes: 4}]\nsources: {load: a scale, wheels.0.spokes: counted}");
  EXPECT_FALSE(d.found.has_errors()) << d.found.text();
  EXPECT_EQ(d.sources.at("load").text, "a scale");
}

TEST(mapping, dump_reads_back_to_equal_text) {
  decoded first =
      decode_text("{name: 'a: \"b\"', load: 0.1 W, wheels: [{spokes: 4}, {spokes: 5}]}");
  const std::string text = dump_yaml(declare(first.value));
  decoded second = decode_text(text);
  EXPECT_FALSE(second.found.has_errors()) << second.found.text() << text;
  EXPECT_EQ(dump_yaml(declare(second.value)), text);
  EXPECT_EQ(second.value.name, "a: \"b\"");
}

TEST(mapping, schema_has_every_parameter_with_its_limits) {
  cart c;
  const auto schema = nlohmann::json::parse(json_schema(declare(c), "cart"));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  const auto& properties = schema["properties"];
  EXPECT_EQ(properties["paint"]["enum"], (nlohmann::json{"red", "green"}));
  const auto& spokes = properties["wheels"]["items"]["properties"]["spokes"];
  EXPECT_EQ(spokes["minimum"], 3);
  EXPECT_EQ(spokes["maximum"], 40);
  EXPECT_EQ(schema["additionalProperties"], false);
}

TEST(mapping, describe_tells_value_range_meaning_and_source) {
  cart c;
  const std::string text = describe(declare(c), {{"load", {"a scale", {}}}});
  for (const char* part : {"load", "2.5 W", "0 W to 10 W", "What it draws", "source: a scale"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

}  // namespace
}  // namespace lamina::config
