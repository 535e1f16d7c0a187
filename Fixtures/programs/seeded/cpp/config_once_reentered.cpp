/* truth
 * title: Loading the configuration logs a warning, and the log asks for the configuration
 * class: self-deadlock
 * cause: only-self
 * thread main: stuck, once, Config::loaded, untimed
 * release Config::loaded: Config::load blocked
 */
#include <cstdio>
#include <map>
#include <mutex>
#include <string>

namespace {

class Config {
  public:
    static const Config &shared();
    std::string get(const std::string &key, const std::string &otherwise) const {
        auto found = values_.find(key);
        return found == values_.end() ? otherwise : found->second;
    }

  private:
    static void load();
    static std::once_flag loaded;
    static Config config;
    std::map<std::string, std::string> values_;
};

std::once_flag Config::loaded;
Config Config::config;

void log_line(const char *level, const std::string &text) {
    static int lines = 0;
    if (Config::shared().get("log.level", "info") == "none") return;
    std::printf("%d %s: %s\n", ++lines, level, text.c_str());
}

const Config &Config::shared() {
    std::call_once(loaded, load);
    return config;
}

void Config::load() {
    const char *lines[] = {"cache.size=64M", "checkpoint.interval=60", "compress"};
    for (std::string line : lines) {
        auto equals = line.find('=');
        if (equals == std::string::npos) {
            std::puts("ready");
            std::fflush(stdout);
            log_line("warning", "no value in " + line);
            continue;
        }
        config.values_[line.substr(0, equals)] = line.substr(equals + 1);
    }
}

} // namespace

int main() {
    std::puts(Config::shared().get("cache.size", "32M").c_str());
    return 0;
}
