import Glibc

/// This program, started again.
enum ChildProcess {
    /// Starts it with `arguments`; its standard output goes to `output` where that is given. `environment` ("NAME=value")
    /// is added to ours.
    static func spawn(
        _ arguments: [String], output: Int32? = nil, environment: [String] = []
    ) throws(ToolError) -> pid_t {
        try spawn("/proc/self/exe", ["ember"] + arguments, output: output, environment: environment)
    }

    /// The same with another program, a path.
    static func spawn(
        _ program: String, _ arguments: [String], output: Int32? = nil, environment: [String] = []
    ) throws(ToolError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
        var values: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        values.append(nil)
        // Ours come last: getenv(3) takes the first of a name.
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        defer { for value in values + variables { free(value) } }
        var position = 0
        while let variable = environ[position] {
            variables.append(strdup(String(cString: variable)))
            position += 1
        }
        variables.append(nil)
        var process: pid_t = 0
        let error = posix_spawn(&process, program, &actions, nil, &values, &variables)
        guard error == 0 else { throw .system(call: "posix_spawn", subject: program, errno: error) }
        return process
    }

    /// Waits until a child has ended; its status.
    static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }
}
