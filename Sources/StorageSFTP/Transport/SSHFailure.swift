import Primitives

/// What went wrong between ssh and the server, in our words. ssh itself speaks no other language than English.
enum SSHFailure {
    static func noProgram(_ reason: String) -> Failure {
        Failure(
            .storageMisconfigured, "The program 'ssh' cannot be run: \(reason).",
            advice: "Install OpenSSH's client (on Debian: openssh-client).")
    }

    /// Of a connection that did not come about. Nil for what another try may mend.
    static func refused(_ said: String, _ address: SFTPAddress) -> Failure? {
        let place = address.location
        func says(_ parts: String...) -> Bool { parts.contains { said.contains($0) } }
        if says("HOST IDENTIFICATION HAS CHANGED") {
            return Failure(
                .storageUntrusted,
                "The key of \(address.host) is another one than is known for it: this may not be the server that it seems to be.",
                advice:
                    "Ask whoever runs the server for the fingerprint of its new key, and only then replace the old one in known_hosts."
            )
        }
        if says("Host key verification failed", "host key is known", "No matching host key") {
            return Failure(
                .storageUntrusted, "The key of \(address.host) is not known here, so nothing was sent to it.",
                advice:
                    "Connect once with 'ssh \(address.host)' as the user that runs Safehold, and compare the fingerprint with what the server's administrator says."
            )
        }
        if says("Permission denied", "Too many authentication failures", "no such identity", "bad permissions") {
            return Failure(
                .storageCredentials, "\(place) refuses the keys that it was offered: \(last(said)).",
                advice:
                    "Add the public key to authorized_keys on the server. Keys are asked for nowhere: use one without a passphrase, or an agent."
            )
        }
        if says("subsystem request failed") {
            return Failure(
                .storageMisconfigured, "\(place) has no SFTP.",
                advice: "Turn on 'Subsystem sftp internal-sftp' in the server's sshd_config.")
        }
        if says("Bad configuration option", "terminating,", "Can't open user config") {
            return Failure(
                .storageMisconfigured, "ssh does not understand its configuration: \(last(said)).",
                advice: "Mend the file that it names.")
        }
        return nil
    }

    static func unreachable(_ reason: String, _ address: SFTPAddress) -> Failure {
        Failure(
            .storageFailed, "\(address.location) cannot be reached: \(reason).",
            advice: "Check the network and the server, then run the command again; what was finished is kept.")
    }

    static func lacks(_ what: String, _ address: SFTPAddress) -> Failure {
        Failure(
            .storageMisconfigured,
            "\(address.location) does not have SFTP's extension \(what), without which nothing can be stored there safely: two writers could overwrite each other, or a power cut could take what was reported as stored.",
            advice: "Use OpenSSH's own server, or reach the machine another way (docs/stores.md).")
    }

    static func answered(_ status: SFTPStatus, _ doing: String, _ address: SFTPAddress) -> Failure {
        switch status.code {
        case .permissionDenied:
            Failure(
                .storageDenied, "Not permitted while \(doing) on \(address.location).",
                advice: "Check owner and mode of the directory on the server.")
        case .noSuchFile:
            Failure(
                .storageMissing, "There is no such directory or file on \(address.location) (while \(doing)).",
                advice: "Check the path, and that the server has its disk mounted.")
        default:
            Failure(
                .storageFailed, "\(address.location) failed while \(doing): \(status.message).",
                advice:
                    "Look into the server's log and at its disk, then run the command again; what was finished is kept."
            )
        }
    }

    static func full(_ doing: String, _ address: SFTPAddress) -> Failure {
        Failure(
            .storageFull, "No space is left on \(address.location) (while \(doing)).",
            advice:
                "Free space on the server or raise the quota, then run the command again; what was finished is kept.")
    }

    static func last(_ said: String) -> String {
        let lines = said.split(whereSeparator: \.isNewline).map { $0.trimmingSuffix { $0.isWhitespace } }
        return String(lines.last { !$0.isEmpty }?.prefix(300) ?? "ssh said nothing of it")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ isLeftOut: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isLeftOut(last) || last == "." { text.removeLast() }
        return text
    }
}
