// A library that calls methods of objects which other binaries made: see virtual_program.cpp.
#include "virtual_library.h"

static volatile int sum;

Task::~Task() {}
void Task::stop(int a) { sum += a + 2; }
Named::~Named() {}
void Named::name(int a) { sum += a + 3; }
void Named::rename(int a) { sum += a + 4; }

extern "C" {
void library_runs(Task *task) { task->run(1); }
void library_names(Named *named) { named->rename(2); }
void library_acts(Plain *plain) { plain->act(3); }
}
