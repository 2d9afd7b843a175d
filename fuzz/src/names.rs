use std::fmt::{Debug, Display};
use std::str::FromStr;

use qanto_pow::{Algorithm, Kernel, NonceEncoding, NonceEncodingError};

pub(crate) const SEEDS: &[&[u8]] = &[
    b"sha256",
    b"sha256d",
    b"blake3",
    b"u32le",
    b"u64be",
    b"u64le-swapped",
    b"decimal",
    b"hex",
    b"portable",
];

/// Every parser of a name accepts only the displayed names, and its error shows the text that was given.
pub fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    check::<Algorithm>(&text);
    check_encoding(&text);
    check::<Kernel>(&text);
}

fn check<T: FromStr<Err: Display> + Display + Debug>(text: &str) {
    match text.parse::<T>() {
        Ok(parsed) => assert_eq!(parsed.to_string(), text),
        Err(error) => assert!(error.to_string().ends_with(&format!("got {text:?}"))),
    }
}

/// A name belongs to encodings with a width, or to one without, or to none.
fn check_encoding(text: &str) {
    let [plain, wide] = [None, Some(9)].map(|width| NonceEncoding::new(text, width));
    match (plain, wide) {
        (Ok(encoding), Err(NonceEncodingError::Width { .. }))
        | (Err(NonceEncodingError::Width { .. }), Ok(encoding)) => {
            assert_eq!(encoding.name(), text);
        }
        (Err(error @ NonceEncodingError::Unknown(_)), Err(NonceEncodingError::Unknown(_))) => {
            assert!(error.to_string().ends_with(&format!("got {text:?}")));
        }
        other => panic!("{other:?}"),
    }
}
