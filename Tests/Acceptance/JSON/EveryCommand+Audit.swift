import Foundation

extension EveryCommand {
    /// What was done before by the others is in their logs.
    mutating func auditing() throws {
        let host = ["SAFEHOLD_HOME": place.scratch.path + "/fresh-home"]
        try run(["audit", "log", "--limit", "1000"], place.visiting)
        try run(["audit", "search", "--act", "run"], host)
        try run(["audit", "search", "--person", "nobody at all"], host, empty: true)
        try run(["audit", "show", "0"], place.visiting)
        try run(["audit", "show", "1000000"], place.visiting, 10)
        try run(["audit", "prove", "0"], place.visiting)
        try run(["audit", "verify"], place.visiting)
        try run(["audit", "export", "--to", place.scratch.path + "/audited"], place.visiting)
        try run(["audit", "export", "--to", place.scratch.path + "/audited"], place.visiting, 1)
        try run(["audit", "publish"], place.visiting)
        try run(["audit", "verify", "--repository", place.repository], place.visiting)
        try run(["audit", "restart", "--reason", "a trial"], place.visiting, 2)
        try ChildProcess.shell(
            "printf x | dd of=\"$1\"/audit/log/checkpoint bs=1 seek=80 conv=notrunc status=none",
            place.scratch.path + "/nobody")
        try run(["audit", "verify"], place.visiting, 11)
        try run(["keys"], place.visiting, 11)
        try run(["audit", "restart", "--reason", "a trial"], place.visiting)
        try run(["audit", "log"], ["SAFEHOLD_HOME": place.scratch.path + "/nowhere"], 10)
    }
}
