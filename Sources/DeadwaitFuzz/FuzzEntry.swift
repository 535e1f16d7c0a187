/// One parser of untrusted bytes that can be fuzzed. To add one: a file in Entries/, and its name in `all`.
struct FuzzEntry: Sendable {
    /// As given on the command line.
    var name: String
    /// One line for the list.
    var summary: String
    /// Small inputs to begin with, laid out so that the parser takes them.
    var seeds: @Sendable () -> [[UInt8]]
    /// Parses. Must return; a trap or a hang is what is looked for.
    var parse: @Sendable (UnsafeRawBufferPointer) -> Void

    static let all: [FuzzEntry] = [
        .core, .elfImage, .modules, .compressed, .auxiliaryVector, .procFiles, .expression, .walk, .isolatedReply,
        .isolatedRequest,
        .snapshot,
        .objectFile, .lineProgram, .mangledName, .packageIndex, .answers,
        .waits,
        .registry, .registryModule,
        .signalMap, .mappedBinary, .types,
        .dumpText,
    ]
}
