import CLinux
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Looks at what a backup needs, and says what is not as it should be. Changes nothing but what `cleaning` asks for.
package enum Doctor {
    package enum Severity: String, Sendable {
        case fine, note, warning, damage
    }

    package struct Finding: Sendable {
        package var severity: Severity
        package var message: String
        package var advice = ""
        package var failure: Failure?

        init(_ severity: Severity, _ message: String, advice: String = "") {
            (self.severity, self.message, self.advice) = (severity, message, advice)
        }

        init(_ failure: Failure) {
            severity = failure.code.class == .integrity ? .damage : .warning
            message = failure.message
            advice = failure.advice
            self.failure = failure
        }
    }

    /// `location` is nil where no repository was named.
    package static func run(
        permit: consuming Permit<InspectAction>, surroundings: Surroundings, location: String?, cleaning: Bool
    ) -> [Finding] {
        var findings = [processor(), home(surroundings.hostState), people(surroundings)] + keyFiles(surroundings)
        guard let location else {
            return findings + [
                Finding(
                    .note, "No repository was named.",
                    advice: "Pass --repository, or set SAFEHOLD_REPOSITORY, to have it looked at.")
            ]
        }
        do {
            let repository = try surroundings.repository(at: location)
            findings.append(
                Finding(
                    .fine,
                    "The repository \(repository.id.hex) at \(location) is of format \(FormatFile.version); its keys are signed."
                ))
            findings += RepositoryExamination(repository: repository, surroundings: surroundings, cleaning: cleaning)
                .findings()
        } catch {
            findings.append(finding(error))
        }
        return findings
    }

    static func finding(_ error: any Error) -> Finding {
        (error as? Failure).map { Finding($0) } ?? Finding(.warning, "\(error)")
    }

    /// AES and SHA in hardware decide how fast everything is.
    private static func processor() -> Finding {
        guard let text = try? NamedFile.read("/proc/cpuinfo", .stateUnusable),
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first(where: {
                $0.hasPrefix("flags") || $0.hasPrefix("Features")
            })
        else { return Finding(.note, "What the processor can do is not known.") }
        let flags = Set(line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ":" }))
        let missing = [("aes", "AES"), ("sha_ni", "SHA-256"), ("sha2", "SHA-256")].filter {
            !flags.contains(Substring($0.0))
        }.map(\.1)
        let lacks = Set(missing.filter { name in name == "AES" || missing.filter { $0 == name }.count == 2 })
        guard lacks.isEmpty else {
            return Finding(
                .note, "The processor has no instructions for \(lacks.sorted().joined(separator: " and ")).",
                advice:
                    "Backups work, at a fraction of the speed. In a virtual machine, pass the host's processor through."
            )
        }
        return Finding(
            .fine,
            "The processor has instructions for AES and SHA-256\(flags.contains("vaes") ? ", also wide ones" : "").")
    }

    /// The folder with this host's identities must be its owner's alone.
    private static func home(_ state: HostState) -> Finding {
        var status = sh_stat()
        let result = sh_statx(AT_FDCWD, state.root, &status)
        guard result == 0 else {
            if result == -ENOENT {
                return Finding(
                    .note, "This host keeps no state in \(state.root) yet.", advice: "'safehold init' makes it.")
            }
            return Finding(
                .warning, "Cannot look at \(state.root): \(String(cString: strerror(-result))).",
                advice: "Check owner and mode.")
        }
        guard status.mode & 0o077 == 0, status.uid == geteuid() else {
            return Finding(
                .warning, "Others than its owner can look into \(state.root), or you are not its owner.",
                advice: "chown it to the user who runs backups, and chmod 700.")
        }
        return Finding(.fine, "This host's state in \(state.root) is its owner's alone.")
    }

    /// Who passes as whom.
    private static func people(_ surroundings: Surroundings) -> Finding {
        do {
            guard try surroundings.identity.isFounded() else {
                return Finding(
                    .fine,
                    "There is no directory of persons: whoever runs the program, now \(surroundings.user), is its owner."
                )
            }
            let who = surroundings.door.whoIsThere()
            return Finding(.fine, "There is a directory of persons; \(who.name) is signed in.")
        } catch {
            return finding(error)
        }
    }

    private static func keyFiles(_ surroundings: Surroundings) -> [Finding] {
        [surroundings.passphraseFile, surroundings.recipientFile].compactMap { $0 }.map { file in
            var status = sh_stat()
            guard sh_statx(AT_FDCWD, file, &status) == 0 else {
                return Finding(
                    .warning, "The key file \(file) is not there.",
                    advice: "Correct SAFEHOLD_PASSPHRASE_FILE or SAFEHOLD_RECIPIENT_FILE.")
            }
            if status.mode & 0o077 != 0 {
                return Finding(.warning, "Others can read the key file \(file).", advice: "chmod 600 \(file)")
            }
            return Finding(.fine, "The key file \(file) is its owner's alone.")
        }
    }
}
