#!/usr/bin/env bash
# How long building takes, cold and warm, in a folder of its own that is removed afterwards.
# Needs a machine that does nothing else, and the crates already fetched (`cargo fetch`).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
CARGO_TARGET_DIR=$(mktemp -d)
export CARGO_TARGET_DIR
trap 'rm -rf "$CARGO_TARGET_DIR"' EXIT
TIMEFORMAT='%R s, %U s of CPU'

measure() { # what, command...
    printf '%-52s ' "$1"
    shift
    { time "$@" --quiet --locked --package kintsugi 2> /dev/null; } 2>&1
}

measure "cold, release" cargo build --release
measure "cold, debug" cargo build
touch crates/model/src/lib.rs
measure "warm, debug, after a change at the top (model)" cargo build
touch crates/kintsugi/src/main.rs
measure "warm, debug, after a change at the bottom (kintsugi)" cargo build
measure "the program that is given out (profile dist)" cargo build --profile dist
stat --format '%s bytes' "$CARGO_TARGET_DIR/dist/kintsugi"
