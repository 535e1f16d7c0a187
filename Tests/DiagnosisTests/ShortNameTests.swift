import ProcessModel
import Testing

@testable import Diagnosis

@Suite struct ShortNameTests {
    @Test(arguments: [
        ("transfer", "transfer"),
        ("ns::Table<int, std::less<int> >::find(int const&) const", "ns::Table::find"),
        ("void ns::apply<int (*)(int)>(int (*)(int))", "ns::apply"),
        ("(anonymous namespace)::worker(void*)", "(anonymous namespace)::worker"),
        ("bool (anonymous namespace)::test<int>(int)", "(anonymous namespace)::test"),
        ("operator<<(std::ostream&, X const&)", "operator<<(std::ostream&, X const&)"),
        ("bank::Pool::operator()(int)", "bank::Pool::operator()(int)"),
        ("bank::run::<u8>", "bank::run"),
        ("<bank::Pool as core::ops::drop::Drop>::drop", "<bank::Pool as core::ops::drop::Drop>::drop"),
        ("static Bank.Teller.(serve in _7AE05A128133)() -> ()", "Bank.Teller.serve"),
        ("Bank.Teller.serve(customer: Swift.Int) -> Swift.Optional<Swift.Int>", "Bank.Teller.serve"),
        (
            "closure #1 (Swift.Optional<Swift.Int>) -> Swift.Optional<() -> Swift.Int> in Bank.start(Swift.String) -> ()",
            "closure #1 in Bank.start"
        ),
        (
            "closure #2 () -> () in closure #1 () -> () in static Bank.run() -> Swift.Never",
            "closure #2 in closure #1 in Bank.run"
        ),
        (
            "reabstraction thunk helper from @escaping @callee_guaranteed @Sendable () -> () to @escaping () -> ()",
            "reabstraction thunk helper from @escaping @callee_guaranteed @Sendable () -> () to @escaping () -> ()"
        ),
        ("", ""), ("<", "<"), ("((", "(("), ("a<b", "a<b"), ("closure #", "closure #"), ("::", "::"), (" ", " "),
    ])
    func namesLoseTheirTypes(name: String, short: String) {
        #expect(ShortName.of(name) == short)
    }
}
