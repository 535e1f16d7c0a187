/* rocksdb_busy FOLDER SECONDS: an application of RocksDB that keeps its threads waiting for one another.
 *
 * Writers with and without a log, which queue up behind each other; small write buffers, so that writes are slowed
 * down and stopped until a flush has ended; flushes and compactions by hand, which wait for those in the background;
 * pessimistic transactions that wait for each other's locks; and options that are changed meanwhile. Three times, with
 * the three ways in which RocksDB writes: one leader for log and memory, pipelined, and unordered. Writes `ready` once
 * all run, and `done`. Status: 0 all well, 1 an error. */
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/transaction_db.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<bool> over{false};
std::atomic<int> errors{0};

void check(const rocksdb::Status &status)
{
    // A lock that is not to be had in time, or a compaction that another one overtakes, is in the order of things.
    if (status.ok() || status.IsTimedOut() || status.IsBusy() || status.IsIncomplete() || status.IsTryAgain())
        return;
    if (errors.fetch_add(1) == 0)
        std::fprintf(stderr, "%s\n", status.ToString().c_str());
}

void pause_for(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

std::string key(unsigned number)
{
    char text[16];
    std::snprintf(text, sizeof text, "row%08u", number);
    return text;
}

void write_rows(rocksdb::DB *db, unsigned seed)
{
    rocksdb::WriteOptions options;
    options.sync = seed == 0;
    const std::string value(200, static_cast<char>('a' + seed));
    for (unsigned number = seed; !over; number = number * 1103515245u + 12345u) {
        rocksdb::WriteBatch batch;
        for (unsigned row = 0; row < 8; row++)
            check(batch.Put(key((number >> 8) % 100000 + row), value));
        check(db->Write(options, &batch));
    }
}

void read_rows(rocksdb::DB *db)
{
    while (!over) {
        std::unique_ptr<rocksdb::Iterator> rows(db->NewIterator(rocksdb::ReadOptions()));
        int count = 0;
        for (rows->SeekToFirst(); rows->Valid() && count < 1000; rows->Next())
            count++;
        check(rows->status());
        pause_for(20);
    }
}

void tend(rocksdb::DB *db)
{
    for (int round = 0; !over; round++) {
        rocksdb::FlushOptions flush;
        flush.wait = true;
        check(db->Flush(flush));
        check(db->SetOptions({{"write_buffer_size", round % 2 == 0 ? "131072" : "262144"}}));
        rocksdb::CompactRangeOptions compaction;
        compaction.exclusive_manual_compaction = round % 2 == 0;
        check(db->CompactRange(compaction, nullptr, nullptr));
        if (round % 4 == 0) {
            check(db->PauseBackgroundWork());
            check(db->ContinueBackgroundWork());
        }
        pause_for(50);
    }
}

void transact(rocksdb::TransactionDB *db)
{
    rocksdb::TransactionOptions options;
    options.lock_timeout = 1000;
    while (!over) {
        std::unique_ptr<rocksdb::Transaction> one(db->BeginTransaction(rocksdb::WriteOptions(), options));
        rocksdb::Status status = one->Put("account", "busy");
        check(status);
        pause_for(5);
        check(status.ok() ? one->Commit() : one->Rollback());
    }
}

rocksdb::Options engine_options(int way)
{
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = 128 << 10;
    options.max_write_buffer_number = 2;
    options.level0_slowdown_writes_trigger = 6;
    options.level0_stop_writes_trigger = 8;
    options.target_file_size_base = 512 << 10;
    options.max_background_jobs = 4;
    options.max_subcompactions = 2;
    options.stats_dump_period_sec = 1;
    options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(8 << 20));
    options.enable_pipelined_write = way == 1;
    options.unordered_write = way == 2;
    options.allow_concurrent_memtable_write = true;
    return options;
}

void run(const std::string &folder, int way, double seconds)
{
    const rocksdb::Options options = engine_options(way);
    rocksdb::DB *db = nullptr;
    rocksdb::TransactionDB *locking = nullptr;
    if (way == 0) {
        check(rocksdb::TransactionDB::Open(options, rocksdb::TransactionDBOptions(), folder, &locking));
        db = locking;
    } else {
        check(rocksdb::DB::Open(options, folder, &db));
    }
    if (errors != 0)
        return;
    over = false;
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; seed++)
        threads.emplace_back(write_rows, db, seed);
    threads.emplace_back(read_rows, db);
    threads.emplace_back(tend, db);
    for (int index = 0; index < 3 && locking != nullptr; index++)
        threads.emplace_back(transact, locking);
    if (way == 0) {
        std::puts("ready");
        std::fflush(stdout);
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    over = true;
    for (std::thread &thread : threads)
        thread.join();
    check(db->Close());
    delete db;
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 3) {
        std::fprintf(stderr, "usage: rocksdb_busy FOLDER SECONDS\n");
        return 1;
    }
    for (int way = 0; way < 3 && errors == 0; way++)
        run(std::string(arguments[1]) + "/" + std::to_string(way), way, std::atof(arguments[2]) / 3);
    std::puts("done");
    return errors == 0 ? 0 : 1;
}
