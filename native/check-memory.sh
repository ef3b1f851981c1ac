#!/usr/bin/env bash
# The engine under AddressSanitizer: its own tests on short runs, then the addon in Node. Fails on the first read or
# write out of bounds, use after free, overflow or wrong verdict. About two minutes on two cores when nothing is built.
# The sanitizer does not look at gathers, the reads of eight addresses at once by which ifma8 gets at its tables: under
# onecard_sanitizer they are eight reads.
set -euo pipefail
cd "$(dirname "$0")"

TARGET=x86_64-unknown-linux-gnu
skip() { echo "check-memory: skipped: $1" >&2; exit 0; }
command -v cargo >/dev/null || skip 'cargo was not found'
[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'made for Linux on x86-64'
RUNTIME=$(gcc -print-file-name=libasan.so 2>/dev/null || true)
[ -e "$RUNTIME" ] || skip 'gcc with its libasan was not found: the addon cannot run under it in Node'

# The sanitizers come with the stable compiler but their flag does not.
export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address --cfg onecard_sanitizer" CARGO_TARGET_DIR="$PWD/target/sanitizer"
# Enough to meet every path; the counts that prove agreement are in the tests without a sanitizer.
export ONECARD_DIFFERENTIAL_JOBS=${ONECARD_DIFFERENTIAL_JOBS:-300}

cargo test --locked --target "$TARGET" --package onecard-engine \
  --test accumulator --test agreement --test edges --test field --test fours --test fuzz_smoke --test lanes --test prepared_keys \
  --test repeated_keys --test seal --test sm3
cargo test --locked --target "$TARGET" --package onecard-store-lane --tests
cargo build --locked --target "$TARGET" --package onecard-engine-node

# Node is not instrumented; its allocator is the sanitizer's, so arrays of JavaScript have guarded ends as well. It
# frees little before it ends, so leaks are not looked for.
LD_PRELOAD="$RUNTIME" ASAN_OPTIONS=detect_leaks=0 ../node_modules/.bin/node ../test/unit/workers/engine/addon-under-sanitizer.rig.ts \
  "$CARGO_TARGET_DIR/$TARGET/debug/libonecard_engine_node.so"
