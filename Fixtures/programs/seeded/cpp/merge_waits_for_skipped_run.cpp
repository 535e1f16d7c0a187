/* truth
 * title: A merge waits for as many sorted runs as there are chunks, but the empty chunk got no sorter
 * class: quorum-short
 * cause: never-created
 * thread main: stuck, condition, Merge::sorted_, untimed
 * release Merge::sorted_: sort_chunk exited, sort_chunk never-created
 */
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <iterator>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Chunk = std::vector<int>;

class Merge {
  public:
    explicit Merge(std::size_t runs) : expected_(runs) {}

    void add(Chunk run) {
        std::lock_guard<std::mutex> lock(mutex_);
        runs_.push_back(std::move(run));
        sorted_.notify_one();
    }

    Chunk finish() {
        std::unique_lock<std::mutex> lock(mutex_);
        while (runs_.size() < expected_) sorted_.wait(lock);
        Chunk all;
        for (const auto &run : runs_) {
            Chunk merged;
            std::merge(all.begin(), all.end(), run.begin(), run.end(), std::back_inserter(merged));
            all.swap(merged);
        }
        return all;
    }

  private:
    std::mutex mutex_;
    std::condition_variable sorted_;
    std::vector<Chunk> runs_;
    std::size_t expected_;
};

void sort_chunk(Merge &merge, Chunk chunk) {
    pthread_setname_np(pthread_self(), "sorter");
    std::sort(chunk.begin(), chunk.end());
    merge.add(std::move(chunk));
}

std::vector<Chunk> split(int count, std::size_t parts) {
    std::vector<Chunk> chunks(parts);
    std::size_t size = static_cast<std::size_t>(count) / (parts - 1);
    for (int i = 0; i < count; i++) chunks[static_cast<std::size_t>(i) / size].push_back((i * 7919) % 1000);
    return chunks;
}

} // namespace

int main() {
    auto chunks = split(3000, 4);
    Merge merge(chunks.size());
    std::vector<std::thread> sorters;
    for (auto &chunk : chunks)
        if (!chunk.empty()) sorters.emplace_back(sort_chunk, std::ref(merge), std::move(chunk));
    for (auto &sorter : sorters) sorter.join();
    std::puts("ready");
    std::fflush(stdout);
    auto all = merge.finish();
    std::printf("%zu rows\n", all.size());
    return 0;
}
