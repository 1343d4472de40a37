// swift-tools-version: 6.2
import PackageDescription

// Kernel benchmarks: what one thread does with one buffer. A package of its own, so that the program does not depend on the
// benchmark library. Rooms is a link to the program's sources: what they share within their package is shared here as well.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Rooms/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "safehold-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CZstd", path: "Rooms/CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CISAL", path: "Rooms/CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .target(name: "CLinux", path: "Rooms/CLinux"),
        .target(name: "CSHA256", path: "Rooms/CSHA256"),
        room("Primitives", ["CLinux"]),
        room("Chunking", ["Primitives"]),
        room("Sealing", ["Primitives", "CLinux", "CSHA256", "CZstd", crypto, cryptoExtras]),
        room("Storage", ["Primitives", "CLinux", crypto]),
        room("Parity", ["Primitives", "Sealing", "Storage", "CISAL"]),
        room("Capture", ["Primitives", "CLinux"]),
        room("RepositoryEngine", ["Primitives", "CLinux", "Chunking", "Sealing", "Storage", crypto]),
        .executableTarget(
            name: "Kernels",
            dependencies: [
                "Primitives", "CLinux", "Chunking", "Sealing", "Storage", "Capture", "RepositoryEngine", "Parity",
                crypto,
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Kernels", swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
