# Shorthands; cargo alone builds, tests and runs everything.

# The gate of every submission
check:
    .ci/run

# Every test
test *args:
    cargo test {{args}}

# Every benchmark, or those named: just bench --bench gate
bench *args:
    cargo bench {{args}}

# The gate against a simulated Telegram: no token, no network
demo *args:
    cargo run --release -- demo {{args}}

# The API documentation, opened
doc:
    cargo doc --no-deps --open
