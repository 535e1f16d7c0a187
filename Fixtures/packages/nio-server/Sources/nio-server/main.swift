// nio-server SOCKET: an echo server on a unix socket. Prints `ready` when it listens.
import Glibc
import NIOCore
import NIOPosix

final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }
}

let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let bootstrap = ServerBootstrap(group: group)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
    }
let channel = try bootstrap.bind(unixDomainSocketPath: CommandLine.arguments[1]).wait()
print("ready", getpid())
fflush(nil)
try channel.closeFuture.wait()
