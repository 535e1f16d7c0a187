/* truth
 * title: A solver whose strip is empty drops out of the barrier, one of the others has a slow step
 * class: healthy
 * looks-like: barrier-short
 * flags: -std=c++20
 * thread main: waiting, join, solve, untimed
 * thread solver-0: waiting, barrier, step, untimed
 * thread solver-1: outside, sleep
 * release step: solve alive
 */
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

namespace {

using Strip = std::vector<double>;

void relax(Strip &strip) {
    for (std::size_t i = 1; i < strip.size(); i++) strip[i] = (strip[i - 1] + strip[i]) / 2;
}

void solve(int index, Strip &strip, std::barrier<> &step, int steps, std::chrono::seconds reading) {
    pthread_setname_np(pthread_self(), ("solver-" + std::to_string(index)).c_str());
    for (int i = 0; i < steps; i++) {
        if (strip.empty()) {
            step.arrive_and_drop();
            return;
        }
        relax(strip);
        if (i == 5 && index == 1) std::this_thread::sleep_for(reading);
        step.arrive_and_wait();
    }
}

} // namespace

int main(int argc, char **argv) {
    std::chrono::seconds reading(argc > 1 ? std::atoi(argv[1]) : 600);
    std::vector<Strip> strips = {Strip(400, 1.5), Strip(400, 2.5), Strip()};
    std::barrier<> step(static_cast<std::ptrdiff_t>(strips.size()));
    std::vector<std::thread> solvers;
    for (std::size_t i = 0; i < strips.size(); i++)
        solvers.emplace_back(solve, static_cast<int>(i), std::ref(strips[i]), std::ref(step), 10, reading);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::puts("ready");
    std::fflush(stdout);
    for (auto &solver : solvers) solver.join();
    std::printf("%f\n", strips[0].back());
    return 0;
}
