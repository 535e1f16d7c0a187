import Diagnosis
import ProcessModel

/// The members of a registry's JSON that are not about one thread or object.
struct RegistryFactsJSON {
    let record: RegistryRecord
    let words: RegistryWords

    func write(to json: inout JSONWriter) {
        startRoutines(&json)
        failures(&json)
        expected(&json)
        declarations(&json)
        pending(&json)
        locks(&json)
        counters(&json)
    }

    private func startRoutines(_ json: inout JSONWriter) {
        list("startRoutines", record.starts, &json) { start, json in
            json.string("function", words.place(start.address, isReturnAddress: false))
            json.address("address", start.address.rawValue)
            json.string("role", start.role)
            json.integer("created", start.created)
            json.integer("live", start.live)
            json.integer("failed", start.failed)
        }
    }

    private func failures(_ json: inout JSONWriter) {
        list("failures", record.failures, &json) { failure, json in
            json.integer("number", failure.number)
            json.integer("errno", failure.error)
            json.string("error", RegistryWords.error(failure.error))
            json.integer("when", failure.when)
            json.string("startRoutine", failure.startRoutine.map { words.place($0, isReturnAddress: false) })
            json.address("startAddress", failure.startRoutine?.rawValue)
            json.address("argument", failure.argument)
            json.integer("creator", failure.creator?.rawValue)
            json.integer("creatorSerial", failure.creatorSerial)
            words.stack("stack", failure.stack, &json)
        }
    }

    private func expected(_ json: inout JSONWriter) {
        var wanted: [(role: String, count: UInt32)] = []
        for declaration in record.declarations {
            if case .expected(let role, let count) = declaration.statement { wanted.append((role, count)) }
        }
        list("expected", wanted.sorted { $0.role < $1.role }, &json) { wanted, json in
            json.string("role", wanted.role)
            json.integer("wanted", wanted.count)
            json.integer("live", record.live(role: wanted.role))
        }
    }

    private func declarations(_ json: inout JSONWriter) {
        list("declarations", record.declarations, &json) { declaration, json in
            switch declaration.statement {
            case .signaller(let role):
                json.string("statement", "signaller")
                json.string("role", role)
            case .predicate(let address, let mask, let value, let bytes):
                json.string("statement", "predicate")
                json.address("address", address.rawValue)
                json.address("mask", mask)
                json.address("value", value)
                json.integer("bytes", bytes)
            case .quorum(let role, let count, let arrived, let bytes):
                json.string("statement", "quorum")
                json.string("role", role)
                json.integer("count", count)
                json.address("arrived", arrived?.rawValue)
                json.integer("bytes", bytes)
            case .expected(let role, let count):
                json.string("statement", "expected")
                json.string("role", role)
                json.integer("count", count)
            case .call(let name, let thread, let serial):
                json.string("statement", "call")
                json.string("name", name)
                json.integer("tid", thread.rawValue)
                json.integer("serial", serial)
            }
            json.address("object", declaration.object?.rawValue)
            json.integer("since", declaration.since)
            words.stack("stack", declaration.stack, &json)
        }
    }

    private func pending(_ json: inout JSONWriter) {
        list("pending", record.pending, &json) { promise, json in
            json.address("id", promise.id)
            json.string("kind", promise.kind.rawValue)
            json.string("text", promise.text)
            json.integer("since", promise.since)
            json.integer("tid", promise.thread?.rawValue)
            json.integer("serial", promise.threadSerial)
            json.address("context", promise.context)
            json.integer("dropped", promise.dropped)
            words.stack("stack", promise.stack, &json)
        }
    }

    private func locks(_ json: inout JSONWriter) {
        list("abandoned", record.abandoned, &json) { lock, json in
            json.address("object", lock.object.rawValue)
            json.string("kind", lock.kind.rawValue)
            json.string("reason", lock.reason.rawValue)
            json.integer("tid", lock.thread?.rawValue)
            json.integer("when", lock.when)
            json.string("place", lock.site.map { words.place($0, isReturnAddress: true) })
        }
        guard let orders = record.lockOrders else {
            json.key("lockOrders")
            json.null()
            return
        }
        list("lockOrders", orders, &json) { order, json in
            json.address("first", order.first.rawValue)
            json.string("firstKind", order.firstKind.rawValue)
            json.address("second", order.second.rawValue)
            json.string("secondKind", order.secondKind.rawValue)
            json.string("firstPlace", order.firstSite.map { words.place($0, isReturnAddress: true) })
            json.string("secondPlace", order.secondSite.map { words.place($0, isReturnAddress: true) })
            json.integer("tid", order.thread?.rawValue)
            json.integer("when", order.when)
            json.boolean("inverted", order.isInverted)
        }
    }

    private func counters(_ json: inout JSONWriter) {
        let counters = record.counters
        json.key("counters")
        json.beginObject()
        json.integer("threads", counters.threads)
        json.integer("exited", counters.exited)
        json.integer("threadsDropped", counters.threadsDropped)
        json.integer("slotsReused", counters.slotsReused)
        json.integer("failures", counters.failures)
        json.integer("objectsDropped", counters.objectsDropped)
        json.integer("stacksDropped", counters.stacksDropped)
        json.integer("startsDropped", counters.startsDropped)
        json.integer("textsDropped", counters.textsDropped)
        json.integer("declarationsDropped", counters.declarationsDropped)
        json.integer("pendingDropped", counters.pendingDropped)
        json.integer("modulesDropped", counters.modulesDropped)
        json.integer("heldDropped", counters.heldDropped)
        json.integer("ordersDropped", counters.ordersDropped)
        json.integer("abandonedDropped", counters.abandonedDropped)
        json.integer("inversions", counters.inversions)
        json.end()
    }

    private func list<Item>(
        _ name: StaticString, _ items: [Item], _ json: inout JSONWriter, _ body: (Item, inout JSONWriter) -> Void
    ) {
        json.key(name)
        json.beginArray(lines: true)
        for item in items {
            json.beginObject()
            body(item, &json)
            json.end()
        }
        json.end()
    }
}
