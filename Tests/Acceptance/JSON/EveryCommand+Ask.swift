import Foundation
import Glibc
import Testing

extension EveryCommand {
    /// The daemon is asked by its own account.
    mutating func asking(_ host: [String: String]) throws {
        let socket = place.scratch.path + "/socket"
        let asking = ["SAFEHOLD_SOCKET": socket, "SAFEHOLD_HOME": place.scratch.path + "/asking"]
        try run(["ask", "whoami"], asking, 13)
        let daemon = try ChildProcess(
            [program, "daemon"].map(\.bytes), environment: host.merging(["SAFEHOLD_SOCKET": socket]) { $1 })
        defer {
            daemon.signal(SIGTERM)
            _ = daemon.wait()
        }
        try waitUntil("the daemon listens") {
            try ChildProcess.run([program, "ask", "whoami"], environment: asking).status == 0
        }
        try run(["ask", "whoami"], asking)
        let status = try ChildProcess.run([program, "ask", "status", "--json"], environment: asking)
        try took(status, ["ask", "status"], try #require(status.status))
        try run(["ask", "run", "all"], asking)
        try run(["ask", "run", "nothing"], asking, 2)
        try run(["ask", "acknowledge", "1000000"], asking, 10)
        let typed = try place.scratch.write("a password of somebody's\n", "asked")
        try run(["ask", "login", "anna", "--password-file", typed, "--code-file", typed], asking, 10)
        try run(["ask", "login", "--again", "--code-file", typed], asking, 10)
        try run(["ask", "logout"], asking, 10)
    }
}
