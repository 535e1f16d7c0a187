// Ways by which C++ code comes to call a function, each by a caller of its own: calls_X reaches target_X and never
// other_X. Run, it takes all of them.
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#ifdef __clang__
#define KEEP __attribute__((noinline, used))
#else
#define KEEP __attribute__((noipa, used))
#endif

static volatile int sum;

extern "C" {
KEEP void target_virtual(int a) { sum += a + 1; }
KEEP void target_second_base(int a) { sum += a + 2; }
KEEP void other_class(int a) { sum += a + 3; }
KEEP void target_function(int a) { sum += a + 4; }
KEEP void target_member_pointer(int a) { sum += a + 5; }
KEEP void target_thread(int a) { sum += a + 6; }
KEEP void target_catch(int a) { sum += a + 7; }
KEEP void target_destructor(int a) { sum += a + 8; }
KEEP void target_other_thread(int a) { sum += a + 9; }
}

struct Shape {
    virtual ~Shape() = default;
    virtual void draw(int a) = 0;
    virtual void measure(int a) = 0;
};
struct Named {
    virtual ~Named() = default;
    virtual void name(int a) { sum += a; }
    std::string text;
};
struct Circle : Shape, Named {
    KEEP void draw(int a) override { target_virtual(a); }
    KEEP void measure(int a) override { sum += a; }
    KEEP void name(int a) override { target_second_base(a); }
};
struct Unrelated {
    virtual ~Unrelated() = default;
    KEEP virtual void first(int a) { other_class(a); }
    KEEP virtual void second(int a) { other_class(a + 1); }
};

extern "C" {
KEEP void calls_virtual(Shape *shape) { shape->draw(1); }
KEEP void calls_second_base(Named *named) { named->name(2); }
KEEP void calls_unrelated(Unrelated *unrelated) { unrelated->second(3); }
KEEP void calls_destructor(Shape *shape) { delete shape; }
}

struct Job {
    std::function<void(int)> work;
};
extern "C" {
KEEP void calls_function(const Job &job) { job.work(4); }
KEEP void fill_job(Job &job) {
    job.work = [](int a) { target_function(a); };
}
}

struct Machine {
    KEEP void step(int a) { target_member_pointer(a); }
    KEEP void halt(int a) { sum -= a; }
};
struct Transition {
    void (Machine::*action)(int);
};
static const Transition transitions[] = {{&Machine::halt}, {&Machine::step}};
extern "C" {
KEEP void calls_member_pointer(Machine &machine, int which) { (machine.*transitions[which].action)(5); }
}

extern "C" {
KEEP void calls_thread(std::thread &thread, int a) {
    thread = std::thread([a] { target_thread(a); });
}
KEEP void calls_other_thread(std::thread &thread, int a) {
    thread = std::thread(target_other_thread, a);
}
KEEP void throws(int a) {
    if (a > 0) throw std::runtime_error("thrown");
}
KEEP void calls_catch(int a) {
    try {
        throws(a);
    } catch (const std::exception &) {
        target_catch(a);
    }
}
}

struct Guard {
    KEEP ~Guard() { target_destructor(1); }
};

int main() {
    std::unique_ptr<Circle> circle(new Circle);
    calls_virtual(circle.get());
    circle->measure(1);
    calls_second_base(circle.get());
    Unrelated unrelated;
    calls_unrelated(&unrelated);
    Job job;
    fill_job(job);
    calls_function(job);
    Machine machine;
    calls_member_pointer(machine, 1);
    std::thread thread, other;
    calls_thread(thread, 1);
    calls_other_thread(other, 2);
    thread.join();
    other.join();
    calls_catch(1);
    calls_destructor(new Circle);
    { Guard guard; }
    return 0;
}
