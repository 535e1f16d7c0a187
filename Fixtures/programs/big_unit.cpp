// One unit of a library with much debug information: many instantiations of the standard library's templates over
// types of this unit's own namespace.
//
// It is compiled once. A copy of the object file in which the bytes "unit_xy" are replaced by other ones of the same
// length, such as "unit_07", is a unit of its own: its namespace, its types, its symbols and its debug information have
// other names. Thus a library of hundreds of megabytes of real DWARF costs one compilation and a link.
// work_fn_unit_xy calls on as the work functions of cond.c do.
#include <algorithm>
#include <any>
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace big::unit_xy {

template <int Kind>
struct Record {
    int id;
    std::string name;
    std::vector<double> values;
    std::optional<long> parent;
    bool operator<(const Record &other) const { return std::tie(id, name) < std::tie(other.id, other.name); }
    bool operator==(const Record &other) const { return name == other.name; }
};

template <int Kind>
struct RecordHash {
    size_t operator()(const Record<Kind> &record) const { return std::hash<std::string>()(record.name) ^ record.id; }
};

template <int Kind>
long process(int count)
{
    using Row = Record<Kind>;
    std::map<std::string, std::vector<Row>> byName;
    std::unordered_map<Row, std::shared_ptr<Row>, RecordHash<Kind>> shared;
    std::set<Row> sorted;
    std::deque<std::pair<Row, int>> queue;
    for (int index = 0; index < count; index++) {
        Row row{index, std::to_string(index), {1.0 * index}, index};
        byName[row.name].push_back(row);
        shared.emplace(row, std::make_shared<Row>(row));
        sorted.insert(row);
        queue.emplace_back(row, index);
    }
    for (auto &[name, rows] : byName)
        std::sort(rows.begin(), rows.end(), [](const auto &left, const auto &right) { return right < left; });
    std::variant<Row, std::string, std::list<Row>> either;
    if (count > 3)
        either = std::to_string(count);
    else
        either = std::list<Row>(3);
    long total = std::visit(
        [](const auto &value) -> long {
            if constexpr (requires { value.size(); })
                return (long)value.size();
            else
                return value.id;
        },
        either);
    std::function<long(const Row &)> weigh = [total](const Row &row) { return row.id + total; };
    for (const auto &[row, weight] : queue)
        total += weigh(row);
    std::sort(queue.begin(), queue.end(), [](const auto &left, const auto &right) { return left.second > right.second; });
    auto sum = std::async(std::launch::deferred, [&] {
        return std::accumulate(sorted.begin(), sorted.end(), 0L, [](long before, const Row &row) { return before + row.id; });
    });
    std::any kept = std::move(byName);
    return total + sum.get() + (long)shared.size() + (long)kept.has_value();
}

template <int... Kinds>
long processAll(int count, std::integer_sequence<int, Kinds...>)
{
    return (process<Kinds>(count) + ...);
}

long all(int count)
{
    std::regex pattern("a+b*");
    std::smatch match;
    std::string text = std::to_string(count);
    std::ostringstream stream;
    stream << std::filesystem::path(text).filename() << std::regex_search(text, match, pattern);
    return (long)stream.str().size() + processAll(count, std::make_integer_sequence<int, RECORD_KINDS>());
}

} // namespace big::unit_xy

extern "C" long big_all_unit_xy(int count) { return big::unit_xy::all(count); }

extern "C" {
typedef int (*work_function)(int seed, int depth);
extern const work_function work_table[50];
extern void leaf_wait(int seed);
}

namespace {
inline __attribute__((always_inline)) int dispatch(int seed, int depth)
{
    if (depth <= 0) {
        leaf_wait(seed);
        return seed;
    }
    return work_table[(seed * 7 + depth * 13) % 50](seed, depth - 1) + 1;
}

inline __attribute__((always_inline)) int checked(int seed, int depth, volatile char *buffer)
{
    buffer[0] = (char)seed;
    int result = dispatch(seed, depth);
    return result + buffer[0];
}
} // namespace

extern "C" __attribute__((noinline)) int work_fn_unit_xy(int seed, int depth)
{
    volatile char buffer[200];
    buffer[sizeof buffer - 1] = (char)depth;
    int result = checked(seed, depth, buffer);
    return result + buffer[sizeof buffer - 1];
}
