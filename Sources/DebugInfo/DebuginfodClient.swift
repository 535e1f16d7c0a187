import Glibc
import ProcessModel

/// Fetches debug files from the servers of DEBUGINFOD_URLS through libdebuginfod, which is loaded when it is first
/// needed: nothing depends on it otherwise.
///
/// libdebuginfod keeps its own cache of what it fetched and of what no server had (debuginfod_find_debuginfo(3)).
final class DebuginfodClient {
    /// Why there is no file.
    struct Failure: Error {
        var text: String
    }

    private typealias Begin = @convention(c) () -> OpaquePointer?
    private typealias End = @convention(c) (OpaquePointer?) -> Void
    private typealias Find =
        @convention(c) (
            OpaquePointer?, UnsafePointer<UInt8>?, Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        ) -> Int32
    private typealias Progress = @convention(c) (OpaquePointer?, Int, Int) -> Int32
    private typealias SetProgress = @convention(c) (OpaquePointer?, Progress?) -> Void
    private typealias SetUserData = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void
    private typealias GetUserData = @convention(c) (OpaquePointer?) -> UnsafeMutableRawPointer?

    private let milliseconds: Int
    private var client: OpaquePointer?
    private var find: Find?
    private var end: End?
    /// After one failure of the network no further question is worth its time.
    private var isGivenUp = false
    private let deadline = UnsafeMutablePointer<Deadline>.allocate(capacity: 1)

    private struct Deadline {
        var nanoseconds: UInt64
        var wasMissed: Bool
        var userData: GetUserData?
    }

    /// Nil when DEBUGINFOD_URLS is not set: then nobody wants to be asked.
    init?(milliseconds: Int) {
        self.milliseconds = milliseconds
        deadline.initialize(to: Deadline(nanoseconds: 0, wasMissed: false, userData: nil))
        guard let urls = getenv("DEBUGINFOD_URLS"), urls[0] != 0 else { return nil }
    }

    deinit {
        if let client { end?(client) }
        deadline.deallocate()
    }

    /// An open descriptor, the caller's; nil when no server has the file or none is asked any more.
    func debugInfo(of identifier: BuildID) -> Result<Int32, Failure>? {
        if isGivenUp { return nil }
        if client == nil, let failure = start() {
            isGivenUp = true
            return .failure(failure)
        }
        guard let client, let find else { return nil }
        deadline.pointee.nanoseconds = Self.now + UInt64(max(milliseconds, 0)) * 1_000_000
        deadline.pointee.wasMissed = false
        let result = identifier.bytes.withUnsafeBufferPointer { find(client, $0.baseAddress, Int32($0.count), nil) }
        if result >= 0 { return .success(result) }
        // An aborted question ends as if no server had the file.
        if deadline.pointee.wasMissed {
            isGivenUp = true
            return .failure(Failure(text: "no answer within \(milliseconds) ms"))
        }
        if result == -ENOENT { return nil }
        isGivenUp = true
        return .failure(Failure(text: "the servers of DEBUGINFOD_URLS gave nothing: \(errnoText(-result))"))
    }

    private func start() -> Failure? {
        guard let library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL) else {
            return Failure(text: "libdebuginfod.so.1 is not installed")
        }
        guard let begin = dlsym(library, "debuginfod_begin"), let end = dlsym(library, "debuginfod_end"),
            let find = dlsym(library, "debuginfod_find_debuginfo"),
            let setProgress = dlsym(library, "debuginfod_set_progressfn"),
            let setUserData = dlsym(library, "debuginfod_set_user_data"),
            let getUserData = dlsym(library, "debuginfod_get_user_data")
        else { return Failure(text: "libdebuginfod.so.1 is older than 0.180") }
        client = unsafeBitCast(begin, to: Begin.self)()
        guard let client else { return Failure(text: "libdebuginfod did not start") }
        self.end = unsafeBitCast(end, to: End.self)
        self.find = unsafeBitCast(find, to: Find.self)
        deadline.pointee.userData = unsafeBitCast(getUserData, to: GetUserData.self)
        Self.userData = deadline.pointee.userData
        unsafeBitCast(setUserData, to: SetUserData.self)(client, deadline)
        // Called about once a second while a question is under way; anything but 0 ends it.
        unsafeBitCast(setProgress, to: SetProgress.self)(client) { client, _, _ in
            guard let deadline = DebuginfodClient.userData?(client)?.assumingMemoryBound(to: Deadline.self) else {
                return 0
            }
            if DebuginfodClient.now < deadline.pointee.nanoseconds { return 0 }
            deadline.pointee.wasMissed = true
            return 1
        }
        return nil
    }

    /// A function of the loaded library, the same for all clients; written before any client asks.
    nonisolated(unsafe) private static var userData: GetUserData?

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
