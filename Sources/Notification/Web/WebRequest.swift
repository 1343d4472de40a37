import CCurl
import Primitives
import Strategy

/// One request through libcurl.
struct WebRequest {
    var address: WebAddress
    var headers: [String] = []
    /// Nil for a GET.
    var body: [UInt8]?
    var authorityFile: String?
    var patience: ChannelPatience

    func send() throws(MessageFailure) {
        let transfer = perform()
        if let failure = failure(transfer) { throw failure }
    }

    private func perform() -> Transfer {
        var answer = sh_curl_answer()
        let body = self.body ?? []
        CStrings.with([address.url, authorityFile ?? ""] + headers) { texts in
            body.withUnsafeBytes { bytes in
                (Array(texts.dropFirst(2)) + [nil]).withUnsafeBufferPointer { headers in
                    var request = sh_curl_request()
                    request.common.url = texts[0]
                    request.common.authority_file = authorityFile == nil ? nil : texts[1]
                    request.common.connect_milliseconds = patience.connectMilliseconds
                    request.common.milliseconds = patience.milliseconds
                    (request.common.body, request.common.body_size) = (bytes.baseAddress, bytes.count)
                    request.is_post = self.body == nil ? 0 : 1
                    request.headers = headers.baseAddress
                    sh_curl_send_request(&request, &answer)
                }
            }
        }
        return Transfer(answer)
    }

    private func failure(_ transfer: Transfer) -> MessageFailure? {
        guard transfer.kind == SH_CURL_DONE else {
            return transfer.problem(with: address.host)
                ?? MessageFailure("\(address.host) cannot be asked: \(transfer.error).")
        }
        if (200..<300).contains(transfer.status) { return nil }
        let isTransient = transfer.status >= 500 || [408, 425, 429].contains(transfer.status)
        let said = transfer.said.isEmpty ? "" : " It said: \(transfer.said.prefix(200))"
        let aside = (300..<400).contains(transfer.status) ? " Nobody is followed to another address." : ""
        return MessageFailure(
            "\(address.host) answered with status \(transfer.status).\(aside)\(said)", isHopeless: !isTransient,
            retryAfter: transfer.retryAfter)
    }
}
