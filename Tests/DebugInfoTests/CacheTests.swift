import DebugInfo
import Foundation
import ProcessModel
import TestSupport
import Testing

/// The cache of finished answers.
@Suite struct CacheTests {
    let directory: ScratchDirectory
    let program: String
    let addresses: [Address]
    var options: DebugInfoOptions

    init() throws {
        directory = try ScratchDirectory()
        program = directory.file("program")
        try FileManager.default.copyItem(atPath: try LineTests.builds[0].program(), toPath: program)
        addresses = try SymbolizerOracle.addresses(of: program, limit: 60).map { Address($0) }
        options = DebugInfoOptions(useDebuginfod: false, cacheDirectory: directory.file("a/b/cache"))
    }

    func answers() -> [SymbolRecord] { session(program, options).symbolize(addresses, detail: .lines) }

    func file() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.file("a/b/cache"))
        #expect(names.count == 1)
        return directory.file("a/b/cache/") + (try #require(names.first))
    }

    /// Damages .debug_info and keeps the size, so that only the cache can answer.
    func blind() throws {
        let header = try tool("sh", "-c", "readelf -SW program | grep ' .debug_info '", directory: directory.path)
        let fields = header.split(separator: " ")
        let place = try #require(fields.firstIndex(of: "PROGBITS"))
        let offset = try #require(UInt64(fields[place + 2], radix: 16))
        let handle = try #require(FileHandle(forUpdatingAtPath: program))
        try handle.seek(toOffset: offset)
        handle.write(Data(repeating: 0xff, count: 64))
        try handle.close()
    }

    @Test func theSecondRunNeedsNoDwarf() throws {
        let first = answers()
        #expect(first.contains { $0.source.contains { $0.line != nil } })
        try tool("touch", "-r", program, directory.file("stamp"))
        try blind()
        try tool("touch", "-r", directory.file("stamp"), program)
        #expect(answers() == first)
        // More detail, or other addresses, are not there.
        let more = session(program, options).symbolize(addresses, detail: .parameters)
        #expect(more != first)
    }

    @Test func aChangedFileIsReadAnew() throws {
        let first = answers()
        try blind()
        #expect(answers() != first)
    }

    @Test func damagedFilesCountAsNotThere() throws {
        let first = answers()
        let path = try file()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for position in stride(from: 0, to: whole.count, by: 37) {
            var damaged = whole
            damaged[position] ^= 0x55
            try damaged.write(to: URL(fileURLWithPath: path))
            try tool("chmod", "600", path)
            #expect(answers() == first)
        }
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
        #expect(answers() == first)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(answers() == first)
    }

    @Test func whatOthersMayWriteIsNotBelieved() throws {
        let first = answers()
        try tool("chmod", "666", try file())
        try tool("touch", "-r", program, directory.file("stamp"))
        try blind()
        try tool("touch", "-r", directory.file("stamp"), program)
        #expect(answers() != first)
    }

    @Test func sizeIsBounded() throws {
        var options = options
        options.cacheByteLimit = 40_000
        let cache = directory.file("a/b/cache")
        _ = answers()
        for index in 0..<20 {
            let old = cache + "/\(index).answers"
            try Data(repeating: 0, count: 10_000).write(to: URL(fileURLWithPath: old))
            try tool("touch", "-d", "2001-01-01", old)
        }
        _ = session(program, options).symbolize([addresses[0] + 1], detail: .lines)
        let total = try FileManager.default.contentsOfDirectory(atPath: cache).reduce(0) { sum, name in
            let size = try FileManager.default.attributesOfItem(atPath: cache + "/" + name)[.size] as? Int
            return sum + (size ?? 0)
        }
        #expect(total <= 40_000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache).contains { !$0.hasPrefix("1") })
    }

    @Test func aDirectoryThatCannotBeMadeIsAGap() throws {
        var options = options
        options.cacheDirectory = try directory.write("", to: "occupied") + "/cache"
        let session = session(program, options)
        #expect(session.symbolize(addresses, detail: .lines).contains { $0.source.contains { $0.line != nil } })
        #expect(session.gaps.contains { $0.operation.contains("next run") })
    }
}
