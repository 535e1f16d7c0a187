// A program that derives from the classes of a library and makes some of them.
#include "classes_base.h"
#include <cstdio>

struct Dear : Cheap {
    int cost() const override { return 100; }
};

int main() {
    Dear dear;
    Cheap cheap;
    Shared shared;
    std::printf("ready %d\n", total(dear) + total(cheap) + total(shared));
}
