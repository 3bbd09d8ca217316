//! Says when nasm is missing: the bundled openh264 then builds without a word, but its encoder is
//! about 2.8 times slower. Installing nasm does not rebuild it, so this says that too.

use std::path::PathBuf;
use std::{env, fs};

const REBUILD: &str = "cargo clean -p openh264-sys2 -p media";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PATH");
    let x86 = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch.starts_with("x86"));
    if !x86 {
        return;
    }
    // Remembers, until the clean, how openh264 was built.
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let built_without = out.join("openh264_without_nasm");
    let path = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&path).any(|directory| directory.join("nasm").is_file()) {
        if built_without.exists() {
            println!("cargo:warning=openh264 was built without nasm. To use it: {REBUILD}");
        }
        return;
    }
    fs::write(&built_without, "").expect("the output directory is writable");
    // A directory changes when a program is installed into it.
    for directory in env::split_paths(&path).filter(|directory| directory.is_dir()) {
        println!("cargo:rerun-if-changed={}", directory.display());
    }
    println!(
        "cargo:warning=nasm is not on the PATH: H.264 encoding is about 2.8 times slower. \
         Install nasm, then: {REBUILD}"
    );
}
