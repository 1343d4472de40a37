import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import Primitives

/// What a person is told when the server refuses, cannot be reached or cannot be trusted.
enum S3Failure {
    /// An answer that is no success and will not become one.
    static func answered(_ answer: S3Answer, _ doing: String, _ address: S3Address) -> Failure {
        let code = answer.code
        if code == "NoSuchBucket" { return noBucket(address) }
        let (kind, advice) = meaning(answer, code, address)
        return Failure(
            kind,
            "The S3 server \(address.endpoint.text) answered \(answer.status)\(code.isEmpty ? "" : " \(code)") while \(doing).",
            advice: advice)
    }

    private static func meaning(_ answer: S3Answer, _ code: String, _ address: S3Address) -> (Failure.Code, String) {
        switch (answer.status, code) {
        case (_, "RequestTimeTooSkewed"):
            let time = answer.header("date").map { " (the server's says \($0))" } ?? ""
            return (.storageDenied, "The clocks differ too much: set this host's clock right\(time).")
        case (_, "QuotaExceeded"), (507, _):
            return (
                .storageFull, "Raise the account's quota, then run the command again; what was finished is kept."
            )
        case (_, "InvalidAccessKeyId"), (_, "SignatureDoesNotMatch"), (_, "ExpiredToken"), (_, "InvalidToken"):
            return (
                .storageCredentials,
                "The server does not know the access key, its secret or its session: check the credentials in force."
            )
        case (401, _), (403, _), (405, _):
            return (
                .storageDenied,
                "Grant this access key what docs/s3.md lists for \(address.bucket): s3:GetObject, s3:PutObject, s3:ListBucket; with versions also s3:GetObjectVersion and s3:ListBucketVersions; to collect, s3:DeleteObject and s3:DeleteObjectVersion."
            )
        case (300..<400, _), (_, "AuthorizationHeaderMalformed"), (_, "IllegalLocationConstraintException"):
            let region = answer.header("x-amz-bucket-region").map { " ('\($0)', it says)" } ?? ""
            return (
                .storageMisconfigured,
                "The bucket is in another region\(region) or at another endpoint: correct 'region=' or 'endpoint='."
            )
        case (400, "InvalidTargetBucketForLogging"):
            return (
                .storageMisconfigured,
                "Name a bucket of the same owner and region for the logs, and let the store write there: a policy of that bucket that allows 'logging.s3.amazonaws.com' to s3:PutObject."
            )
        default:
            return (.storageFailed, "Look the code up in the server's documentation, or ask whoever keeps the server.")
        }
    }

    /// An answer that breaks the protocol.
    static func misanswered(_ problem: String, _ address: S3Address) -> Failure {
        Failure(
            .storageFailed, "The S3 server \(address.endpoint.text) \(problem).",
            advice: "Check what lies between this host and the server; try another server software.")
    }

    static func noBucket(_ address: S3Address) -> Failure {
        Failure(
            .storageMissing, "There is no bucket '\(address.bucket)' at \(address.endpoint.text).",
            advice:
                "Check its name, the endpoint and the region, or make the bucket: 'safehold storage configure --create --apply' does."
        )
    }

    /// The connection failed for good.
    static func connection(_ error: any Error, _ address: S3Address) -> Failure {
        guard Retries.isDistrust(error) else {
            return Failure(
                .storageFailed, "The request to \(address.endpoint.text) could not be made: \(text(error)).",
                advice: "Check the endpoint.")
        }
        return Failure(
            .storageUntrusted, "\(address.endpoint.text) was not trusted: \(distrust(error)).",
            advice:
                "A private authority's certificate is given with 'ca=FILE' or SAFEHOLD_S3_CA; the server has to speak TLS 1.3 and be named as in its certificate."
        )
    }

    /// Tried again as often as is reasonable.
    static func givenUp(_ trouble: S3Client.Trouble, _ often: String, _ address: S3Address) -> Failure {
        let why =
            switch trouble {
            case .answer(let answer): "it answered \(answer.status) \(answer.code)"
            case .incomplete(let problem): "its answer \(problem)"
            case .connection(let error): text(error)
            }
        return Failure(
            .storageFailed,
            "\(address.endpoint.text) failed \(often); the last time, \(why).",
            advice: "Check the server and the network, then run the command again; what was finished is kept.")
    }

    private static func distrust(_ error: any Error) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate does not come from an authority that is trusted here, or is not valid now"
        }
        if text.contains("CERTIFICATE_REQUIRED") { return "it wants a certificate of this host ('cert=' and 'key=')" }
        if text.contains("PROTOCOL_VERSION") { return "it does not speak TLS 1.3" }
        if text.contains("Hostname") || text.contains("hostname") { return "its certificate is for another name" }
        return "the TLS handshake failed"
    }

    private static func text(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first?.error as? IOError {
                return "no connection could be made: \(String(cString: strerror(first.errnoCode)))"
            }
            if let first = error.connectionErrors.first { return "no connection could be made: \(first.error)" }
            return "the name '\(error.host)' has no address"
        }
        if "\(error)".contains("EOF during handshake") {
            return "it hung up during the TLS handshake, as servers do that do not speak TLS 1.3"
        }
        return "the connection failed: \(error)"
    }
}
