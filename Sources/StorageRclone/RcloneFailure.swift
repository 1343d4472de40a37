import Primitives

enum RcloneFailure {
    static func noProgram(_ reason: String) -> Failure {
        Failure(
            .storageMisconfigured, "The program 'rclone' cannot be run: \(reason).",
            advice: "Install it (on Debian: rclone), version 1.60 or newer.")
    }

    static func didNotStart(_ said: String) -> Failure {
        if said.contains("not found") && said.contains("exec") { return noProgram("it was not found") }
        let last = said.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) } ?? "it said nothing"
        return Failure(
            .storageMisconfigured, "rclone does not start: \(last).",
            advice: "Try 'rclone listremotes' as the user that runs Safehold, in the same environment.")
    }

    static func failed(_ said: String, _ doing: String, _ address: RcloneAddress) -> Failure {
        func says(_ parts: String...) -> Bool { parts.contains { said.contains($0) } }
        let place = address.location
        if says("didn't find section in config", "couldn't find configuration", "unknown remote") {
            return Failure(
                .storageMisconfigured, "rclone knows no remote '\(address.remote)'.",
                advice: "Make it with 'rclone config' as the user that runs Safehold.")
        }
        if says("AccessDenied", "Forbidden", "permission denied", "SignatureDoesNotMatch", "InvalidAccessKeyId", "401 ")
        {
            return Failure(
                .storageDenied, "\(place) refuses (while \(doing)).",
                advice: "Check the remote with 'rclone lsd \(address.remote):' and what its credentials may do.")
        }
        if says("no space left", "quota", "insufficient storage", "QuotaExceeded") {
            return Failure(
                .storageFull, "No space is left at \(place) (while \(doing)).",
                advice: "Free space or raise the quota, then run the command again; what was finished is kept.")
        }
        let last = said.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) } ?? "it said nothing"
        return Failure(
            .storageFailed, "rclone failed while \(doing) at \(place): \(last).",
            advice: "Try 'rclone lsd \(address.remote):', then run the command again; what was finished is kept.")
    }
}
