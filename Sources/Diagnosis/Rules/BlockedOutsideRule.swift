import ProcessModel

/// Threads that wait for a lock whose holder waits for something outside the process: a socket's or a pipe's other end, a
/// file lock of another process, a signal, a device.
///
/// Never more than suspected, since nothing in the process shows whether the outside will come: a peer that is only slow
/// looks the same. Who waits for the outside and holds nothing up is not told: so do all servers without work.
public struct BlockedOutsideRule: Rule {
    public let name = RuleName("blocked-outside")

    public init() {}

    public func findings(in context: RuleContext) -> [Finding] {
        LockHolder.all(in: context).filter { $0.standing == .outside }.map { finding($0, in: context) }
    }

    private func finding(_ holder: LockHolder, in context: RuleContext) -> Finding {
        let (wording, thread) = (context.wording, holder.thread)
        let chain = holder.lockWaiters(in: context)
        let behind = context.threadsBehind([holder.position])
        var certainty = Certainty(.suspected)
        if let first = chain.first { certainty.weigh([first], in: context) }
        certainty.weigh(thread, seenWith: chain.first?.thread, in: context)
        certainty.assume("Whether what it waits for will come is not to be seen in this process.")
        if thread.progress == nil {
            certainty.assume("One look does not tell a short wait from a long one; --samples 3 shows whether it moves.")
        }
        let locks = wording.goals(of: chain)
        let place = wording.place(thread.id)
        let what = thread.wait?.summary ?? "something in the kernel (uninterruptible)"
        let moved = thread.progress == .unmoved ? ", and has not run between the looks" : ""
        let peers = peers(thread)
        return Finding(
            rule: name, effect: .delay, confidence: certainty.confidence, threads: [thread.id], victims: behind,
            objects: context.objects(of: chain), chain: Array(chain.prefix(1)),
            wouldRelease: [
                WouldRelease(
                    thread: thread.id, object: chain.first?.object, startRoutine: wording.startRoutine(thread.id),
                    status: .blocked, why: "it waits for the outside: \(what)")
            ],
            evidence: [
                Evidence(
                    "Thread \(wording.thread(thread.id)) waits for the outside\(wording.inPlace(thread.id)): "
                        + "\(what)\(moved).", thread: thread.id, frame: place?.frame)
            ] + (thread.wait?.descriptors ?? []).compactMap { words($0, of: thread) }
                + context.evidence(for: Array(chain.prefix(3))),
            assumptions: certainty.assumptions,
            summary: "Thread \(wording.thread(thread.id)) holds \(locks) while it waits for the outside"
                + "\(wording.inPlace(thread.id)): \(what); \(behind.count) "
                + "\(behind.count == 1 ? "thread waits" : "threads wait") behind it.",
            nextStep: (peers.isEmpty ? "" : "Look at what \(peers) does. ")
                + "Release \(locks) before this call\(place.map { " in \($0.words)" } ?? ""), or give it a timeout.")
    }

    /// "Descriptor 5 is socket:[4711]: TCP 127.0.0.1:6379 -> 127.0.0.1:51234."
    private func words(_ descriptor: FileDescriptorTarget, of thread: Thread) -> Evidence? {
        guard let target = descriptor.target else { return nil }
        return Evidence(
            "Descriptor \(descriptor.descriptor) is \(target)\(descriptor.detail.map { ": \($0)" } ?? "").",
            thread: thread.id)
    }

    private func peers(_ thread: Thread) -> String {
        let peers = Set((thread.wait?.descriptors ?? []).flatMap(\.peers)).map(\.rawValue).sorted()
        if peers.count == 1 { return "process \(peers[0])" }
        return peers.isEmpty ? "" : "one of the processes " + peers.prefix(4).map(String.init).joined(separator: ", ")
    }
}
