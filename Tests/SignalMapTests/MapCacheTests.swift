import DebugInfo
import Foundation
import ProcessModel
import SignalMapABI
import Testing

@testable import SignalMap

@Suite struct MapCacheTests {
    /// A folder of its own, removed at the end.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("maps-\(UUID().uuidString)").path
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func map(_ identifier: String) throws -> SignalMapFile {
        var builder = SignalMapBuilder(path: "/lib/x.so", buildID: BuildID(identifier))
        _ = builder.string(String(repeating: "x", count: 1000))
        return try builder.finish()
    }

    private func isThere(_ cache: SignalMapCache, _ identifier: String) throws -> Bool {
        if case .map = cache.map(of: try #require(BuildID(identifier))) { true } else { false }
    }

    @Test func whatIsKeptIsFoundAgain() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path + "/a/b")
        #expect(try !isThere(cache, "aa11"))
        let map = try map("aa11")
        #expect(cache.keep(map) == nil)
        guard case .map(let found) = cache.map(of: try #require(BuildID("aa11"))) else {
            Issue.record("the map is not found")
            return
        }
        #expect(withExtendedLifetime((found, map)) { found.bytes.elementsEqual(map.bytes) })
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a/b") == ["aa11-v\(DWM_VERSION).dwmap"])
    }

    @Test func aDamagedFileIsToldAndReplaced() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path)
        let identifier = try #require(BuildID("aa11"))
        #expect(cache.keep(try map("aa11")) == nil)
        let path = cache.path(of: identifier)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        guard case .unusable(let reason) = cache.map(of: identifier) else {
            Issue.record("damage was not noticed")
            return
        }
        #expect(reason.contains("checksum"))
        #expect(cache.keep(try map("aa11")) == nil)
        #expect(try isThere(cache, "aa11"))
    }

    @Test func anotherBinarysMapUnderTheNameIsNotTaken() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path)
        #expect(cache.keep(try map("aa11")) == nil)
        try FileManager.default.moveItem(
            atPath: cache.path(of: try #require(BuildID("aa11"))), toPath: cache.path(of: try #require(BuildID("bb22")))
        )
        guard case .unusable = cache.map(of: try #require(BuildID("bb22"))) else {
            Issue.record("a wrong map was taken")
            return
        }
    }

    @Test func aMapOlderThanThisProgramCountsAsNotThere() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path)
        #expect(cache.keep(try map("aa11")) == nil)
        let path = cache.path(of: try #require(BuildID("aa11")))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000)], ofItemAtPath: path)
        #expect(try !isThere(cache, "aa11"))
    }

    @Test func whatOthersMayWriteIsNotTrusted() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path)
        #expect(cache.keep(try map("aa11")) == nil)
        chmod(cache.path(of: try #require(BuildID("aa11"))), 0o666)
        #expect(try !isThere(cache, "aa11"))
    }

    @Test func theLeastRecentlyUsedGoesFirst() throws {
        let folder = Folder()
        let size = try map("aa11").bytes.count
        let cache = SignalMapCache(directory: folder.path, byteLimit: size * 2 + size / 2)
        for (name, age) in [("aa11", 3000.0), ("bb22", 2000.0)] {
            #expect(cache.keep(try map(name)) == nil)
            // The access time is what counts, so both are set.
            var times = [timespec(), timespec()]
            times[0].tv_sec = time(nil) - Int(age)
            times[1].tv_sec = time(nil) - Int(age)
            utimensat(AT_FDCWD, cache.path(of: try #require(BuildID(name))), &times, 0)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/cc33-v\(DWM_VERSION).dwmap"))
        let used = cache.path(of: try #require(BuildID("aa11")))
        let descriptor = open(used, O_RDONLY)
        CacheFolder(directory: folder.path, suffix: ".dwmap", byteLimit: size).touch(descriptor)
        close(descriptor)
        #expect(cache.keep(try map("cc33")) == nil)
        #expect(FileManager.default.fileExists(atPath: used))
        #expect(!FileManager.default.fileExists(atPath: cache.path(of: try #require(BuildID("bb22")))))
    }

    @Test func severalWritersLeaveOneWholeMap() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path)
        let map = try map("aa11")
        let identifier = try #require(BuildID("aa11"))
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            #expect(cache.keep(map) == nil)
            if case .unusable(let reason) = cache.map(of: identifier) {
                Issue.record("\(reason)")
            }
        }
        #expect(try isThere(cache, "aa11"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }

    @Test func aFolderInTheMapsPlaceIsToldAndNoFailure() throws {
        let folder = Folder()
        let cache = SignalMapCache(directory: folder.path)
        let map = try map("aa11")
        let path = cache.path(of: try #require(BuildID("aa11")))
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(try !isThere(cache, "aa11"))
        #expect(cache.keep(map)?.contains("cannot write") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }

    @Test func aFolderThatCannotBeMadeIsToldAndNoFailure() throws {
        let cache = SignalMapCache(directory: "/proc/deadwait-maps")
        #expect(try !isThere(cache, "aa11"))
        #expect(cache.keep(try map("aa11"))?.contains("/proc/deadwait-maps") == true)
    }

    @Test func aMapIsWrittenWhereItIsAsked() throws {
        let folder = Folder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let map = try map("aa11")
        try map.write(to: folder.path + "/x.dwmap")
        let read = try SignalMapFile(path: folder.path + "/x.dwmap")
        #expect(withExtendedLifetime((read, map)) { read.bytes.elementsEqual(map.bytes) })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.dwmap"])
        #expect(throws: SignalMapError.self) { try map.write(to: "/proc/x.dwmap") }
    }
}
