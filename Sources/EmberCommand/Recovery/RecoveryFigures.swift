/// What a recovery test has done so far.
struct RecoveryFigures: CustomStringConvertible {
    var kills = 0
    /// Of these, before the database was open.
    var killsWhileOpening = 0
    var acknowledged = 0
    /// Found though the acknowledgement never came: allowed, and a sign that kills come between the two.
    var unacknowledged = 0
    /// Opens that succeeded after a kill, each checked in full.
    var recoveries = 0
    var recoveryMicroseconds: [UInt64] = []
    var took = Duration.zero

    var description: String {
        let mean = Double(recoveryMicroseconds.reduce(0, +)) / Double(max(1, recoveryMicroseconds.count))
        let longest = recoveryMicroseconds.max() ?? 0
        return """
            \(kills) kills, \(killsWhileOpening) of them while the database was opened
            \(acknowledged) acknowledged transactions, \(unacknowledged) more that were found though their acknowledgement never came
            \(recoveries) recoveries checked, \(Self.milliseconds(mean)) ms on average, \(Self.milliseconds(Double(longest))) ms at most
            \(Self.milliseconds(took / .microseconds(1) / 1000)) s in all
            """
    }

    /// Thousandths of what is given, with one decimal.
    private static func milliseconds(_ microseconds: Double) -> String {
        let tenths = Int((microseconds / 100).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
