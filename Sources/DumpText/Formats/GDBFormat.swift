import ProcessModel

/// gdb's and pstack's own words: backtraces of all threads or of some, lists of threads, banners, printed structures.
struct GDBFormat: DumpFormat {
    let name = "gdb"

    func probe(_ lines: [DumpLine]) -> Int {
        var score = 0
        for line in lines {
            let bytes = line.bytes.trimmed
            if GDBHeader.parse(bytes) != nil { score += 3 }
            guard bytes.first == 0x23 else { continue }
            if bytes.contains(" in ") && bytes.contains("0x") || bytes.contains(") at ") || bytes.contains(") from ")
                || bytes.contains("<signal handler called>") || bytes.contains(" (")
            {
                score += 1
            }
        }
        return score
    }

    func parse(_ lines: [DumpLine]) -> ParsedText {
        var reader = GDBReader(format: name)
        for line in lines { reader.read(line) }
        return reader.finish()
    }
}

/// Reads line by line; a header or a frame 0 without one begins a thread.
struct GDBReader {
    private var text = ParsedText()
    private var dump: ParsedDump
    private var thread: ParsedThread?
    /// A frame was read of it: locals and source lines may follow.
    private var isInStack = false
    private let format: String
    private var firstLine: Int?
    private var object: PrintedObject?
    /// What the last command asked to print.
    private var expression: String?
    /// The address of a lock that was printed and belongs to no object yet.
    private var pendingAddress: UInt64?

    init(format: String) {
        self.format = format
        dump = ParsedDump(format: format)
    }

    mutating func read(_ line: DumpLine) {
        let role = take(line)
        text.roles.append(role)
        if role != .ignored && role != .blank {
            if firstLine == nil { firstLine = line.number }
            dump.lines = (firstLine ?? line.number)...Swift.max(line.number, firstLine ?? line.number)
        }
    }

    mutating func finish() -> ParsedText {
        endThread()
        endDump()
        return text
    }

    private mutating func take(_ line: DumpLine) -> LineRole {
        if line.isBlank { return .blank }
        let bytes = line.bytes.trimmed
        if let header = GDBHeader.parse(bytes) {
            begin(header, line.number)
            return .thread
        }
        if let frame = GDBFrame.parse(bytes) {
            add(frame, line.number)
            return .frame
        }
        for command in ["(gdb) p ", "(gdb) print ", "+p "] as [StaticString] where bytes.begins(with: command) {
            expression = bytes.dropFirst(command.utf8CodeUnitCount).trimmed.string
        }
        if let role = GDBBanner.take(bytes, &dump, &thread) {
            if role == .thread, let header = thread {
                thread = nil
                begin(header, line.number, isChosen: true)
            }
            return role
        }
        if bytes.begins(with: "__") || bytes.begins(with: "$") || object != nil {
            if let role = takeObject(bytes) { return role }
        }
        // Locals of `bt full`, deeper than any frame.
        if isInStack, line.indent >= 8 || bytes.contains(" = ") && line.indent >= 2 { return .noise }
        return Self.isSourceLine(bytes) || dump.threads.isEmpty && thread == nil && Self.isTopFrame(bytes)
            ? .noise : .ignored
    }

    /// `f (x=1) at f.c:12`, the main thread's innermost frame, which gdb prints when it attaches.
    private static func isTopFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.contains(") at ") && bytes.contains(" (") || bytes.contains(" () from ")
    }

    /// `171	    ring_lock(r);` after a frame that was chosen.
    private static func isSourceLine(_ bytes: ArraySlice<UInt8>) -> Bool {
        var cursor = Cursor(bytes)
        return cursor.takeNumber() != nil && (cursor.next == 0x09 || cursor.rest.contains(": No such file"))
    }

    /// `isChosen`: the line switches to the thread or lists it, so that it may be there already.
    private mutating func begin(_ header: ParsedThread, _ line: Int, isChosen: Bool = false) {
        endThread()
        // The same thread once more is another dump.
        if !isChosen, let known = header.lwp.flatMap({ lwp in dump.threads.first { $0.lwp == lwp } }),
            !known.frames.isEmpty, !known.isListed
        {
            endDump()
        }
        thread = header
        thread?.line = line
        isInStack = false
    }

    private mutating func add(_ frame: ParsedFrame, _ line: Int) {
        isInStack = true
        if thread == nil {
            thread = ParsedThread(line: line)
        } else if frame.number == 0, let last = thread?.frames.last, let first = thread?.frames.first {
            // gdb prints the chosen frame and then the stack that begins with it.
            if thread?.frames.count == 1, first.number == 0 {
                thread?.frames = []
            } else if (last.number ?? 0) > 0 {
                endThread()
                thread = ParsedThread(line: line)
            }
        } else if let last = thread?.frames.last?.number, let number = frame.number, number <= last {
            // A frame that was chosen again.
            if thread?.frames.contains(where: { $0.number == number && $0.function == frame.function }) == true {
                return
            }
        }
        thread?.frames.append(frame)
    }

    private mutating func endThread() {
        guard let ended = thread else { return }
        thread = nil
        isInStack = false
        if ended.frames.isEmpty, ended.lwp == nil, ended.handle == nil { return }
        guard let place = ended.lwp.flatMap({ lwp in dump.threads.firstIndex { $0.lwp == lwp } }) else {
            dump.threads.append(ended)
            return
        }
        let name = dump.threads[place].name ?? ended.name
        if dump.threads[place].frames.count < ended.frames.count { dump.threads[place] = ended }
        dump.threads[place].name = name
    }

    private mutating func endDump() {
        endObject()
        if !dump.threads.isEmpty || !dump.objects.isEmpty {
            text.dumps.append(dump)
        }
        dump = ParsedDump(format: format)
        firstLine = nil
    }

    // MARK: Printed structures

    /// `$4 = {__data = {__lock = 2, ..., __owner = 50113, ...`: the fields, over one line or several; and
    /// `$5 = (pthread_mutex_t *) 0x561cddc0a0e0 <lock>`, where the one before lies.
    private mutating func takeObject(_ bytes: ArraySlice<UInt8>) -> LineRole? {
        if bytes.first == 0x24 {
            if let open = bytes.firstIndex(of: " *) 0x") {
                endObject()
                note(place: Cursor(bytes[(open + 4)...]))
                return .lock
            }
            endObject()
            object = PrintedObject(name: expression, address: expression.flatMap(Self.address) ?? pendingAddress)
            expression = nil
            pendingAddress = nil
        }
        guard object != nil else { return nil }
        let fields = GDBFields.read(bytes)
        if fields.isEmpty && bytes.first != 0x24 {
            let isPart = bytes.contains("__size") || bytes.contains("__elision") || bytes.contains("__align")
            if isPart { return .lock }
            endObject()
            return nil
        }
        object?.fields += fields
        return .lock
    }

    /// `*(pthread_mutex_t *) 0x1b7c2f8` says itself where it lies.
    private static func address(_ expression: String) -> UInt64? {
        let bytes = ArraySlice(Array(expression.utf8))
        guard bytes.first == 0x2a, let place = bytes.firstIndex(of: "0x") else { return nil }
        var cursor = Cursor(bytes[place...])
        return cursor.takeAddress()
    }

    /// The address of an object that was printed by its name.
    private mutating func note(place: Cursor) {
        var cursor = place
        guard let address = cursor.takeAddress() else { return }
        // `p &lock` before `p lock`, or behind it: whoever begins with one goes on so.
        if let last = dump.objects.indices.last, dump.objects[last].address == nil {
            dump.objects[last].address = address
        } else {
            pendingAddress = address
        }
        cursor.skipBlanks()
        guard cursor.take(0x3c), let symbol = cursor.take(until: 0x3e)?.string else { return }
        for index in dump.objects.indices where dump.objects[index].name == symbol {
            dump.objects[index].address = address
        }
    }

    private mutating func endObject() {
        if let object, object.fields.contains(where: { $0.name == "__owner" || $0.name == "__lock" }) {
            dump.objects.append(object)
        }
        object = nil
    }
}
