import ProcessModel
import SyncDecode

extension SnapshotBuilder {
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
        let stacks = snapshot.threads.indices.map { index -> [SyncFrame] in
            guard let stack = snapshot.threads[index].stack else { return [] }
            return zip(snapshot.stacks[stack].frames, stackPointers[index]).map { frame, stackPointer in
                var decoded = named[frame]
                decoded.stackPointer = stackPointer
                return decoded
            }
        }
        let waits = decoder.decodeAll(zip(snapshot.threads, stacks).map { (thread: $0, stack: $1) })
        for (index, wait) in zip(snapshot.threads.indices, waits) { snapshot.threads[index].wait = wait }
        if options.listsHeldRobustMutexes { decoder.addHeldRobustMutexes() }
        snapshot.objects = decoder.objects
        snapshot.gaps += decoder.gaps
    }
}
