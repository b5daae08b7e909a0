// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/document.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace lamina::config {
namespace {

using file_map = std::map<std::string, std::string>;

file_reader reader_of(file_map files) {
  return [files = std::move(files)](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

TEST(document, own_keys_win_and_maps_merge_key_by_key) {
  diagnostics found;
  const node root = load_document(
      "a/top.yaml", found,
      reader_of({{"a/top.yaml", "x: {extends: ../b/base.yaml, one: 1, deep: {p: own}}"},
                 {"b/base.yaml", "one: base\ntwo: base\ndeep: {p: base, q: base}\nlist: [1, 2]"}}));
  EXPECT_FALSE(found.has_errors()) << found.text();
  const node* x = root.find("x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->find("one")->text, "1");
  EXPECT_EQ(x->find("two")->text, "base");
  EXPECT_EQ(x->find("deep")->find("p")->text, "own");
  EXPECT_EQ(x->find("deep")->find("q")->text, "base");
  EXPECT_EQ(x->find("two")->place.file, "b/base.yaml");
  EXPECT_EQ(x->find("two")->place.line, 2);
  EXPECT_EQ(x->find("extends"), nullptr);
}

TEST(document, lists_replace) {
  diagnostics found;
  const node root = load_document(
      "t", found, reader_of({{"t", "extends: b\nlist: [9]"}, {"b", "list: [1, 2, 3]"}}));
  EXPECT_EQ(root.find("list")->entries.size(), 1U);
}

TEST(document, of_several_extended_files_the_later_wins) {
  diagnostics found;
  const node root = load_document(
      "t", found, reader_of({{"t", "extends: [b, c]"}, {"b", "k: b\nl: b"}, {"c", "k: c"}}));
  EXPECT_EQ(root.find("k")->text, "c");
  EXPECT_EQ(root.find("l")->text, "b");
}

TEST(document, files_that_multiply_are_stopped) {
  file_map files;
  for (int i = 0; i < 30; ++i) {
    const std::string next = std::to_string(i + 1);
    files[std::to_string(i)] = "extends: [" + next + ", " + next + "]";
  }
  files["30"] = "k: 1";
  diagnostics found;
  load_document("0", found, reader_of(files));
  EXPECT_NE(found.text().find("more than 64 files"), std::string::npos) << found.text();
}

TEST(document, aliases_that_multiply_are_stopped) {
  std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += before + (k < 9 ? ", " : "]\n");
  }
  diagnostics found;
  parse_yaml("t", text, found);
  EXPECT_NE(found.text().find("more than a million values"), std::string::npos) << found.text();
}

TEST(document, aliases_repeat_what_they_stand_for) {
  diagnostics found;
  const node root = parse_yaml("t", "a: &x {k: 1}\nb: *x", found);
  EXPECT_FALSE(found.has_errors());
  EXPECT_EQ(root.find("b")->find("k")->text, "1");
}

TEST(document, settings_reach_into_maps_and_lists) {
  diagnostics found;
  node root = parse_yaml("t", "a: {b: 1}\nlist: [{c: 1}, {c: 2}]", found);
  set_value(root, "a.b=7", found);
  set_value(root, "list.1.c=64 KiB", found);
  set_value(root, "new.path=[x, y]", found);
  EXPECT_FALSE(found.has_errors()) << found.text();
  EXPECT_EQ(root.find("a")->find("b")->text, "7");
  EXPECT_EQ(root.find("list")->entries[1].value.find("c")->text, "64 KiB");
  EXPECT_TRUE(root.find("new")->find("path")->is_list());
  EXPECT_EQ(root.find("a")->find("b")->place.file, "--set a.b=7");
}

TEST(document, settings_that_lead_nowhere_are_problems) {
  for (const char* bad : {"a", "=1", "a.b.c=1", "list.2.c=1", "list.x=1", "a..b=1", "a=[1"}) {
    diagnostics found;
    node root = parse_yaml("t", "a: {b: 1}\nlist: [{c: 1}]", found);
    set_value(root, bad, found);
    EXPECT_EQ(found.size(), 1U) << bad;
    EXPECT_EQ(found.sorted().front().where.file, std::string("--set ") + bad);
  }
}

TEST(document, keys_of_one_map_are_limited) {
  const auto problems_of = [](int keys) {
    std::string text;
    for (int i = 0; i < keys; ++i) text += "k" + std::to_string(i) + ": 1\n";
    diagnostics found;
    parse_yaml("wide.yaml", text, found);
    return found.text();
  };
  EXPECT_EQ(problems_of(4096), "");
  EXPECT_EQ(problems_of(4097), "wide.yaml:4097:1: error: more than 4096 keys in one map\n");
}

TEST(document, values_of_all_files_together_are_limited) {
  std::string large = "k: [1";
  for (int i = 0; i < 900'000; ++i) large += ",1";
  const file_map files = {{"top.yaml",
                           "a: {extends: large.yaml}\nb: {extends: large.yaml}\n"
                           "c: {extends: large.yaml}\n"},
                          {"large.yaml", large + "]\n"}};
  diagnostics found;
  load_document("top.yaml", found, reader_of(files));
  EXPECT_EQ(found.text(),
            "large.yaml:1:1: error: more than two million values in all files together\n");
}

TEST(document, that_is_not_utf8_is_refused_where_it_is_not) {
  for (const char* bad : {"\xff", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    diagnostics found;
    load_document("t.yaml", found,
                  reader_of({{"t.yaml", std::string("a: 1\nb: \xc3\xa9") + bad + "\n"}}));
    EXPECT_EQ(found.text(),
              "t.yaml:2:5: error: not UTF-8 text\n    name a YAML file, saved as UTF-8\n");
  }
}

TEST(document, may_hold_any_character) {
  diagnostics found;
  const std::string text = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80";
  EXPECT_EQ(load_document("t.yaml", found, reader_of({{"t.yaml", "a: " + text}})).find("a")->text,
            text);
  EXPECT_FALSE(found.has_errors()) << found.text();
}

/// What is told of a file of the disk, without the path itself.
std::string refusal_of(const std::string& path) {
  diagnostics found;
  load_document(path, found);
  std::string text = found.text();
  while (text.find(path) != std::string::npos) text.replace(text.find(path), path.size(), "FILE");
  return text;
}

TEST(document, that_cannot_be_read_says_why) {
  const std::string folder = testing::TempDir();
  EXPECT_EQ(refusal_of(folder),
            "FILE: error: cannot read the file 'FILE': it is a folder\n    name a file in it\n");
  EXPECT_EQ(refusal_of("/nowhere/x.yaml"),
            "FILE: error: cannot read the file 'FILE': there is no such file\n");
}

/// The file has holes only, so it takes no place on the disk.
TEST(document, beyond_the_limit_says_its_size_and_the_limit) {
  const std::string file = testing::TempDir() + "big.yaml";
  std::ofstream(file).put('\n');
  std::filesystem::resize_file(file, largest_file + (1U << 20U));
  EXPECT_EQ(refusal_of(file),
            "FILE: error: cannot read the file 'FILE': it has 257 MiB; expected at most 256 MiB\n"
            "    split it, or describe what it holds in fewer lines\n");
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace lamina::config
