import ProcessModel
import SyncDecode
import Unwinding

extension SnapshotBuilder {
    /// Looks for errors in the functions that wait for somebody of the process, on so many different stacks.
    func findErrors(in snapshot: inout Snapshot, _ walker: StackWalker) {
        var stacks: Set<Int> = []
        let threads = snapshot.threads.indices.filter { index in
            let thread = snapshot.threads[index]
            guard let wait = thread.wait, wait.object != nil || wait.kind == .join, let stack = thread.stack,
                stacks.count < ErrorValueSearch.stackLimit
            else { return false }
            return stacks.insert(stack).inserted
        }
        var lookups: [Address] = []
        var places: [Int: Int] = [:]
        for index in threads {
            for frame in errorFrames(of: snapshot.threads[index], snapshot) where places[frame] == nil {
                guard let lookup = snapshot.frames[frame].lookupAddress else { continue }
                places[frame] = lookups.count
                lookups.append(lookup)
            }
        }
        let variables = provider.integerVariables(at: lookups)
        let search = ErrorValueSearch(walker: walker, memory: image.memory)
        snapshot.errors = threads.flatMap { index in
            let thread = snapshot.threads[index]
            return search.errors(
                of: thread.id, image.threads[index].thread.registers,
                errorFrames(of: thread, snapshot).map { frame in places[frame].map { variables[$0] } ?? [] })
        }
    }

    private func errorFrames(of thread: Thread, _ snapshot: Snapshot) -> ArraySlice<Int> {
        thread.stack.map { snapshot.stacks[$0].frames.prefix(ErrorValueSearch.frameLimit) } ?? []
    }

    /// Fills in what each thread waits for, and the objects that are waited for.
    func decodeWaits(in snapshot: inout Snapshot, descriptors: (any KernelObjects)?) {
        let (provider, modules) = (provider, image.modules)
        var decoder = SyncDecoder(
            image: image, descriptors: descriptors,
            dataSymbol: { address in
                // What lies in no module has no symbol: heap and stacks need no question.
                modules.index(holding: address) == nil ? nil : provider.dataSymbols([address]).first ?? nil
            })
        let named = snapshot.frames.map { frame in
            SyncFrame(
                functions: frame.source.map { $0.function ?? "" },
                linkageNames: frame.source.compactMap { $0.linkageName },
                pc: frame.pc ?? Address(0), stackPointer: nil,
                moduleName: frame.module.map { snapshot.modules[$0].name })
        }
        // Threads with equal stacks share their frames; where on the stack these lie is each thread's own.
        let stacks = snapshot.stacks.map { $0.frames.prefix(Self.decodedFrames).map { named[$0] } }
        let inputs = snapshot.threads.map { thread in
            (thread: thread, stack: thread.stack.map { stacks[$0] } ?? [])
        }
        let pointers = stackPointers
        let waits = decoder.decodeAll(inputs) { input, frame in
            pointers[input].indices.contains(frame) ? pointers[input][frame] : nil
        }
        for (index, wait) in zip(snapshot.threads.indices, waits) { snapshot.threads[index].wait = wait }
        if options.listsHeldRobustMutexes { decoder.addHeldRobustMutexes() }
        snapshot.objects = decoder.objects
        snapshot.gaps += decoder.gaps
    }
}
