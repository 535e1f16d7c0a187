import Testing

@testable import DebugInfo

/// Mangled names of real compilers and of the schemes' own documents.
@Suite struct DemanglerTests {
    @Test(arguments: [
        // Swift
        ("$s10Foundation6ThreadC4mainyyF", "Foundation.Thread.main() -> ()"),
        ("_T0s5PrintV", "Swift.Print"),
        // C++
        ("_ZN3foo3barIiEEvT_", "void foo::bar<int>(int)"),
        ("_Z3addii.isra.0", "add(int, int) [clone .isra.0]"),
        ("_ZTV3Foo", "vtable for Foo"),
        // Rust, older
        ("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"),
        (
            "_ZN65_$LT$core..cell..RefCell$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
            "<core::cell::RefCell<T> as core::fmt::Debug>::fmt"
        ),
        ("_ZN4main4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE.llvm.77", "main::main::{{closure}}"),
        // Rust v0: RFC 2603 and the rustc book
        ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
        ("_RNvC6_123foo3bar", "123foo::bar"),
        ("_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"),
        ("_RNvXs4_Csc_4coreNtB5_3StrNtB5_5Debug3fmt", "<core::Str as core::Debug>::fmt"),
        ("_RINvNtC3std3mem8align_ofjdE", "std::mem::align_of::<usize, f64>"),
        ("_RINvC3std3fooAhj8_E", "std::foo::<[u8; 8]>"),
        ("_RINvC3std3fooFEuE", "std::foo::<fn()>"),
        ("_RINvC3std3fooFUKCReEmE", "std::foo::<unsafe extern \"C\" fn(&str) -> u32>"),
        ("_RINvC3std3fooTmEE", "std::foo::<(u32,)>"),
        ("_RINvC3std3fooDNtC4core4SendEL_E", "std::foo::<dyn core::Send>"),
        ("_RINvC3std3fooFG_RL0_hEhE", "std::foo::<for<'a> fn(&'a u8) -> u8>"),
        ("_RINvC3std3fooKb1_Kc41_Kln2a_E", "std::foo::<true, 'A', -42>"),
        ("_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y", "utf8_idents::საჭმელად_გემრიელი_სადილი"),
        ("_RINvMC3fooINtB3_3VecpE3newmEC3foo", "<foo::Vec<_>>::new::<u32>"),
    ])
    func names(_ mangled: String, _ readable: String) {
        #expect(Demangler.demangle(mangled) == readable)
    }

    @Test(arguments: [
        "main", "", "_", "_Z", "_R", "_RN", "_RNvC", "_RNvC9short", "_RB_", "_RNvB_3foo", "_RINvC3std3foo",
        "_RNvCsZZZZZZZZZZZZZZZZZZZZ_3foo3bar", "_R3foo", "$s", "$sZZ", "_ZN3fooE17h", "_RINvC3foo3barKc110000_E",
        "_ZN4core17h0123456789abcdeX", "_RNvC1a99999999999999999999999999b",
    ])
    func othersAreLeftAlone(_ symbol: String) {
        #expect(Demangler.demangle(symbol) == nil)
    }

    @Test func hostileNamesEndSoon() {
        let clock = ContinuousClock()
        // Deep nesting, a chain of back references that doubles at each step, a megabyte of digits.
        var doubling = "_RINvC1a1b"
        var last = 3
        for _ in 0..<200 {
            let start = doubling.utf8.count - 2
            doubling += "TB\(Self.base62(last))B\(Self.base62(last))E"
            last = start
        }
        let names = [
            "_RINvC1a1b" + String(repeating: "S", count: 20_000) + "hE", doubling + "E",
            "_R" + String(repeating: "Nv", count: 10_000), "_Z" + String(repeating: "N", count: 30_000),
            "_ZN" + String(repeating: "9", count: 30_000), String(repeating: "_ZN3foo", count: 150_000),
            "$s" + String(repeating: "y", count: 1_000_000), "_Z1f" + String(repeating: "P", count: 30_000) + "i",
        ]
        let time = clock.measure {
            for name in names { _ = Demangler.demangle(name) }
        }
        #expect(time < .seconds(5))
    }

    static func base62(_ value: Int) -> String {
        if value == 0 { return "_" }
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        var value = value - 1
        var text = ""
        repeat {
            text = String(digits[value % 62]) + text
            value /= 62
        } while value > 0
        return text + "_"
    }
}
