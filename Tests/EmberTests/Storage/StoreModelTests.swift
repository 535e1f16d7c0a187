import Testing

@testable import Ember

/// Several transactions at once, by one thread, held against dictionaries.
@Suite struct StoreModelTests {
    @Test(arguments: 0..<12)
    func everyTransactionSeesWhatItMust(seed: Int) throws {
        var random = SeededRandom(seed)
        var model = try StoreModel()
        let keyCount = [10, 40, 200][seed % 3]
        for step in 0..<1500 {
            try Self.takeStep(step, keys: keyCount, in: &model, using: &random)
        }
        model.open = []
        #expect(try model.store.contents(of: "t") == model.committed)
        try model.store.evict(atMost: .max)
        #expect(model.store.bytesInMemory == 0)
        #expect(model.store.transactions.activeCount == 0)
        #expect(try model.store.contents(of: "t") == model.committed)
        try model.reopen()
    }

    private static func takeStep(
        _ step: Int, keys: Int, in model: inout StoreModel, using random: inout SeededRandom
    ) throws {
        let name = "key\(Int.random(in: 0..<keys, using: &random))"
        let other = "key\(Int.random(in: 0..<keys, using: &random))"
        let choice = Int.random(in: 0..<100, using: &random)
        if choice < 8 && model.open.count < 6 { try model.begin() }
        if choice >= 87 { return try maintain(choice, &model, using: &random) }
        guard let index = model.open.indices.randomElement(using: &random) else { return }
        switch choice {
        case 8..<32:
            let count = Int.random(in: 0..<30, using: &random)
            try model.change(name, to: String(repeating: "v\(step)", count: count), in: index)
        case 32..<50: try model.change(name, to: nil, in: index)
        case 50..<65: try model.compare(name, in: index)
        case 65..<75:
            try model.compareRange(
                from: step % 2 == 0 ? "" : name, upTo: step % 3 == 0 ? nil : other,
                isForward: Bool.random(using: &random), in: index)
        case 75..<83: try model.commit(index)
        case 83..<87: model.rollBack(index)
        default: break
        }
    }

    private static func maintain(
        _ choice: Int, _ model: inout StoreModel, using random: inout SeededRandom
    ) throws {
        switch choice {
        case 87..<93: try model.store.evict(atMost: [1, 1000, .max][Int.random(in: 0..<3, using: &random)])
        case 93..<96: try model.store.checkpoint()
        case 96: model.store.sweep(idleFor: .zero)
        case 97: try model.reopen()
        default: break
        }
    }
}
