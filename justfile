# Short names for what `cargo xtask` does; CI runs the same.

# What CI runs
test *args:
    cargo xtask test {{args}}

fmt:
    cargo fmt --all

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- --deny warnings

# Everything that is generated and committed
gen:
    cargo xtask tables
    cargo xtask schema
    cargo xtask docs

fuzz *args:
    cargo xtask fuzz {{args}}

bench *args:
    cargo xtask bench {{args}}

guest *args:
    cargo xtask guest {{args}}
