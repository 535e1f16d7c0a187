/// Families of names that one rule covers, asked only for names that no table has.
extension KnownFunctions {
    static func family(_ symbol: String) -> KnownFunction? {
        guard symbol.hasPrefix("_ZN") else { return nil }
        for prefix in strings where symbol.hasPrefix(prefix) {
            // Of a constructor and of what returns text by value, the first argument is the new text; what they return
            // else is the text itself, a place in it, or a number.
            var known = KnownFunction()
            known.result = .within(0)
            return known
        }
        for prefix in quietClasses where symbol.hasPrefix(prefix) { return KnownFunction() }
        return nil
    }

    /// Members of std::string and std::wstring with the standard allocator, of the new and of the old ABI of libstdc++,
    /// and of libc++: they copy text and allocate.
    private static let strings: [String] = spellings(of: [
        "St7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE", "St7__cxx1112basic_stringIwSt11char_traitsIwESaIwEE",
        "Ss", "SbIwSt11char_traitsIwESaIwEE",
        "St3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE",
    ])

    /// Names of members, and of members that change nothing.
    private static func spellings(of classes: [String]) -> [String] {
        var all: [String] = []
        for name in classes {
            all.append("_ZN" + name)
            all.append("_ZNK" + name)
        }
        return all
    }

    /// Constructors, destructors and messages of the exceptions of the standard library, which hold text alone.
    private static let quietClasses: [String] = spellings(of: [
        "St11logic_error", "St13runtime_error", "St12out_of_range", "St16invalid_argument", "St12length_error",
        "St12domain_error",
        "St11range_error", "St14overflow_error", "St15underflow_error", "St9exception", "St9bad_alloc", "St8bad_cast",
        "St10bad_typeid",
        "St12system_error", "St12future_error", "St17bad_function_call", "St12bad_weak_ptr", "St20bad_array_new_length",
        "St7failure", "St13random_device",
    ])
}
