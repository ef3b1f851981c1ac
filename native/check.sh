#!/usr/bin/env bash
# The engine by itself: format, lint, and its tests, with overflow checks on. About three minutes on two cores when
# nothing is built; most of it are 100,000 jobs compared with an independent implementation
# (ONECARD_DIFFERENTIAL_JOBS asks for another count a curve).
set -euo pipefail
cd "$(dirname "$0")"

skip() { echo "check: skipped: $1" >&2; }
command -v cargo >/dev/null || { skip 'cargo was not found'; exit 0; }

vectors=${ONECARD_VECTORS:-$PWD/../../shared/vectors}
if [ -d "$vectors" ]; then export ONECARD_VECTORS=$vectors; else skip "no third-party vectors at $vectors"; fi

if cargo fmt --version >/dev/null 2>&1; then cargo fmt --check; else skip 'rustfmt is not installed'; fi
if cargo clippy --version >/dev/null 2>&1; then
  cargo clippy --locked --workspace -- -D warnings
  cargo clippy --locked --package onecard-engine --package onecard-store-lane --all-targets -- -D warnings
else
  skip 'clippy is not installed'
fi
# The addon's tests are in JavaScript, and lint has seen the examples.
cargo test --locked --package onecard-engine --package onecard-store-lane --lib --tests
