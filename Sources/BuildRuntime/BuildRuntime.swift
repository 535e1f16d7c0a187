import Foundation
import PackagePlugin

/// Builds libdeadwait.so, libdeadwait-locks.so and libdeadwait-static.o with the toolchain's C compiler, and a Swift file that holds them.
///
/// A dynamic library product would not do: the package manager links such a product as a Swift library, and what is
/// loaded into other people's processes must bring nothing but libc. Carried inside the `deadwait` executable, they are
/// always at hand and always of its own version.
@main struct RuntimeBuilder: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = target.directoryURL.deletingLastPathComponent()
        let output = context.pluginWorkDirectoryURL
        let compiler = try context.tool(named: "clang").url
        let runtime = try files(in: sources.appending(path: "DeadwaitRuntime/runtime"))
        let locks = try files(in: sources.appending(path: "DeadwaitRuntime/locks"))
        let `static` = try files(in: sources.appending(path: "DeadwaitRuntime/static"))
        let includes = [
            "RegistryABI/include", "CDeadwait/include", "DeadwaitRuntime/runtime", "DeadwaitRuntime/locks",
            "DeadwaitRuntime/static",
        ].map { sources.appending(path: $0) }
        let headers = try includes.flatMap(files).filter { $0.pathExtension == "h" }
        let versions = sources.appending(path: "DeadwaitRuntime/runtime/versions.map")
        let deadwaitHeader = sources.appending(path: "CDeadwait/include/deadwait.h")

        func compiled(_ name: String, _ parts: [URL], flags: [String]) -> (URL, Command) {
            let product = output.appending(path: name)
            let code = parts.filter { $0.pathExtension == "c" }
            let arguments =
                [
                    "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden",
                    "-ftls-model=initial-exec", "-fexceptions", "-fasynchronous-unwind-tables",
                ] + flags + includes.map { "-I\($0.path)" } + code.map(\.path) + ["-o", product.path]
            return (
                product,
                .buildCommand(
                    displayName: "Building \(name)", executable: compiler, arguments: arguments,
                    inputFiles: parts + headers + [versions], outputFiles: [product])
            )
        }
        func library(_ name: String, _ parts: [URL], flags: [String]) -> (URL, Command) {
            let linking = [
                "-shared", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,-z,defs", "-Wl,-soname,\(name)",
                "-Wl,--version-script=\(versions.path)",
            ]
            return compiled(name, parts, flags: linking + flags)
        }
        let (plain, buildPlain) = library("libdeadwait.so", runtime, flags: [])
        let (withLocks, buildLocks) = library(
            "libdeadwait-locks.so", runtime + locks, flags: ["-DDW_LOCKS=1"])

        // For static programs: one object with all of it, and the options to link with it. What needs a loader is left out.
        let needsLoader = ["dw_real.c", "dw_relaunch.c", "dw_hooks_loader.c"]
        let (object, buildObject) = compiled(
            "libdeadwait-static.o", runtime.filter { !needsLoader.contains($0.lastPathComponent) } + `static`,
            flags: ["-r", "-nostdlib", "-D_GNU_SOURCE=", "-include", "dw_static.h"])
        let linkOptions = sources.appending(path: "DeadwaitRuntime/static/libdeadwait-static.link")

        // Hexadecimal text compiles in no time, where an array of as many numbers takes minutes.
        let carried = [plain, withLocks, object, linkOptions, deadwaitHeader]
        let embedded = output.appending(path: "EmbeddedFiles.swift")
        let script = """
            out=$1; shift
            { echo 'enum EmbeddedFiles {'
              echo '    static let all: [(name: String, hexadecimal: StaticString)] = ['
              for file; do
                printf '        ("%s", "' "${file##*/}"; od -An -v -tx1 "$file" | tr -d ' \\n'; echo '"),'
              done
              echo '    ]'
              echo '}'; } > "$out.new"
            mv "$out.new" "$out"
            """
        let embed = Command.buildCommand(
            displayName: "Embedding the runtime", executable: URL(filePath: "/bin/sh"),
            arguments: ["-euc", script, "sh", embedded.path] + carried.map(\.path), inputFiles: carried,
            outputFiles: [embedded])
        return [buildPlain, buildLocks, buildObject, embed]
    }

    private func files(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { ["c", "h"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
    }
}
