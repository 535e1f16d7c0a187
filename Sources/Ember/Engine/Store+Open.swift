extension Store {
    /// Whether it has not ended: neither closed nor failed.
    var isOpen: Bool {
        do throws(EmberError) {
            try check()
            return true
        } catch {
            return false
        }
    }
}
