// swift-tools-version: 6.2
import PackageDescription

// Every arrow between our own targets stands in Tests/ArchitectureTests/arrows.txt as well: a new one is a decision.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let database: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")
let tokens: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// Tests of an engine that is not optimised wait for little else; to optimise what only decides and reports takes the compiler three times as long, and no test waits for that.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A room that goes through every byte, or through every entry of an index, a tree or a log.
func engineRoom(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + optimised)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], without files: [String] = []) -> Target {
    let own: [Target.Dependency] = [.target(name: name), "TestSupport"]
    return .testTarget(name: name + "Tests", dependencies: own + dependencies, exclude: files, swiftSettings: strict)
}

let package = Package(
    name: "safehold",
    products: [.executable(name: "safehold", targets: ["safehold"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CCurl"),
        .target(name: "CPQ"),
        .target(name: "CSHA256"),
        .target(name: "CPostgresPage"),
        .target(name: "CSpecification"),
        engineRoom("Primitives", ["CLinux"]),
        engineRoom("Chunking", ["Primitives"]),
        room("Strategy", ["Primitives", "WriteAheadLog"]),
        room("StrategyFile", ["Primitives", "Strategy", yaml]),
        engineRoom("Anomaly", ["Primitives"]),
        room("Procedures", ["Primitives"]),
        room("Validation", ["CDeflate", "CExpat", yaml]),
        room("Catalog", ["Primitives", database]),
        room("Notification", ["Primitives", "Strategy", "CLinux", "CCurl", crypto]),
        engineRoom("Journal", ["Primitives"]),
        room("Metrics", ["Primitives"]),
        room("MetricsEndpoint", ["Primitives", "Metrics", nio, nioPosix, nioHTTP, nioSSL]),
        engineRoom("Sealing", ["Primitives", "CLinux", "CSHA256", "CZstd", crypto, cryptoExtras]),
        room("Identity", ["Primitives", "Sealing", crypto]),
        room("SingleSignOn", ["Primitives", "Sealing", "Identity", "CCurl", crypto, tokens]),
        engineRoom("Storage", ["Primitives", "CLinux", crypto]),
        room(
            "StorageS3", ["Primitives", "Storage", "CLinux", crypto, nio, nioPosix, nioHTTP, nioSSL, httpClient]),
        room("StorageSFTP", ["Primitives", "Storage", crypto]),
        room("StorageRclone", ["Primitives", "Storage", nio, nioPosix, nioHTTP, httpClient]),
        engineRoom("Parity", ["Primitives", "Sealing", "Storage", "CISAL"]),
        room("StorageConformance", ["Primitives", "Storage"]),
        engineRoom("Capture", ["Primitives", "WriteAheadLog", "CLinux"]),
        engineRoom("WriteAheadLog", ["CISAL"]),
        engineRoom(
            "CapturePostgres",
            ["Primitives", "Capture", "Strategy", "WriteAheadLog", "CPQ", "CPostgresPage", "Validation", crypto]),
        engineRoom("CaptureSQLite", ["Capture", "Strategy", "CSQLite"]),
        engineRoom("Archive", ["Primitives", "CDeflate"]),
        engineRoom("TransparencyLog", ["Primitives", "CLinux", "Sealing", crypto]),
        room("Audit", ["Primitives", "CLinux", "Sealing", "TransparencyLog"]),
        engineRoom("RepositoryEngine", ["Primitives", "CLinux", "Chunking", "Sealing", "Storage", crypto]),
        room(
            "Operations",
            [
                "Primitives", "Chunking", "Sealing", "Storage", "Capture", "RepositoryEngine", "Parity", "Strategy",
                "StrategyFile", "Notification", "Catalog", "Identity", "WriteAheadLog", "Audit", "TransparencyLog",
                "Archive", "CLinux", "CSpecification", "StorageConformance", "Anomaly", "Procedures", "Validation",
                crypto,
            ]),
        room(
            "Service",
            [
                "Primitives", "CLinux", "Strategy", "Catalog", "Capture", "Identity", "Notification", "Metrics",
                "MetricsEndpoint", "Operations", "WriteAheadLog", "Audit",
            ]),
        room(
            "Commands",
            [
                "Primitives", "Identity", "Audit", "TransparencyLog", "Operations", "Sealing", "Strategy",
                "WriteAheadLog", "Capture", "Catalog", "Journal", "Service", "Anomaly", "Procedures",
                arguments,
            ]),
        room(
            "Assembly",
            [
                "Primitives", "Sealing", "Storage", "StorageS3", "StorageSFTP", "StorageRclone", "Capture",
                "CapturePostgres", "CaptureSQLite", "Operations", "Commands", "CLinux", "Audit", "SingleSignOn",
            ]),
        .executableTarget(name: "safehold", dependencies: ["Assembly", "Commands"], swiftSettings: strict),

        .executableTarget(
            name: "index-scale", dependencies: ["Primitives", "CLinux", "Sealing", "Storage", "RepositoryEngine"],
            path: "Benchmarks/IndexScale", swiftSettings: strict),
        .executableTarget(
            name: "census-scale", dependencies: ["Primitives", "CLinux", "Sealing", "Storage", "RepositoryEngine"],
            path: "Benchmarks/CensusScale", swiftSettings: strict),
        .executableTarget(
            name: "log-scale", dependencies: ["Primitives", "CLinux", "Sealing", "TransparencyLog", "Audit"],
            path: "Benchmarks/LogScale", swiftSettings: strict),
        .executableTarget(
            name: "watch-scale", dependencies: ["Primitives", "CLinux", "Capture"], path: "Benchmarks/Watch",
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Primitives", "Storage"], path: "Tests/TestSupport",
            swiftSettings: strict + optimised),
        tests("Primitives", []),
        tests("Chunking", ["Primitives"]),
        tests(
            "Strategy", ["Primitives", "WriteAheadLog"],
            without: ["Agenda/eight-years.txt", "Notifying/Golden", "Report/Golden"]),
        tests("StrategyFile", ["Primitives", "Strategy"], without: ["Wrong"]),
        tests("Anomaly", ["Primitives"]),
        tests("Procedures", ["Primitives"]),
        tests("Validation", ["CDeflate"]),
        tests("Catalog", ["Primitives"]),
        tests("Notification", ["Primitives", "Strategy", crypto]),
        tests("Journal", ["Primitives"]),
        tests("Metrics", ["Primitives"]),
        tests("MetricsEndpoint", ["Primitives", "Metrics"]),
        tests("Sealing", ["Primitives", "CZstd", crypto]),
        tests("Identity", ["Primitives", "Sealing", crypto], without: ["Roles/Golden", "Passkeys/vectors.txt"]),
        tests("SingleSignOn", ["Primitives", "Sealing", "Identity", crypto, tokens]),
        tests("Parity", ["Primitives", "Sealing", "Storage"]),
        tests("Storage", ["Primitives", "StorageConformance", "CLinux"]),
        tests(
            "StorageS3",
            ["Primitives", "Storage", "StorageConformance", "CLinux", crypto, nio, nioPosix, nioHTTP, nioSSL]),
        tests("StorageSFTP", ["Primitives", "Storage", "StorageConformance"]),
        tests("StorageRclone", ["Primitives", "Storage", "StorageConformance"]),
        tests("Capture", ["Primitives", "WriteAheadLog", "CLinux"]),
        tests("WriteAheadLog", []),
        tests("CapturePostgres", ["Primitives", "Capture", "Strategy", "WriteAheadLog", "CPostgresPage", crypto]),
        tests("CaptureSQLite", ["Capture", "Strategy", "CSQLite"]),
        tests("Archive", ["Primitives"]),
        tests("TransparencyLog", ["Primitives", "Sealing"]),
        tests("Audit", ["Primitives", "Sealing", "TransparencyLog"]),
        tests(
            "RepositoryEngine", ["Primitives", "Chunking", "Sealing", "Storage", "CLinux", "CZstd", "Capture", crypto]),
        .testTarget(
            name: "ArchitectureTests", dependencies: ["Primitives"], exclude: ["arrows.txt"], swiftSettings: strict),
        tests(
            "Operations",
            [
                "Primitives", "CLinux", "Chunking", "Sealing", "Storage", "Capture", "RepositoryEngine", "Strategy",
                "Catalog", "Identity", "WriteAheadLog", "Audit", "Anomaly", "Procedures",
            ]),
        tests("Commands", ["Primitives", "Operations", "Strategy", arguments]),
        .testTarget(
            name: "AcceptanceTests",
            dependencies: [
                "TestSupport", "CLinux", "Identity", "Primitives", "Sealing", "Storage", "StorageS3",
                "RepositoryEngine", "Operations",
            ],
            path: "Tests/Acceptance", exclude: ["Reliability/faults.c", "Fixtures"], swiftSettings: strict),
    ]
)
