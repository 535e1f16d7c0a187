import Glibc

/// libFuzzer, when this program was built with it: coverage tells it which inputs to go on with.
///
/// It is there after `swift build -c release --scratch-path .build/fuzz --product deadwait-fuzz
/// -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld -Xlinker --export-dynamic` (the gold linker, which is the default,
/// fails on it). Looked up at run time, so that the plain build needs nothing of it.
struct CoverageDriver {
    // LLVMFuzzerRunDriver of <FuzzerInterface.h>: int (int *argc, char ***argv, int (*)(const uint8_t *, size_t)).
    private typealias Parse = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    private typealias Run =
        @convention(c) (
            UnsafeMutablePointer<Int32>,
            UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>, Parse
        ) -> Int32

    private let run: Run

    init?() {
        guard let symbol = dlsym(nil, "LLVMFuzzerRunDriver") else { return nil }
        run = unsafeBitCast(symbol, to: Run.self)
    }

    /// The entry that the callback, which can capture nothing, parses with. Set once, before the driver runs.
    nonisolated(unsafe) private static var entry: FuzzEntry?

    /// Runs libFuzzer with `arguments` (https://llvm.org/docs/LibFuzzer.html, "Options") and returns its status.
    func fuzz(_ entry: FuzzEntry, arguments: [String]) -> Int32 {
        Self.entry = entry
        var pointers = (["deadwait-fuzz"] + arguments).map { strdup($0) } + [nil]
        var count = Int32(pointers.count - 1)
        return pointers.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return run(&count, &place) { bytes, count in
                CoverageDriver.entry?.parse(UnsafeRawBufferPointer(start: bytes, count: count))
                return 0
            }
        }
    }
}
