// How electrad ends. A supervisor may tell them apart: electrad.service does.
#pragma once

namespace electra::server {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;  // arguments or configuration: a restart changes nothing
// A device was lost (core/base/device_lost.h): start the daemon again, its jobs go on. sysexits.h
// calls this number EX_TEMPFAIL.
inline constexpr int kExitDeviceLost = 75;

}  // namespace electra::server
