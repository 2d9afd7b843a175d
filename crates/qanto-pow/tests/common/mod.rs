//! Helpers for several test files.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::path::{Path, PathBuf};

use qanto_pow::kernel::{Hit, Platform, prepare};
use qanto_pow::{
    Algorithm, ByteOrder, HitRule, Kernel, NonceEncoding, NonceField, Target, Template, U256, U512,
};

/// Returns the kernels that this machine can run.
pub fn kernels() -> impl Iterator<Item = Kernel> {
    let platform = Platform::detect();
    Kernel::ALL
        .into_iter()
        .filter(move |&kernel| platform.supports(kernel))
}

/// Reads a fixture from the folder `QANTO_FIXTURES`, or else from `../shared/fixtures` next to the workspace. If it is
/// missing, prints a message and returns `None`; with `CI=true` it panics, unless the variable is `none`.
pub fn fixture(path: &str) -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let given = std::env::var_os("QANTO_FIXTURES");
    let must_exist =
        std::env::var("CI").as_deref() == Ok("true") && given.as_deref() != Some("none".as_ref());
    let folder = given.map_or(beside, PathBuf::from);
    let file = folder.join(path);
    match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("no fixture {}: {error}", file.display());
            assert!(!must_exist, "{message}");
            eprintln!("SKIPPED, {message}");
            None
        }
    }
}

pub fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hexadecimal"))
        .collect()
}

pub fn to_hex(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes
        .into_iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns the rule that a digest of any length, read little-endian, does not exceed as many of the upper bytes of the
/// target as it has.
pub fn at_most(algorithm: Algorithm, target: U256) -> HitRule {
    let width = algorithm.default_digest_len().min(32);
    let hi = U512::from(target >> (256 - 8 * width));
    HitRule::new(width, ByteOrder::LittleEndian, U512::ZERO, hi).expect("valid")
}

/// Returns a template of a Bitcoin header of 80 bytes, and the nonce of the header.
pub fn header_template(header: &[u8]) -> (Template, u64) {
    let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| header[at + i]));
    let nonce = NonceField {
        offset: 76,
        encoding: NonceEncoding::U32Le,
    };
    let target = Target::from_compact(word(72)).expect("valid bits");
    let template = Template::new(Algorithm::Sha256d, header, nonce, target).expect("valid");
    (template, u64::from(word(76)))
}

/// Returns the header of Bitcoin's genesis block, 80 bytes.
pub fn genesis_header() -> Vec<u8> {
    from_hex(concat!(
        "01000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a",
        "29ab5f49ffff001d1dac2b7c"
    ))
}

/// Returns all hits of a range, by restarting the scan after each hit.
pub fn all_hits(template: &Template, kernel: Kernel, first: u64, count: u64) -> Vec<u64> {
    let scan = prepare(template, Some(kernel)).expect("supported");
    let mut hits = Vec::new();
    let mut done = 0;
    while let Some(Hit { nonce, .. }) = scan.scan(first + done, count - done) {
        hits.push(nonce);
        done = nonce - first + 1;
        if done == count {
            break;
        }
    }
    hits
}
