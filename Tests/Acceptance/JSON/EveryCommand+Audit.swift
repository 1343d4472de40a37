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
        // A writer, whose entries go to its own domain.
        try run(["audit", "publish"], place.writing)
        try witnessing()
        try run(["audit", "restart", "--reason", "a trial"], place.visiting, 2)
        try ChildProcess.shell(
            "printf '!' | dd of=\"$1\"/audit/log/checkpoint bs=1 seek=80 conv=notrunc status=none",
            place.scratch.path + "/nobody")
        try run(["audit", "verify"], place.visiting, 11)
        try run(["keys"], place.visiting, 11)
        try run(["audit", "restart", "--reason", "a trial"], place.visiting)
        try run(["audit", "log"], ["SAFEHOLD_HOME": place.scratch.path + "/nowhere"], 10)
    }

    private mutating func witnessing() throws {
        let (policy, keys) = (place.home + "/audit/policy", place.scratch.path + "/witness.vkeys")
        let opening = place.writing.merging(["SAFEHOLD_RECIPIENT_FILE": place.keyFile]) { $1 }
        let host = place.visiting.merging(["SAFEHOLD_HOME": place.scratch.path + "/witness-home"]) { $1 }
        try run(["audit", "witness", "key"], host, 2)
        try run(["audit", "witness", "init", "--name", "example.org/witness"], host)
        try run(["audit", "witness", "key"], host)
        try Data(ChildProcess.run([program, "audit", "witness", "key"], environment: host).output).write(
            to: URL(filePath: keys))
        try run(["audit", "witness", "add", "--policy", policy], host)
        try run(["audit", "witness", "cosign"], host)
        try run(["audit", "witness", "list"], host)
        let request = place.scratch.path + "/request"
        try run(["audit", "witness", "request"], place.writing)
        try run(["audit", "witness", "request", "--from", "1000000"], place.writing, 11)
        try Data(ChildProcess.run([program, "audit", "witness", "request"], environment: place.writing).output).write(
            to: URL(filePath: request))
        try run(["audit", "witness", "cosign", "--request", request], host, 2)
        let other = host.merging(["SAFEHOLD_HOME": place.scratch.path + "/other-witness"]) { $1 }
        try run(["audit", "witness", "init"], other)
        try run(["audit", "witness", "add", "--policy", policy], other)
        try run(["audit", "witness", "cosign", "--request", request], other)
        try run(
            ["audit", "verify", "--repository", place.repository, "--witness", keys, "--entries"], opening)
        let target = place.scratch.path + "/audited-from-repository"
        try run(["audit", "export", "--repository", place.repository, "--to", target], opening)
    }
}
