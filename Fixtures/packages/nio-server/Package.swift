// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that swift-nio is built only for the test that looks at a server on it.
let package = Package(
    name: "nio-server",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        .executableTarget(
            name: "nio-server",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ])
    ]
)
