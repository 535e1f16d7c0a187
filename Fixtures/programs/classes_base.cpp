// A library with classes that programs derive from: see classes_derived.cpp.
#include "classes_base.h"

Task::~Task() {}
int Task::cost() const { return 1; }
int Cheap::run() { return 2; }
int total(Task &task) { return task.run() + task.cost(); }
