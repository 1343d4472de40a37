import Primitives
import StorageS3
import Testing

@Suite struct CredentialChainTests {
    /// Surroundings of a test's own; what is fetched and run is counted.
    private final class Machine: Sendable {
        let variables: [String: String]
        let files: [String: String]
        let outputs: [String: String]
        let endpoints: [String: String]
        let asked = Monitor<[String]>([])
        let now = Monitor(Timestamp(nanoseconds: 1_767_225_600_000_000_000))  // 2026-01-01

        init(
            _ variables: [String: String] = [:], files: [String: String] = [:], outputs: [String: String] = [:],
            endpoints: [String: String] = [:]
        ) {
            self.variables = variables.merging(["HOME": "/home/me"]) { given, _ in given }
            (self.files, self.outputs, self.endpoints) = (files, outputs, endpoints)
        }

        func chain(profile: String? = nil) -> CredentialChain {
            CredentialChain(
                .init(
                    variable: { self.variables[$0] }, file: { self.files[$0] },
                    command: { command in
                        self.asked.withLock { $0.append(command) }
                        return self.outputs[command] ?? ""
                    },
                    fetch: { method, address, headers in
                        let line = ([method, address] + headers.map { "\($0.0)=\($0.1)" }).joined(separator: " ")
                        self.asked.withLock { $0.append(line) }
                        return self.endpoints[line]
                    }),
                profile: profile, clock: WallClock { self.now.withLock { $0 } })
        }

        func wait(seconds: Int64) {
            now.withLock { $0 = Timestamp(nanoseconds: $0.nanoseconds + seconds * 1_000_000_000) }
        }
    }

    private func code(_ body: () throws -> S3Credentials) -> Failure.Code? {
        #expect(throws: Failure.self, performing: { _ = try body() })?.code
    }

    @Test("The environment comes first, with a session token where there is one") func environment() throws {
        let variables = ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"]
        let files = ["/home/me/.aws/credentials": "[default]\naws_access_key_id=f\naws_secret_access_key=f"]
        #expect(try Machine(variables, files: files).chain().current() == S3Credentials(accessKey: "k", secret: "s"))
        let withToken = variables.merging(["AWS_SESSION_TOKEN": "t"]) { $1 }
        #expect(try Machine(withToken).chain().current().token == "t")
        #expect(code { try Machine(["AWS_ACCESS_KEY_ID": "k"]).chain().current() } == .storageCredentials)
    }

    private static let file = """
        # mine
        [default]
        aws_access_key_id = d
        aws_secret_access_key=ds=with=equals
        [ other ]
          AWS_ACCESS_KEY_ID= o
        aws_secret_access_key =os
        aws_session_token=ot
        [half]
        aws_access_key_id=h
        """

    @Test("The shared file is read, by profile") func profiles() throws {
        let files = ["/home/me/.aws/credentials": Self.file]
        let own = S3Credentials(accessKey: "d", secret: "ds=with=equals")
        let other = S3Credentials(accessKey: "o", secret: "os", token: "ot")
        #expect(try Machine(files: files).chain().current() == own)
        #expect(try Machine(["AWS_PROFILE": "other"], files: files).chain().current() == other)
        #expect(try Machine(["AWS_PROFILE": "default"], files: files).chain(profile: "other").current() == other)
        for name in ["none", "half"] {
            #expect(code { try Machine(files: files).chain(profile: name).current() } == .storageCredentials)
        }
        let moved = Machine(["AWS_SHARED_CREDENTIALS_FILE": "/x"], files: ["/x": Self.file])
        #expect(try moved.chain().current() == own)
    }

    @Test("A profile that the address names is not overruled by keys in the environment") func namedProfile() throws {
        let machine = Machine(
            ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"], files: ["/home/me/.aws/credentials": Self.file])
        #expect(try machine.chain(profile: "other").current().accessKey == "o")
    }

    private static let answer = """
        {"Version": 1, "AccessKeyId": "c", "SecretAccessKey": "cs", "SessionToken": "ct", "Token": "mt",
         "Expiration": "2026-01-01T01:00:00Z"}
        """

    @Test("A command's credentials are kept, and fetched anew five minutes before they end") func command() throws {
        let machine = Machine(
            ["AWS_PROFILE": "p"], files: ["/home/me/.aws/config": "[profile p]\ncredential_process = give me\n"],
            outputs: ["give me": Self.answer])
        let chain = machine.chain()
        for _ in 0..<3 { #expect(try chain.current().token == "ct") }
        machine.wait(seconds: 54 * 60)
        _ = try chain.current()
        #expect(machine.asked.withLock { $0 } == ["give me"])
        machine.wait(seconds: 2 * 60)
        _ = try chain.current()
        #expect(machine.asked.withLock { $0.count } == 2)
    }

    @Test(
        "What a command says wrongly is not taken for credentials",
        arguments: [
            "", "{}", #"{"AccessKeyId":"a"}"#, #"{"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"}"#,
        ])
    func wrongAnswers(_ output: String) {
        let files = ["/home/me/.aws/credentials": "[default]\ncredential_process=x"]
        let machine = Machine(files: files, outputs: ["x": output])
        #expect(code { try machine.chain().current() } == .storageCredentials)
    }

    @Test("Refused credentials are looked for again") func refused() throws {
        let machine = Machine(
            files: ["/home/me/.aws/credentials": "[default]\ncredential_process=x"], outputs: ["x": Self.answer])
        let chain = machine.chain()
        chain.forget(try chain.current())
        _ = try chain.current()
        #expect(machine.asked.withLock { $0.count } == 2)
    }

    @Test("A container's endpoint is asked with its token, and only one near by") func container() throws {
        let near = Machine(
            ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:80/c", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a"],
            endpoints: ["GET http://127.0.0.1:80/c Authorization=a": Self.answer])
        #expect(try near.chain().current().token == "mt")
        let relative = Machine(
            ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"],
            endpoints: ["GET http://169.254.170.2/role": Self.answer])
        #expect(try relative.chain().current().accessKey == "c")
        let far = Machine(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.org/c"])
        #expect(code { try far.chain().current() } == .storageCredentials)
        #expect(far.asked.withLock { $0 } == [])
    }

    @Test("An instance's endpoint is asked with a session of version 2, and can be left out") func instance() throws {
        let base = "http://169.254.169.254/latest/"
        let roles = base + "meta-data/iam/security-credentials/"
        let endpoints = [
            "PUT \(base)api/token X-aws-ec2-metadata-token-ttl-seconds=300": "T",
            "GET \(roles) X-aws-ec2-metadata-token=T": "my role\n",
            "GET \(roles)my%20role X-aws-ec2-metadata-token=T": Self.answer,
        ]
        #expect(try Machine(endpoints: endpoints).chain().current().secret == "cs")
        let off = Machine(["AWS_EC2_METADATA_DISABLED": "true"], endpoints: endpoints)
        #expect(code { try off.chain().current() } == .storageCredentials)
        #expect(off.asked.withLock { $0 } == [])
    }
}
