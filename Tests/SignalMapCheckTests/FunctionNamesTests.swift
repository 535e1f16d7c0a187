import Testing

@testable import SignalMapChecks

@Suite struct FunctionNamesTests {
    @Test(arguments: [
        ("flush_worker", ["flush_worker"]),
        ("(anonymous namespace)::Pool<int>::run(std::vector<int>&) const", ["Pool", "run", "const"]),
        (
            "(anonymous namespace)::Pool::start()::{lambda(int)#1}::operator()(int) const",
            ["Pool", "start", "lambda", "1", "operator", "const"]
        ),
        ("Guard::~Guard()", ["Guard", "~Guard"]),
        ("closure #1 () -> () in Feed.publish() -> ()", ["closure", "1", "in", "Feed", "publish"]),
    ])
    func aNameIsItsWords(_ function: String, _ words: [String]) {
        let found = FunctionNames.words(of: function)
        #expect(Array(found.prefix(words.count)) == words)
    }

    @Test func aNameHoldsAnother() {
        let words = FunctionNames.words(
            of: "(anonymous namespace)::Pool::start()::{lambda(int)#1}::operator()(int) const")
        #expect(FunctionNames.holds(words, ["Pool", "start"]))
        #expect(FunctionNames.holds(words, ["start"]))
        #expect(!FunctionNames.holds(words, ["Pool", "stop"]))
        #expect(!FunctionNames.holds(words, ["start", "Pool"]))
        #expect(!FunctionNames.holds(["start"], ["Pool", "start"]))
        #expect(!FunctionNames.holds(words, []))
    }
}
