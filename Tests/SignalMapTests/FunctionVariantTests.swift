import SignalMapABI
import TestSupport
import Testing

@testable import SignalMap

/// What calls with constants do of the functions of call_constants.c.
@Suite struct FunctionVariantTests {
    struct Build: CustomTestStringConvertible, Sendable {
        var compiler: String
        var flags: [String]
        var testDescription: String { ([compiler] + flags).joined(separator: " ") }
    }

    static let builds = ["gcc", "clang"].flatMap { compiler in
        ["-O0", "-O2"].map { Build(compiler: compiler, flags: ["-g", $0]) }
    }

    /// Of these the quiet callers signal nothing.
    static let cut = ["equal", "wide", "lifted"]
    /// These test bits, which unoptimised code puts into a register first.
    static let cutWhereOptimised = ["bit", "byte", "handed", "again"]
    /// In these something happens to the constant, or another one counts as well.
    static let kept = [
        "overwritten", "added", "taken", "narrow", "second", "counted", "climbing", "pointed", "both",
    ]

    private func program(_ build: Build) throws -> SignalMapSet {
        let built = try FixtureProgram(
            ["call_constants.c"], compiler: build.compiler, flags: build.flags + ["-pthread"])
        return SignalMapSet([try SignalMapping.of(built.executable.path, SignalMapOptions()).map])
    }

    private func function(_ name: String, _ set: SignalMapSet) throws -> SignalMapSet.Function {
        try #require(set.functions(named: name).first, "\(name)")
    }

    private func way(_ name: String, to shape: String, _ set: SignalMapSet) throws -> CallWay? {
        set.way(from: [.function(try function(name, set))], to: IdentityPattern("cond_\(shape)"))
    }

    @Test(arguments: builds) func aConstantCutsWhatItCannotReach(_ build: Build) throws {
        let set = try program(build)
        let cut = build.flags.contains("-O0") ? Self.cut : Self.cut + Self.cutWhereOptimised
        for shape in cut {
            #expect(try way("quiet_\(shape)", to: shape, set) == nil, "\(shape)")
        }
        for shape in Self.cut + Self.cutWhereOptimised {
            #expect(try way("loud_\(shape)", to: shape, set) != nil, "\(shape)")
            #expect(try way("main", to: shape, set) != nil, "\(shape)")
        }
    }

    @Test(arguments: builds) func whatIsNotUnderstoodCutsNothing(_ build: Build) throws {
        let set = try program(build)
        for shape in Self.kept {
            #expect(try way("quiet_\(shape)", to: shape, set) != nil, "\(shape)")
            #expect(try way("loud_\(shape)", to: shape, set) != nil, "\(shape)")
        }
    }

    /// A thread that stands in a function got there with whatever it was called with.
    @Test(arguments: builds) func whoStandsInAFunctionRunsAllOfIt(_ build: Build) throws {
        let set = try program(build)
        let map = set.maps[0]
        for shape in ["bit", "equal", "byte", "wide", "again"] {
            let index = try function(shape, set).index
            #expect(try way(shape, to: shape, set) != nil, "\(shape)")
            let work = try function("work", set).index
            let call = try #require(
                map.calls(ofFunction: index).lazy.map { map.calls[$0] }.first {
                    $0.kind == UInt8(DWM_CALL_FUNCTION.rawValue) && $0.target == work && $0.length > 0
                })
            let root = Reachability.Root.returnAddress(map: 0, call.address + UInt64(call.length))
            #expect(set.way(from: [root], to: IdentityPattern("cond_\(shape)")) != nil, "\(shape)")
        }
    }

    @Test(arguments: builds) func waysNameTheFunctions(_ build: Build) throws {
        let set = try program(build)
        let found = try #require(try way("loud_handed", to: "handed", set))
        let names = found.steps.map { set.name(of: $0.function) }
        #expect(names == ["loud_handed", "handed", "hands", "takes"])
        #expect(found.steps.allSatisfy { $0.level == DWM_DIRECT })
        #expect(set.function(of: found.site).map { set.name(of: $0) } == "signal_handed")
    }

    /// A signal of what a caller hands over stands at that caller's call: not at one whose constant keeps from it.
    @Test(arguments: builds) func signalsAreNotLiftedToCallsThatNeverComeToThem(_ build: Build) throws {
        let set = try program(build)
        let answer = set.sites(DWM_SIGNAL, on: IdentityPattern("cond_lifted"))
        let names = answer.sites(.named).compactMap { set.function(of: $0) }.map { set.name(of: $0) }
        #expect(names == ["loud_lifted"])
    }

    /// What variants share with the whole: the same places are reached from where both are.
    @Test(arguments: builds) func variantsHoldLessThanTheirFunctions(_ build: Build) throws {
        let set = try program(build)
        let map = set.maps[0]
        #expect(!map.variants.isEmpty)
        for index in map.variants.indices {
            let part = try #require(CodeAhead(variant: UInt32(index), map: 0, map))
            #expect(part.isVariant && !part.isWhole)
            let blocks = map.blocks(ofFunction: part.function.index)
            #expect(map.blocks(cutFromVariant: UInt32(index)).allSatisfy { blocks.contains(Int($0)) })
        }
        // Records that lead nowhere give nothing.
        #expect(CodeAhead(variant: UInt32(map.variants.count), map: 0, map) == nil)
        #expect(map.variant(ofCall: DWM_NONE) == nil)
    }

    @Test func forms() throws {
        #expect(ParameterBranch.forms(of: 5).allSatisfy { $0 == 5 })
        #expect(ParameterBranch.forms(of: 0x180).contains(0x80))
        #expect(ParameterBranch.forms(of: -1).contains(0xffff_ffff))
        #expect(ParameterBranch.isSmall(0) && ParameterBranch.isSmall(127))
        #expect(!ParameterBranch.isSmall(128) && !ParameterBranch.isSmall(-1))
    }
}
