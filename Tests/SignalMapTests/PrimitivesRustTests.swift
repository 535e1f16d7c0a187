import Testing

@testable import SignalMap

/// Paths of Rust functions, from names as rustc 1.63 (old mangling) and 1.95 (v0) write them.
@Suite struct PrimitivesRustTests {
    @Test(arguments: [
        (
            "_ZN3std3sys4unix5locks5futex7Condvar12wait_timeout17h6ee97892808923bcE",
            "std::sys::unix::locks::futex::Condvar::wait_timeout"
        ),
        ("_ZN3std6thread19JoinHandle$LT$T$GT$4join17h230ac922994c2c1eE", "std::thread::JoinHandle::join"),
        ("_ZN3std6thread4park17hcd97dc9f98b4eedfE.llvm.1234", "std::thread::park"),
        (
            "_RNvMNtNtNtNtCsjrHSEGnQ3l9_3std3sys4sync5mutex5futexNtB2_5Mutex14lock_contended",
            "std::sys::sync::mutex::futex::Mutex::lock_contended"
        ),
        ("_RNvMs_NtNtCsjrHSEGnQ3l9_3std6thread6threadNtB4_6Thread4park", "std::thread::thread::Thread::park"),
        ("_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc", "__rustc::__rust_alloc"),
        (
            "_RNvMsn_NtCslNYArtu3iFV_5alloc4syncINtB5_3ArcNtNtNtCsjrHSEGnQ3l9_3std6thread6thread5InnerNtNtBM_5alloc6"
                + "SystemE9drop_slowBM_", "alloc::sync::Arc::drop_slow"
        ),
        (
            "_RNvXs1_NtNtNtCsjrHSEGnQ3l9_3std3sys6thread4unixNtB5_6ThreadNtNtNtCsgEmfK2I1SDS_4core3ops4drop4Drop4drop",
            "std::sys::thread::unix::Thread::drop"
        ),
    ]) func pathsAreRead(_ symbol: String, _ path: String) throws {
        #expect(try #require(RustPath(symbol)).parts.joined(separator: "::") == path)
    }

    @Test func otherNamesAreNoPaths() {
        for name in [
            "_ZN3std6thread4parkEv", "_ZNSt6thread4joinEv", "_ZN", "_R", "_RB_", "_RBx_", "_RNvB_", "main",
            "_ZN9999999999999999999999std17h0000000000000000E", "_RNvC99999999999999999999a", "_RNvMB_B_1a",
            "_RI" + String(repeating: "I", count: 5000), "_RNv" + String(repeating: "Nv", count: 5000),
        ] { #expect(RustPath(name) == nil, "\(name.prefix(40))") }
    }

    @Test func damagedNamesEnd() {
        let name = Array(
            "_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeINtNtB4_6result6ResultINtNtNtNtCsjr_3std4sync6poisonBK_EEE"
                .utf8)
        for index in name.indices {
            for byte in [UInt8(ascii: "B"), UInt8(ascii: "_"), UInt8(ascii: "9"), UInt8(ascii: "I"), 0xff] {
                var damaged = name
                damaged[index] = byte
                _ = RustPath(String(decoding: damaged, as: UTF8.self))
                _ = RustPath(String(decoding: name[..<index] + [byte], as: UTF8.self))
            }
        }
    }

    @Test func theSystemsWaitIsNotTheProgramsWait() {
        let inner = Primitives.named("_ZN3std3sys4unix5locks5futex7Condvar4wait17h5f917b05b5a5d565E")
        #expect(inner?.operation == .wait && inner?.object == 0 && inner?.lock == 1)
        // Generic: its result is written through the first argument, and its code stands in the program.
        #expect(Primitives.named("_ZN3std4sync7condvar7Condvar4wait17h1f31647c531d298cE") == nil)
        #expect(Primitives.named("_ZN3std6thread6Thread3new17ha78e550b543ff9c0E") == nil)
        #expect(
            Primitives.named("_ZN3std3sys4unix6thread6Thread3new17hf416001be557eb9eE")?.operation == .create)
    }

    @Test func parkingLotIsKnown() {
        let wait = Primitives.named("_ZN11parking_lot7condvar7Condvar19wait_until_internal17hb543e320c72f7e05E")
        #expect(wait?.operation == .wait && wait?.kind == .condition && wait?.lock == 1)
        #expect(Primitives.named("_ZN16parking_lot_core11parking_lot10unpark_one17h0133e9b6e1a03f48E")?.object == 1)
    }
}
