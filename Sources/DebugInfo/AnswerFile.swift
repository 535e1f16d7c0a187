import CCompression
import ProcessModel

/// The bytes of one file of the answer cache: the frames at addresses of one module, with what they were read from.
///
/// Little endian: magic "dwanswer", version u32, CRC-32 u32 of all that follows; size u64 and time of change i64 of the
/// file the answers were read from; strings (count u32, then length u32 and UTF-8 bytes each); answers (count u32, then
/// address u64, detail u8, frames u16, and of each frame: flags u8, three strings u32, line and column u64, parameters
/// u16 with two strings u32 each). A string's number 0 means none; others count from 1.
enum AnswerFile {
    struct Origin: Hashable {
        var size: UInt64
        var modificationNanoseconds: Int64
    }

    struct Answer {
        var detail: SymbolDetail
        var frames: [DwarfModule.Frame]
    }

    static let version: UInt32 = 1
    private static let magic: UInt64 = 0x7265_7773_6e61_7764
    private static let headerSize = 16

    // MARK: Writing

    static func encode(_ answers: [UInt64: Answer], origin: Origin) -> [UInt8] {
        var strings: [String: UInt32] = [:]
        var list: [String] = []
        func number(_ text: String?) -> UInt32 {
            guard let text else { return 0 }
            if let known = strings[text] { return known }
            list.append(text)
            strings[text] = UInt32(list.count)
            return UInt32(list.count)
        }
        var body: [UInt8] = []
        append(UInt32(answers.count), to: &body)
        for (address, answer) in answers.sorted(by: { $0.key < $1.key }) {
            append(address, to: &body)
            body.append(UInt8(answer.detail.rawValue))
            append(UInt16(answer.frames.count), to: &body)
            for frame in answer.frames {
                body.append((frame.isInlined ? 1 : 0) | (frame.name == nil ? 0 : 2))
                append(number(frame.name?.name), to: &body)
                append(number(frame.name?.linkageName), to: &body)
                append(number(frame.file), to: &body)
                append(UInt64(frame.line ?? 0), to: &body)
                append(UInt64(frame.column ?? 0), to: &body)
                append(UInt16(frame.parameters.count), to: &body)
                for parameter in frame.parameters {
                    append(number(parameter.name), to: &body)
                    append(number(parameter.location), to: &body)
                }
            }
        }
        var content: [UInt8] = []
        append(origin.size, to: &content)
        append(UInt64(bitPattern: origin.modificationNanoseconds), to: &content)
        append(UInt32(list.count), to: &content)
        for text in list {
            append(UInt32(text.utf8.count), to: &content)
            content += text.utf8
        }
        content += body
        var file: [UInt8] = []
        append(magic, to: &file)
        append(version, to: &file)
        append(checksum(content[...]), to: &file)
        return file + content
    }

    private static func append<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
    }

    // MARK: Reading

    /// Nil when the file is damaged, of another version, or of another origin.
    static func decode(_ file: [UInt8], origin: Origin) -> [UInt64: Answer]? {
        guard file.count >= headerSize else { return nil }
        return file.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            guard reader.u64() == magic, reader.u32() == version, reader.u32() == checksum(file[headerSize...]),
                reader.u64() == origin.size, Int64(bitPattern: reader.u64()) == origin.modificationNanoseconds
            else { return nil }
            var strings: [String] = []
            for _ in 0..<reader.u32() {
                strings.append(String(reader.bytes(UInt64(reader.u32()))))
                if reader.failed { return nil }
            }
            var answers: [UInt64: Answer] = [:]
            for _ in 0..<reader.u32() {
                let address = reader.u64()
                guard let detail = SymbolDetail(rawValue: Int(reader.u8())),
                    let frames = frames(&reader, strings)
                else { return nil }
                answers[address] = Answer(detail: detail, frames: frames)
            }
            return reader.failed ? nil : answers
        }
    }

    private static func frames(_ reader: inout ByteReader, _ strings: [String]) -> [DwarfModule.Frame]? {
        func text(_ number: UInt32) -> String? {
            number > 0 && number <= UInt32(strings.count) ? strings[Int(number) - 1] : nil
        }
        var frames: [DwarfModule.Frame] = []
        for _ in 0..<reader.u16() {
            let flags = reader.u8()
            let name = FunctionNames.Name(name: text(reader.u32()), linkageName: text(reader.u32()))
            var frame = DwarfModule.Frame(
                name: flags & 2 != 0 ? name : nil, file: text(reader.u32()), line: Int(exactly: reader.u64()),
                column: Int(exactly: reader.u64()), isInlined: flags & 1 != 0)
            if frame.line == 0 { frame.line = nil }
            if frame.column == 0 { frame.column = nil }
            for _ in 0..<reader.u16() {
                frame.parameters.append(
                    Parameter(name: text(reader.u32()) ?? "", location: text(reader.u32())))
                if reader.failed { return nil }
            }
            if reader.failed { return nil }
            frames.append(frame)
        }
        return frames
    }
}
