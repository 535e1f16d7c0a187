/* leveldb_busy FOLDER SECONDS: an application of LevelDB that keeps its threads waiting for one another.
 *
 * Four writers, one of them with the log forced to disk, so that they queue up behind each other; a small write
 * buffer, so that they wait for the flush of the one before; a reader with iterators and snapshots; and whole
 * compactions by hand, which wait for those in the background. Writes `ready` once all run, and `done`. Status: 0 all
 * well, 1 an error. */
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<bool> over{false};
std::atomic<int> errors{0};

void check(const leveldb::Status &status)
{
    if (status.ok())
        return;
    if (errors.fetch_add(1) == 0)
        std::fprintf(stderr, "%s\n", status.ToString().c_str());
}

std::string key(unsigned number)
{
    char text[16];
    std::snprintf(text, sizeof text, "row%08u", number);
    return text;
}

void write_rows(leveldb::DB *db, unsigned seed, bool forced)
{
    leveldb::WriteOptions options;
    options.sync = forced;
    const std::string value(200, static_cast<char>('a' + seed));
    for (unsigned number = seed; !over; number = number * 1103515245u + 12345u) {
        leveldb::WriteBatch batch;
        for (unsigned row = 0; row < 8; row++)
            batch.Put(key((number >> 8) % 100000 + row), value);
        batch.Delete(key((number >> 12) % 100000));
        check(db->Write(options, &batch));
    }
}

void read_rows(leveldb::DB *db)
{
    while (!over) {
        leveldb::ReadOptions options;
        options.snapshot = db->GetSnapshot();
        std::unique_ptr<leveldb::Iterator> rows(db->NewIterator(options));
        int count = 0;
        for (rows->SeekToFirst(); rows->Valid() && count < 1000; rows->Next())
            count++;
        check(rows->status());
        rows.reset();
        db->ReleaseSnapshot(options.snapshot);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

void compact(leveldb::DB *db)
{
    while (!over) {
        db->CompactRange(nullptr, nullptr);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 3) {
        std::fprintf(stderr, "usage: leveldb_busy FOLDER SECONDS\n");
        return 1;
    }
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = 64 << 10;
    options.max_file_size = 1 << 20;
    // Opened twice: the second time it recovers from the log.
    for (int time = 0; time < 2 && errors == 0; time++) {
        leveldb::DB *opened = nullptr;
        check(leveldb::DB::Open(options, arguments[1], &opened));
        if (errors != 0)
            return 1;
        std::unique_ptr<leveldb::DB> db(opened);
        over = false;
        std::vector<std::thread> threads;
        for (unsigned seed = 0; seed < 4; seed++)
            threads.emplace_back(write_rows, opened, seed, seed == 0);
        threads.emplace_back(read_rows, opened);
        threads.emplace_back(compact, opened);
        if (time == 0) {
            std::puts("ready");
            std::fflush(stdout);
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(std::atof(arguments[2]) / 2));
        over = true;
        for (std::thread &thread : threads)
            thread.join();
    }
    std::puts("done");
    return errors == 0 ? 0 : 1;
}
