// A program whose classes derive from those of libraries, which call their methods.
#include "virtual_library.h"

static volatile int sum;

namespace {
struct Own : Task {
    void run(int a) override;
};
struct Far : Chain {
    void run(int a) override;
    void rename(int a) override;
};
struct Wide : Named, Ring {
    void run(int a) override;
};
struct Acting : Plain {
    void act(int a) override;
};
// In the same slots, of no class that the library knows.
struct Other {
    virtual void first(int a);
    virtual void second(int a);
    virtual void third(int a);
    virtual void fourth(int a);
};
void Own::run(int a) { sum += a + 1; }
void Far::run(int a) { sum += a + 2; }
void Far::rename(int a) { sum += a + 3; }
void Wide::run(int a) { sum += a + 4; }
void Acting::act(int a) { sum += a + 5; }
void Other::first(int a) { sum += a + 6; }
void Other::second(int a) { sum += a + 7; }
void Other::third(int a) { sum += a + 8; }
void Other::fourth(int a) { sum += a + 9; }
}  // namespace

static Other *volatile other;

int main() {
    Own own;
    Far far;
    Wide wide;
    Acting acting;
    library_runs(&own);
    library_runs(&far);
    library_runs(&wide);
    library_names(&far);
    library_acts(&acting);
    other = new Other;
    other->third(1);
    return 0;
}
