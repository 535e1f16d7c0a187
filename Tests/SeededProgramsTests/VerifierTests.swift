import Foundation
import Testing

@testable import SeededPrograms

/// The verifier sees each kind of untruth: a program that is as its truth says, and truths that it is not.
@Suite struct VerifierTests {
    static let text = """
        #define _GNU_SOURCE
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>

        static struct { pthread_mutex_t lock; pthread_cond_t filled; } inbox = {
            PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER };

        static void *serve(void *unused)
        {
            pthread_mutex_lock(&inbox.lock);
            for (;;)
                pthread_cond_wait(&inbox.filled, &inbox.lock);
            return unused;
        }

        static void *watch(void *seconds)
        {
            sleep(*(unsigned *)seconds);
            exit(0);
        }

        int main(int count, char **arguments)
        {
            pthread_t thread;
            unsigned seconds = count > 1 ? atoi(arguments[1]) : 600;
            pthread_create(&thread, NULL, serve, NULL);
            pthread_setname_np(thread, "server");
            pthread_create(&thread, NULL, watch, &seconds);
            pthread_setname_np(thread, "watch");
            usleep(100000);
            puts("ready");
            fflush(stdout);
            serve(NULL);
        }

        """

    /// What is true of the program.
    static let truth = [
        "title: A server", "class: healthy", "looks-like: dead-wait",
        "thread main: waiting, condition, inbox.filled, untimed",
        "thread server: idle, condition, inbox.filled, untimed", "thread watch: outside, sleep",
        "release inbox.filled: watch alive",
    ]

    /// Builds the program with a header of `truth` and verifies it.
    private func verify(_ truth: [String]) throws -> Verification {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("verifier-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let header = (["/* truth"] + truth.map { " * \($0)" } + [" */", ""]).joined(separator: "\n")
        let source = folder.appendingPathComponent("server.c")
        try Data((header + Self.text).utf8).write(to: source)
        let program = SeededProgram(
            name: "verified_server", language: .c, truth: try TruthParser.parse(header, file: "server.c"),
            source: source.path, inputs: [source.path])
        let executable = folder.appendingPathComponent("server")
        let variant = BuildVariant.usual[0]
        let built = try BuiltProgram(program, variant, executable: executable)
        var verifier = ProgramVerifier()
        verifier.patience = 3
        verifier.timeout = 20
        verifier.interval = 0.2
        return verifier.verify(built)
    }

    @Test func aTruthIsTrue() throws {
        let verification = try verify(Self.truth)
        #expect(verification.violations.isEmpty, "\(verification.violations)")
        // Three threads at two looks of the kernel and one of the decoder, two timings, two objects, the end, a release.
        #expect(verification.checks >= 14)
    }

    @Test(arguments: [
        (3, "thread main: waiting, mutex, table, untimed", "not as declared"),
        (3, "thread main: waiting, sleep", "where sleep is declared"),
        (3, "thread main: running, running", "has not run"),
        (3, "thread main: waiting, condition, outbox.filled, untimed", "where outbox.filled is declared"),
        (3, "thread main: waiting, condition, inbox.filled, timed", "not as declared"),
        (4, "thread server x2: idle, condition, inbox.filled, untimed", "thread server: condition is missing"),
        (4, "thread servers: idle, condition, inbox.filled, untimed", "thread server is there and not declared"),
        (6, "release inbox.filled: send alive", "names send, which is not in its source"),
        (6, "release inbox.filled: serve never-created", "a thread is in serve"),
    ])
    func anUntruthIsSeen(_ line: Int, _ replacement: String, _ violation: String) throws {
        var truth = Self.truth
        truth[line] = replacement
        let violations = try verify(truth).violations
        #expect(violations.contains { $0.contains(violation) }, "\(violations)")
    }

    @Test func whoIsStuckDoesNotEnd() throws {
        var truth = Self.truth
        truth[1] = "class: dead-wait"
        truth[2] = "cause: never-created"
        truth[3] = "thread main: stuck, condition, inbox.filled, untimed"
        let violations = try verify(truth).violations
        #expect(violations == ["has a stuck thread and ended with status 0"])
    }
}
