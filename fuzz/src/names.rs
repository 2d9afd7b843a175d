use std::fmt::{Debug, Display};
use std::str::FromStr;

use qanto_pow::{Algorithm, Kernel, NonceEncoding};

pub(crate) const SEEDS: &[&[u8]] = &[
    b"sha256",
    b"sha256d",
    b"blake3",
    b"u32le",
    b"u64be",
    b"portable",
];

/// Every parser of a name accepts only the displayed names, and its error shows the text that was given.
pub fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    check::<Algorithm>(&text);
    check::<NonceEncoding>(&text);
    check::<Kernel>(&text);
}

fn check<T: FromStr<Err: Display> + Display + Debug>(text: &str) {
    match text.parse::<T>() {
        Ok(parsed) => assert_eq!(parsed.to_string(), text),
        Err(error) => assert!(error.to_string().ends_with(&format!("got {text:?}"))),
    }
}
