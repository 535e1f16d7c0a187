import DebugInfo
import SignalMapABI

/// What a fuzzer calls: maps and binaries that nobody may believe.
package enum SignalMapFuzzing {
    /// A map as it is, and with a checksum that fits, so that the rest of it is reached.
    package static func map(_ bytes: UnsafeRawBufferPointer) {
        MapQuestions.ask(opened(bytes))
        guard bytes.count >= MemoryLayout<dwm_header>.size else { return }
        var copy = Array(bytes)
        while !copy.count.isMultiple(of: 8) { copy.append(0) }
        copy.withUnsafeMutableBytes { buffer in
            buffer.copyBytes(from: Array(DWM_MAGIC.utf8))
            var header = buffer.loadUnaligned(as: dwm_header.self)
            header.version = DWM_VERSION
            header.file_size = UInt64(buffer.count)
            header.checksum = SectionDirectory.checksum(UnsafeRawBufferPointer(buffer), header)
            buffer.storeBytes(of: header, as: dwm_header.self)
        }
        copy.withUnsafeBytes { MapQuestions.ask(opened($0)) }
    }

    /// An ELF file, through all steps to its map and the questions.
    package static func binary(_ bytes: UnsafeRawBufferPointer) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyMemory(from: bytes)
        do {
            let binary = try BinaryFile(ObjectFile(buffer: copy, name: "image"))
            var options = SignalMapOptions()
            options.debugInfo.useDebuginfod = false
            var clock = Stopwatch()
            MapQuestions.ask(try SignalMapping.make(of: binary, options, &clock))
        } catch {
            // A clear error is one of the two good ends.
        }
    }

    /// A small map with a bit of everything.
    package static var seed: [UInt8] {
        var builder = SignalMapBuilder(path: "/lib/seed.so", buildID: nil)
        for index in 0..<UInt32(3) {
            var function = dwm_function()
            function.start = 0x1000 + UInt64(index) * 0x40
            function.end = function.start + 0x30
            function.name = builder.string("f\(index)")
            function.first_block = index
            function.first_call = index
            builder.functions.append(function)
            builder.parts.append(
                dwm_part(start: function.start, end: function.end, function: index, reserved: 0))
            builder.block(start: function.start, size: 0x30, successors: [index])
            var call = dwm_call()
            call.address = function.start + 4
            call.length = 5
            call.block = index
            call.kind = UInt8(DWM_CALL_TARGETS.rawValue)
            call.target = builder.targetSet([(index + 1) % 3], level: DWM_TABLE, isOpen: index == 1)
            builder.calls.append(call)
            builder.exports.append(dwm_export(name: function.name, function: index, targets: DWM_NONE))
            builder.lines.append(dwm_line(address: call.address, file: builder.string("seed.c"), line: index))
        }
        let member = builder.member(structure: "pool", name: "idle", offset: 8, type: "pthread_cond_t", size: 64)
        var hop = dwm_hop()
        hop.kind = UInt8(DWM_HOP_MEMBER.rawValue)
        hop.is_whole = 1
        hop.keys = builder.keySet([member])
        hop.name = DWM_NONE
        var root = dwm_hop()
        root.kind = UInt8(DWM_HOP_PARAMETER.rawValue)
        root.keys = DWM_NONE
        root.name = DWM_NONE
        let identity = builder.identity([hop, root])
        for (index, action) in [DWM_WAIT, DWM_SIGNAL, DWM_CREATE].enumerated() {
            var operation = dwm_operation()
            operation.call = UInt32(index)
            operation.function = UInt32(index)
            operation.origin = UInt32(index)
            operation.identity = identity
            operation.lock = DWM_NONE
            operation.targets = 0
            operation.action = UInt8(action.rawValue)
            builder.operations.append(operation)
        }
        builder.slot(.init(kind: DWM_CELL_MEMBER.rawValue, value: member), targets: 0)
        builder.gap(operation: "follow a jump", reason: "its table has no end", function: 1)
        do {
            let map = try builder.finish()
            return withExtendedLifetime(map) { Array(map.bytes) }
        } catch {
            return []
        }
    }

    private static func opened(_ bytes: UnsafeRawBufferPointer) -> SignalMapFile? {
        do { return try SignalMapFile(bytes: bytes, path: "map") } catch { return nil }
    }
}
