import DebugInfo

/// The reader of types on untrusted bytes, as one call: for DeadwaitFuzz and tests.
///
/// A call may find nothing; it must come back, in bounded time and memory, and never trap.
package enum TypeFuzzing {
    /// A whole ELF file with debug information: types, functions, variables, places, and all questions about layouts.
    package static func types(_ bytes: UnsafeRawBufferPointer) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        buffer.copyMemory(from: bytes)
        do throws(DebugInfoError) {
            let file = try ObjectFile(buffer: buffer, name: "fuzz")
            let binary = try BinaryFile(file)
            ask(BinaryTypes(binary, options: DebugInfoOptions(useDebuginfod: false)))
        } catch {
            _ = error.description
        }
    }

    private static func ask(_ types: BinaryTypes) {
        let table = types.table
        for index in table.shapes.indices.prefix(256) {
            let type = TypeID(index: UInt32(index))
            _ = (table.size(of: type), table.structure(type), table.pointee(type), table.mayBeSame(type, type))
            for offset: UInt64 in [0, 1, 8, 24, 40, 1 << 20, .max] {
                _ = table.leaf(at: offset, in: type)
                _ = table.nested(at: offset, in: type)
            }
        }
        for global in types.globals.prefix(256) { _ = types.global(holding: global.address &+ 4) }
        for places in types.places.values { for place in places { _ = (place.high, place.location) } }
    }
}
