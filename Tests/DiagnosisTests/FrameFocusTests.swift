import Diagnosis
import ProcessModel
import TestSupport
import Testing

@Suite struct FrameFocusTests {
    private func place(_ functions: [String], edit: (inout Snapshot) -> Void = { _ in }) -> (String?, String?) {
        var sketch = SnapshotSketch()
        sketch.thread(101, functions: functions)
        sketch.edit(edit)
        let focus = FrameFocus(sketch.snapshot)
        let thread = sketch.snapshot.threads[0]
        return (focus.place(of: thread)?.words, focus.startRoutine(of: thread))
    }

    @Test func theProgramsOwnFunctionsAreFound() {
        let (place, start) = place([
            "libc:futex_wait", "std::mutex::lock", "transfer bank.c:9", "worker pool.c:3", "libc:start_thread",
            "clone3",
        ])
        #expect(place == "transfer (bank.c:9)")
        #expect(start == "worker")
    }

    @Test func aCutStackHasNoStartRoutine() {
        let (place, start) = place(["transfer bank.c:9"]) { $0.stacks[0].end = .limit }
        #expect(place == "transfer (bank.c:9)")
        #expect(start == nil)
    }

    @Test func whatTheCompilerMadeIsNoPlace() {
        let (place, _) = place(["thunk x.c:1", "transfer bank.c:9"]) {
            $0.frames[0].source[0].file = "/src/<compiler-generated>"
        }
        #expect(place == "transfer (bank.c:9)")
    }

    @Test func withoutNamesThereIsNone() {
        let (place, start) = place(["libc:a", "libc:b"])
        #expect(place == nil)
        #expect(start == nil)
    }
}
