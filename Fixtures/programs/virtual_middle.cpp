// A library between virtual_library.cpp and virtual_program.cpp.
#include "virtual_library.h"

static volatile int sum;

void Chain::run(int a) { sum += a + 2; }
void Chain::link(int a) { sum += a + 3; }
void Ring::run(int a) { sum += a + 4; }
void Ring::turn(int a) { sum += a + 5; }
