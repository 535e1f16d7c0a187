import Glibc
import ProcessModel

/// An ELF image as it lies in memory.
struct LoadedImage {
    var elf: ElfImage
    var loadBias: UInt64
    var start: Address
    var end: Address
    /// The mapping that `start` is in.
    var mapping: Mapping
    /// The header was read from memory and not taken from a file.
    var isHeaderInMemory: Bool
    /// The target's path, "[vdso]", or a name made of the address for an image without a file.
    var path: String

    func contains(_ address: Address) -> Bool { start <= address && address < end }
}

/// Finds the ELF images among the mappings of a process.
///
/// The dynamic loader maps the start of a file, which holds the ELF header, with the rest at the distances that the
/// program headers say. A file that is only mapped to be read has no executable mapping and is not an image.
struct ModuleLayout {
    let mappings: [Mapping]
    let memory: any MemorySource
    let vdso: Address?
    private(set) var gaps: [Gap] = []

    /// Anonymous executable regions that are looked at for an ELF header; just-in-time compilers make many.
    static let anonymousLimit = 4096
    /// Images beyond these are left out, with a gap.
    static let imageLimit = 8192

    init(mappings: [Mapping], memory: any MemorySource, vdso: Address?) {
        self.mappings = mappings
        self.memory = memory
        self.vdso = vdso
    }

    /// The images by their start. `file` opens the file of a mapping, without a check that it is the right one, for
    /// images whose header is not in memory.
    mutating func find(file: (Mapping) -> ReadOnlyFile?) -> [LoadedImage] {
        var images: [LoadedImage] = []
        var anonymousLeft = Self.anonymousLimit + 1
        var runEnd = 0
        var isRunExecutable = false
        for index in mappings.indices {
            let mapping = mappings[index]
            if index >= runEnd { (runEnd, isRunExecutable) = run(from: index) }
            if let last = images.last, mapping.start < last.end { continue }
            guard images.count < Self.imageLimit else {
                gaps.append(
                    Gap(
                        .process, operation: "find all modules",
                        reason: "there are more than \(Self.imageLimit); those above \(mapping.start) are left out"))
                break
            }
            let isVDSO = mapping.path == "[vdso]" || mapping.start == vdso
            if isVDSO {
                if let image = image(at: index, path: "[vdso]") { images.append(image) }
            } else if mapping.isFile {
                guard isRunExecutable else { continue }
                if mapping.fileOffset == 0, let image = image(at: index, path: mapping.path) {
                    images.append(image)
                } else if mapping.fileOffset == 0 || mapping.permissions.contains(.execute),
                    let image = image(at: index, file: file)
                {
                    images.append(image)
                }
            } else if mapping.isAnonymous, isRunExecutable, isFollowedByCode(index) {
                anonymousLeft -= 1
                if anonymousLeft == 0 {
                    gaps.append(
                        Gap(
                            .process, operation: "find all modules",
                            reason: "more than \(Self.anonymousLimit) regions of code have no file; those above "
                                + "\(mapping.start) were not searched for ELF headers"))
                }
                guard anonymousLeft > 0 else { continue }
                if let image = image(at: index, path: "[memory \(mapping.start)]") { images.append(image) }
            }
        }
        return images
    }

    /// The mappings from `start` on that may be one image: of one file, with anonymous ones behind it (.bss, or code that
    /// the program moved to huge pages). Whether any of them is executable.
    private func run(from start: Int) -> (end: Int, isExecutable: Bool) {
        var end = start
        var isExecutable = false
        while end < mappings.count {
            let mapping = mappings[end]
            guard end == start || mapping.isAnonymous || mapping.isSameFile(as: mappings[start]) else { break }
            if mapping.permissions.contains(.execute) { isExecutable = true }
            end += 1
        }
        return (end, isExecutable)
    }

    private func isFollowedByCode(_ index: Int) -> Bool {
        var next = index
        while next < min(index + 3, mappings.count) {
            if mappings[next].permissions.contains(.execute) { return true }
            guard next + 1 < mappings.count, mappings[next].end == mappings[next + 1].start else { return false }
            next += 1
        }
        return false
    }

    /// The image whose header lies in memory at the start of a mapping.
    private mutating func image(at index: Int, path: String) -> LoadedImage? {
        let mapping = mappings[index]
        guard memory.load(mapping.start, as: UInt32.self) == 0x464c_457f else { return nil }
        let elf: ElfImage
        do throws(ElfProblem) {
            elf = try ElfImage(memory: memory, start: mapping.start)
        } catch {
            report(error, path: path)
            return nil
        }
        guard let first = elf.loads.first(where: { $0.offset.pageStart == 0 }) else { return nil }
        return image(elf, segment: first, index: index, path: path, isHeaderInMemory: true)
    }

    /// The image of which a mapping is a part, by the header in its file.
    private mutating func image(at index: Int, file: (Mapping) -> ReadOnlyFile?) -> LoadedImage? {
        let mapping = mappings[index]
        // A header that can be read and is none says that this is no image.
        guard mapping.fileOffset != 0 || memory.load(mapping.start, as: UInt32.self) == nil else { return nil }
        guard let file = file(mapping) else {
            if mapping.permissions.contains(.execute) {
                gaps.append(
                    Gap(
                        .module(mapping.path), operation: "find the module's ELF header",
                        reason: "it is not in memory and the file was not found",
                        help: "Give the files of the machine that wrote the core with --sysroot or --debug-dir."))
            }
            return nil
        }
        let elf: ElfImage
        do throws(ElfProblem) {
            elf = try ElfImage(file: file)
        } catch {
            report(error, path: mapping.path)
            return nil
        }
        let segment = elf.loads.first {
            $0.offset.pageStart == mapping.fileOffset.pageStart
                && $0.isExecutable == mapping.permissions.contains(.execute)
        }
        guard let segment else { return nil }
        return image(elf, segment: segment, index: index, path: mapping.path, isHeaderInMemory: false)
    }

    private mutating func report(_ problem: ElfProblem, path: String) {
        switch problem {
        case .notELF: break
        case .unsupported(let architecture):
            gaps.append(
                Gap(
                    .module(path), operation: "read the ELF header",
                    reason: "it is for \(LinuxProcessError.name(of: architecture))",
                    help: "Only x86-64 code can be analyzed."))
        case .malformed(let reason):
            gaps.append(Gap(.module(path), operation: "read the ELF header", reason: "it \(reason)"))
        }
    }

    /// Lays the image out: `segment` begins with the mapping at `index`. Nil when its code is not mapped where the
    /// program headers say.
    private func image(
        _ elf: ElfImage, segment: ElfSegment, index: Int, path: String, isHeaderInMemory: Bool
    ) -> LoadedImage? {
        let mapping = mappings[index]
        let loadBias = mapping.start.rawValue &- segment.address.pageStart
        if isHeaderInMemory, let code = elf.loads.first(where: \.isExecutable) {
            let place = Address(code.address &+ loadBias)
            guard let holder = mappings.mapping(holding: place), holder.permissions.contains(.execute) else {
                return nil
            }
        }
        // The last mapping within the image's span that can belong to it.
        let limit = elf.loads.reduce(UInt64(0)) { limit, load in
            guard let end = load.address.sum(load.memorySize) else { return limit }
            let mapped = end.pageEnd &+ loadBias
            return mapped > mapping.start.rawValue ? max(limit, mapped) : limit
        }
        var end = mapping.end.rawValue
        var next = index + 1
        while next < mappings.count, mappings[next].start.rawValue < limit,
            mappings[next].isAnonymous || mappings[next].isSameFile(as: mapping)
        {
            end = mappings[next].end.rawValue
            next += 1
        }
        end = min(end, max(limit, mapping.start.rawValue &+ 4096))
        return LoadedImage(
            elf: elf, loadBias: loadBias, start: mapping.start, end: Address(end), mapping: mapping,
            isHeaderInMemory: isHeaderInMemory, path: path)
    }
}

extension Mapping {
    /// Of a file, by the path that the kernel shows. Devices are left alone: reading them may have effects.
    var isFile: Bool {
        path.utf8.first == UInt8(ascii: "/") && (!path.hasPrefix("/dev/") || path.hasPrefix("/dev/shm/"))
    }

    /// Anonymous, with the names that prctl(PR_SET_VMA_ANON_NAME) gives.
    var isAnonymous: Bool { path.isEmpty || path.hasPrefix("[anon") }

    func isSameFile(as other: Mapping) -> Bool {
        inode == other.inode && isDeleted == other.isDeleted && path == other.path
    }
}
