#!/usr/bin/env bash
# The holder of keys by itself: format, lint, and its tests. What it does with a token and a cipher machine is in test/holders.
set -euo pipefail
cd "$(dirname "$0")"

skip() { echo "check: skipped: $1" >&2; }
command -v cargo >/dev/null || { skip 'cargo was not found'; exit 0; }
if cargo fmt --version >/dev/null 2>&1; then cargo fmt --check; else skip 'rustfmt is not installed'; fi
if cargo clippy --version >/dev/null 2>&1; then
  cargo clippy --locked --all-targets -- -D warnings
else
  skip 'clippy is not installed'
fi
cargo test --locked
