# Sourced by the tools that build: Swift, and a build that is the same one twice.
#
#   require_swift      ends with a message where there is no Swift
#   build PRODUCT …    builds them in .build/release

# SwiftPM up to 6.3 hands a package's traits to the compiler in an order that it draws anew each time, so that every other
# `swift build` compiles everything again: github.com/swiftlang/swift-package-manager/issues/10525. Without drawing it does not.
export SWIFT_DETERMINISTIC_HASHING=1

require_swift() {
  if ! command -v swift >/dev/null; then
    echo "Swift 6.1 or newer is needed and was not found: https://www.swift.org/install/linux" >&2
    exit 2
  fi
}

build() {
  for product in "$@"; do swift build -c release --product "$product" >&2; done
}
