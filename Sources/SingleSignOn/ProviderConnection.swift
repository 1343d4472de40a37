import CCurl
import Foundation
import Identity
import Primitives

/// Requests to one provider: https with TLS 1.3 and its certificate verified, answers of bounded length, nobody followed to another address.
struct ProviderConnection {
    struct Answer {
        var status: Int
        var document: JSON?
    }

    /// No document of a provider is as long as that.
    static let mostBytes = 256 << 10
    private static let (connecting, whole) = (10_000, 20_000)

    let authorities: [UInt8]

    func get(_ address: String) throws -> Answer { try send(address, headers: [], body: nil) }

    func post(_ address: String, _ form: [(String, String)], headers: [String] = []) throws -> Answer {
        let body = form.map { FormText.encode($0.0) + "=" + FormText.encode($0.1) }.joined(separator: "&")
        return try send(
            address, headers: headers + ["Content-Type: application/x-www-form-urlencoded"], body: Array(body.utf8))
    }

    private func send(_ address: String, headers: [String], body: [UInt8]?) throws -> Answer {
        var answer = sh_curl_answer()
        var room = [UInt8](repeating: 0, count: Self.mostBytes)
        var used = 0
        CStrings.with([address, "Accept: application/json"] + headers) { texts in
            (body ?? []).withUnsafeBytes { bytes in
                authorities.withUnsafeBytes { authorities in
                    (Array(texts.dropFirst()) + [nil]).withUnsafeBufferPointer { headers in
                        var request = sh_curl_request()
                        request.common.url = texts[0]
                        (request.common.authority, request.common.authority_size) = (
                            authorities.count > 0 ? authorities.baseAddress : nil, authorities.count
                        )
                        request.common.connect_milliseconds = Self.connecting
                        request.common.milliseconds = Self.whole
                        (request.common.body, request.common.body_size) = (bytes.baseAddress, bytes.count)
                        request.is_post = body == nil ? 0 : 1
                        request.headers = headers.baseAddress
                        room.withUnsafeMutableBytes {
                            used = sh_curl_fetch(&request, $0.baseAddress, $0.count, &answer)
                        }
                    }
                }
            }
        }
        try Self.check(answer, of: address)
        return Answer(status: answer.status, document: try? JSON(parsing: room[..<used]))
    }

    private static func check(_ answer: sh_curl_answer, of address: String) throws {
        guard answer.kind != SH_CURL_DONE else { return }
        let why = withUnsafeBytes(of: answer.error) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
        }
        switch answer.kind {
        case SH_CURL_CERTIFICATE:
            throw Failure(
                .providerMisconfigured, "The certificate of \(address) is not trusted: \(why).",
                advice:
                    "Where it comes from an authority of your own, name that with 'safehold users provider set --ca-file FILE'. Until then sign in with 'safehold login NAME'."
            )
        case SH_CURL_TLS:
            throw Failure(
                .providerMisconfigured, "\(address) offers no TLS 1.3, and nothing is sent over less: \(why).",
                advice: "Have the provider offer TLS 1.3. Until then sign in with 'safehold login NAME'.")
        case SH_CURL_TOO_LONG:
            throw Failure(
                .providerMisconfigured, "\(address) answers with more than \(mostBytes >> 10) KiB.",
                advice: "Check the issuer's address. Until then sign in with 'safehold login NAME'.")
        default: throw ProviderTrouble.unreachable(address, why)
        }
    }
}

enum ProviderTrouble {
    static func unreachable(_ address: String, _ why: String) -> Failure {
        Failure(
            .providerUnreachable, "\(address) cannot be asked: \(why).",
            advice: "Sign in with 'safehold login NAME', which asks nobody else, or try again later.")
    }

    static func misconfigured(_ what: String, _ advice: String) -> Failure {
        Failure(
            .providerMisconfigured, what, advice: advice + " Until then sign in with 'safehold login NAME'.")
    }
}

/// application/x-www-form-urlencoded, all but the unreserved characters of RFC 3986 escaped.
enum FormText {
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return result
    }
}
