import Testing

@testable import SignalMap

/// Functions that stand in a binary under names of a library's.
@Suite struct PrimitivesDefinedTests {
    @Test(arguments: [false, true]) func aProgramsOwnFunctionsAreItsOwn(_ holdsLibC: Bool) {
        for name in ["send", "error", "index", "wait", "remove", "free", "notify", "signal", "write", "clone"] {
            #expect(KnownFunctions.defined([name], holdsLibC: holdsLibC) == nil, "\(name)")
        }
        // One that libraries have, and another of the program's.
        #expect(KnownFunctions.defined(["g_cond_wait"], holdsLibC: holdsLibC) == nil)
        #expect(KnownFunctions.defined([], holdsLibC: holdsLibC) == nil)
    }

    @Test func onlyAProgramThatHoldsLibCDefinesItsFunctions() {
        let names = ["pthread_cond_signal", "___pthread_cond_signal", "__pthread_cond_signal"]
        #expect(KnownFunctions.defined(names, holdsLibC: false) == nil)
        let known = KnownFunctions.defined(names, holdsLibC: true)
        #expect(known?.name == "pthread_cond_signal" && known?.function.primitive?.operation == .signal)
        #expect(KnownFunctions.defined(["__libc_read", "__read", "read"], holdsLibC: true)?.name == "read")
        #expect(KnownFunctions.holdsLibC([["main"], ["__libc_start_main", "x"]]))
        #expect(!KnownFunctions.holdsLibC([["main", "_start"]]))
    }

    @Test func runtimesThatAreLinkedInAreKnown() {
        for name in [
            "_ZNSt18condition_variable10notify_oneEv", "__cxa_guard_acquire", "swift_task_future_wait",
            "_RNvMNtNtNtNtCsjrHSEGnQ3l9_3std3sys4sync5mutex5futexNtB2_5Mutex14lock_contended",
        ] { #expect(KnownFunctions.defined([name], holdsLibC: false)?.function.primitive != nil, "\(name)") }
        // Looked into, since the call does not show what is started.
        #expect(
            KnownFunctions.defined(
                ["_ZN3std3sys4unix6thread6Thread3new17hf416001be557eb9eE"], holdsLibC: false) == nil)
    }
}
