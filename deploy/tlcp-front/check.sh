#!/usr/bin/env bash
# The front by itself: format, lint and its tests. Tongsuo, which .ci/tlcp-tools has built, is not built again.
set -euo pipefail
cd "$(dirname "$0")"
command -v cargo >/dev/null || { echo 'check: skipped: cargo was not found' >&2; exit 0; }
CARGO_TARGET_DIR=${ONECARD_TLCP_TOOLS:-$(../../.ci/tlcp-tools)}/target
export CARGO_TARGET_DIR
cargo fmt --check
cargo clippy --locked --release --all-targets -- -D warnings
cargo test --locked --release
