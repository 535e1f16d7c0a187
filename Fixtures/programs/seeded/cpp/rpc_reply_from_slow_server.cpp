/* truth
 * title: A call waits for the reply of a slow server, which a callback in a map of callbacks will announce
 * class: healthy
 * looks-like: dead-wait
 * thread main: waiting, condition, Call::replied_, untimed
 * thread rpc-receiver: waiting, read, Client::socket_, untimed
 * thread rpc-server: outside, sleep
 * release Call::replied_: Client::receive alive
 * release Client::socket_: serve alive
 */
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <pthread.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

struct Message {
    std::uint32_t id, body;
};

class Call {
  public:
    void complete(std::uint32_t body) {
        std::lock_guard<std::mutex> lock(mutex_);
        body_ = body, done_ = true;
        replied_.notify_one();
    }

    std::uint32_t result() {
        std::unique_lock<std::mutex> lock(mutex_);
        replied_.wait(lock, [this] { return done_; });
        return body_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable replied_;
    std::uint32_t body_ = 0;
    bool done_ = false;
};

class Client {
  public:
    explicit Client(int socket) : socket_(socket), receiver_(&Client::receive, this) {}

    void hang_up() { shutdown(socket_, SHUT_RDWR); }

    ~Client() {
        hang_up();
        receiver_.join();
        close(socket_);
    }

    std::uint32_t call(std::uint32_t body) {
        Call call;
        Message request{0, body};
        {
            std::lock_guard<std::mutex> lock(mutex_);
            request.id = next_++;
            pending_[request.id] = [&call](std::uint32_t reply) { call.complete(reply); };
        }
        if (send(socket_, &request, sizeof request, MSG_NOSIGNAL) != sizeof request) return 0;
        return call.result();
    }

  private:
    void receive() {
        pthread_setname_np(pthread_self(), "rpc-receiver");
        Message reply;
        while (read(socket_, &reply, sizeof reply) == sizeof reply) {
            std::lock_guard<std::mutex> lock(mutex_);
            auto found = pending_.find(reply.id);
            if (found == pending_.end()) continue;
            found->second(reply.body);
            pending_.erase(found);
        }
    }

    std::mutex mutex_;
    std::map<std::uint32_t, std::function<void(std::uint32_t)>> pending_;
    std::uint32_t next_ = 1;
    int socket_;
    std::thread receiver_;
};

void serve(int socket, std::chrono::seconds delay) {
    pthread_setname_np(pthread_self(), "rpc-server");
    Message request;
    while (read(socket, &request, sizeof request) == sizeof request) {
        request.body *= 2;
        if (request.id % 2 == 0) std::this_thread::sleep_for(delay);
        if (write(socket, &request, sizeof request) != sizeof request) break;
    }
    close(socket);
}

} // namespace

int main(int argc, char **argv) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0) return 1;
    Client client(sockets[0]);
    std::thread server(serve, sockets[1], std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 600));
    std::printf("%u\nready\n", client.call(21));
    std::fflush(stdout);
    std::printf("%u\n", client.call(4));
    client.hang_up();
    server.join();
    return 0;
}
