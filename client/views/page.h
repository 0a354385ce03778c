// The compiled-in pages, from this folder's files. A script is page_elements.js, page_charts.js and
// then: page.js for a report; page.js, page_link.js and page_live.js for a live run; page_link.js
// and page_jobs.js for the jobs of a server.
#pragma once

#include <string_view>

namespace electra::client {

// The frame of every page. @NAME@ is a placeholder (page_fill.h).
std::string_view PageTemplate();
std::string_view RunContent();
std::string_view JobsContent();
std::string_view PageStyle();
std::string_view PageScript();
std::string_view LiveScript();
std::string_view JobsScript();

}  // namespace electra::client
