import Foundation
import Testing

extension EveryCommand {
    /// Who may, and who agrees.
    mutating func lettingIn() throws {
        let home = ["SAFEHOLD_HOME": place.scratch.path + "/founded"]
        try run(["whoami"], home)
        try run(["logout"], home, 10)
        let founders = ["anna:security-lead:1:Anna", "ben:backup-administrator:2:Ben"].flatMap { ["--founder", $0] }
        let handover = ["--handover", place.scratch.path + "/first"]
        try run(["users", "found", "--approvers", "1", "--host", "backups"] + founders + handover, home)
        try run(["snapshots"], place.reading.merging(home) { $1 }, 12)
        guard Hospital.isAvailable else { return }
        let hospital = try Hospital()
        try took(try hospital.login("anna"), ["login"], 0)
        try took(try hospital.login("ada", code: "000000"), ["login"], 12)
        let service = hospital.place.scratch.path + "/nightly"
        for words in [
            ["whoami"], ["users"], ["users", "show", "otto"], ["audit", "search", "--act", "users"],
            ["users", "revoke", "otto", "operator"],
            ["users", "grant", "otto", "operator"], ["users", "grant", "otto", "technical-lead", "--request"],
            ["users", "add", "eve", "--printed-name", "Eve", "--reference", "7"], ["approve", "list"],
            ["users", "prove", "carla", "--document", "passport"], ["users", "lost", "eve", "--reason", "Stolen"],
            ["users", "role", "define", "watch", "--may", "inspect", "--component", "a", "--store", "/mnt"],
            ["users", "roles"],
            ["users", "grant", "otto", "watch", "--store", "/mnt"], ["users", "show", "otto"],
            ["users", "role", "define", "team", "--may", "restore", "--request"], ["users", "role", "remove", "watch"],
            ["users", "service", "add", "nightly", "--role", "operator", "--owner", "otto", "--handover", service],
            ["users", "service", "owner", "nightly", "--owner", "dora"],
        ] { try run(Hospital.withReason(words), try hospital.shell("anna")) }
        let program = try hospital.shell("nobody", ["SAFEHOLD_SERVICE_FILE": service])
        try run(["snapshots"], program, empty: true)
        try run(["whoami"], program)
        for words in [
            ["users", "show", "nightly"], ["users", "service", "renew", "nightly", "--handover", service + "-2"],
            ["users", "remove", "eve"], ["signatures", "letter"], ["signatures", "letter", "--sent", "2026-11-02"],
            ["authenticator", "--handover", hospital.place.scratch.path + "/other"],
            ["logout"],
        ] { try run(Hospital.withReason(words), try hospital.shell("anna")) }
        try run(["users"], try hospital.shell("anna"), 12)
        let strategy = try place.scratch.write(
            """
            strategy: 1
            project: adopted
            stores: { primary: { role: primary, site: here, location: /mnt/adopted } }
            components:
              docs: { kind: documentation, sources: [/srv], schedule: { full: daily at 03:00 }, retention: { daily: 7 } }

            """, "adopted.yaml")
        try hospital.login("ben").mustBe(0)
        try run(["strategy", "adopt", "--strategy", strategy], try hospital.shell("ben"))
        // His temporary password is a day old.
        hospital.pass(seconds: 25 * 3600)
        try hospital.login("carla").mustBe(0)
        let file = try place.scratch.write("content", "signed.txt")
        let typed = try place.scratch.write(Hospital.password(of: "carla") + "\n", "typed")
        let code = try place.scratch.write(try hospital.code("carla") + "\n", "code")
        let shown = ["--login", "carla", "--password-file", typed, "--code-file", code]
        let statement = ["signatures", "accountability", "--output", place.scratch.path + "/carla.txt"]
        try run(statement + shown, try hospital.shell("carla"))
        try run(["sign", file, "--meaning", "review", "--password-file", typed], try hospital.shell("carla"))
        try run(["signatures", "verify", file], try hospital.shell("carla"))
        try run(["signatures", "sheet", file, "--output", file + ".pdf"], try hospital.shell("carla"))
        try run(["signatures", "authority", "--output", file + ".pub"], try hospital.shell("carla"))
        try run(["signatures", "reconcile"], try hospital.shell("carla"))
        try run(["signatures", "withdrawn", "--output", file + ".withdrawn"], try hospital.shell("carla"))
    }
}
