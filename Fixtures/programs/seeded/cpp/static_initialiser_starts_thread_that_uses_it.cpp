/* truth
 * title: The initialiser of a static waits for a thread that asks for the same static
 * class: deadlock-cycle
 * cause: cycle
 * thread main: stuck, join, Settings::load_overrides, untimed
 * thread overrides: stuck, once, the guard variable of settings in Settings::shared, untimed
 * release the guard variable of settings in Settings::shared: Settings::shared blocked
 * note: __cxa_guard_acquire of libstdc++ waits on a futex in the guard variable; main holds it
 */
#include <chrono>
#include <cstdio>
#include <map>
#include <pthread.h>
#include <string>
#include <thread>

namespace {

class Settings {
  public:
    static Settings &shared() {
        static Settings settings;
        return settings;
    }

    int get(const std::string &key) const {
        auto found = values_.find(key);
        return found == values_.end() ? 0 : found->second;
    }

  private:
    Settings() {
        values_["cache"] = 64;
        std::thread loader(&Settings::load_overrides);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        std::puts("ready");
        std::fflush(stdout);
        loader.join();
    }

    static void load_overrides() {
        pthread_setname_np(pthread_self(), "overrides");
        auto &values = shared().values_;
        values["cache"] *= 2;
        values["threads"] = 8;
    }

    std::map<std::string, int> values_;
};

} // namespace

int main() {
    std::printf("cache %d\n", Settings::shared().get("cache"));
    return 0;
}
