// The report's page as it is compiled in: page.html, page.css, and page_elements.js, page_charts.js
// and page.js of this folder, in this order.
#pragma once

#include <string_view>

namespace electra::client {

std::string_view PageTemplate();  // @NAME@ stands for what is put in
std::string_view PageStyle();
std::string_view PageScript();

}  // namespace electra::client
