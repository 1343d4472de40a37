import CCurl
import Primitives
import Strategy

/// Mail by SMTP through libcurl, to one address. Over TLS 1.3 or not at all; with a password or without one.
package struct MailChannel: MessageChannel {
    private let server: NotificationPlan.MailServer
    private let address: String
    private let patience: ChannelPatience

    package init(
        _ server: NotificationPlan.MailServer, to address: String, patience: ChannelPatience = ChannelPatience()
    ) {
        (self.server, self.address, self.patience) = (server, address, patience)
    }

    package func send(_ message: ComposedMessage) throws(MessageFailure) {
        guard let place = MailServerAddress(server.url) else {
            throw hopeless("The mail server is '\(server.url)'; smtps://HOST:PORT or smtp://HOST:PORT is wanted.")
        }
        guard let from = MailAddress(server.from) else {
            throw hopeless("'\(server.from)' is no address to send from.")
        }
        guard let to = MailAddress(address) else { throw hopeless("'\(address)' is no address of mail.") }
        let body = Array(MailText.of(message, from: from, to: to).utf8)
        let transfer = try transfer(place, message.sender.host, from, to, body)
        guard let failure = failure(transfer, place.host) else { return }
        throw failure
    }

    private func hopeless(_ reason: String) -> MessageFailure { MessageFailure(reason, isHopeless: true) }

    private func transfer(
        _ place: MailServerAddress, _ host: String, _ from: MailAddress, _ to: MailAddress, _ body: [UInt8]
    ) throws(MessageFailure) -> Transfer {
        guard let user = server.user else { return send(place, host, nil, nil, from, to, body) }
        guard let file = server.passwordFile else {
            throw hopeless("There is a user for the mail server, and no file with a password.")
        }
        do {
            return try SecretFile.withSecret(file) { secret in
                let password = secret.baseAddress?.assumingMemoryBound(to: CChar.self)
                return user.withCString { send(place, host, $0, password, from, to, body) }
            }
        } catch let failure as MessageFailure {
            throw failure
        } catch {
            throw MessageFailure("\(error)")
        }
    }

    private func send(
        _ place: MailServerAddress, _ host: String, _ user: UnsafePointer<CChar>?,
        _ password: UnsafePointer<CChar>?, _ from: MailAddress, _ to: MailAddress, _ body: [UInt8]
    ) -> Transfer {
        var answer = sh_curl_answer()
        // What is behind the host is how we introduce ourselves.
        let name = host.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/?#%".utf8.contains($0) } ? host : "localhost"
        let texts = ["\(place.url)/\(name)", "<\(from.text)>", "<\(to.text)>", server.authorityFile ?? ""]
        CStrings.with(texts) { texts in
            body.withUnsafeBytes { bytes in
                var mail = sh_curl_mail()
                mail.common.url = texts[0]
                mail.common.authority_file = server.authorityFile == nil ? nil : texts[3]
                mail.common.connect_milliseconds = patience.connectMilliseconds
                mail.common.milliseconds = patience.milliseconds
                (mail.common.body, mail.common.body_size) = (bytes.baseAddress, bytes.count)
                (mail.user, mail.password) = (user, password)
                (mail.sender, mail.recipient) = (texts[1], texts[2])
                sh_curl_send_mail(&mail, &answer)
            }
        }
        return Transfer(answer)
    }

    /// 4xx: later; 5xx: not like this (RFC 5321, section 4.2.1).
    private func failure(_ transfer: Transfer, _ host: String) -> MessageFailure? {
        if transfer.kind == SH_CURL_DONE { return nil }
        if transfer.kind == SH_CURL_LOGIN {
            return MessageFailure(
                "The mail server \(host) did not accept user and password: \(transfer.error).", isHopeless: true)
        }
        // A refusal is told as a failure to send, with what the server said of it.
        if (400..<600).contains(transfer.status), transfer.kind != SH_CURL_TLS, transfer.kind != SH_CURL_CERTIFICATE {
            return MessageFailure(
                "The mail server \(host) did not take the message for \(address): \(transfer.error).",
                isHopeless: transfer.status >= 500)
        }
        return transfer.problem(with: host)
            ?? MessageFailure("The mail server \(host) did not take the message: \(transfer.error).")
    }
}
