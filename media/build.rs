//! Says when nasm is missing: the bundled openh264 then builds without a word, but its encoder is
//! about 2.8 times slower.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PATH");
    let x86 = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch.starts_with("x86"));
    if !x86 {
        return;
    }
    // A directory that is watched changes when a program is installed into it, so that this runs
    // again after `apt install nasm`.
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|directory| directory.join("nasm").is_file());
    if !found {
        for directory in env::split_paths(&path).filter(|directory| directory.is_dir()) {
            println!("cargo:rerun-if-changed={}", directory.display());
        }
        println!(
            "cargo:warning=nasm is not on the PATH: H.264 encoding is about 2.8 times slower. \
             Install nasm, then: cargo clean -p openh264-sys2"
        );
    }
}
