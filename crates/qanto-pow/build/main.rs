//! Generates the code of the kernel `sha-ni-avx512`. [`code`] says why it is generated, and what it consists of.

use std::path::Path;
use std::{env, fs, io};

#[allow(dead_code, reason = "the tests of the code use more of it")]
mod code;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build");
    let directory = env::var_os("OUT_DIR").expect("Cargo sets it");
    let write = |name: &str, text: String| fs::write(Path::new(&directory).join(name), text);
    write("sha_ni_avx512_table.rs", code::table::as_rust())?;
    write("sha_ni_avx512_rounds.s", code::rounds::loop_text())?;
    write("sha_ni_avx512_test.s", code::phases::test_text())?;
    for phase in code::phases::all() {
        write(&format!("sha_ni_avx512_{}.s", phase.name), phase.text())?;
    }
    Ok(())
}
