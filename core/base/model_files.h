// Which files of a Hugging Face repository or directory make a model, by their names alone.
//
// Pure functions.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace electra {

// Selects from the names in a directory the files that reading it needs: config.json, the
// tokenizer's files and the weights, of the first kind that is there, as in
// core/hub/weight_files.h.
std::vector<std::string> SelectModelFiles(const std::set<std::string>& names);

// Whether there are weights among the selected files.
bool HasWeights(const std::vector<std::string>& selected);

// One plain component that SelectModelFiles may give.
bool IsModelFileName(std::string_view name);

// A letter or digit, then letters, digits, '.', '_' or '-'; at most this many.
bool IsPlainName(std::string_view name, std::size_t most);

}  // namespace electra
