/* truth
 * title: The server closes the connection, the receiver ends, and nobody fails the calls that are still pending
 * class: dead-wait
 * cause: exited
 * thread main: stuck, condition, Call::replied_, untimed
 * release Call::replied_: Client::receive exited
 * note: the callback that signals is a std::function in the map Client::pending_ and would be called by receive
 */
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
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
        body_ = body;
        done_ = true;
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

    ~Client() {
        shutdown(socket_, SHUT_RDWR);
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

void serve(int socket) {
    Message request;
    while (read(socket, &request, sizeof request) == sizeof request && request.body != 0) {
        Message reply{request.id, request.body * 2};
        if (write(socket, &reply, sizeof reply) != sizeof reply) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    close(socket);
}

} // namespace

int main() {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0) return 1;
    std::thread server(serve, sockets[1]);
    Client client(sockets[0]);
    std::printf("%u\n", client.call(21));
    std::thread announcer([&server] {
        server.join();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::puts("ready");
        std::fflush(stdout);
    });
    announcer.detach();
    std::printf("%u\n", client.call(0));
    return 0;
}
