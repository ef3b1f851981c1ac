#!/usr/bin/env bash
# Builds the addon for Linux on arm64 and runs the engine's tests there under emulation, on the scalar back-end. About
# two minutes on two cores. It needs:
#   rustup target add aarch64-unknown-linux-gnu
#   apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
set -euo pipefail
cd "$(dirname "$0")"

TARGET=aarch64-unknown-linux-gnu
skip() { echo "check-arm64: skipped: $1" >&2; exit 0; }
command -v cargo >/dev/null || skip 'cargo was not found'
command -v aarch64-linux-gnu-gcc >/dev/null || skip 'gcc-aarch64-linux-gnu is not installed'
command -v qemu-aarch64 >/dev/null || skip 'qemu-user is not installed'
[ -d "$(rustc --print sysroot)/lib/rustlib/$TARGET" ] || skip "the compiler has no target $TARGET"

vectors=${ONECARD_VECTORS:-$PWD/../../shared/vectors}
if [ -d "$vectors" ]; then export ONECARD_VECTORS=$vectors; fi
export CARGO_TARGET_DIR="$PWD/target/arm64"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER='qemu-aarch64 -L /usr/aarch64-linux-gnu'
# Emulation is slow; the counts that prove agreement are in the tests of the machine itself.
export ONECARD_DIFFERENTIAL_JOBS=${ONECARD_DIFFERENTIAL_JOBS:-500}

cargo build --locked --target "$TARGET" --package onecard-engine-node
cargo test --locked --target "$TARGET" --package onecard-engine --lib --tests
