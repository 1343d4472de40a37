/// The one error a person or a script sees: what happened, to what, and what to do. docs/errors.md lists the codes.
package struct Failure: Error, Sendable, Equatable {
    package var code: Code
    package var message: String
    package var advice: String

    package init(_ code: Code, _ message: String, advice: String) {
        (self.code, self.message, self.advice) = (code, message, advice)
    }

    /// What a caller can do about it; it decides the exit status.
    package enum Class: String, Sendable {
        case usage, permanent, missing, integrity, denied, transient, newer, interrupted, `internal`

        package var exitStatus: Int32 {
            switch self {
            case .internal, .permanent: 1
            case .usage: 2
            case .missing: 10
            case .integrity: 11
            case .denied: 12
            case .transient: 13
            case .newer: 14
            case .interrupted: 130
            }
        }
    }

    package enum Code: String, Sendable, CaseIterable {
        case usage = "usage"
        case repositoryMissing = "repository-missing"
        case repositoryExists = "repository-exists"
        case repositoryNewer = "repository-newer"
        case repositoryChanged = "repository-changed"
        case sourceMissing = "source-missing"
        case sourceInsideRepository = "source-inside-repository"
        case targetInsideSource = "target-inside-source"
        case targetUnusable = "target-unusable"
        case snapshotMissing = "snapshot-missing"
        case pathMissing = "path-missing"
        case identityMissing = "identity-missing"
        case identityForeign = "identity-foreign"
        case writerWithdrawn = "writer-withdrawn"
        case passphraseMissing = "passphrase-missing"
        case passphraseWrong = "passphrase-wrong"
        case passphraseWeak = "passphrase-weak"
        case recipientMissing = "recipient-missing"
        case keyUnreadable = "key-unreadable"
        case keyDenied = "key-denied"
        case shareInvalid = "share-invalid"
        case planUnconfirmed = "plan-unconfirmed"
        case notSignedIn = "not-signed-in"
        case notPermitted = "not-permitted"
        case retentionFrozen = "retention-frozen"
        case presenceNeeded = "presence-needed"
        case setupNeeded = "setup-needed"
        case signInRefused = "sign-in-refused"
        case accountLocked = "account-locked"
        case passwordRefused = "password-refused"
        case personMissing = "person-missing"
        case directoryExists = "directory-exists"
        case directoryMissing = "directory-missing"
        case directoryRefused = "directory-refused"
        case identityBehind = "identity-behind"
        case providerMissing = "provider-missing"
        case providerUnreachable = "provider-unreachable"
        case providerMisconfigured = "provider-misconfigured"
        case requestMissing = "request-missing"
        case approvalNeeded = "approval-needed"
        case approvalRefused = "approval-refused"
        case objectMissing = "object-missing"
        case objectLocked = "object-locked"
        case objectDamaged = "object-damaged"
        case chunkMissing = "chunk-missing"
        case signatureInvalid = "signature-invalid"
        case rollback = "rollback"
        case replicaDiverged = "replica-diverged"
        case collectionUnknown = "collection-unknown"
        case mediumMissing = "medium-missing"
        case mediumForeign = "medium-foreign"
        case storageFull = "storage-full"
        case storageDenied = "storage-denied"
        case storageFailed = "storage-failed"
        case storageMissing = "storage-missing"
        case storageMisconfigured = "storage-misconfigured"
        case storageUntrusted = "storage-untrusted"
        case storageCredentials = "storage-credentials"
        case sourceUnreadable = "source-unreadable"
        case stateBusy = "state-busy"
        case stateUnusable = "state-unusable"
        case catalogDamaged = "catalog-damaged"
        case strategyInvalid = "strategy-invalid"
        case strategyMissing = "strategy-missing"
        case strategyNotAdopted = "strategy-not-adopted"
        case hookFailed = "hook-failed"
        case streamFailed = "stream-failed"
        case databaseUnreachable = "database-unreachable"
        case databaseDenied = "database-denied"
        case databaseMisconfigured = "database-misconfigured"
        case recoveryTargetUnreachable = "recovery-target-unreachable"
        case recoveryFailed = "recovery-failed"
        case walConflict = "wal-conflict"
        case walForeign = "wal-foreign"
        case walGap = "wal-gap"
        case walSlotMissing = "wal-slot-missing"
        case walStalled = "wal-stalled"
        case incidentMissing = "incident-missing"
        case notificationFailed = "notification-failed"
        case toolMissing = "tool-missing"
        case toolFailed = "tool-failed"
        case auditBusy = "audit-busy"
        case auditUnwritable = "audit-unwritable"
        case auditFull = "audit-full"
        case auditAltered = "audit-altered"
        case auditRolledBack = "audit-rolled-back"
        case auditForked = "audit-forked"
        case auditReplaced = "audit-replaced"
        case auditMissing = "audit-missing"
        case auditUnwitnessed = "audit-unwitnessed"
        case auditReasonMissing = "audit-reason-missing"
        case evidenceMissing = "evidence-missing"
        case evidenceIncomplete = "evidence-incomplete"
        case restoreTestFailed = "restore-test-failed"
        case runbookMissing = "runbook-missing"
        case runbookRefused = "runbook-refused"
        case runbookDamaged = "runbook-damaged"
        case interrupted = "interrupted"
        case internalError = "internal-error"

        package var `class`: Class {
            switch self {
            case .usage, .sourceInsideRepository, .targetInsideSource, .passphraseWeak,
                .planUnconfirmed, .strategyInvalid, .auditReasonMissing, .passwordRefused, .directoryRefused,
                .runbookRefused:
                .usage
            case .repositoryMissing, .sourceMissing, .snapshotMissing, .pathMissing, .identityMissing,
                .recipientMissing, .storageMissing, .mediumMissing, .strategyMissing,
                .incidentMissing, .toolMissing, .recoveryTargetUnreachable, .walSlotMissing, .auditMissing,
                .personMissing, .directoryMissing, .requestMissing, .providerMissing, .evidenceMissing, .runbookMissing:
                .missing
            case .repositoryExists, .targetUnusable, .sourceUnreadable, .stateUnusable, .collectionUnknown,
                .storageMisconfigured, .objectLocked, .mediumForeign, .catalogDamaged, .hookFailed, .toolFailed,
                .databaseMisconfigured, .walConflict, .walForeign, .walStalled,
                .recoveryFailed, .auditUnwritable, .directoryExists, .providerMisconfigured:
                .permanent
            case .repositoryNewer: .newer
            case .passphraseMissing, .passphraseWrong, .keyUnreadable, .keyDenied, .shareInvalid, .identityForeign,
                .writerWithdrawn,
                .storageDenied, .storageUntrusted, .storageCredentials, .databaseDenied, .notSignedIn, .notPermitted,
                .retentionFrozen, .presenceNeeded, .setupNeeded, .signInRefused, .accountLocked, .approvalNeeded,
                .approvalRefused,
                .strategyNotAdopted:
                .denied
            case .objectMissing, .objectDamaged, .chunkMissing, .signatureInvalid, .rollback, .repositoryChanged,
                .replicaDiverged, .walGap, .auditAltered, .auditRolledBack, .auditForked, .auditUnwitnessed,
                .auditReplaced,
                .identityBehind, .evidenceIncomplete, .restoreTestFailed, .runbookDamaged:
                .integrity
            case .storageFull, .storageFailed, .stateBusy, .notificationFailed, .streamFailed, .databaseUnreachable,
                .providerUnreachable, .auditBusy, .auditFull:
                .transient
            case .interrupted: .interrupted
            case .internalError: .internal
            }
        }
    }
}

extension Failure {
    package static func damaged(_ object: some CustomStringConvertible, _ problem: String) -> Failure {
        Failure(
            .objectDamaged, "\(object) is damaged: it \(problem).",
            advice:
                "Run 'safehold verify --read-data' to learn which files are affected; restore the object from a copy of the repository."
        )
    }
}
