import Primitives

/// One page to print and to keep with the passphrase or the shares: what somebody needs who has nothing but the repository.
package enum RecoveryKit {
    package static func text(_ facts: KeyFacts, hint: String?, software: String, time: Timestamp) -> String {
        let openers = facts.recipients.filter { $0.removed == nil && $0.opens }
        let keys = openers.map { recipient in
            switch recipient.kind {
            case "passphrase": "  [ ] the passphrase '\(recipient.label)'"
            case "escrow":
                "  [ ] \(recipient.threshold ?? 0) of the \(recipient.shares ?? 0) shares '\(recipient.label)', held by: ________________________"
            default: "  [ ] the private key file '\(recipient.label)', kept at: ________________________"
            }
        }
        return """
            SAFEHOLD RECOVERY KIT                                        printed \(time)

            Repository    \(facts.location)
            Id            \(facts.repository.hex)
            Fingerprint   \(grouped(facts.fingerprint.hex))
                          The administrator's. If a program shows another one, the repository is not yours.

            WHAT OPENS IT  (any one of these)
            \(keys.joined(separator: "\n"))
              Passphrase: \(hint ?? "______________________________________________ (or where it is kept)")

            RESTORE WITH SAFEHOLD
              1. Install \(software) or newer and attach the disk with the repository.
              2. Put the passphrase into a file that only you can read:
                   umask 077; cat > pass        (type it, then Ctrl-D)
              3. safehold snapshots --repository DIR --passphrase-file pass
              4. safehold restore latest --repository DIR --passphrase-file pass --target /tmp/back
              With a key file: --recipient-file FILE. With shares: --share-file FILE, once for each.

            RESTORE WITHOUT SAFEHOLD  (Python 3.11 or newer, packages 'cryptography' 48 and 'zstandard')
              1. Below DIR/spec/ lie two files: the description of the format, and a program that restores.
                   grep -E '^(specification|restorer)' DIR/FORMAT     tells which is which
              2. cp DIR/spec/<restorer> restore.py
              3. python3 restore.py DIR --passphrase-file pass --list
              4. python3 restore.py DIR --passphrase-file pass --target /tmp/back
                   --recipient-file FILE or --shares FILE FILE … in place of --passphrase-file

            Try it now, and once a year: a backup that was never restored is a hope.

            """
    }

    /// Groups of eight digits, which eyes can compare.
    private static func grouped(_ hex: String) -> String {
        var text = ""
        for (index, digit) in hex.enumerated() {
            if index > 0, index.isMultiple(of: 8) { text += index == 32 ? "\n              " : " " }
            text.append(digit)
        }
        return text
    }
}
