import ProcessModel

enum CompressedFile {
    static func unpacked(_ file: ReadOnlyFile, path: String, options: CoreOptions) throws(LinuxProcessError) -> (
        file: ReadOnlyFile, wasCompressed: Bool, gaps: [Gap]
    ) {
        (file, false, [])
    }
}
