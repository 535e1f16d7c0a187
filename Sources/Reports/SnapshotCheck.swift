import ProcessModel

/// Checks that everything in a loaded snapshot that points at something points at something that is there.
struct SnapshotCheck {
    private let snapshot: Snapshot

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    func run() throws(ReportsError) {
        for (number, frame) in snapshot.frames.enumerated() {
            try index(frame.module, in: snapshot.modules.count, "frames[\(number)].module")
        }
        for (number, stack) in snapshot.stacks.enumerated() {
            for frame in stack.frames where !snapshot.frames.indices.contains(frame) {
                throw .invalid(place: "stacks[\(number)].frames", reason: "there is no frame \(frame)")
            }
        }
        var threads: Set<ThreadID> = []
        for (number, thread) in snapshot.threads.enumerated() {
            try index(thread.stack, in: snapshot.stacks.count, "threads[\(number)].stack")
            if !threads.insert(thread.id).inserted {
                throw .invalid(place: "threads[\(number)].id", reason: "thread \(thread.id) is there twice")
            }
            if thread.instant.start > thread.instant.end {
                throw .invalid(place: "threads[\(number)].instant", reason: "it ends before it begins")
            }
        }
        for (number, error) in (snapshot.errors ?? []).enumerated() where error.frame < 0 || error.depth < 0 {
            throw .invalid(place: "errors[\(number)]", reason: "a frame is counted from 0")
        }
        var objects: Set<SyncObjectID> = []
        for (number, object) in snapshot.objects.enumerated() where !objects.insert(object.id).inserted {
            throw .invalid(place: "objects[\(number)].id", reason: "object \(object.id) is there twice")
        }
        for (number, module) in snapshot.modules.enumerated() where module.start > module.end {
            throw .invalid(place: "modules[\(number)]", reason: "it ends before it begins")
        }
    }

    private func index(_ value: Int?, in count: Int, _ place: @autoclosure () -> String) throws(ReportsError) {
        guard let value else { return }
        if value < 0 || value >= count {
            throw .invalid(place: place(), reason: "\(value) is not within the \(count) that are there")
        }
    }
}
