// What glibc's heap does with memory that a session freed. The standard library only.
#pragma once

namespace electra {

// For the whole process, from now on: the heap keeps it for the next step. A step's tensors are of
// the same sizes as the last step's, and by default glibc gives large ones back to the system and
// gets them anew, page by page.
void KeepFreedMemory();

// Gives back what was kept so far.
void ReturnFreedMemory();

}  // namespace electra
